import type { ByteSource } from '../../runtime/console.ts'
import type { File } from '../../runtime/disk.ts'
import { type ConfigKey, type ConnectorConfig, SourceConnector, SourceTask } from '../connector.ts'
import { ConnectError } from '../data/errors.ts'
import { Schema } from '../data/schema.ts'
import type { SourceOffset, SourcePartition, SourceRecord } from '../records.ts'
import { type Line, LineCutter } from './lines.ts'
import { CONNECT_VERSION, type Surroundings } from './surroundings.ts'

/** Milliseconds after which a file is looked at again. */
const PAUSE = 250
/** Bytes of one read. */
const CHUNK = 64 * 1024
const DEFAULT_BATCH = '2000'

const keys: readonly ConfigKey[] = [
  {
    name: 'file',
    type: 'STRING',
    defaultValue: null,
    importance: 'HIGH',
    documentation: 'The file to read; standard input without one.',
  },
  { name: 'topic', type: 'STRING', importance: 'HIGH', documentation: 'The topic that lines go to.' },
  {
    name: 'batch.size',
    type: 'INT',
    defaultValue: DEFAULT_BATCH,
    importance: 'LOW',
    documentation: 'The most lines of one poll.',
  },
]

/** Brings the lines of a file, or of standard input, to a topic. */
export class FileStreamSourceConnector extends SourceConnector {
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
    this.around.log('INFO', `Starting file source connector reading from ${config['file'] ?? 'standard input'}`)
  }

  /** A file has one reader. */
  taskConfigs(): readonly ConnectorConfig[] {
    return [this.settings]
  }

  createTask(): SourceTask {
    return new FileStreamSourceTask(this.around)
  }

  override alterOffsets(
    config: ConnectorConfig,
    offsets: readonly { readonly partition: SourcePartition; readonly offset: SourceOffset | null }[],
  ): boolean {
    if (config['file'] === undefined)
      throw new ConnectError(
        "Offsets cannot be modified if the 'file' configuration is unspecified. This is because stdin is used for input and offsets are not tracked.",
      )
    for (const { partition, offset } of offsets) {
      if (offset === null) continue
      if (!Object.hasOwn(partition, 'filename'))
        throw new ConnectError("Partition objects should contain the key 'filename'")
      positionOf(offset)
    }
    return true
  }
}

/** Throws for an offset that is none of this connector. */
function positionOf(offset: SourceOffset): number {
  if (!Object.hasOwn(offset, 'position'))
    throw new ConnectError("Offset objects should either be null or contain the key 'position'")
  const { position } = offset
  if (!Number.isSafeInteger(position))
    throw new ConnectError("The value for the 'position' key in the offset is expected to be a Long value")
  if ((position as number) < 0)
    throw new ConnectError("The value for the 'position' key in the offset should be a non-negative value")
  return position as number
}

class FileStreamSourceTask extends SourceTask {
  override readonly version = CONNECT_VERSION
  private readonly lineSchema = Schema.string()
  private topic = ''
  private filename: string | undefined
  private batchSize = Number(DEFAULT_BATCH)
  private file: File | undefined
  private input: ByteSource | undefined
  private pending: Promise<Buffer | undefined> | undefined
  private lines = new LineCutter()
  /** Where the next read begins. */
  private position = 0
  private missing = false

  constructor(private readonly around: Surroundings) {
    super()
  }

  override start(config: ConnectorConfig): void {
    this.topic = config['topic'] ?? ''
    this.filename = config['file']
    this.batchSize = Number(config['batch.size'] ?? DEFAULT_BATCH)
    if (this.filename !== undefined) return
    if (!this.around.console)
      throw new ConnectError('A file source without a file reads standard input, and there is none here.')
    this.input = this.around.console.input()
  }

  async poll(signal: AbortSignal): Promise<readonly SourceRecord[] | undefined> {
    const found = this.cutLines()
    if (found.length > 0) return found
    const read = this.input ? await this.readInput(this.input, signal) : this.readFile()
    if (read > 0) return this.cutLines()
    await this.around.runtime.clock.sleep(PAUSE, signal).catch(() => {})
    return undefined
  }

  override stop(): void {
    this.file?.close()
    this.file = undefined
    this.input?.close()
  }

  private cutLines(): SourceRecord[] {
    const records: SourceRecord[] = []
    while (records.length < this.batchSize) {
      const line = this.lines.next()
      if (!line) break
      records.push(this.recordOf(line))
    }
    return records
  }

  private recordOf({ text, end }: Line): SourceRecord {
    return {
      topic: this.topic,
      sourcePartition: { filename: this.filename ?? null },
      sourceOffset: { position: end },
      valueSchema: this.lineSchema,
      value: text,
      timestamp: this.around.runtime.clock.now(),
    }
  }

  /** The number of bytes that were there. */
  private readFile(): number {
    const file = (this.file ??= this.openFile())
    if (!file) return 0
    // As much again as there is of a line that is not whole: the parts of a long one are put together a few times only.
    const chunk = Buffer.allocUnsafe(Math.max(CHUNK, this.lines.pending))
    const count = file.read(chunk, 0, chunk.length, this.position)
    this.position += count
    this.lines.add(chunk.subarray(0, count))
    return count
  }

  /** Undefined as long as there is no such file. */
  private openFile(): File | undefined {
    const name = this.filename as string
    const { disk } = this.around.runtime
    if (!disk.stat(name)) {
      if (!this.missing)
        this.around.log(
          'WARN',
          `Couldn't find file ${name} for FileStreamSourceTask, sleeping to wait for it to be created`,
        )
      this.missing = true
      return undefined
    }
    const file = disk.open(name, { readOnly: true })
    const offset = this.context.offset({ filename: name })
    this.position = offset === undefined ? 0 : positionOf(offset)
    this.lines = new LineCutter(this.position)
    return file
  }

  /** A read that is not over when the poll has to end is that of the next poll. */
  private async readInput(input: ByteSource, signal: AbortSignal): Promise<number> {
    this.pending ??= Promise.resolve(input.next())
    const stopped = new Promise<'stopped'>((resolve) => {
      if (signal.aborted) resolve('stopped')
      signal.addEventListener('abort', () => resolve('stopped'), { once: true })
    })
    const chunk = await Promise.race([this.pending, stopped])
    // At its end it stays: what is asked for again would only say the same.
    if (chunk === 'stopped' || chunk === undefined) return 0
    this.pending = undefined
    this.lines.add(chunk)
    return chunk.length
  }
}
