import { TopologyError } from '../errors.ts'
import { DerivedOldValues, StoredOldValues } from '../processors/change.ts'
import { type Selector, selectProcessor } from '../processors/grouped-table.ts'
import { suppressProcessor, viewOfSuppressed } from '../processors/suppress.ts'
import {
  changesToRecords,
  type TableView,
  tableSourceProcessor,
  tableStepProcessor,
  viewOfStore,
} from '../processors/table.ts'
import type { TableJoinKind } from '../processors/table-join.ts'
import { bufferStore, keyValueStore } from '../state/store-builder.ts'
import type { Suppressed } from '../suppressed.ts'
import type { KGroupedTable, KStream, KTable } from './api.ts'
import { addForeignKeyJoin } from './foreign-key-join.ts'
import { KGroupedTableImpl } from './kgrouped-table.ts'
import type {
  ForeignKeyJoinOptions,
  MaterializedOptions,
  NameOption,
  StreamOptions,
  SuppressOptions,
} from './options.ts'
import type { TableParts } from './program-builder.ts'
import { addTableJoin } from './table-join.ts'

type Joiner<K, V, VOther, VOut> = (value: V | null, other: VOther | null, key: K) => VOut

/** A table is the node that its changes come from, and a way to look into it. */
export class KTableImpl<K, V> implements KTable<K, V> {
  constructor(private readonly parts: TableParts<K, V>) {}

  filter(keeps: (key: K, value: V) => boolean, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    const { serdes } = this.parts
    const step = (key: K, value: V | null) => (value !== null && keeps(key, value) ? value : null)
    return this.step('KTABLE-FILTER-', step, { ...serdes, ...options }, true)
  }

  filterNot(drops: (key: K, value: V) => boolean, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    return this.filter((key, value) => !drops(key, value), options)
  }

  mapValues<VOut>(map: (value: V, key: K) => VOut, options: MaterializedOptions<K, VOut> = {}): KTable<K, VOut> {
    const step = (key: K, value: V | null) => (value === null ? null : map(value, key))
    return this.step('KTABLE-MAPVALUES-', step, { key: this.parts.serdes.key, ...options })
  }

  toStream(options: NameOption = {}): KStream<K, V> {
    const { builder, node, serdes, sources } = this.parts
    const name = builder.nameOr(options.name, 'KTABLE-TOSTREAM-')
    builder.topology.addProcessor(name, changesToRecords<K, V>(), [node])
    return builder.newStream<K, V>({ builder, node: name, serdes, sources, keyChanged: false })
  }

  join<KOther, VOther, VOut>(
    other: KTable<KOther, VOther>,
    joinerOrKey: unknown,
    joinerOrOptions?: unknown,
    options: ForeignKeyJoinOptions<K, KOther, VOut> = {},
  ): KTable<K, VOut> {
    if (typeof joinerOrOptions !== 'function')
      return this.joined(other as never, joinerOrKey as never, 'inner', (joinerOrOptions ?? {}) as never)
    return this.joinedByForeignKey(other, joinerOrKey as never, joinerOrOptions as never, false, options)
  }

  leftJoin<KOther, VOther, VOut>(
    other: KTable<KOther, VOther>,
    joinerOrKey: unknown,
    joinerOrOptions?: unknown,
    options: ForeignKeyJoinOptions<K, KOther, VOut> = {},
  ): KTable<K, VOut> {
    if (typeof joinerOrOptions !== 'function')
      return this.joined(other as never, joinerOrKey as never, 'left', (joinerOrOptions ?? {}) as never)
    return this.joinedByForeignKey(other, joinerOrKey as never, joinerOrOptions as never, true, options)
  }

  outerJoin<VOther, VOut>(
    other: KTable<K, VOther>,
    joiner: (value: V | null, other: VOther | null, key: K) => VOut,
    options: MaterializedOptions<K, VOut> = {},
  ): KTable<K, VOut> {
    return this.joined(other, joiner, 'outer', options)
  }

  groupBy<KOut, VOut>(
    select: Selector<K, V, KOut, VOut>,
    options: StreamOptions<KOut, VOut> = {},
  ): KGroupedTable<KOut, VOut> {
    const { builder, node: parent, oldValues, closeMs } = this.parts
    const { name, key, value } = options
    const node = builder.nameOr(name, 'KTABLE-SELECT-')
    // What an entry was has to be taken out of the aggregate that it was in.
    oldValues.request(true)
    builder.topology.addProcessor(node, selectProcessor(select, key), [parent])
    return new KGroupedTableImpl(
      { builder, node, name, serdes: { key, value }, closeMs },
      (parts) => new KTableImpl(parts),
    )
  }

  suppress({ waitMs, buffer: config }: Suppressed, options: SuppressOptions = {}): KTable<K, V> {
    const { builder, node: parent, serdes, sources, view, oldValues: parentValues, closeMs } = this.parts
    if (waitMs === undefined && closeMs === undefined)
      throw new TopologyError(
        `Window close time is only defined for windowed computations, and ${parent} has no windows.`,
      )
    const node = builder.generateUnless(options.name, 'KTABLE-SUPPRESS-')
    const store = builder.storeOr(options.name && `${options.name}-store`, 'KTABLE-SUPPRESS-')
    // Those who look into the table find what it was before the changes that are held back.
    parentValues.request(true)
    const given = { node, store, waitMs: waitMs ?? closeMs ?? 0, isFinal: waitMs === undefined, config }
    builder.topology.addProcessor(node, suppressProcessor<K, V>(given), [parent])
    builder.topology.addStateStore(bufferStore(store, { ...serdes, logging: options.logging ?? true }), [node])
    const oldValues = new DerivedOldValues(parentValues)
    const suppressed = () => viewOfSuppressed(view(), store)
    return new KTableImpl({ builder, node, serdes, sources, view: suppressed, oldValues, closeMs })
  }

  /** How a join looks into the table, and where it comes from. */
  get joinSide(): { readonly view: TableView<K, V>; readonly sources: ReadonlySet<string> } {
    return { view: this.parts.view(), sources: this.parts.sources }
  }

  private joined<VOther, VOut>(
    other: KTable<K, VOther>,
    joiner: Joiner<K, V, VOther, VOut>,
    kind: TableJoinKind,
    options: MaterializedOptions<K, VOut>,
  ): KTable<K, VOut> {
    const right = (other as KTableImpl<K, VOther>).parts
    return new KTableImpl(addTableJoin({ left: this.parts, right, joiner, kind, options }))
  }

  private joinedByForeignKey<KOther, VOther, VOut>(
    other: KTable<KOther, VOther>,
    foreignKey: (value: V, key: K) => KOther | null | undefined,
    joiner: (value: V, other: VOther | null) => VOut,
    isLeft: boolean,
    options: ForeignKeyJoinOptions<K, KOther, VOut>,
  ): KTable<K, VOut> {
    const right = (other as KTableImpl<KOther, VOther>).parts
    const join = { left: this.parts, right, foreignKey, joiner, isLeft, options }
    const { parts, parent, store } = addForeignKeyJoin(join)
    return sourceTable(parts, parent, store, { ...options, ...parts.serdes })
  }

  private step<VOut>(
    prefix: string,
    step: (key: K, value: V | null) => VOut | null,
    options: MaterializedOptions<K, VOut>,
    dropsNothing = false,
  ): KTable<K, VOut> {
    const { builder, node: parent, sources, view, oldValues: parentValues, closeMs } = this.parts
    const { store, key, value } = options
    const node = builder.nameOr(options.name, prefix)
    const oldValues = store === undefined ? new DerivedOldValues(parentValues) : new StoredOldValues(() => true)
    if (dropsNothing) oldValues.request()
    builder.topology.addProcessor(node, tableStepProcessor({ step, store, oldValues, dropsNothing }), [parent])
    const serdes = { key, value }
    if (store === undefined)
      return new KTableImpl({ builder, node, serdes, sources, view: () => stepView(view(), step), oldValues, closeMs })
    builder.topology.addStateStore(keyValueStore(store, { ...options, caching: options.caching ?? true }), [node])
    return new KTableImpl({ builder, node, serdes, sources, view: () => viewOfStore(store), oldValues, closeMs })
  }
}

/** A table without a store is looked up in the one before it. */
const stepView = <K, V, VOut>(
  before: TableView<K, V>,
  step: (key: K, value: V | null) => VOut | null,
): TableView<K, VOut> => ({
  stores: before.stores,
  open: (context) => {
    const lookup = before.open(context)
    return (key) => {
      const found = lookup(key)
      const value = found ? step(key, found.value) : null
      return found && value !== null ? { value, timestamp: found.timestamp } : undefined
    }
  },
})

/** A table whose store is added when somebody looks into it, or when it has a name. */
export function sourceTable<K, V>(
  { builder, node, serdes, sources }: Omit<TableParts<K, V>, 'view' | 'oldValues'>,
  parent: string,
  store: string,
  options: MaterializedOptions<K, V>,
): KTable<K, V> {
  let added = false
  const oldValues = new StoredOldValues(
    () => added,
    () => materialize(),
  )
  const name = () => (added ? store : undefined)
  builder.topology.addProcessor(node, tableSourceProcessor<K, V>(name, oldValues), [parent])
  const materialize = () => {
    if (!added)
      builder.topology.addStateStore(keyValueStore(store, { ...options, caching: options.caching ?? true }), [node])
    added = true
    return viewOfStore<K, V>(store)
  }
  if (options.store !== undefined) materialize()
  return new KTableImpl({ builder, node, serdes, sources, view: materialize, oldValues })
}
