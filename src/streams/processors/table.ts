import type { TypedStore, ValueAndTimestamp } from '../state/typed-store.ts'
import type { Change, OldValues } from './change.ts'
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

/** Where changes go: to the table's store, and from there on, or on at once. */
type Target<K, V> = Pick<TableStore<K, V>, 'update'> & Partial<Pick<TableStore<K, V>, 'get'>>

/** Where a table's changes go from its node. */
export const targetOf = <K, V>(
  context: ProcessorContext<K, Change<V>>,
  store: string | undefined,
  oldValues: OldValues,
): Target<K, V> =>
  store === undefined ? { update: (record) => context.forward(record) } : TableStore.open(context, store, oldValues)

/**
 * Records of a topic as changes of a table; those without a key are left out. `store` is asked for when a task begins, for a store may turn
 * out to be needed after the step was added.
 */
export function tableSourceProcessor<K, V>(
  store: () => string | undefined,
  oldValues: OldValues,
): ProcessorSupplier<K | null, V | null, K, Change<V>> {
  return () => {
    let target: Target<K, V>
    return {
      init: (context) => {
        target = targetOf(context, store(), oldValues)
      },
      process: ({ key, value: now, timestamp, headers }) => {
        if (key === null) return
        const before = oldValues.requested ? (target.get?.(key)?.value ?? null) : null
        target.update({ key, value: { now, before }, timestamp, headers })
      },
    }
  }
}

export interface TableStep<K, V, VOut> {
  readonly step: (key: K, value: V | null) => VOut | null
  readonly store: string | undefined
  readonly oldValues: OldValues
  /** Whether a change from nothing to nothing goes no further. */
  readonly dropsNothing: boolean
}

/** Changes of one table as those of the next. */
export function tableStepProcessor<K, V, VOut>(
  step: TableStep<K, V, VOut>,
): ProcessorSupplier<K, Change<V>, K, Change<VOut>> {
  return () => {
    let target: Target<K, VOut>
    return {
      init: (context) => {
        target = targetOf(context, step.store, step.oldValues)
      },
      process: ({ key, value, timestamp, headers }) => {
        const now = step.step(key, value.now)
        const before = step.oldValues.requested ? earlier(key, value.before) : null
        if (step.dropsNothing && step.oldValues.requested && now === null && before === null) return
        target.update({ key, value: { now, before }, timestamp, headers })
      },
    }

    function earlier(key: K, before: V | null): VOut | null {
      return target.get ? (target.get(key)?.value ?? null) : step.step(key, before)
    }
  }
}

/** A table's changes as records. */
export const changesToRecords =
  <K, V>(): ProcessorSupplier<K, Change<V>, K, V | null> =>
  () => {
    let context: ProcessorContext<K, V | null>
    return {
      init: (given) => {
        context = given
      },
      process: ({ key, value, timestamp, headers }) => context.forward({ key, value: value.now, timestamp, headers }),
    }
  }
