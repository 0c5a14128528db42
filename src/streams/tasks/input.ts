import { type ConsumerRecord, partitionKey } from '../../client/index.ts'
import type { RecordQueue } from './record-queue.ts'

/** What is known of a partition at the broker: records beyond those that were fetched; undefined before the first answer. */
export type Lag = (queue: RecordQueue) => number | undefined

/** The partitions that a task reads: the record with the smallest timestamp is next. */
export class TaskInput {
  private readonly queues: ReadonlyMap<string, RecordQueue>

  constructor(queues: readonly RecordQueue[]) {
    this.queues = new Map(queues.map((queue) => [partitionKey(queue.where.topic, queue.where.partition), queue]))
  }

  all(): Iterable<RecordQueue> {
    return this.queues.values()
  }

  /** The queue that the record was put in. */
  add(record: ConsumerRecord): RecordQueue | undefined {
    const queue = this.queues.get(partitionKey(record.topic, record.partition))
    queue?.add(record)
    return queue
  }

  /** The queue whose head is next; among equals the one that was named first. */
  next(): RecordQueue | undefined {
    let best: RecordQueue | undefined
    for (const queue of this.queues.values()) {
      const { head } = queue
      if (head && (!best?.head || head.timestamp < best.head.timestamp)) best = queue
    }
    return best
  }

  /**
   * Whether the smallest timestamp is known (KIP-353, KIP-695): a partition without a record that was fetched must have none at the broker
   * either, for `idleMs` milliseconds at least; with -1 nobody waits.
   */
  isReady(lag: Lag, idleMs: number, now: number): boolean {
    if (idleMs < 0) return true
    let ready = true
    for (const queue of this.queues.values()) {
      if (queue.size > 0) continue
      if (lag(queue) === 0) queue.idleSince ??= now
      else queue.idleSince = undefined
      if (queue.idleSince === undefined || now - queue.idleSince < idleMs) ready = false
    }
    return ready
  }
}
