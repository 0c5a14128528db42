import { Delivery, InFlightBatch, stateBatch } from './in-flight.ts'
import type { SharePartitionState } from './persister.ts'
import { DeliveryState, isTerminal, type StateBatch } from './state-batch.ts'

/** What a group's properties say of its share partitions. */
export interface ShareRules {
  readonly deliveryCountLimit: number
  readonly lockMs: number
  readonly maxLocks: number
  readonly renewAllowed: boolean
}

/** Deliveries that are changing, and what is to be written before they have. */
export interface PendingChange {
  readonly deliveries: readonly Delivery[]
  readonly batches: readonly StateBatch[]
}

/**
 * What the leader of a partition knows of one share group (KIP-932): the offsets between the group's start and the first that nobody was
 * given, in batches as they were acquired. Knows no time and writes nothing: share-partition.ts does both.
 */
export class ShareState {
  readonly batches: InFlightBatch[] = []
  readonly stateEpoch: number
  /** The first offset that is not done with. */
  start: number
  /** Above every offset that a member was given. */
  end: number
  /** Something in between may be acquired again. */
  mayBeAvailable = false

  /** @param start where to begin when the state does not say */
  constructor({ stateEpoch, startOffset, batches }: SharePartitionState, start: () => number) {
    this.stateEpoch = stateEpoch
    this.start = startOffset === -1 ? start() : startOffset
    this.end = this.start
    for (const batch of batches) this.restore(batch)
    this.mayBeAvailable = batches.length > 0
    this.moveStart()
  }

  private restore({ firstOffset, lastOffset, deliveryState, deliveryCount }: StateBatch): void {
    // What was acquired and never acknowledged is in no record: it has to be delivered.
    if (firstOffset > this.end)
      this.batches.push(new InFlightBatch(this.end, firstOffset - 1, new Delivery(DeliveryState.available, 0)))
    const state = isTerminal(deliveryState) ? (deliveryState as DeliveryState) : DeliveryState.available
    this.batches.push(new InFlightBatch(firstOffset, lastOffset, new Delivery(state, deliveryCount)))
    this.end = lastOffset + 1
  }

  get inFlight(): number {
    return this.batches.length === 0 ? 0 : this.end - this.start
  }

  /** Offsets from the start on that are done with. */
  get completeCount(): number {
    let count = 0
    for (const batch of this.batches)
      for (const { first, last, delivery } of batch.parts(this.start))
        if (isTerminal(delivery.state)) count += Math.max(0, last - Math.max(first, this.start) + 1)
    return count
  }

  /** Where to read what is to be acquired next. */
  get nextFetchOffset(): number {
    if (!this.mayBeAvailable) return this.end
    for (const batch of this.batches)
      for (const { first, last, delivery } of batch.parts())
        if (delivery.isAvailable && last >= this.start) return Math.max(first, this.start)
    this.mayBeAvailable = false
    return this.end
  }

  canAcquire(maxLocks: number): boolean {
    return this.nextFetchOffset !== this.end || this.inFlight < maxLocks
  }

  /** Index of the batch that holds an offset or is the last before it; -1 when all are behind it. */
  floor(offset: number): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.batches[middle] as InFlightBatch).firstOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  insert(batch: InFlightBatch): void {
    this.batches.splice(this.floor(batch.firstOffset) + 1, 0, batch)
  }

  remove(batch: InFlightBatch): void {
    const index = this.batches.indexOf(batch)
    if (index >= 0) this.batches.splice(index, 1)
  }

  /** The log begins later now: what lies below and waits is archived, and what members have there is when they are done with it. */
  moveToLogStart(logStart: number): void {
    if (logStart <= this.start) return
    this.archiveAvailable(this.start, logStart - 1)
    this.start = logStart
    this.end = Math.max(this.end, logStart)
    this.mayBeAvailable = true
    this.moveStart()
  }

  /** Archives what waits to be delivered among these offsets: their records are no longer there. */
  archiveAvailable(first: number, last: number): void {
    for (const batch of this.overlapping(first, last)) {
      const { common } = batch
      if (common && !common.isAvailable) continue
      if (common && !batch.isWithin(first, last)) batch.split()
      for (const { delivery } of batch.parts(first, last)) if (delivery.isAvailable) delivery.archive()
    }
  }

  /** Batches that hold some of these offsets. */
  overlapping(first: number, last: number): InFlightBatch[] {
    const found: InFlightBatch[] = []
    for (let at = Math.max(0, this.floor(first)); at < this.batches.length; at++) {
      const batch = this.batches[at] as InFlightBatch
      if (batch.firstOffset > last) break
      if (batch.lastOffset >= first) found.push(batch)
    }
    return found
  }

  /** Gives back everything that a member has. */
  release(memberId: string, { deliveryCountLimit }: ShareRules): PendingChange {
    return this.takeBack((delivery) => delivery.memberId === memberId, deliveryCountLimit)
  }

  /** Gives back what members had for too long. */
  expire(now: number, { deliveryCountLimit }: ShareRules): PendingChange {
    return this.takeBack(({ lockedUntil }) => lockedUntil <= now, deliveryCountLimit)
  }

  /** When the next lock ends; infinite when nothing is locked. */
  get nextExpiry(): number {
    let next = Number.POSITIVE_INFINITY
    for (const batch of this.batches)
      for (const { delivery } of batch.parts())
        if (delivery.state === DeliveryState.acquired) next = Math.min(next, delivery.lockedUntil)
    return next
  }

  private takeBack(isMeant: (delivery: Delivery) => boolean, countLimit: number): PendingChange {
    const deliveries: Delivery[] = []
    const batches: StateBatch[] = []
    for (const batch of this.batches) {
      const { common } = batch
      const crosses = batch.firstOffset < this.start && batch.lastOffset >= this.start
      if (crosses && common?.state === DeliveryState.acquired && isMeant(common)) batch.split()
      for (const { first, last, delivery } of batch.parts()) {
        if (delivery.state !== DeliveryState.acquired || delivery.isChanging || !isMeant(delivery)) continue
        delivery.beginChange(last < this.start ? DeliveryState.archived : DeliveryState.available, countLimit)
        deliveries.push(delivery)
        batches.push(stateBatch(first, last, delivery))
      }
    }
    return { deliveries, batches }
  }

  /** A change has been written down, or could not be. */
  settle({ deliveries }: PendingChange, written: boolean): void {
    for (const delivery of deliveries) {
      delivery.endChange(written)
      if (delivery.state === DeliveryState.available) this.mayBeAvailable = true
    }
    if (written) this.moveStart()
  }

  /** Moves the start over what is done with, and forgets the batches below. */
  private moveStart(): void {
    let done = 0
    for (const batch of this.batches) {
      const open = firstOpen(batch)
      if (open !== undefined) {
        this.start = Math.max(this.start, open)
        break
      }
      this.start = Math.max(this.start, batch.lastOffset + 1)
      done++
    }
    this.batches.splice(0, done)
    if (this.batches.length === 0) this.end = Math.max(this.end, this.start)
  }
}

/** The first offset of a batch that is not done with. */
function firstOpen(batch: InFlightBatch): number | undefined {
  for (const { first, delivery } of batch.parts()) if (!delivery.isDone) return first
  return undefined
}
