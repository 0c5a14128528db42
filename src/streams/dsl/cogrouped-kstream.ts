import { aggregateProcessor } from '../processors/aggregate.ts'
import { type OldValues, StoredOldValues } from '../processors/change.ts'
import type { AnySupplier } from '../processors/processor.ts'
import type { Merge } from '../processors/session-aggregate.ts'
import { passThrough } from '../processors/stateless.ts'
import { viewOfStore } from '../processors/table.ts'
import type { Serde } from '../serde.ts'
import { keyValueStore, type StoreBuilder } from '../state/store-builder.ts'
import type { Windowed } from '../windowed.ts'
import { type FixedWindows, SessionWindows, type SlidingWindows } from '../windows.ts'
import type {
  CogroupedKStream,
  KGroupedStream,
  KTable,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from './api.ts'
import type { Group } from './group.ts'
import { KTableImpl } from './ktable.ts'
import type { MaterializedOptions, WindowedOptions } from './options.ts'
import {
  type Gatherer,
  sessionGatherer,
  sessionKind,
  storeOfWindows,
  timeGatherer,
  timeKind,
  type WindowKind,
} from './window-kind.ts'

const PREFIX = 'COGROUPKSTREAM-'

type Aggregator<K, A> = (key: K, value: unknown, aggregate: A) => A | null

/** What a table of several groups differs in: its store, the steps that fill it, and its keys. */
interface Table<K, KOut, A> {
  readonly options: MaterializedOptions<K, A>
  readonly store: (name: string, key: Serde<K> | undefined) => StoreBuilder
  readonly step: (aggregator: Aggregator<K, A>, store: string, oldValues: OldValues) => AnySupplier
  readonly keys: (key: Serde<K> | undefined) => Serde<KOut> | undefined
  readonly closeMs?: number
}

/** Groups and how each is gathered: a node for each, and one behind them all. */
export class CogroupedKStreamImpl<K, A> implements CogroupedKStream<K, A> {
  private readonly members = new Map<Group<K, unknown>, Aggregator<K, A>>()
  /** Where records of groups with changed keys come together, once a table needed that. */
  private readonly behindTopics = new Map<Group<K, unknown>, string>()

  cogroup<V>(group: KGroupedStream<K, V>, aggregator: (key: K, value: V, aggregate: A) => A | null): this {
    this.members.set((group as unknown as { readonly group: Group<K, unknown> }).group, aggregator as Aggregator<K, A>)
    return this
  }

  aggregate(initializer: () => A, options: MaterializedOptions<K, A> = {}): KTable<K, A> {
    const { caching = true } = options
    return this.table<K>({
      options,
      store: (name, key) => keyValueStore(name, { ...options, key, caching }),
      step: (aggregator, store, oldValues) => {
        const next = (key: K, value: unknown, before: A | undefined) => aggregator(key, value, before ?? initializer())
        return aggregateProcessor(store, next, oldValues) as AnySupplier
      },
      keys: (key) => key,
    })
  }

  windowedBy(windows: FixedWindows | SlidingWindows): TimeWindowedCogroupedKStream<K, A>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>
  windowedBy(
    windows: FixedWindows | SlidingWindows | SessionWindows,
  ): TimeWindowedCogroupedKStream<K, A> | SessionWindowedCogroupedKStream<K, A> {
    return windows instanceof SessionWindows ? this.inSessions(windows) : this.inWindows(windows)
  }

  private inWindows(windows: FixedWindows | SlidingWindows): TimeWindowedCogroupedKStream<K, A> {
    return {
      aggregate: (initial, options = {}) =>
        this.windowed(timeKind(windows), options, (add) => timeGatherer(windows, { initial, add })),
    }
  }

  private inSessions(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A> {
    return {
      aggregate: (initial, merger, options = {}) =>
        this.windowed(sessionKind(windows), options, (add) =>
          sessionGatherer(windows, { initial, add }, merger as Merge<K, A>),
        ),
    }
  }

  private windowed(
    kind: WindowKind,
    options: WindowedOptions<K, A>,
    gatherer: (add: (key: K, value: unknown, aggregate: A | null) => A | null) => Gatherer<K, unknown, A>,
  ): KTable<Windowed<K>, A> {
    return this.table<Windowed<K>>({
      options,
      store: (name, key) => storeOfWindows(name, kind, { ...options, key }),
      step: (aggregator, store, oldValues) =>
        gatherer(aggregator as Aggregator<K, A | null>)(store, oldValues) as AnySupplier,
      keys: (key) => kind.keys(key),
      closeMs: kind.closeMs,
    })
  }

  private table<KOut>({ options, store, step, keys, closeMs }: Table<K, KOut, A>): KTable<KOut, A> {
    const [first] = this.members.keys()
    if (!first) throw new Error('A group of groups has the one that it was made with.')
    const { builder, serdes: own } = first.parts
    const { topology } = builder
    const { key = own.key, value } = options
    const name = builder.storeOr(options.store, `${PREFIX}AGGREGATE-`)
    const stored = store(name, key)
    const parents = [...this.members.keys()].map((group) => this.parentOf(group, name, options.store !== undefined))
    const sources = new Set(parents.flatMap((parent) => [...parent.sources]))
    topology.copartition([...sources])
    const oldValues = new StoredOldValues(() => true)
    const named = (suffix: string, prefix: string) => builder.nameOr(options.name && options.name + suffix, prefix)
    const nodes = [...this.members.values()].map((aggregator, at) => {
      const node = named(`-cogroup-agg-${at}`, `${PREFIX}AGGREGATE-`)
      topology.addProcessor(node, step(aggregator, name, oldValues), [parents[at]?.node ?? ''])
      return node
    })
    const node = named('-cogroup-merge', `${PREFIX}MERGE-`)
    topology.addProcessor(node, passThrough(), nodes).addStateStore(stored, nodes)
    const view = () => viewOfStore<KOut, A>(name)
    return new KTableImpl({ builder, node, serdes: { key: keys(key), value }, sources, view, oldValues, closeMs })
  }

  private parentOf(group: Group<K, unknown>, store: string, isNamed: boolean) {
    const { node, sources, keyChanged } = group.parts
    if (!keyChanged) return { node, sources }
    const source = group.behindTopic(store, isNamed, this.behindTopics.get(group))
    this.behindTopics.set(group, source)
    return { node: source, sources: new Set([source]) }
  }
}
