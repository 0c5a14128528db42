import { joinProcessor } from '../processors/join.ts'
import type { AnySupplier, ProcessorSupplier } from '../processors/processor.ts'
import {
  filterProcessor,
  flatMapProcessor,
  flatMapValuesProcessor,
  foreachProcessor,
  mapProcessor,
  mapValuesProcessor,
  passThrough,
  peekProcessor,
} from '../processors/stateless.ts'
import type { KeyValue } from '../state/key-value-store.ts'
import type { BranchedKStream, KGroupedStream, KStream, KTable } from './api.ts'
import { BranchedKStreamImpl } from './branches.ts'
import { KGroupedStreamImpl } from './kgrouped-stream.ts'
import { type KTableImpl, sourceTable } from './ktable.ts'
import type {
  MaterializedOptions,
  NameOption,
  ProcessOptions,
  RepartitionOptions,
  SerdeOptions,
  StreamOptions,
} from './options.ts'
import type { StreamParts } from './program-builder.ts'
import { addRepartition, nameRepartition, type Repartition } from './repartition.ts'

/** A stream is the node that its records come from. */
export class KStreamImpl<K, V> implements KStream<K, V> {
  constructor(readonly parts: StreamParts<K, V>) {}

  filter(keeps: (key: K, value: V) => boolean, options: NameOption = {}): KStream<K, V> {
    return new KStreamImpl(this.step('KSTREAM-FILTER-', filterProcessor(keeps), options, this.parts.serdes))
  }

  filterNot(drops: (key: K, value: V) => boolean, options: NameOption = {}): KStream<K, V> {
    return this.filter((key, value) => !drops(key, value), options)
  }

  map<KOut, VOut>(map: (key: K, value: V) => KeyValue<KOut, VOut>, options: NameOption = {}): KStream<KOut, VOut> {
    return new KStreamImpl(this.step('KSTREAM-MAP-', mapProcessor(map), options, {}, true))
  }

  mapValues<VOut>(map: (value: V, key: K) => VOut, options: NameOption = {}): KStream<K, VOut> {
    return new KStreamImpl(this.step('KSTREAM-MAPVALUES-', mapValuesProcessor(map), options, this.keys))
  }

  flatMap<KOut, VOut>(
    map: (key: K, value: V) => Iterable<KeyValue<KOut, VOut>>,
    options: NameOption = {},
  ): KStream<KOut, VOut> {
    return new KStreamImpl(this.step('KSTREAM-FLATMAP-', flatMapProcessor(map), options, {}, true))
  }

  flatMapValues<VOut>(map: (value: V, key: K) => Iterable<VOut>, options: NameOption = {}): KStream<K, VOut> {
    return new KStreamImpl(this.step('KSTREAM-FLATMAPVALUES-', flatMapValuesProcessor(map), options, this.keys))
  }

  selectKey<KOut>(select: (key: K, value: V) => KOut, options: NameOption = {}): KStream<KOut, V> {
    return new KStreamImpl(this.keyed(select, options, { value: this.parts.serdes.value }))
  }

  peek(look: (key: K, value: V) => void, options: NameOption = {}): KStream<K, V> {
    return new KStreamImpl(this.step('KSTREAM-PEEK-', peekProcessor(look), options, this.parts.serdes))
  }

  foreach(action: (key: K, value: V) => void, options: NameOption = {}): void {
    this.step('KSTREAM-FOREACH-', foreachProcessor(action), options, {})
  }

  merge(other: KStream<K, V>, options: NameOption = {}): KStream<K, V> {
    const { builder, node, sources, keyChanged } = this.parts
    const second = (other as KStreamImpl<K, V>).parts
    const merged = builder.nameOr(options.name, 'KSTREAM-MERGE-')
    builder.topology.addProcessor(merged, passThrough<K, V>(), [node, second.node])
    return new KStreamImpl<K, V>({
      builder,
      node: merged,
      serdes: {},
      sources: new Set([...sources, ...second.sources]),
      keyChanged: keyChanged || second.keyChanged,
    })
  }

  split(options: NameOption = {}): BranchedKStream<K, V> {
    return new BranchedKStreamImpl(this.parts, options)
  }

  repartition(options: RepartitionOptions<K, V> = {}): KStream<K, V> {
    const { builder, serdes } = this.parts
    const topic = options.name ?? builder.generate('KSTREAM-REPARTITION-')
    return this.through({ ...serdes, ...definedOnly(options), topic, isNamed: options.name !== undefined })
  }

  groupByKey(options: StreamOptions<K, V> = {}): KGroupedStream<K, V> {
    const { parts } = this
    return new KGroupedStreamImpl({ ...parts, serdes: { ...parts.serdes, ...definedOnly(options) } }, options)
  }

  groupBy<KOut>(select: (key: K, value: V) => KOut, options: StreamOptions<KOut, V> = {}): KGroupedStream<KOut, V> {
    const parts = this.keyed(select, options, { value: this.parts.serdes.value, ...definedOnly(options) })
    return new KGroupedStreamImpl(parts, options)
  }

  join<VTable, VOut>(
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable, key: K) => VOut,
    options: StreamOptions<K, V> = {},
  ): KStream<K, VOut> {
    return this.joined('KSTREAM-JOIN-', table, joiner as never, false, options)
  }

  leftJoin<VTable, VOut>(
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    options: StreamOptions<K, V> = {},
  ): KStream<K, VOut> {
    return this.joined('KSTREAM-LEFTJOIN-', table, joiner, true, options)
  }

  process<KOut, VOut>(
    supplier: ProcessorSupplier<K, V, KOut, VOut>,
    options: ProcessOptions = {},
  ): KStream<KOut, VOut> {
    const parts = this.step<KOut, VOut>('KSTREAM-PROCESSOR-', supplier as AnySupplier, options, {}, true)
    parts.builder.topology.connectProcessorAndStateStores(parts.node, options.stores ?? [])
    return new KStreamImpl(parts)
  }

  toTable(options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    const { builder } = this.parts
    const serdes = { ...this.parts.serdes, ...definedOnly(options) }
    const node = builder.nameOr(options.name, 'KSTREAM-TOTABLE-')
    const store = builder.storeOr(options.store, 'KSTREAM-TOTABLE-')
    const { node: parent, sources } = this.parts.keyChanged
      ? this.through({ ...serdes, topic: node, isNamed: options.name !== undefined }).parts
      : this.parts
    return sourceTable({ builder, node, serdes, sources }, parent, store, { ...options, ...serdes })
  }

  to(topic: string, options: StreamOptions<K, V> = {}): void {
    const { builder, node, serdes } = this.parts
    const name = builder.nameOr(options.name, 'KSTREAM-SINK-')
    builder.topology.addSink(name, topic, [node], { ...serdes, ...definedOnly(options) })
  }

  private get keys(): { readonly key: SerdeOptions<K, never>['key'] } {
    return { key: this.parts.serdes.key }
  }

  private keyed<KOut>(
    select: (key: K, value: V) => KOut,
    options: NameOption,
    serdes: SerdeOptions<KOut, V>,
  ): StreamParts<KOut, V> {
    const map = mapProcessor((key: K, value: V) => ({ key: select(key, value), value }))
    return this.step('KSTREAM-KEY-SELECT-', map, options, serdes, true)
  }

  private step<KOut, VOut>(
    prefix: string,
    supplier: AnySupplier | ProcessorSupplier<K, V, KOut, VOut>,
    { name }: NameOption,
    serdes: SerdeOptions<KOut, VOut>,
    changesKey = false,
  ): StreamParts<KOut, VOut> {
    const { builder, node: parent, sources, keyChanged } = this.parts
    const node = builder.nameOr(name, prefix)
    builder.topology.addProcessor(node, supplier as AnySupplier, [parent])
    return { builder, node, serdes, sources, keyChanged: keyChanged || changesKey }
  }

  private through(options: Omit<Repartition<K, V>, 'parent'>): KStreamImpl<K, V> {
    const { builder, node: parent } = this.parts
    const wanted = { ...options, parent }
    const nodes = nameRepartition(builder, wanted as never)
    addRepartition(builder, nodes, wanted)
    const serdes = { key: options.key, value: options.value }
    const sources = new Set([nodes.source])
    return new KStreamImpl({ builder, node: nodes.source, serdes, sources, keyChanged: false })
  }

  private joined<VTable, VOut>(
    prefix: string,
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    isLeft: boolean,
    options: StreamOptions<K, V>,
  ): KStream<K, VOut> {
    const { view, sources } = (table as KTableImpl<K, VTable>).joinSide
    const { serdes, node: topic } = this.parts
    const given = { ...serdes, ...definedOnly(options) }
    const side = this.parts.keyChanged
      ? this.through({ ...given, topic: options.name ?? topic, isNamed: options.name !== undefined })
      : this
    const { topology } = side.parts.builder
    const step = joinProcessor(view, joiner, isLeft)
    const parts = side.step<K, VOut>(prefix, step as AnySupplier, options, { key: given.key })
    topology.connectProcessorAndStateStores(parts.node, view.stores)
    topology.copartition([...side.parts.sources, ...sources])
    return new KStreamImpl({ ...parts, sources: new Set([...side.parts.sources, ...sources]) })
  }
}

/** Serdes that were given; what is undefined does not stand in the way of what is known already. */
const definedOnly = <K, V>({ key, value, ...rest }: RepartitionOptions<K, V>): RepartitionOptions<K, V> => ({
  ...rest,
  ...(key && { key }),
  ...(value && { value }),
})
