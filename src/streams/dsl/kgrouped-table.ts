import { StoredOldValues } from '../processors/change.ts'
import { type Balance, balanceProcessor } from '../processors/grouped-table.ts'
import { viewOfStore } from '../processors/table.ts'
import type { Serde } from '../serde.ts'
import { serdes } from '../serdes.ts'
import { changeSerde } from '../state/change-serde.ts'
import { keyValueStore } from '../state/store-builder.ts'
import type { KGroupedTable, KTable } from './api.ts'
import type { MaterializedOptions, SerdeOptions } from './options.ts'
import type { ProgramBuilder, TableParts } from './program-builder.ts'

/** Where changes under the keys of groups come from. */
interface Grouped<K, V> {
  readonly builder: ProgramBuilder
  /** The node that has given them these keys. */
  readonly node: string
  /** What the topic's name begins with; that of the store when undefined. */
  readonly name: string | undefined
  readonly serdes: SerdeOptions<K, V>
  /** How long after its end a window can change, in milliseconds; undefined where the entries come from no windows. */
  readonly closeMs: number | undefined
}

/** Makes a table; a group cannot make one itself, for tables are what makes groups. */
type NewTable = <K, V>(parts: TableParts<K, V>) => KTable<K, V>

/** The entries of a table by other keys, of which each aggregate hears by a topic. */
export class KGroupedTableImpl<K, V> implements KGroupedTable<K, V> {
  /** Where changes come out of the topic; tables of a group with a name have it in common. */
  private source: string | undefined

  constructor(
    private readonly grouped: Grouped<K, V>,
    private readonly newTable: NewTable,
  ) {}

  count(options: MaterializedOptions<K, number> = {}): KTable<K, number> {
    const balance = {
      begin: () => 1,
      add: (_key: K, _value: V, before: number) => before + 1,
      subtract: (_key: K, _value: V, before: number) => before - 1,
    }
    return this.gather('KTABLE-AGGREGATE-', balance, { value: serdes.long, ...options })
  }

  reduce(
    adder: (aggregate: V, value: V) => V | null,
    subtractor: (aggregate: V, value: V) => V | null,
    options: MaterializedOptions<K, V> = {},
  ): KTable<K, V> {
    const balance = {
      begin: (_: K, value: V) => value,
      add: (_: K, value: V, before: V) => adder(before, value),
      subtract: (_: K, value: V, before: V) => subtractor(before, value),
    }
    return this.gather('KTABLE-REDUCE-', balance, { value: this.grouped.serdes.value, ...options })
  }

  aggregate<A>(
    initializer: () => A,
    adder: (key: K, value: V, aggregate: A) => A | null,
    subtractor: (key: K, value: V, aggregate: A) => A | null,
    options: MaterializedOptions<K, A> = {},
  ): KTable<K, A> {
    const begin = (key: K, value: V) => adder(key, value, initializer())
    return this.gather('KTABLE-AGGREGATE-', { begin, add: adder, subtract: subtractor }, options)
  }

  private gather<A>(prefix: string, balance: Balance<K, V, A>, options: MaterializedOptions<K, A>): KTable<K, A> {
    const { builder, serdes: own, closeMs } = this.grouped
    const { name } = options
    // Stores of all of them are numbered under one name in Java.
    const store = builder.storeOr(options.store, 'KTABLE-AGGREGATE-')
    const sink = builder.nameOr(name && `${name}-sink`, 'KSTREAM-SINK-')
    const source = builder.nameOr(name && `${name}-source`, 'KSTREAM-SOURCE-')
    const node = builder.nameOr(name, prefix)
    const from = this.behindTopic(store, sink, source)
    const oldValues = new StoredOldValues(() => true)
    const stored = { key: own.key, ...options }
    builder.topology.addProcessor(node, balanceProcessor(store, balance, oldValues), [from])
    builder.topology.addStateStore(keyValueStore(store, { ...stored, caching: options.caching ?? true }), [node])
    const serdesOut = { key: stored.key, value: stored.value }
    const view = () => viewOfStore<K, A>(store)
    return this.newTable({ builder, node, serdes: serdesOut, sources: new Set([from]), view, oldValues, closeMs })
  }

  private behindTopic(store: string, sink: string, source: string): string {
    const { builder, node, name, serdes: own } = this.grouped
    if (this.source !== undefined && name !== undefined) return this.source
    const topic = `${name ?? store}-repartition`
    const written = { key: own.key, value: changeSerde(own.value) as Serde<unknown> }
    builder.topology.addSink(sink, topic, [node], written).addSource(source, [topic], written)
    builder.topology.addRepartitionTopic({ name: topic, partitions: undefined })
    this.source = source
    return source
  }
}
