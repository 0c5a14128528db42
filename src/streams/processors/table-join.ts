import type { ValueAndTimestamp } from '../state/typed-store.ts'
import type { Change, OldValues } from './change.ts'
import type { ProcessorContext, ProcessorSupplier } from './processor.ts'
import { type Lookup, type TableView, targetOf } from './table.ts'

/** Which tables must have a value, so that the result has one. */
export type TableJoinKind = 'inner' | 'left' | 'outer'

/** The value of a pair: `own` is that of the table which changes, `other` that of its partner. */
type Pair<K, V, VOther, VOut> = (own: V | null, other: VOther | null, key: K) => VOut

interface TableJoinSide<K, V, VOther, VOut> {
  readonly partner: TableView<K, VOther>
  readonly pair: Pair<K, V, VOther, VOut>
  /** Whether this table, and its partner, must have a value. */
  readonly needs: { readonly own: boolean; readonly other: boolean }
  readonly oldValues: OldValues
}

/** Changes of one table of a join, each with what the other has of its key at that moment, as changes of the result. */
export function tableJoinProcessor<K, V, VOther, VOut>({
  partner,
  pair,
  needs,
  oldValues,
}: TableJoinSide<K, V, VOther, VOut>): ProcessorSupplier<K | null, Change<V>, K, Change<VOut>> {
  return () => {
    let context: ProcessorContext<K, Change<VOut>>
    let lookup: Lookup<K, VOther>
    return {
      init: (given) => {
        context = given
        lookup = partner.open(given)
      },
      process: ({ key, value, timestamp: own, headers }) => {
        if (key === null) return
        const found = lookup(key)
        if (!found && (needs.other || (value.now === null && value.before === null))) return
        const other = found?.value ?? null
        // A pair is there as long as one of the tables that it needs has a value, or either where it needs none.
        const paired = (mine: V | null) =>
          mine === null && (needs.own || other === null) ? null : pair(mine, other, key)
        const now = paired(value.now)
        const before = oldValues.requested ? paired(value.before) : null
        const timestamp = Math.max(own, found?.timestamp ?? own)
        context.forward({ key, value: { now, before }, timestamp, headers })
      },
    }
  }
}

/** The changes of both sides as those of one table, which may have a store. */
export function tableMergeProcessor<K, V>(
  store: string | undefined,
  oldValues: OldValues,
): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  return () => {
    let target: ReturnType<typeof targetOf<K, V>>
    return {
      init: (context) => {
        target = targetOf(context, store, oldValues)
      },
      process: (record) => {
        const { now, before } = record.value
        target.update({ ...record, value: { now, before: oldValues.requested ? before : null } })
      },
    }
  }
}

/** A join without a store is looked up in the tables that it is made of. */
export function viewOfJoin<K, V, VOther, VOut>(
  left: TableView<K, V>,
  right: TableView<K, VOther>,
  joiner: Pair<K, V, VOther, VOut>,
  kind: TableJoinKind,
): TableView<K, VOut> {
  return {
    stores: [...new Set([...left.stores, ...right.stores])],
    open: (context) => {
      const [lookLeft, lookRight] = [left.open(context), right.open(context)]
      return (key) => {
        const one = lookLeft(key)
        if (!one && kind !== 'outer') return undefined
        const other = lookRight(key)
        if (!other && (kind === 'inner' || !one)) return undefined
        const value = joiner(one?.value ?? null, other?.value ?? null, key)
        return value === null ? undefined : { value, timestamp: latest(one, other) }
      }
    },
  }
}

const latest = (one: ValueAndTimestamp<unknown> | undefined, other: ValueAndTimestamp<unknown> | undefined): number =>
  Math.max(one?.timestamp ?? -1, other?.timestamp ?? -1)
