import { StoredOldValues } from '../processors/change.ts'
import type { ProcessorSupplier } from '../processors/processor.ts'
import { tableSourceProcessor, viewOfStore } from '../processors/table.ts'
import { keyValueStore, type StoreBuilder } from '../state/store-builder.ts'
import type { Topology } from '../topology/topology.ts'
import type { KStream, KTable } from './api.ts'
import { GlobalKTable } from './global-table.ts'
import { KStreamImpl } from './kstream.ts'
import { sourceTable } from './ktable.ts'
import type { GlobalTableOptions, MaterializedOptions, StreamOptions } from './options.ts'
import { ProgramBuilder } from './program-builder.ts'

/** The way to a topology by streams and tables. Its steps have the names and numbers that Java's have. */
export class StreamsBuilder {
  private readonly builder = new ProgramBuilder((parts) => new KStreamImpl(parts))

  /** Records of one or more topics. A topic can be read once in a program. */
  stream<K, V>(topics: string | readonly string[], options: StreamOptions<K, V> = {}): KStream<K, V> {
    const { builder } = this
    const node = builder.nameOr(options.name, 'KSTREAM-SOURCE-')
    const { key, value } = options
    builder.topology.addSource(node, typeof topics === 'string' ? [topics] : topics, { key, value })
    return new KStreamImpl({ builder, node, serdes: { key, value }, sources: new Set([node]), keyChanged: false })
  }

  /** A topic as the newest value of each key; null takes an entry out, and records without a key are left out. */
  table<K, V>(topic: string, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    const { builder } = this
    const store = builder.storeOr(options.store, `${topic}-`)
    const { key, value, name } = options
    const source = builder.nameOr(name && `${name}-source`, 'KSTREAM-SOURCE-')
    const node = builder.nameOr(name, 'KTABLE-SOURCE-')
    builder.topology.addSource(source, [topic], { key, value })
    const parts = { builder, node, serdes: { key, value }, sources: new Set([source]) }
    return sourceTable(parts, source, store, options)
  }

  /**
   * All of a topic at each instance, as the newest value of each key: it is read before the application runs, and followed from there on. Its own
   * partitions do not have to go together with others'.
   */
  globalTable<K, V>(topic: string, options: GlobalTableOptions<K, V> = {}): GlobalKTable<K, V> {
    const { builder } = this
    const store = builder.storeOr(options.store, `${topic}-`)
    const { key, value, name } = options
    const source = builder.nameOr(name && `${name}-source`, 'KSTREAM-SOURCE-')
    const node = builder.nameOr(name, 'KTABLE-SOURCE-')
    const oldValues = new StoredOldValues(() => false)
    const supplier = tableSourceProcessor<K, V>(() => store, oldValues) as ProcessorSupplier<K, V, never, never>
    builder.topology.addGlobalStore(keyValueStore(store, options), source, topic, node, supplier, { key, value })
    return new GlobalKTable(store, { ...viewOfStore<K, V>(store), stores: [] })
  }

  /** A store that each instance fills with all partitions of a topic, by a processor that is given every record and forwards none. */
  addGlobalStore<K, V>(
    store: StoreBuilder,
    topic: string,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: StreamOptions<K, V> = {},
  ): this {
    const { builder } = this
    const { key, value, name } = options
    const source = builder.nameOr(name && `${name}-source`, 'KSTREAM-SOURCE-')
    const node = builder.nameOr(name, 'KTABLE-SOURCE-')
    builder.topology.addGlobalStore(store, source, topic, node, supplier, { key, value })
    return this
  }

  /** A store for processors, which name it in their options. */
  addStateStore(store: StoreBuilder): this {
    this.builder.topology.addStateStore(store)
    return this
  }

  build(): Topology {
    return this.builder.topology
  }
}
