import type { Change, OldValues } from './change.ts'
import type { ProcessorSupplier } from './processor.ts'
import { TableStore } from './table-store.ts'

/** The next aggregate from a record and the aggregate before, which is undefined for the first record of a key. */
type Next<K, V, A> = (key: K, value: V, before: A | undefined) => A | null

/**
 * A stream's records by key, gathered in a store. Its timestamp is the larger one of the record's and the one before (KIP-258). Records
 * without a key or a value are left out.
 */
export function aggregateProcessor<K, V, A>(
  store: string,
  next: Next<K, V, A>,
  oldValues: OldValues,
): ProcessorSupplier<K | null, V | null, K, Change<A>> {
  return () => {
    let table: TableStore<K, A>
    return {
      init: (context) => {
        table = TableStore.open(context, store, oldValues)
      },
      process: ({ key, value, timestamp: own, headers }) => {
        if (key === null || value === null) return
        const old = table.get(key)
        const now = next(key, value, old?.value)
        const timestamp = Math.max(own, old?.timestamp ?? own)
        table.update({ key, value: { now, before: old?.value ?? null }, timestamp, headers })
      },
    }
  }
}
