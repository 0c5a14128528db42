import { type Admin, type Consumer, KafkaError, partitionKey, type TopicPartition } from '../../client/index.ts'
import { StreamsError } from '../errors.ts'
import type { TaskBytes } from '../state/byte-store.ts'

/** A store, and the partition of a changelog that has its contents. */
export interface Restoration extends TopicPartition {
  readonly store: TaskBytes
}

/** Reads changelogs into stores, from their beginnings to the ends that they had when it began. */
export class Restorer {
  private readonly open = new Map<string, Restoration & { readonly end: number }>()

  constructor(
    /** A consumer without a group, for this alone. */
    private readonly consumer: Consumer,
    private readonly admin: Admin,
  ) {}

  /** Begins anew, whatever it was at. */
  async begin(restorations: readonly Restoration[]): Promise<void> {
    this.open.clear()
    if (restorations.length === 0) return
    // All that was written, even by a transaction that is still open: what becomes of it has to be waited for.
    const items = restorations.map(({ topic, partition }) => ({ topic, partition, spec: 'latest' as const }))
    const ends = await this.admin.listOffsets(items)
    for (const restoration of restorations) {
      const key = partitionKey(restoration.topic, restoration.partition)
      const end = ends.get(key)
      if (end === undefined || end instanceof KafkaError)
        throw new StreamsError(
          `The end of the changelog ${key} is not known: ${end?.message ?? 'there is no such partition'}`,
        )
      if (end.offset > 0) this.open.set(key, { ...restoration, end: end.offset })
    }
    const partitions = [...this.open.values()].map(({ topic, partition }) => ({ topic, partition }))
    this.consumer.assign(partitions)
    // Those that were read in an earlier rebalance have stopped at their ends.
    this.consumer.resume(partitions)
    this.consumer.seekToBeginning(partitions)
  }

  get isDone(): boolean {
    return this.open.size === 0
  }

  /** Goes on for at most about `timeoutMs` milliseconds. */
  async step(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.isDone) return
    const batch = await this.consumer.poll(timeoutMs, signal)
    for (const { topic, partition, offset, key, value, timestamp } of batch) {
      const restoration = this.open.get(partitionKey(topic, partition))
      // The bytes are views of what was fetched, which is much larger.
      if (restoration && offset < restoration.end && key)
        restoration.store.restore(Buffer.from(key), value && Buffer.from(value), timestamp)
    }
    for (const [id, where] of this.open)
      if ((await this.consumer.position(where)) >= where.end) {
        this.open.delete(id)
        this.consumer.pause([where])
      }
  }
}
