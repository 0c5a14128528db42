import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords, type StoredRecord } from '../../protocol/records/record.ts'
import { readInt16, readInt32 } from '../../std/big-endian.ts'
import type { ActiveProducer } from './log-types.ts'
import { addSequence, ProducerEntry } from './producer-entry.ts'

/** A transaction that a marker has ended. */
export interface CompletedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly aborted: boolean
}

/** What a marker batch says: its record's key and value. */
export interface TransactionMarker {
  readonly aborted: boolean
  readonly coordinatorEpoch: number
}

const ABORT = 0
const COMMIT = 1

/** The transaction marker in a control batch; undefined for control batches of other kinds. */
export function readMarker(b: Buffer, at: number): TransactionMarker | undefined {
  const record = firstRecord(b, at)
  if (!record?.key || record.key.length < 4 || !record.value || record.value.length < 6) return undefined
  const type = readInt16(record.key, 2)
  if (type !== ABORT && type !== COMMIT) return undefined
  return { aborted: type === ABORT, coordinatorEpoch: readInt32(record.value, 2) }
}

function firstRecord(b: Buffer, at: number): StoredRecord | undefined {
  try {
    return decodeRecords(b, at).next().value ?? undefined
  } catch {
    return undefined // sound checksum, no known content: it cannot be a marker
  }
}

/**
 * A fold over the batches of a log: who wrote last, with which sequence numbers, and which transactions are open (KIP-98). Idempotence
 * and the last stable offset rest on it.
 */
export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>()
  /** First offsets of open transactions, by producer. */
  readonly #open = new Map<number, number>()
  /** Ended ones whose marker is not yet below the high watermark: until then no reader may go past them. */
  #unreplicated: CompletedTransaction[] = []
  #firstUnstable: number | undefined

  get producers(): Iterable<ProducerEntry> {
    return this.#producers.values()
  }

  /** What operators may know of each. */
  described(): ActiveProducer[] {
    return Array.from(this.#producers.values(), (producer) => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.currentTxnStartOffset,
    }))
  }

  get size(): number {
    return this.#producers.size
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId)
  }

  /** Takes over a snapshot's entry. */
  restore(producer: ProducerEntry): void {
    this.#producers.set(producer.producerId, producer)
    if (producer.currentTxnStartOffset >= 0) this.#open.set(producer.producerId, producer.currentTxnStartOffset)
    this.#findFirstUnstable()
  }

  clear(): void {
    this.#producers.clear()
    this.#open.clear()
    this.#unreplicated = []
    this.#firstUnstable = undefined
  }

  /** Notes a batch that is in the log. Gives the transaction that it ended. */
  apply(b: Buffer, at: number): CompletedTransaction | undefined {
    const producerId = batch.producerId(b, at)
    if (producerId < 0) return undefined
    return batch.isControl(b, at) ? this.#applyMarker(b, at, producerId) : this.#applyData(b, at, producerId)
  }

  #applyData(b: Buffer, at: number, producerId: number): undefined {
    const epoch = batch.producerEpoch(b, at)
    const producer = this.#entry(producerId, epoch)
    const lastOffset = batch.lastOffset(b, at)
    const offsetDelta = batch.lastOffsetDelta(b, at)
    const baseSequence = batch.baseSequence(b, at)
    const timestamp = batch.maxTimestamp(b, at)
    const lastSequence = baseSequence < 0 ? -1 : addSequence(baseSequence, offsetDelta)
    producer.add(epoch, { lastSequence, lastOffset, offsetDelta, timestamp })
    if (batch.isTransactional(b, at) && producer.currentTxnStartOffset < 0) {
      producer.currentTxnStartOffset = lastOffset - offsetDelta
      this.#open.set(producerId, producer.currentTxnStartOffset)
      this.#firstUnstable ??= producer.currentTxnStartOffset
    }
  }

  #applyMarker(b: Buffer, at: number, producerId: number): CompletedTransaction | undefined {
    const marker = readMarker(b, at)
    if (marker === undefined) return undefined
    const producer = this.#entry(producerId, batch.producerEpoch(b, at))
    producer.moveTo(batch.producerEpoch(b, at))
    producer.coordinatorEpoch = marker.coordinatorEpoch
    producer.lastTimestamp = batch.maxTimestamp(b, at)
    const firstOffset = producer.currentTxnStartOffset
    if (firstOffset < 0) return undefined
    producer.currentTxnStartOffset = -1
    this.#open.delete(producerId)
    const completed = { producerId, firstOffset, lastOffset: batch.lastOffset(b, at), aborted: marker.aborted }
    this.#unreplicated.push(completed)
    return completed
  }

  #entry(producerId: number, epoch: number): ProducerEntry {
    let producer = this.#producers.get(producerId)
    if (producer === undefined) {
      producer = new ProducerEntry(producerId, epoch)
      this.#producers.set(producerId, producer)
    }
    return producer
  }

  /** The first offset that a transaction keeps from readers of committed data. */
  get firstUnstableOffset(): number | undefined {
    return this.#firstUnstable
  }

  /** The last stable offset that holds once a transaction has ended: the begin of the next one that is open. */
  stableOffsetAfter(completed: CompletedTransaction): number {
    let first = completed.lastOffset + 1
    for (const offset of this.#open.values()) if (offset < first) first = offset
    return first
  }

  onHighWatermark(highWatermark: number): void {
    if (this.#unreplicated.length === 0) return
    const left = this.#unreplicated.filter((completed) => completed.lastOffset >= highWatermark)
    if (left.length === this.#unreplicated.length) return
    this.#unreplicated = left
    this.#findFirstUnstable()
  }

  #findFirstUnstable(): void {
    let first: number | undefined
    for (const offset of this.#open.values()) if (first === undefined || offset < first) first = offset
    for (const { firstOffset } of this.#unreplicated)
      if (first === undefined || firstOffset < first) first = firstOffset
    this.#firstUnstable = first
  }

  /** Forgets producers that have been silent for so long, unless they have a transaction open. */
  expire(now: number, expirationMs: number): void {
    for (const producer of this.#producers.values())
      if (producer.currentTxnStartOffset < 0 && now - producer.lastTimestamp >= expirationMs)
        this.#producers.delete(producer.producerId)
  }
}
