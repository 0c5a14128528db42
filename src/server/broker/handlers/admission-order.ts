import type { Partition } from '../../replication/partition.ts'

/**
 * The order of a producer's batches in a partition while its coordinator is asked about some of them: a later batch that is let in sooner, or that need
 * not be let in at all, waits for those before it.
 */
export class AdmissionOrder {
  /** Settles when the last batch of a producer that had to wait was appended or refused, by producer id. */
  readonly #waiting = new WeakMap<Partition, Map<number, Promise<unknown>>>()

  /** Undefined when the batch may be appended now. */
  after(partition: Partition, producerId: number, admitted: Promise<void> | undefined): Promise<void> | undefined {
    const before = this.#waiting.get(partition)?.get(producerId)
    if (before === undefined) return admitted
    // It is looked at when its turn comes.
    admitted?.catch(() => {})
    const next = () => admitted
    return before.then(next, next)
  }

  /** `appended` is the last of its producer by now. */
  wait(partition: Partition, producerId: number, appended: Promise<unknown>): void {
    let producers = this.#waiting.get(partition)
    if (!producers) this.#waiting.set(partition, (producers = new Map()))
    producers.set(producerId, appended)
    const end = () => {
      if (producers.get(producerId) === appended) producers.delete(producerId)
    }
    appended.then(end, end)
  }
}
