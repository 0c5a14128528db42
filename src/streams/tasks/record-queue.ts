import type { ConsumerRecord, TopicPartition } from '../../client/index.ts'
import type { TimestampExtractor } from './settings.ts'

/** A record that waits to be processed, with its time. */
export interface QueuedRecord {
  readonly record: ConsumerRecord
  readonly timestamp: number
}

/** Records of one partition that were fetched and not processed yet, in their order. */
export class RecordQueue {
  private readonly waiting: ConsumerRecord[] = []
  private at = 0
  private next: QueuedRecord | undefined
  /** The largest timestamp of the records that were processed; -1 before the first. */
  partitionTime = -1
  /** The offset after the last record that was processed or left out; undefined before the first. */
  consumed: { readonly offset: number; readonly leaderEpoch: number | undefined } | undefined
  /** Since when the queue has been empty though the broker has no more, on the monotonic clock. */
  idleSince: number | undefined

  constructor(
    readonly where: TopicPartition,
    private readonly extractor: TimestampExtractor,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.waiting.length - this.at
  }

  /** The record whose turn it is. Throws what the extractor throws. */
  get head(): QueuedRecord | undefined {
    while (!this.next && this.at < this.waiting.length) {
      const record = this.waiting[this.at] as ConsumerRecord
      const timestamp = this.extractor(record.timestamp, this.partitionTime, this.now())
      // Kafka leaves out what an extractor gives a negative time.
      if (timestamp < 0) this.skip(record)
      else this.next = { record, timestamp }
    }
    return this.next
  }

  add(record: ConsumerRecord): void {
    this.idleSince = undefined
    this.waiting.push(record)
  }

  /** Steps over the head. */
  take(): void {
    const { next } = this
    if (!next) return
    this.next = undefined
    this.partitionTime = Math.max(this.partitionTime, next.timestamp)
    this.skip(next.record)
  }

  private skip({ offset, leaderEpoch }: ConsumerRecord): void {
    this.consumed = { offset: offset + 1, leaderEpoch }
    this.at++
    if (this.at < 1000 && this.at < this.waiting.length) return
    this.waiting.splice(0, this.at)
    this.at = 0
  }
}
