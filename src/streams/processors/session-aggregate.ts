import type { WindowedStore } from '../state/windowed-store.ts'
import type { Windowed } from '../windowed.ts'
import type { SessionWindows } from '../windows.ts'
import type { Change, OldValues } from './change.ts'
import { type EmitClosed, finalResults } from './final-results.ts'
import type { ProcessorSupplier } from './processor.ts'
import { TableStore } from './table-store.ts'
import type { Aggregation } from './window-aggregate.ts'

/** The aggregate of two sessions that a record has joined. */
export type Merge<K, A> = (key: K, one: A | null, other: A) => A | null

interface SessionAggregate<K, V, A> {
  readonly store: string
  readonly windows: SessionWindows
  readonly aggregation: Aggregation<K, V, A>
  readonly merge: Merge<K, A>
  readonly oldValues: OldValues
  /** Whether sessions go on when they have closed, and only then. */
  readonly isFinal: boolean
}

/**
 * A stream's records by key and session, gathered in a store. A record takes the sessions that it is near to into its own; the table loses
 * them. Changes have the end of their session as timestamp. Records without a key are left out, those without a value are not.
 */
export function sessionAggregateProcessor<K, V, A>({
  store,
  windows: { gapMs, graceMs },
  aggregation: { initial, add },
  merge,
  oldValues,
  isFinal,
}: SessionAggregate<K, V, A>): ProcessorSupplier<K | null, V, Windowed<K>, Change<A>> {
  return () => {
    let table: TableStore<Windowed<K>, A>
    let sessions: WindowedStore<K, A>
    let emitClosed: EmitClosed
    let observed = -1
    const range = { from: (closedAt: number) => closedAt, to: (closeTime: number) => closeTime - 1 }
    const endOf = ({ window }: Windowed<K>) => window.end
    return {
      init: (context) => {
        table = TableStore.open(context, store, oldValues, endOf, isFinal)
        emitClosed = finalResults<K, A>(context, store, range, endOf)
        sessions = context.stateStore(store) as unknown as WindowedStore<K, A>
      },
      process: ({ key, value, timestamp, headers }) => {
        if (key === null) return
        observed = Math.max(observed, timestamp)
        const near = sessions
          .fetch(key, timestamp - gapMs, Number.POSITIVE_INFINITY)
          .filter((found) => found.key.window.start <= timestamp + gapMs)
        let aggregate = initial()
        let [start, end] = [timestamp, timestamp]
        for (const { key: found, value: other } of near) {
          aggregate = merge(key, aggregate, other)
          start = Math.min(start, found.window.start)
          end = Math.max(end, found.window.end)
        }
        const closed = observed - graceMs - gapMs
        if (end < closed) return emitClosed(closed, headers)
        if (start !== timestamp || end !== timestamp)
          for (const { key: old, value: before } of near)
            table.update({ key: old, value: { now: null, before }, timestamp: old.window.end, headers })
        const now = add(key, value, aggregate)
        // The changelog has the time of the record, and those behind the table that of the session.
        table.update({ key: { key, window: { start, end } }, value: { now, before: null }, timestamp, headers })
        emitClosed(closed, headers)
      },
    }
  }
}
