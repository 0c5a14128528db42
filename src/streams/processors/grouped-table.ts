import { resolveSerde, type Serde } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import type { KeyValue } from '../state/key-value-store.ts'
import type { Change, OldValues } from './change.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import { TableStore } from './table-store.ts'

/** The key and value under which an entry of a table counts in a group; without one of them it counts nowhere. */
export type Selector<K, V, KOut, VOut> = (
  key: K,
  value: V,
) => KeyValue<KOut | null | undefined, VOut | null | undefined> | null | undefined

/**
 * Changes of a table, under the keys of their groups: where an entry moves from one to another, the former one hears of it first. With equal
 * keys it is one change (KIP-904).
 */
export function selectProcessor<K, V, KOut, VOut>(
  select: Selector<K, V, KOut, VOut>,
  keys: Serde<KOut> | undefined,
): ProcessorSupplier<K, Change<V>, KOut, Change<VOut>> {
  return () => {
    let context: ProcessorContext<KOut, Change<VOut>>
    let serde: Serde<KOut>
    const selected = (key: K, value: V | null): KeyValue<KOut, VOut> | undefined => {
      const pair = value === null ? undefined : select(key, value)
      if (!pair || pair.key === null || pair.key === undefined) return undefined
      return pair.value === null || pair.value === undefined ? undefined : { key: pair.key, value: pair.value }
    }
    const areEqual = (one: KOut, other: KOut) => asBuffer(serde.serialize(one)).equals(serde.serialize(other))
    return {
      init: (given) => {
        context = given
        const defaults = { key: given.keySerde, value: given.valueSerde }
        serde = resolveSerde('A grouped table', 'key', keys, defaults)
      },
      process: ({ key: from, value: { now, before }, timestamp, headers }) => {
        const [old, fresh] = [selected(from, before), selected(from, now)]
        const forward = (key: KOut, value: Change<VOut>) => context.forward({ key, value, timestamp, headers })
        if (old && fresh && areEqual(old.key, fresh.key)) {
          forward(fresh.key, { now: fresh.value, before: old.value })
          return
        }
        if (old) forward(old.key, { now: null, before: old.value })
        if (fresh) forward(fresh.key, { now: fresh.value, before: null })
      },
    }
  }
}

/** How values of a group become an aggregate. What comes to null takes the entry out. */
export interface Balance<K, V, A> {
  /** The aggregate of a value where there is none. */
  readonly begin: (key: K, value: V) => A | null
  readonly add: (key: K, value: V, aggregate: A) => A | null
  readonly subtract: (key: K, value: V, aggregate: A) => A | null
}

/** The values of a group, gathered in a store: of a change the old one is taken out, and the new one added then. */
export function balanceProcessor<K, V, A>(
  store: string,
  { begin, add, subtract }: Balance<K, V, A>,
  oldValues: OldValues,
): ProcessorSupplier<K, Change<V>, K, Change<A>> {
  return () => {
    let table: TableStore<K, A>
    return {
      init: (context) => {
        table = TableStore.open(context, store, oldValues)
      },
      process: ({ key, value: { now, before }, timestamp: own, headers }) => {
        const old = table.get(key)
        const rest = old && before !== null ? subtract(key, before, old.value) : (old?.value ?? null)
        const next = now === null ? rest : rest === null ? begin(key, now) : add(key, now, rest)
        const timestamp = Math.max(own, old?.timestamp ?? own)
        table.update({ key, value: { now: next, before: old?.value ?? null }, timestamp, headers })
      },
    }
  }
}
