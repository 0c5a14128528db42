import type { TypedStore, ValueAndTimestamp } from '../state/typed-store.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import { TableStore } from './table-store.ts'

/** Finds the newest value of a key, in one task. */
export type Lookup<K, V> = (key: K) => ValueAndTimestamp<V> | undefined

/** How to look into a table, and the stores that one needs for it. */
export interface TableView<K, V> {
  readonly stores: readonly string[]
  open(context: ProcessorContext<unknown, unknown>): Lookup<K, V>
}

export const viewOfStore = <K, V>(name: string): TableView<K, V> => ({
  stores: [name],
  open: (context) => {
    const store = context.stateStore<K, V>(name) as TypedStore<K, V>
    return (key) => store.getWithTimestamp(key)
  },
})

/**
 * What comes in are changes of a table, null for an entry that is gone; `step` makes the change of the next table. `store` is asked for when
 * a task begins, for a store may turn out to be needed after the step was added.
 */
export function tableProcessor<K, V, VOut>(
  store: () => string | undefined,
  step: (key: K, value: V | null) => VOut | null,
): ProcessorSupplier<K | null, V | null, K, VOut | null> {
  return () => {
    let context: ProcessorContext<K, VOut | null>
    let table: TableStore<K, VOut> | undefined
    return {
      init: (given) => {
        context = given
        const name = store()
        if (name !== undefined) table = TableStore.open(given, name)
      },
      process: ({ key, value: change, timestamp, headers }) => {
        if (key === null) return
        const value = step(key, change)
        if (table) table.update(key, value, timestamp, headers)
        else context.forward({ key, value, timestamp, headers })
      },
    }
  }
}
