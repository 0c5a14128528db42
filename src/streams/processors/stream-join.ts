import type { TypedStore } from '../state/typed-store.ts'
import type { WindowedStore } from '../state/windowed-store.ts'
import type { JoinWindows } from '../windows.ts'
import type { ProcessorContext, ProcessorSupplier, StreamRecord } from './processor.ts'
import type { Unpaired, UnpairedKey } from './unpaired.ts'

/** Keeps the records of one side of a join for those of the other, and lets them on. */
export function joinWindowProcessor<K, V>(store: string): ProcessorSupplier<K | null, V | null, K | null, V | null> {
  return () => {
    let context: ProcessorContext<K | null, V | null>
    let kept: WindowedStore<K, V>
    return {
      init: (given) => {
        context = given
        kept = given.stateStore(store) as unknown as WindowedStore<K, V>
      },
      process: (record) => {
        const { key, value, timestamp } = record
        if (key !== null) kept.append(key, value, timestamp)
        context.forward(record)
      },
    }
  }
}

interface StreamJoinSide<K, VLeft, VRight, VOut> {
  readonly isLeft: boolean
  /** Whether records of this side go on alone where they have no partner. */
  readonly isOuter: boolean
  readonly windows: JoinWindows
  /** Names of the stores of the other side's records, and of those that may go on alone. */
  readonly partners: string
  readonly unpaired: string | undefined
  readonly joiner: (left: VLeft | null, right: VRight | null, key: K) => VOut
}

/** Time as both sides of a join see it in one task. */
class SharedTime {
  streamTime = -1
  /** The earliest record that may go on alone; infinite when nothing was looked at yet, or there is none. */
  earliest = Number.POSITIVE_INFINITY
  /** When it is looked for closed windows again, on the wall's clock. */
  nextLook = 0
}

/** Looking through all that is kept is dear: as in Kafka it is done once in that many milliseconds. */
const LOOK_MS = 1000

const times = new WeakMap<object, SharedTime>()

const timeOf = (store: object): SharedTime => {
  const time = times.get(store) ?? new SharedTime()
  times.set(store, time)
  return time
}

/**
 * Records of one side of a join, each with those of the other that lie near it in time. In an outer join a record without a partner is kept, and
 * goes on alone when its window has closed; one whose window has closed already goes on at once.
 */
export function streamJoinProcessor<K, VLeft, VRight, VOut>(
  side: StreamJoinSide<K, VLeft, VRight, VOut>,
): ProcessorSupplier<K | null, VLeft | VRight | null, K | null, VOut> {
  return () => {
    let join: StreamJoin<K, VLeft, VRight, VOut>
    return {
      init: (context) => {
        join = new StreamJoin(context, side)
      },
      process: (record) => join.process(record),
    }
  }
}

class StreamJoin<K, VLeft, VRight, VOut> {
  private readonly partners: WindowedStore<K, VLeft | VRight>
  private readonly unpaired: TypedStore<UnpairedKey<K>, readonly Unpaired[]> | undefined
  private readonly time: SharedTime
  private readonly beforeMs: number
  private readonly afterMs: number

  constructor(
    private readonly context: ProcessorContext<K | null, VOut>,
    private readonly side: StreamJoinSide<K, VLeft, VRight, VOut>,
  ) {
    const { windows, isLeft, partners, unpaired } = side
    this.partners = context.stateStore(partners) as unknown as WindowedStore<K, VLeft | VRight>
    this.unpaired = unpaired === undefined ? undefined : (context.stateStore(unpaired) as never)
    this.time = this.unpaired ? timeOf(this.unpaired) : new SharedTime()
    this.beforeMs = isLeft ? windows.beforeMs : windows.afterMs
    this.afterMs = isLeft ? windows.afterMs : windows.beforeMs
  }

  process(record: StreamRecord<K | null, VLeft | VRight | null>): void {
    const { key, value, timestamp: own, headers } = record
    const { time, side, unpaired } = this
    time.streamTime = Math.max(time.streamTime, own)
    if (value === null) return
    if (key === null) {
      if (side.isOuter) this.forward(null, value, null, record)
      return
    }
    if (unpaired && own === time.streamTime) this.emitClosed(unpaired, headers)
    const to = own + this.afterMs
    const found = this.partners.fetch(key, Math.max(0, own - this.beforeMs), to)
    for (const { key: partner, value: other } of found) {
      const at = partner.window.start
      const waiting = { time: at, isLeft: !side.isLeft, key }
      if (unpaired?.get(waiting)) unpaired.put(waiting, null)
      this.forward(key, value, other, { timestamp: Math.max(own, at), headers })
    }
    if (!side.isOuter || found.length > 0) return
    if (!unpaired || to < time.streamTime) return this.forward(key, value, null, record)
    time.earliest = Math.min(time.earliest, own)
    const alone = { time: own, isLeft: side.isLeft, key }
    unpaired.put(alone, [...(unpaired.get(alone) ?? []), { isLeft: side.isLeft, value }])
  }

  /** Lets on what has found no partner, and will find none. */
  private emitClosed(
    unpaired: TypedStore<UnpairedKey<K>, readonly Unpaired[]>,
    headers: StreamRecord<K, VOut>['headers'],
  ) {
    const { time, context } = this
    const { beforeMs, afterMs, graceMs } = this.side.windows
    // What another life of the task has kept is not known before the first look; without grace Kafka waits for the next record that it keeps.
    const isKnown = time.earliest !== Number.POSITIVE_INFINITY
    if (isKnown ? time.earliest + this.afterMs + graceMs >= time.streamTime : this.afterMs + graceMs === 0) return
    const now = context.systemTime
    if (now < time.nextLook) return
    time.nextLook = now + LOOK_MS
    time.earliest = Number.POSITIVE_INFINITY
    const open = { left: false, right: false }
    const done: UnpairedKey<K>[] = []
    for (const { key: kept, value: values } of unpaired.all()) {
      time.earliest = kept.time
      if (open.left && open.right) break
      if (kept.time + (kept.isLeft ? afterMs : beforeMs) + graceMs >= time.streamTime) {
        open[kept.isLeft ? 'left' : 'right'] = true
        continue
      }
      for (const { isLeft, value } of values) {
        const [left, right] = isLeft ? [value as VLeft, null] : [null, value as VRight]
        context.forward({
          key: kept.key,
          value: this.side.joiner(left, right, kept.key),
          timestamp: kept.time,
          headers,
        })
      }
      done.push(kept)
    }
    for (const kept of done) unpaired.put(kept, null)
  }

  private forward(
    key: K | null,
    own: VLeft | VRight,
    other: VLeft | VRight | null,
    { timestamp, headers }: Pick<StreamRecord<K, VOut>, 'timestamp' | 'headers'>,
  ): void {
    const [left, right] = this.side.isLeft ? [own, other] : [other, own]
    const value = this.side.joiner(left as VLeft | null, right as VRight | null, key as K)
    this.context.forward({ key, value, timestamp, headers })
  }
}
