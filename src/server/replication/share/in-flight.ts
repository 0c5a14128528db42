import { DeliveryState, isTerminal, type StateBatch } from './state-batch.ts'

/** Where a record, or a run of them, is on its way to a member. */
interface Place {
  readonly state: DeliveryState
  /** The member that has it; empty when nobody has. */
  readonly memberId: string
}

/** The state of one record or, as long as they are all alike, of a whole batch of them. */
export class Delivery implements Place {
  /** Until when the member has it, on the monotonic clock. */
  lockedUntil = Number.POSITIVE_INFINITY
  /** Where it was before a change that is being written down; undefined when none is. */
  private before: Place | undefined

  constructor(
    public state: DeliveryState,
    public count: number,
    public memberId = '',
  ) {}

  get isChanging(): boolean {
    return this.before !== undefined
  }
  get isAvailable(): boolean {
    return this.state === DeliveryState.available && !this.isChanging
  }
  /** Done with, and that is written down. */
  get isDone(): boolean {
    return isTerminal(this.state) && !this.isChanging
  }

  acquire(memberId: string, lockedUntil: number): void {
    this.state = DeliveryState.acquired
    this.count++
    this.memberId = memberId
    this.lockedUntil = lockedUntil
  }

  /** Begins to leave the member. What was delivered as often as it may be is archived instead of released. */
  beginChange(to: DeliveryState, countLimit: number): void {
    this.before = { state: this.state, memberId: this.memberId }
    this.state = to === DeliveryState.available && this.count >= countLimit ? DeliveryState.archived : to
    this.memberId = ''
  }

  endChange(written: boolean): void {
    if (!written && this.before) {
      this.state = this.before.state
      this.memberId = this.before.memberId
    }
    this.before = undefined
  }

  archive(): void {
    this.state = DeliveryState.archived
    this.memberId = ''
    this.before = undefined
  }

  copy(): Delivery {
    const copy = new Delivery(this.state, this.count, this.memberId)
    copy.lockedUntil = this.lockedUntil
    return copy
  }
}

/** Offsets that were acquired together. Their states are kept one by one only when they differ. */
export class InFlightBatch {
  private singles: Delivery[] | undefined

  constructor(
    readonly firstOffset: number,
    readonly lastOffset: number,
    private readonly whole: Delivery,
  ) {}

  get size(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** The state of all, as long as they are alike. */
  get common(): Delivery | undefined {
    return this.singles ? undefined : this.whole
  }

  /** Between batches that are known: nobody has been given these offsets yet. */
  get isGap(): boolean {
    return this.common?.state === DeliveryState.available && this.whole.count === 0
  }

  /** The state of each from now on. */
  split(): Delivery[] {
    this.singles ??= Array.from({ length: this.size }, () => this.whole.copy())
    return this.singles
  }

  isWithin(first: number, last: number): boolean {
    return this.firstOffset >= first && this.lastOffset <= last
  }

  at(offset: number): Delivery {
    return this.singles?.[offset - this.firstOffset] ?? this.whole
  }

  /** Runs of one state each: the whole, or every offset by itself, of those from `first` to `last`. */
  *parts(
    first = this.firstOffset,
    last = this.lastOffset,
  ): Generator<{ first: number; last: number; delivery: Delivery }> {
    if (!this.singles) {
      yield { first: this.firstOffset, last: this.lastOffset, delivery: this.whole }
      return
    }
    const end = Math.min(last, this.lastOffset)
    for (let offset = Math.max(first, this.firstOffset); offset <= end; offset++)
      yield { first: offset, last: offset, delivery: this.at(offset) }
  }
}

export const stateBatch = (firstOffset: number, lastOffset: number, { state, count }: Delivery): StateBatch => ({
  firstOffset,
  lastOffset,
  deliveryState: state,
  deliveryCount: count,
})
