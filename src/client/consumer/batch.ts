import type { ConsumerRecord, TopicPartition } from '../types.ts'
import { RecordCursor, type RecordSlice } from './record-cursor.ts'

/** What one poll gave: records of one or more partitions, in order within each, decoded while they are walked. */
export class ConsumerBatch implements Iterable<ConsumerRecord> {
  static readonly EMPTY = new ConsumerBatch([], 0)

  constructor(
    private readonly slices: readonly RecordSlice[],
    /** Records in all partitions. */
    readonly count: number,
  ) {}

  get isEmpty(): boolean {
    return this.count === 0
  }

  /** Partitions with at least one record. */
  partitions(): TopicPartition[] {
    const seen = new Map<string, TopicPartition>()
    for (const { topic, partition } of this.slices) seen.set(`${topic}-${partition}`, { topic, partition })
    return [...seen.values()]
  }

  /** The records of one partition. */
  of(wanted: TopicPartition): ConsumerBatch {
    const slices = this.slices.filter(
      ({ topic, partition }) => topic === wanted.topic && partition === wanted.partition,
    )
    return new ConsumerBatch(
      slices,
      slices.reduce((sum, { count }) => sum + count, 0),
    )
  }

  /** The cheapest walk: no object per record. */
  cursor(): RecordCursor {
    return new RecordCursor(this.slices)
  }

  *[Symbol.iterator](): Iterator<ConsumerRecord> {
    const cursor = this.cursor()
    while (cursor.next()) yield cursor.record()
  }
}
