import type { ProducerBatch } from './batch.ts'

const SEQUENCES = 0x8000_0000

/** Sequence numbers go from 2^31-1 to 0. */
const addSequence = (sequence: number, count: number): number => (sequence + count + SEQUENCES) % SEQUENCES

/**
 * A leader knows the last so many batches of a producer again. Of no more may the outcome be open at a time, be it at the former leader, whose answers are
 * still awaited, and the new one: the oldest could be in the log, and be refused as out of order when it is sent again.
 */
const KNOWN_AGAIN = 5

export interface ProducerIdentity {
  readonly id: number
  readonly epoch: number
}

/** One partition's batches: those that wait, and those that have a sequence and are not acknowledged. */
export class PartitionQueue {
  /** In the order in which they are to be sent. */
  readonly waiting: ProducerBatch[] = []
  /** Batches that were sent at least once and are not done, by sequence; empty without idempotence. */
  readonly tracked: ProducerBatch[] = []
  /** Requests under way that carry a batch of this partition. */
  onWire = 0
  /** Set while a batch failed of which nobody knows whether it was appended: nothing new may follow it. */
  unresolved = false
  private identity: ProducerIdentity = { id: -1, epoch: -1 }
  private nextSequence = 0
  private lastAcked = -1
  /** The producer id under which the leader has taken a batch. */
  private knownAs = -1
  private batches = 0

  constructor(
    readonly topic: string,
    readonly partition: number,
  ) {}

  /** Adds a batch at the end. */
  add(batch: ProducerBatch): void {
    batch.order = this.batches++
    this.waiting.push(batch)
  }

  get head(): ProducerBatch | undefined {
    return this.waiting[0]
  }

  get last(): ProducerBatch | undefined {
    return this.waiting[this.waiting.length - 1]
  }

  /** Whether the order that the broker expects lets the first waiting batch go. */
  mayGo(batch: ProducerBatch, identity: ProducerIdentity): boolean {
    const isNew = batch.sequence < 0
    // A leader takes any first sequence of a producer that it does not know. Should it refuse the first batch, because it has not yet heard that
    // it leads, and take the second, then the first could never follow.
    const mayFollow = this.knownAs === identity.id && !this.isStale(identity)
    if (isNew) return !this.unresolved && this.tracked.length < (mayFollow ? KNOWN_AGAIN : 1)
    // A batch that is sent again goes alone: those after it would only come out of order.
    return this.tracked[0] === batch
  }

  /** Gives a new batch the next sequence. */
  assign(batch: ProducerBatch, identity: ProducerIdentity): void {
    if (batch.sequence >= 0) return
    if (this.isStale(identity)) this.restart(identity)
    batch.setProducer(identity.id, identity.epoch, this.nextSequence)
    this.nextSequence = addSequence(this.nextSequence, batch.recordCount)
    this.tracked.push(batch)
  }

  acknowledge(batch: ProducerBatch): void {
    const last = addSequence(batch.sequence, batch.recordCount - 1)
    if (batch.producerEpoch === this.identity.epoch) this.lastAcked = last
    this.knownAs = batch.producerId
    this.forget(batch)
  }

  forget(batch: ProducerBatch): void {
    const at = this.tracked.indexOf(batch)
    if (at >= 0) this.tracked.splice(at, 1)
  }

  /** Whether the batch follows directly on the last one that was acknowledged. */
  isNext(batch: ProducerBatch): boolean {
    return batch.sequence === addSequence(this.lastAcked, 1)
  }

  /** Whether a batch behind this one was acknowledged: the broker will not take it with its sequence any more. */
  isPassed(batch: ProducerBatch): boolean {
    if (this.lastAcked < 0 || batch.producerEpoch !== this.identity.epoch) return false
    return addSequence(this.lastAcked, -batch.sequence) < SEQUENCES / 2
  }

  /** Closes the gap that a batch leaves which was surely not appended. */
  closeGap(batch: ProducerBatch): void {
    const at = this.tracked.indexOf(batch)
    if (at < 0) return
    this.tracked.splice(at, 1)
    if (batch.producerEpoch !== this.identity.epoch) return
    for (const later of this.tracked.slice(at))
      later.setProducer(later.producerId, later.producerEpoch, addSequence(later.sequence, -batch.recordCount))
    this.nextSequence = addSequence(this.nextSequence, -batch.recordCount)
  }

  /** Replaces a tracked batch by its halves, which share its sequences. */
  replace(batch: ProducerBatch, halves: readonly ProducerBatch[]): void {
    const at = this.tracked.indexOf(batch)
    if (at < 0) return
    let { sequence } = batch
    for (const half of halves) {
      half.setProducer(batch.producerId, batch.producerEpoch, sequence)
      sequence = addSequence(sequence, half.recordCount)
    }
    this.tracked.splice(at, 1, ...halves)
  }

  /** True when an unresolved gap has closed by itself: everything after it was acknowledged. */
  get gapClosed(): boolean {
    return this.nextSequence === addSequence(this.lastAcked, 1)
  }

  /** Begins anew under a new epoch, with the batches that are not acknowledged first. */
  restart(identity: ProducerIdentity): void {
    this.identity = identity
    this.lastAcked = -1
    this.unresolved = false
    let sequence = 0
    for (const batch of this.tracked) {
      batch.setProducer(identity.id, identity.epoch, sequence)
      sequence = addSequence(sequence, batch.recordCount)
    }
    this.nextSequence = sequence
  }

  /** Takes a new producer id, if the old one was given up while batches were not acknowledged. */
  adopt(identity: ProducerIdentity): void {
    if (this.identity.id < 0 && this.tracked.length > 0) this.restart(identity)
  }

  /** Puts a batch back to be sent again, before everything that comes after it. */
  requeue(batch: ProducerBatch): void {
    let at = 0
    while (at < this.waiting.length && (this.waiting[at] as ProducerBatch).order < batch.order) at++
    this.waiting.splice(at, 0, batch)
  }

  private isStale({ id, epoch }: ProducerIdentity): boolean {
    return this.identity.id !== id || this.identity.epoch !== epoch
  }
}
