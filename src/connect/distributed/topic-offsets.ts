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

  constructor(
    /** As in `offset.flush.timeout.ms`. */
    private readonly flushTimeoutMs: number,
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
    const records = offsets.map((item) => this.table.entryFor(connector, item))
    await topic.send(records, this.flushTimeoutMs)
  }
}
