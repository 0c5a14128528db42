import { TopologyError } from '../errors.ts'
import type { AnySupplier, ProcessorSupplier } from '../processors/processor.ts'
import type { Serde } from '../serde.ts'
import type { StoreBuilder } from '../state/store-builder.ts'
import { describeSubtopologies } from './description.ts'
import type { Partitioner, SinkNode, SourceNode, TopologyNode } from './nodes.ts'
import { divide, type Subtopology } from './subtopologies.ts'

export interface NodeOptions<K, V> {
  /** The application's `default.key.serde` when left out. */
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
}

interface SinkOptions<K, V> extends NodeOptions<K, V> {
  /** The hash of the key decides without one. */
  readonly partitioner?: Partitioner<K, V> | undefined
}

/** A repartition topic as the program asks for it. */
export interface RepartitionTopic {
  readonly name: string
  /** As many as what flows into it has when undefined. */
  readonly partitions: number | undefined
}

const serdesOf = ({ key, value }: NodeOptions<unknown, unknown>) => ({ key, value })

/**
 * Sources, processors and sinks, and the stores that processors have. Parents are added before their children. All methods throw
 * `TopologyError` for what does not go together.
 */
export class Topology {
  private readonly nodes = new Map<string, TopologyNode>()
  private readonly builders = new Map<string, StoreBuilder>()
  private readonly repartitionTopics = new Map<string, RepartitionTopic>()
  private readonly globalStores = new Set<string>()
  private readonly partnerships: string[][] = []

  /** Reads topics. */
  addSource<K, V>(name: string, topics: readonly string[], options: NodeOptions<K, V> = {}): this {
    if (topics.length === 0) throw new TopologyError('You must provide at least one topic')
    return this.addReader(name, topics, options, false)
  }

  /**
   * A store that each instance fills with all partitions of a topic, by a processor that is given every record and forwards none. It has no
   * changelog; processors may read it without being connected with it.
   */
  addGlobalStore<K, V>(
    builder: StoreBuilder,
    source: string,
    topic: string,
    processor: string,
    supplier: ProcessorSupplier<K, V, never, never>,
    options: NodeOptions<K, V> = {},
  ): this {
    if (this.builders.has(builder.name)) throw new TopologyError(`StateStore ${builder.name} is already added.`)
    this.addReader(source, [topic], options, true)
    this.builders.set(builder.name, { ...builder, logging: false, caching: false })
    this.globalStores.add(builder.name)
    const stores = new Set([builder.name])
    return this.add({
      kind: 'processor',
      name: processor,
      supplier: supplier as AnySupplier,
      parents: [source],
      stores,
    })
  }

  addProcessor<KIn, VIn, KOut, VOut>(
    name: string,
    supplier: ProcessorSupplier<KIn, VIn, KOut, VOut>,
    parents: readonly string[],
  ): this {
    this.checkParents(name, parents)
    const stores = new Set<string>()
    return this.add({ kind: 'processor', name, supplier: supplier as AnySupplier, parents: [...parents], stores })
  }

  /** Writes to a topic. */
  addSink<K, V>(name: string, topic: string, parents: readonly string[], options: SinkOptions<K, V> = {}): this {
    this.checkParents(name, parents)
    const serdes = serdesOf(options as NodeOptions<unknown, unknown>)
    const partitioner = options.partitioner as Partitioner<unknown, unknown> | undefined
    return this.add({ kind: 'sink', name, topic, parents: [...parents], serdes, partitioner })
  }

  /** Adds a store, or knows that it is there already, and connects it with processors. */
  addStateStore(builder: StoreBuilder, processors: readonly string[] = []): this {
    const other = this.builders.get(builder.name)
    if (other && other !== builder)
      throw new TopologyError(`A different StateStore has already been added with the name ${builder.name}`)
    this.builders.set(builder.name, builder)
    for (const processor of processors) this.connectProcessorAndStateStores(processor, [builder.name])
    return this
  }

  /** Lets a processor use stores; processors that share one run in the same task. */
  connectProcessorAndStateStores(processor: string, stores: readonly string[]): this {
    const node = this.nodes.get(processor)
    if (node?.kind !== 'processor') throw new TopologyError(`Processor ${processor} is not added yet.`)
    for (const store of stores) {
      if (this.globalStores.has(store))
        throw new TopologyError(
          `Global StateStore ${store} can be used by a processor without being connected with it.`,
        )
      if (!this.builders.has(store)) throw new TopologyError(`StateStore ${store} is not added yet.`)
      node.stores.add(store)
    }
    return this
  }

  /** The text that Java's `Topology.describe()` gives. */
  describe(): string {
    return describeSubtopologies(divide([...this.nodes.values()]))
  }

  /** Nodes that run together in tasks. */
  subtopologies(): Subtopology[] {
    return divide([...this.nodes.values()]).filter(({ isGlobal }) => !isGlobal)
  }

  /** Nodes that fill the global stores, each of its own. */
  globalSubtopologies(): Subtopology[] {
    return divide([...this.nodes.values()]).filter(({ isGlobal }) => isGlobal)
  }

  get hasGlobalStores(): boolean {
    return this.globalStores.size > 0
  }

  isGlobalStore(name: string): boolean {
    return this.globalStores.has(name)
  }

  storeBuilder(name: string): StoreBuilder {
    const builder = this.builders.get(name)
    if (!builder) throw new TopologyError(`StateStore ${name} is not added yet.`)
    return builder
  }

  /** A topic that the application makes for itself. Its name has the application's id put in front when it runs. */
  addRepartitionTopic(topic: RepartitionTopic): void {
    this.repartitionTopics.set(topic.name, topic)
  }

  repartitionTopic(name: string): RepartitionTopic | undefined {
    return this.repartitionTopics.get(name)
  }

  /** Says that the topics of these sources have to have the same number of partitions. */
  copartition(sources: readonly string[]): void {
    this.partnerships.push([...sources])
  }

  /** Topics that have to have the same number of partitions. */
  copartitioned(): string[][] {
    return this.partnerships.map((sources) =>
      sources.flatMap((name) => {
        const node = this.nodes.get(name)
        return node?.kind === 'source' ? node.topics : []
      }),
    )
  }

  has(name: string): boolean {
    return this.nodes.has(name)
  }

  /** Those whose partitions are shared out among instances. */
  *sources(): Iterable<SourceNode> {
    for (const node of this.nodes.values()) if (node.kind === 'source' && !node.isGlobal) yield node
  }

  *globalSources(): Iterable<SourceNode> {
    for (const node of this.nodes.values()) if (node.kind === 'source' && node.isGlobal) yield node
  }

  *sinks(): Iterable<SinkNode> {
    for (const node of this.nodes.values()) if (node.kind === 'sink') yield node
  }

  private addReader<K, V>(
    name: string,
    topics: readonly string[],
    options: NodeOptions<K, V>,
    isGlobal: boolean,
  ): this {
    for (const topic of topics)
      for (const source of [...this.sources(), ...this.globalSources()])
        if (source.topics.includes(topic))
          throw new TopologyError(`Topic ${topic} has already been registered by another source.`)
    const serdes = serdesOf(options as NodeOptions<unknown, unknown>)
    return this.add({ kind: 'source', name, topics: [...topics], serdes, isGlobal })
  }

  private add(node: TopologyNode): this {
    if (this.nodes.has(node.name)) throw new TopologyError(`Processor ${node.name} is already added.`)
    this.nodes.set(node.name, node)
    return this
  }

  private checkParents(name: string, parents: readonly string[]): void {
    if (parents.length === 0) throw new TopologyError(`Processor ${name} must have at least one parent`)
    for (const parent of parents) {
      const node = this.nodes.get(parent)
      if (!node) throw new TopologyError(`Predecessor processor ${parent} is not added yet for ${name}`)
      if (node.kind === 'sink') throw new TopologyError(`Sink ${parent} cannot be the parent of ${name}.`)
    }
  }
}
