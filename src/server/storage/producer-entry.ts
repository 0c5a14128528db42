/** What a log remembers of one appended batch of an idempotent producer. */
export interface BatchMetadata {
  readonly lastSequence: number
  readonly lastOffset: number
  /** Records in the batch, less one. */
  readonly offsetDelta: number
  /** The batch's largest timestamp. */
  readonly timestamp: number
}

/** Batches within which a repetition is recognised: as many as a client may have in flight. */
export const REMEMBERED = 5
const SEQUENCES = 2 ** 31

/** Sequence numbers wrap from 2147483647 to 0. */
export const addSequence = (sequence: number, delta: number): number => (sequence + delta) % SEQUENCES
const firstSequence = (batch: BatchMetadata): number => (batch.lastSequence - batch.offsetDelta + SEQUENCES) % SEQUENCES
export const firstOffset = (batch: BatchMetadata): number => batch.lastOffset - batch.offsetDelta

/** One producer id in one log. */
export class ProducerEntry {
  coordinatorEpoch = -1
  lastTimestamp = -1
  /** First offset of the transaction that is open, -1 when none is. */
  currentTxnStartOffset = -1
  /** Oldest first; empty when only a transaction marker is known. */
  batches: BatchMetadata[] = []

  constructor(
    readonly producerId: number,
    public producerEpoch: number,
  ) {}

  get lastBatch(): BatchMetadata | undefined {
    return this.batches.at(-1)
  }

  get lastSequence(): number {
    return this.lastBatch?.lastSequence ?? -1
  }

  /** The remembered batch that this one repeats. */
  duplicateOf(epoch: number, baseSequence: number, lastSequence: number): BatchMetadata | undefined {
    if (epoch !== this.producerEpoch) return undefined
    return this.batches.find((batch) => batch.lastSequence === lastSequence && firstSequence(batch) === baseSequence)
  }

  add(epoch: number, batch: BatchMetadata): void {
    this.moveTo(epoch)
    if (this.batches.length === REMEMBERED) this.batches.shift()
    this.batches.push(batch)
    this.lastTimestamp = batch.timestamp
  }

  /** Takes over what an entry knew that was made of the same batches, up to an offset: a snapshot tells of the last batch only. */
  recall({ producerEpoch, batches }: ProducerEntry, endOffset: number): void {
    const kept = producerEpoch === this.producerEpoch ? batches.filter(({ lastOffset }) => lastOffset < endOffset) : []
    if (kept.length > this.batches.length && kept.at(-1)?.lastOffset === this.lastBatch?.lastOffset) this.batches = kept
  }

  /** A new epoch starts its own sequence. */
  moveTo(epoch: number): void {
    if (epoch === this.producerEpoch) return
    this.producerEpoch = epoch
    this.batches = []
  }
}
