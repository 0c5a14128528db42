import type { WindowEntry, WindowedStore } from '../state/windowed-store.ts'
import type { Window, Windowed } from '../windowed.ts'
import type { SlidingWindows } from '../windows.ts'
import type { Change, OldValues } from './change.ts'
import { type EmitClosed, finalResults } from './final-results.ts'
import type { ProcessorSupplier, StreamRecord } from './processor.ts'
import { TableStore } from './table-store.ts'
import type { Aggregation } from './window-aggregate.ts'

/** What there is of a window: its aggregate, and the largest timestamp of its records. */
interface Contents<A> {
  readonly value: A | null
  readonly timestamp: number
}

/**
 * A stream's records by key and sliding window (KIP-450), gathered in a store. There is a window that ends at each record, and one that begins
 * just behind each record which has another in it. An aggregate's timestamp is the largest of its records: so a window tells which record it
 * ends with. Records without a key or a value are left out.
 */
export function slidingAggregateProcessor<K, V, A>(
  store: string,
  windows: SlidingWindows,
  aggregation: Aggregation<K, V, A>,
  oldValues: OldValues,
  isFinal: boolean,
): ProcessorSupplier<K | null, V | null, Windowed<K>, Change<A>> {
  return () => {
    let sliding: Sliding<K, V, A>
    let emitClosed: EmitClosed
    let observed = -1
    const spanMs = windows.timeDifferenceMs
    // The end of a window is part of it.
    const range = {
      from: (closedAt: number) => closedAt - spanMs,
      to: (closeTime: number) => closeTime - spanMs - 1,
    }
    return {
      init: (context) => {
        const table = TableStore.open<Windowed<K>, A>(context, store, oldValues, undefined, isFinal)
        emitClosed = finalResults<K, A>(context, store, range)
        const stored = context.stateStore(store) as unknown as WindowedStore<K, A>
        sliding = new Sliding(table, stored, spanMs, aggregation)
      },
      process: (record) => {
        const { key, value, timestamp } = record
        if (key === null || value === null) return
        observed = Math.max(observed, timestamp)
        const closed = observed - windows.graceMs
        if (timestamp + 1 + spanMs <= closed) return
        sliding.add({ ...record, key, value }, closed)
        // As in Kafka a record near the beginning of all time lets nothing go on.
        if (timestamp >= spanMs) emitClosed(closed, record.headers)
      },
    }
  }
}

/** The windows of one task. */
class Sliding<K, V, A> {
  constructor(
    private readonly table: TableStore<Windowed<K>, A>,
    private readonly stored: WindowedStore<K, A>,
    private readonly spanMs: number,
    private readonly aggregation: Aggregation<K, V, A>,
  ) {}

  add(record: StreamRecord<K, V>, closed: number): void {
    if (record.timestamp < this.spanMs) this.addEarly(record, closed)
    else this.addLater(record, closed)
  }

  /** From the latest window to the earliest, as Kafka goes. */
  private addLater(record: StreamRecord<K, V>, closed: number): void {
    const { key, timestamp } = record
    const starts = new Set<number>()
    let [left, right]: (Contents<A> | undefined)[] = []
    let [hasLeft, hasRight] = [false, false]
    let previous: number | undefined
    for (const found of this.windowsOf(key, timestamp - 2 * this.spanMs, timestamp).toReversed()) {
      const { start } = found.key.window
      const end = start + this.spanMs
      starts.add(start)
      if (start === timestamp + 1) hasRight = true
      else if (end > timestamp) {
        right ??= found
        this.update(found.key.window, found, record, closed)
      } else if (end === timestamp) {
        hasLeft = true
        this.update(found.key.window, found, record, closed)
        // It was there because of a record with this very timestamp, whose windows are there, too.
        if (found.timestamp >= timestamp) return
        previous = found.timestamp
      } else {
        left = found
        previous = found.timestamp
        break
      }
    }
    // The record before it may now have one in the window behind it.
    if (previous !== undefined && !starts.has(previous + 1) && previous + 1 + this.spanMs >= timestamp)
      this.update(this.windowFrom(previous + 1), this.fresh(record), record, closed)
    if (!hasLeft) {
      const reaches = previous !== undefined && timestamp - this.spanMs <= previous
      const contents = reaches && left ? { value: left.value, timestamp } : this.fresh(record)
      this.update(this.windowFrom(timestamp - this.spanMs), contents, record, closed)
    }
    if (!hasRight) this.putRight(right, record)
  }

  /** Near the beginning of all time one window stands for all that would begin before it. */
  private addEarly(record: StreamRecord<K, V>, closed: number): void {
    const { key, timestamp } = record
    const starts = new Set<number>()
    let combined: WindowEntry<K, A> | undefined
    let right: Contents<A> | undefined
    let hasRight = false
    let previous: number | undefined
    for (const found of this.windowsOf(key, 0, timestamp)) {
      const { start } = found.key.window
      starts.add(start)
      if (start === 0) {
        combined = found
        if (found.timestamp < timestamp) previous = found.timestamp
      } else if (start <= timestamp) {
        right = found
        this.update(found.key.window, found, record, closed)
      } else hasRight = true
    }
    if (!right && combined && combined.timestamp > timestamp) right = combined
    if (!hasRight) this.putRight(right, record)
    if (previous !== undefined && !starts.has(previous + 1))
      this.update(this.windowFrom(previous + 1), this.fresh(record), record, closed)
    this.update(this.windowFrom(0), combined ?? this.fresh(record), record, closed)
  }

  private windowsOf(key: K, from: number, timestamp: number): WindowEntry<K, A>[] {
    return this.stored.fetch(key, Math.max(0, from), timestamp + 1)
  }

  private windowFrom(start: number): Window {
    return { start, end: start + this.spanMs }
  }

  private fresh({ timestamp }: StreamRecord<K, V>): Contents<A> {
    return { value: this.aggregation.initial(), timestamp }
  }

  /** The window that begins just behind the record, if there is something in it: what is in the next one that the record is in. */
  private putRight(right: Contents<A> | undefined, { key, timestamp: own, headers }: StreamRecord<K, V>): void {
    if (!right || right.timestamp <= own) return
    const { value: now, timestamp } = right
    const windowed = { key, window: this.windowFrom(own + 1) }
    this.table.update({ key: windowed, value: { now, before: null }, timestamp, headers })
  }

  private update(window: Window, contents: Contents<A>, record: StreamRecord<K, V>, closed: number): void {
    if (window.end < closed) return
    const { key, value, timestamp: own, headers } = record
    const { value: before } = contents
    const now = this.aggregation.add(key, value, before)
    const timestamp = before === null ? own : Math.max(own, contents.timestamp)
    this.table.update({ key: { key, window }, value: { now, before }, timestamp, headers })
  }
}
