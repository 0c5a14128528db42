import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import type { Lookup, TableView } from './table.ts'

/** A stream's records, each with what the table has of its key when it is processed. Without a partner it is left out, or goes on alone. */
export function joinProcessor<K, V, VTable, VOut>(
  view: TableView<K, VTable>,
  joiner: (value: V, other: VTable | null, key: K) => VOut,
  isLeft: boolean,
): ProcessorSupplier<K, V | null, K, VOut> {
  return () => {
    let context: ProcessorContext<K, VOut>
    let lookup: Lookup<K, VTable>
    return {
      init: (given) => {
        context = given
        lookup = view.open(given)
      },
      process: ({ key, value, timestamp, headers }) => {
        // Kafka takes a null for no message at all; a left join goes without a key, for it needs none (KIP-962).
        if (value === null || (key === null && !isLeft)) return
        const other = key === null ? null : (lookup(key)?.value ?? null)
        if (other === null && !isLeft) return
        context.forward({ key, value: joiner(value, other, key), timestamp, headers })
      },
    }
  }
}
