import { Delivery, InFlightBatch } from './in-flight.ts'
import type { ShareRules, ShareState } from './share-state.ts'
import { DeliveryState } from './state-batch.ts'

/** A record batch that was read from the log. */
export interface ReadBatch {
  readonly firstOffset: number
  readonly lastOffset: number
}

export interface AcquireRequest {
  readonly memberId: string
  /** Where the read began. */
  readonly fetchOffset: number
  /** What was read; never empty. */
  readonly batches: readonly ReadBatch[]
  /** How many records the member wants; whole batches may make it more, unless `strict`. */
  readonly maxRecords: number
  /** Not one record more (KIP-1206). */
  readonly strict: boolean
  /** Into how many records an acquisition is divided, at the bounds of record batches. */
  readonly batchSize: number
  readonly lockedUntil: number
}

export interface AcquiredRange {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/** Records that were delivered so often come in ever smaller numbers, so that one that no member can bear ends up alone. */
const leastThrottled = 2
const throttleFrom = (countLimit: number): number => Math.max(leastThrottled, Math.ceil(countLimit / 2))

/** Gives a member what was read, as far as nobody else has it: what is given back first, then what is new. */
export function acquire(state: ShareState, request: AcquireRequest, rules: ShareRules): AcquiredRange[] {
  const bounds = boundsOf(state, request, rules)
  return bounds ? new Acquisition(state, request, rules, bounds).run() : []
}

interface Bounds {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly max: number
}

/** Which offsets may be acquired, and how many of them; a partition with too many in flight gives only what it gave before. */
function boundsOf(
  state: ShareState,
  { batches, maxRecords, fetchOffset }: AcquireRequest,
  { maxLocks }: ShareRules,
): Bounds | undefined {
  const { firstOffset } = batches[0] as ReadBatch
  const { lastOffset } = batches.at(-1) as ReadBatch
  if (lastOffset < state.start) return undefined
  const max = Math.min(maxRecords, maxLocks - state.inFlight)
  if (max > 0) return { firstOffset, lastOffset, max }
  if (maxRecords <= 0 || fetchOffset >= state.end) return undefined
  return {
    firstOffset,
    lastOffset: Math.min(lastOffset, state.end - 1),
    max: Math.min(maxRecords, state.end - fetchOffset),
  }
}

class Acquisition {
  private readonly acquired: AcquiredRange[] = []
  private count = 0
  private max: number

  constructor(
    private readonly state: ShareState,
    private readonly request: AcquireRequest,
    private readonly rules: ShareRules,
    private readonly bounds: Bounds,
  ) {
    this.max = bounds.max
  }

  run(): AcquiredRange[] {
    const { state, request } = this
    const { firstOffset, lastOffset } = this.bounds
    // What lies between is no longer in the log.
    if (request.fetchOffset < firstOffset) state.archiveAvailable(request.fetchOffset, firstOffset - 1)
    const known = state.overlapping(Math.max(firstOffset, Math.min(state.start, lastOffset)), lastOffset)
    for (const batch of known) {
      if (this.count >= this.max) break
      if (batch.isGap) this.acquireGap(batch)
      else this.acquireAgain(batch)
    }
    const next = Math.max(known.at(-1)?.lastOffset ?? -1, firstOffset - 1, state.end - 1) + 1
    if (this.count < this.max && next <= lastOffset) this.acquireNew(next, lastOffset)
    return this.acquired
  }

  private get left(): number {
    return this.max - this.count
  }

  /** Offsets that nobody was given, although later ones were. */
  private acquireGap(gap: InFlightBatch): void {
    const first = Math.max(gap.firstOffset, this.bounds.firstOffset, this.state.start)
    const last = Math.min(gap.lastOffset, this.bounds.lastOffset)
    this.state.remove(gap)
    const keep = (from: number, to: number) => {
      if (from <= to) this.state.insert(new InFlightBatch(from, to, new Delivery(DeliveryState.available, 0)))
    }
    keep(gap.firstOffset, first - 1)
    const reached = this.acquireNew(first, last)
    keep(reached + 1, gap.lastOffset)
    if (reached < gap.lastOffset) this.state.mayBeAvailable = true
  }

  /** Offsets that nobody was given yet. Gives the last one acquired. */
  private acquireNew(first: number, last: number): number {
    const { batches, strict, batchSize } = this.request
    const wanted = first + this.left - 1
    const reached = wanted < last ? Math.min(last, endOfBatchWith(batches, wanted)) : last
    const { state } = this
    if (strict && reached > wanted) {
      this.addPart(first, wanted, reached)
    } else {
      let from = first
      if (!strict && reached - first + 1 > batchSize)
        for (const { firstOffset } of batches)
          if (firstOffset <= reached && firstOffset - from >= batchSize) {
            this.addWhole(from, firstOffset - 1)
            from = firstOffset
          }
      this.addWhole(from, reached)
    }
    // Whatever lies below was no record.
    if ((state.batches[0] as InFlightBatch).firstOffset === first) state.start = Math.max(state.start, first)
    state.end = Math.max(state.end, reached + 1)
    return reached
  }

  private addWhole(first: number, last: number): void {
    const delivery = new Delivery(DeliveryState.available, 0)
    this.state.insert(new InFlightBatch(first, last, delivery))
    this.take(delivery, first, last)
  }

  /** A batch of which the member gets no more than it asked for. */
  private addPart(first: number, wanted: number, last: number): void {
    const batch = new InFlightBatch(first, last, new Delivery(DeliveryState.available, 0))
    this.state.insert(batch)
    this.state.mayBeAvailable = true
    for (const delivery of batch.split().slice(0, wanted - first + 1))
      delivery.acquire(this.request.memberId, this.request.lockedUntil)
    this.acquired.push({ firstOffset: first, lastOffset: wanted, deliveryCount: 1 })
    this.count += wanted - first + 1
  }

  private take(delivery: Delivery, firstOffset: number, lastOffset: number): void {
    delivery.acquire(this.request.memberId, this.request.lockedUntil)
    this.acquired.push({ firstOffset, lastOffset, deliveryCount: delivery.count })
    this.count += lastOffset - firstOffset + 1
  }

  /** Offsets that were given to somebody before. */
  private acquireAgain(batch: InFlightBatch): void {
    const { firstOffset, lastOffset } = this.bounds
    const throttled = this.isThrottled(batch)
    // They come alone.
    if (throttled && this.count > 0) return this.stop()
    const { common } = batch
    const asWhole =
      batch.isWithin(firstOffset, lastOffset) && !throttled && !(this.request.strict && batch.size > this.left)
    if (common && !common.isAvailable) return
    if (common && asWhole) return this.take(common, batch.firstOffset, batch.lastOffset)
    batch.split()
    if (this.acquireSingles(batch) > 0 && throttled) this.stop()
  }

  private stop(): void {
    this.max = 0
  }

  private isThrottled(batch: InFlightBatch): boolean {
    let most = 0
    for (const { delivery } of batch.parts(this.bounds.firstOffset, this.bounds.lastOffset))
      if (delivery.isAvailable) most = Math.max(most, delivery.count)
    return most >= throttleFrom(this.rules.deliveryCountLimit)
  }

  /** Gives the number of records acquired. */
  private acquireSingles(batch: InFlightBatch): number {
    const { deliveryCountLimit } = this.rules
    const lastTry = deliveryCountLimit > leastThrottled ? deliveryCountLimit - 1 : Number.POSITIVE_INFINITY
    const limit = this.request.strict ? this.left : Number.POSITIVE_INFINITY
    let throttled: number | undefined
    const taken: { offset: number; count: number }[] = []
    for (const { first: offset, delivery } of batch.parts(this.bounds.firstOffset, this.bounds.lastOffset)) {
      if (!delivery.isAvailable) continue
      const isLastTry = delivery.count === lastTry
      if (isLastTry && taken.length > 0) break
      const over = delivery.count - throttleFrom(deliveryCountLimit)
      if (over >= 0) throttled ??= Math.max(1, batch.size >> (over + 1))
      delivery.acquire(this.request.memberId, this.request.lockedUntil)
      taken.push({ offset, count: delivery.count })
      if (isLastTry || taken.length === limit || taken.length === throttled) break
    }
    this.acquired.push(...runsOf(taken))
    this.count += taken.length
    return taken.length
  }
}

/** Neighbours that were delivered as often are one range. */
function runsOf(taken: readonly { readonly offset: number; readonly count: number }[]): AcquiredRange[] {
  const runs: { firstOffset: number; lastOffset: number; deliveryCount: number }[] = []
  for (const { offset, count } of taken) {
    const last = runs.at(-1)
    if (last && last.lastOffset === offset - 1 && last.deliveryCount === count) last.lastOffset = offset
    else runs.push({ firstOffset: offset, lastOffset: offset, deliveryCount: count })
  }
  return runs
}

/** The end of the record batch that holds an offset; the offset itself where there is none. */
function endOfBatchWith(batches: readonly ReadBatch[], offset: number): number {
  const holder = batches.find(({ firstOffset, lastOffset }) => firstOffset <= offset && offset <= lastOffset)
  return holder?.lastOffset ?? offset
}
