import { TopologyError } from '../errors.ts'
import { type FixedKeyProcessorSupplier, withFixedKeys } from '../processors/fixed-key.ts'
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
import { JoinWindows } from '../windows.ts'
import type { BranchedKStream, KGroupedStream, KStream, KTable } from './api.ts'
import { BranchedKStreamImpl } from './branches.ts'
import { GlobalKTable } from './global-table.ts'
import { KGroupedStreamImpl } from './kgrouped-stream.ts'
import { type KTableImpl, sourceTable } from './ktable.ts'
import type {
  MaterializedOptions,
  NameOption,
  ProcessOptions,
  RepartitionOptions,
  SerdeOptions,
  SinkOptions,
  StreamJoinOptions,
  StreamOptions,
} from './options.ts'
import type { StreamParts } from './program-builder.ts'
import { addRepartition, nameRepartition, type Repartition } from './repartition.ts'
import { addStreamJoin, type StreamJoinKind } from './stream-join.ts'

type Joiner<V, VOther, K, VOut> = (value: V, other: VOther, key: K) => VOut
type Partner<K, VOther> = KTable<K, VOther> | KStream<K, VOther>
type WindowsOrOptions<K, V> = JoinWindows | StreamOptions<K, V>

/** A stream is the node that its records come from. */
export class KStreamImpl<K, V> implements KStream<K, V> {
  /** Where records with equal keys come together, once a join needed that; further joins without a name have it in common. */
  private behindTopic: string | undefined

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

  join<KOther, VOther, VOut>(
    other: Partner<K, VOther> | GlobalKTable<KOther, VOther>,
    joinerOrSelect: unknown,
    windows?: unknown,
    options?: StreamJoinOptions<K, V, VOther>,
  ): KStream<K, VOut> {
    if (other instanceof GlobalKTable)
      return this.joinedGlobally(other, joinerOrSelect as never, windows as never, false, options)
    return this.joinedWith(other, joinerOrSelect as never, 'inner', windows as WindowsOrOptions<K, V>, options)
  }

  leftJoin<KOther, VOther, VOut>(
    other: Partner<K, VOther> | GlobalKTable<KOther, VOther>,
    joinerOrSelect: unknown,
    windows?: unknown,
    options?: StreamJoinOptions<K, V, VOther>,
  ): KStream<K, VOut> {
    if (other instanceof GlobalKTable)
      return this.joinedGlobally(other, joinerOrSelect as never, windows as never, true, options)
    return this.joinedWith(other, joinerOrSelect as never, 'left', windows as WindowsOrOptions<K, V>, options)
  }

  outerJoin<VOther, VOut>(
    other: KStream<K, VOther>,
    joiner: (value: V | null, other: VOther | null, key: K) => VOut,
    windows: JoinWindows,
    options: StreamJoinOptions<K, V, VOther> = {},
  ): KStream<K, VOut> {
    return this.joinedWith(other, joiner, 'outer', windows, options)
  }

  process<KOut, VOut>(
    supplier: ProcessorSupplier<K, V, KOut, VOut>,
    options: ProcessOptions = {},
  ): KStream<KOut, VOut> {
    this.checkStores(options)
    const name = this.parts.builder.generateUnless(options.name, 'KSTREAM-PROCESSOR-')
    const parts = this.stepNamed<KOut, VOut>(name, supplier as AnySupplier, {}, true)
    parts.builder.topology.connectProcessorAndStateStores(parts.node, options.stores ?? [])
    return new KStreamImpl(parts)
  }

  processValues<VOut>(supplier: FixedKeyProcessorSupplier<K, V, VOut>, options: ProcessOptions = {}): KStream<K, VOut> {
    this.checkStores(options)
    const name = this.parts.builder.generateUnless(options.name, 'KSTREAM-PROCESSVALUES-')
    const parts = this.stepNamed<K, VOut>(name, withFixedKeys(supplier), this.keys)
    parts.builder.topology.connectProcessorAndStateStores(parts.node, options.stores ?? [])
    return new KStreamImpl(parts)
  }

  toTable(options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    const { builder } = this.parts
    const { key = this.parts.serdes.key, value = this.parts.serdes.value } = options
    const serdes = { key, value }
    const node = builder.nameOr(options.name, 'KSTREAM-TOTABLE-')
    const store = builder.storeOr(options.store, 'KSTREAM-TOTABLE-')
    const { node: parent, sources } = this.parts.keyChanged
      ? this.through({ ...serdes, topic: node, isNamed: options.name !== undefined }).parts
      : this.parts
    return sourceTable({ builder, node, serdes, sources }, parent, store, { ...options, ...serdes })
  }

  to(topic: string, options: SinkOptions<K, V> = {}): void {
    const { builder, node, serdes } = this.parts
    const name = builder.nameOr(options.name, 'KSTREAM-SINK-')
    builder.topology.addSink(name, topic, [node], { ...serdes, ...definedOnly(options) })
  }

  private checkStores({ stores = [] }: ProcessOptions): void {
    for (const store of stores)
      if (this.parts.builder.topology.storeBuilder(store).isBuffer)
        throw new TopologyError(`The store ${store} holds changes back, and is not for processors.`)
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
    return this.stepNamed(this.parts.builder.nameOr(name, prefix), supplier, serdes, changesKey)
  }

  private stepNamed<KOut, VOut>(
    node: string,
    supplier: AnySupplier | ProcessorSupplier<K, V, KOut, VOut>,
    serdes: SerdeOptions<KOut, VOut>,
    changesKey = false,
  ): StreamParts<KOut, VOut> {
    const { builder, node: parent, sources, keyChanged } = this.parts
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

  private joinedWith<VOther, VOut>(
    other: Partner<K, VOther>,
    joiner: Joiner<V | null, VOther | null, K, VOut>,
    kind: StreamJoinKind,
    windows: WindowsOrOptions<K, V> = {},
    options: StreamJoinOptions<K, V, VOther> = {},
  ): KStream<K, VOut> {
    if (isTable(other)) {
      const prefix = kind === 'left' ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-'
      const isLeft = kind === 'left'
      return this.joined(prefix, other, joiner as never, isLeft, windows as StreamOptions<K, V>)
    }
    if (!(windows instanceof JoinWindows)) throw new TopologyError('A join of two streams needs JoinWindows.')
    const { name, key = this.parts.serdes.key } = options
    const second = other as KStreamImpl<K, VOther>
    const { value = this.parts.serdes.value, otherValue = second.parts.serdes.value } = options
    const given = { ...options, key, value, otherValue }
    const left = this.keyedForJoin(name && `${name}-left`, { key, value }, kind !== 'inner')
    const right = second.keyedForJoin(name && `${name}-right`, { key, value: otherValue }, kind !== 'inner')
    return new KStreamImpl(
      addStreamJoin({ left: left.parts, right: right.parts, joiner, windows, kind, options: given }),
    )
  }

  /** The stream itself, or behind a topic that brings equal keys together. */
  private keyedForJoin(name: string | undefined, serdes: SerdeOptions<K, V>, keepsNull: boolean): KStreamImpl<K, V> {
    const { builder, node: parent, keyChanged } = this.parts
    if (!keyChanged) return this
    const wanted = { ...serdes, parent, topic: name ?? parent, isNamed: name !== undefined, keepsNull }
    const nodes = nameRepartition(builder, wanted as never)
    if (this.behindTopic === undefined || name !== undefined) {
      addRepartition(builder, nodes, wanted)
      this.behindTopic = nodes.source
    }
    const sources = new Set([this.behindTopic])
    return new KStreamImpl({ builder, node: this.behindTopic, serdes, sources, keyChanged: false })
  }

  /** The table is there with all its entries wherever a record is: nothing has to come together first. */
  private joinedGlobally<KOther, VOther, VOut>(
    { view }: GlobalKTable<KOther, VOther>,
    select: (key: K, value: V) => KOther | null | undefined,
    joiner: (value: V, other: VOther | null, key: K) => VOut,
    isLeft: boolean,
    options: NameOption = {},
  ): KStream<K, VOut> {
    const step = joinProcessor(view, select, joiner, isLeft)
    // Java's have the same name, whichever kind of join they are.
    return new KStreamImpl(this.step<K, VOut>('KSTREAM-LEFTJOIN-', step as AnySupplier, options, this.keys))
  }

  private joined<VTable, VOut>(
    prefix: string,
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    isLeft: boolean,
    options: StreamOptions<K, V>,
  ): KStream<K, VOut> {
    const { view, sources } = (table as KTableImpl<K, VTable>).joinSide
    const given = { ...this.parts.serdes, ...definedOnly(options) }
    const side = this.keyedForJoin(options.name, given, isLeft)
    const { topology } = side.parts.builder
    const step = joinProcessor(view, (key: K) => key, joiner, isLeft)
    const parts = side.step<K, VOut>(prefix, step as AnySupplier, options, { key: given.key })
    topology.connectProcessorAndStateStores(parts.node, view.stores)
    topology.copartition([...side.parts.sources, ...sources])
    return new KStreamImpl({ ...parts, sources: new Set([...side.parts.sources, ...sources]) })
  }
}

const isTable = <K, V>(other: Partner<K, V>): other is KTable<K, V> => !(other instanceof KStreamImpl)

/** Serdes that were given; what is undefined does not stand in the way of what is known already. */
const definedOnly = <K, V>({ key, value, ...rest }: RepartitionOptions<K, V>): RepartitionOptions<K, V> => ({
  ...rest,
  ...(key && { key }),
  ...(value && { value }),
})
