import type { File } from '../../runtime/disk.ts'
import { type ConfigKey, type ConnectorConfig, SinkConnector, SinkTask } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { javaText } from '../data/java-text.ts'
import type { SinkRecord } from '../records.ts'
import { CONNECT_VERSION, type Surroundings } from './surroundings.ts'

const keys: readonly ConfigKey[] = [
  {
    name: 'file',
    type: 'STRING',
    defaultValue: null,
    importance: 'HIGH',
    documentation: 'The file to append to; standard output without one.',
  },
]

/** Appends the values of records to a file, or to standard output, a line each. */
export class FileStreamSinkConnector extends SinkConnector {
  override readonly version = CONNECT_VERSION
  private settings: ConnectorConfig = {}

  constructor(private readonly around: Surroundings) {
    super()
  }

  override config(): readonly ConfigKey[] {
    return keys
  }

  override start(config: ConnectorConfig): void {
    this.settings = config
    this.around.log('INFO', `Starting file sink connector writing to ${config['file'] ?? 'standard output'}`)
  }

  taskConfigs(maxTasks: number): readonly ConnectorConfig[] {
    return Array.from({ length: maxTasks }, () => this.settings)
  }

  createTask(): SinkTask {
    return new FileStreamSinkTask(this.around)
  }
}

class FileStreamSinkTask extends SinkTask {
  override readonly version = CONNECT_VERSION
  private file: File | undefined
  /** Something was written that the disk may not have yet. */
  private unsafe = false

  constructor(private readonly around: Surroundings) {
    super()
  }

  override start(config: ConnectorConfig): void {
    const { file } = config
    if (file !== undefined) this.file = this.around.runtime.disk.open(file, { create: true })
    else if (!this.around.console)
      throw new ConnectError('A file sink without a file writes to standard output, and there is none here.')
  }

  put(records: readonly SinkRecord[]): void {
    if (records.length === 0) return
    const text = records.map(({ value, valueSchema }) => `${javaText(value, valueSchema?.type)}\n`).join('')
    const { file } = this
    if (!file) return this.around.console?.out(text)
    // Others may append to the same file.
    file.write(Buffer.from(text), file.size())
    this.unsafe = true
  }

  /** Offsets are committed next: the lines must be there whatever happens to the machine. */
  override async flush(): Promise<void> {
    if (!this.unsafe) return
    await this.file?.sync()
    this.unsafe = false
  }

  override stop(): void {
    this.file?.close()
    this.file = undefined
  }
}
