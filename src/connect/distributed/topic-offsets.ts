import { ConnectError } from '../data/errors.ts'
import { OffsetTable, type PartitionOffset, type SourceOffsets } from '../offsets/source-offsets.ts'
import type { SourceOffset, SourcePartition } from '../records.ts'
import type { TopicLog } from './topic-log.ts'

/** Milliseconds to reach the end of the topic before a task starts. */
const REFRESH = 60_000

/** Where sources are, in `offset.storage.topic`. */
export class TopicOffsets implements SourceOffsets {
  private readonly table = new OffsetTable()
  private topic: TopicLog | undefined

  /** `flushTimeoutMs` as in `offset.flush.timeout.ms`. */
  constructor(
    private readonly flushTimeoutMs: number,
    private readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  ) {}

  /** Where they are written; it tells of what is there by `learn`. */
  over(topic: TopicLog): void {
    this.topic = topic
  }

  learn(key: Buffer | null, value: Buffer | null): void {
    if (key) this.table.keep(Buffer.from(key), value && Buffer.from(value))
  }

  async refresh(): Promise<void> {
    await this.topic?.readToEnd(REFRESH)
  }

  get(connector: string, partition: SourcePartition): SourceOffset | undefined {
    return this.table.get(connector, partition)
  }

  all(connector: string): PartitionOffset[] {
    return this.table.all(connector)
  }

  async put(connector: string, offsets: readonly PartitionOffset[]): Promise<void> {
    const { topic } = this
    if (!topic) throw new ConnectError('Offsets cannot be written before the worker has started.')
    const sent = Promise.all(
      offsets.map((item) => {
        const { key, value } = this.table.entryFor(connector, item)
        return topic.send(key, value)
      }),
    )
    await this.within(sent)
  }

  private async within(sent: Promise<unknown>): Promise<void> {
    // What comes too late is no failure nobody looks at.
    sent.catch(() => {})
    const done = new AbortController()
    const late = this.sleep(this.flushTimeoutMs, done.signal).then(
      () => {
        throw new ConnectError(`Offsets were not written within offset.flush.timeout.ms (${this.flushTimeoutMs}).`)
      },
      () => {},
    )
    try {
      await Promise.race([sent, late])
    } finally {
      done.abort()
    }
  }
}
