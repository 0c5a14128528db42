import * as batch from '../../../protocol/records/batch.ts'
import { readMarker } from '../producer-state.ts'
import type { AbortedTransaction } from '../transaction-index.ts'

interface AbortedInLog {
  readonly transaction: AbortedTransaction
  /** Whether a batch of it is still there. */
  hasBatches: boolean
}

/**
 * What a pass over a log's batches knows of their transactions. Batches of aborted ones may go at once; a marker may go when nothing of
 * its transaction was seen.
 */
export class CleanedTransactions {
  /** Ordered by their begin; taken out from the front. */
  #coming: AbortedTransaction[] = []
  readonly #aborted = new Map<number, AbortedInLog>()
  readonly #committed = new Set<number>()

  /** `kept` is told of each aborted transaction of which something stays: readers of committed data have to know it. */
  constructor(private readonly kept: (transaction: AbortedTransaction) => void = () => {}) {}

  /** Announces transactions that were aborted, before the batches among which they are. */
  expect(transactions: readonly AbortedTransaction[]): void {
    this.#coming = [...this.#coming, ...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Notes the next batch of the log. Gives whether its records may be discarded. */
  observe(b: Buffer): boolean {
    this.#begin(batch.lastOffset(b))
    return batch.isControl(b) ? this.#observeMarker(b) : this.#observeData(b)
  }

  #begin(upTo: number): void {
    while (this.#coming[0] !== undefined && this.#coming[0].firstOffset <= upTo) {
      const transaction = this.#coming.shift() as AbortedTransaction
      if (!this.#aborted.has(transaction.producerId))
        this.#aborted.set(transaction.producerId, { transaction, hasBatches: false })
    }
  }

  #observeMarker(b: Buffer): boolean {
    // One that was emptied before is there for its producer's sake only.
    if (batch.recordCount(b) === 0) return true
    const marker = readMarker(b, 0)
    if (marker === undefined) return false
    const producerId = batch.producerId(b)
    if (!marker.aborted) return !this.#committed.delete(producerId)
    const aborted = this.#aborted.get(producerId)
    this.#aborted.delete(producerId)
    if (aborted?.hasBatches !== true) return true
    this.kept(aborted.transaction)
    return false
  }

  #observeData(b: Buffer): boolean {
    if (!batch.isTransactional(b)) return false
    const producerId = batch.producerId(b)
    const aborted = this.#aborted.get(producerId)
    if (aborted !== undefined) aborted.hasBatches = true
    else this.#committed.add(producerId)
    return aborted !== undefined
  }
}
