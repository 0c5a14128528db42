import type { Windowed } from '../windowed.ts'
import type { FixedWindows } from '../windows.ts'
import type { Change, OldValues } from './change.ts'
import { type EmitClosed, finalResults } from './final-results.ts'
import type { ProcessorSupplier } from './processor.ts'
import { TableStore } from './table-store.ts'

/** How records become an aggregate. Null stands for no aggregate; what comes to null takes the entry out. */
export interface Aggregation<K, V, A> {
  readonly initial: () => A | null
  readonly add: (key: K, value: V, aggregate: A | null) => A | null
}

/**
 * A stream's records by key and window, gathered in a store. A window takes records until the largest timestamp that was seen is beyond its
 * end and its grace; final results go on then. Records without a key are left out, those without a value are not.
 */
export function windowAggregateProcessor<K, V, A>(
  store: string,
  windows: FixedWindows,
  { initial, add }: Aggregation<K, V, A>,
  oldValues: OldValues,
  isFinal: boolean,
): ProcessorSupplier<K | null, V, Windowed<K>, Change<A>> {
  return () => {
    let table: TableStore<Windowed<K>, A>
    let emitClosed: EmitClosed
    let observed = -1
    const range = {
      from: (closedAt: number) => Math.max(0, closedAt - windows.sizeMs) + 1,
      to: (closeTime: number) => closeTime - windows.sizeMs,
    }
    return {
      init: (context) => {
        table = TableStore.open(context, store, oldValues, undefined, isFinal)
        emitClosed = finalResults<K, A>(context, store, range)
      },
      process: ({ key, value, timestamp: own, headers }) => {
        if (key === null) return
        observed = Math.max(observed, own)
        const closed = observed - windows.graceMs
        for (const window of windows.windowsFor(own)) {
          if (window.end <= closed) continue
          const windowed = { key, window }
          const old = table.get(windowed)
          const before = old ? old.value : initial()
          const now = add(key, value, before)
          const timestamp = Math.max(own, old?.timestamp ?? own)
          table.update({ key: windowed, value: { now, before }, timestamp, headers })
        }
        emitClosed(closed, headers)
      },
    }
  }
}
