import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import type { Lookup, TableView } from './table.ts'

/**
 * A stream's records, each with what the table has of its key when it is processed, or of the one that `select` gives. Without a partner it is
 * left out, or goes on alone.
 */
export function joinProcessor<K, V, KTable, VTable, VOut>(
  view: TableView<KTable, VTable>,
  select: (key: K, value: V) => KTable | null | undefined,
  joiner: (value: V, other: VTable | null, key: K) => VOut,
  isLeft: boolean,
): ProcessorSupplier<K, V | null, K, VOut> {
  return () => {
    let context: ProcessorContext<K, VOut>
    let lookup: Lookup<KTable, VTable>
    return {
      init: (given) => {
        context = given
        lookup = view.open(given)
      },
      process: ({ key, value, timestamp, headers }) => {
        // Kafka takes a null for no message at all; a left join goes without a key, for it needs none (KIP-962).
        if (value === null) return
        const at = select(key, value) ?? null
        const other = at === null ? null : (lookup(at)?.value ?? null)
        if (other === null && !isLeft) return
        context.forward({ key, value: joiner(value, other, key), timestamp, headers })
      },
    }
  }
}
