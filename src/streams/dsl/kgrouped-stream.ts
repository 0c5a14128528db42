import { aggregateProcessor } from '../processors/aggregate.ts'
import { StoredOldValues } from '../processors/change.ts'
import { viewOfStore } from '../processors/table.ts'
import { serdes } from '../serdes.ts'
import { keyValueStore } from '../state/store-builder.ts'
import { type FixedWindows, SessionWindows, type SlidingWindows } from '../windows.ts'
import type { CogroupedKStream, KGroupedStream, KTable, SessionWindowedKStream, TimeWindowedKStream } from './api.ts'
import { CogroupedKStreamImpl } from './cogrouped-kstream.ts'
import { Group } from './group.ts'
import { KTableImpl } from './ktable.ts'
import type { MaterializedOptions, StreamOptions } from './options.ts'
import type { StreamParts } from './program-builder.ts'
import { SessionWindowedKStreamImpl, TimeWindowedKStreamImpl } from './windowed-kstream.ts'

/** A stream and what its tables have in common. */
export class KGroupedStreamImpl<K, V> implements KGroupedStream<K, V> {
  readonly group: Group<K, V>

  constructor(
    private readonly parts: StreamParts<K, V>,
    options: StreamOptions<K, V>,
  ) {
    this.group = new Group(parts, options)
  }

  windowedBy(windows: FixedWindows | SlidingWindows): TimeWindowedKStream<K, V>
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
  windowedBy(
    windows: FixedWindows | SlidingWindows | SessionWindows,
  ): TimeWindowedKStream<K, V> | SessionWindowedKStream<K, V> {
    if (windows instanceof SessionWindows) return new SessionWindowedKStreamImpl(this.group, windows)
    return new TimeWindowedKStreamImpl(this.group, windows)
  }

  cogroup<A>(aggregator: (key: K, value: V, aggregate: A) => A | null): CogroupedKStream<K, A> {
    return new CogroupedKStreamImpl<K, A>().cogroup(this, aggregator)
  }

  count(options: MaterializedOptions<K, number> = {}): KTable<K, number> {
    const next = (_key: K, _value: V, before = 0) => before + 1
    return this.gather('KSTREAM-AGGREGATE-', next, { value: serdes.long, ...options })
  }

  reduce(reducer: (aggregate: V, value: V) => V | null, options: MaterializedOptions<K, V> = {}): KTable<K, V> {
    const next = (_: K, value: V, before: V | undefined) => (before === undefined ? value : reducer(before, value))
    return this.gather('KSTREAM-REDUCE-', next, { value: this.parts.serdes.value, ...options })
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    options: MaterializedOptions<K, A> = {},
  ): KTable<K, A> {
    const next = (key: K, value: V, before: A | undefined) => aggregator(key, value, before ?? initializer())
    return this.gather('KSTREAM-AGGREGATE-', next, options)
  }

  private gather<A>(
    prefix: string,
    next: (key: K, value: V, before: A | undefined) => A | null,
    options: MaterializedOptions<K, A>,
  ): KTable<K, A> {
    const { builder, serdes: own } = this.parts
    const store = builder.storeOr(options.store, prefix)
    const node = builder.nameOr(options.name, prefix)
    const oldValues = new StoredOldValues(() => true)
    const stored = { key: own.key, ...options }
    const { parent, sources } = this.group.keyedParent(store, options.store !== undefined)
    builder.topology.addProcessor(node, aggregateProcessor(store, next, oldValues), [parent])
    builder.topology.addStateStore(keyValueStore(store, { ...stored, caching: options.caching ?? true }), [node])
    const serdesOut = { key: stored.key, value: stored.value }
    return new KTableImpl({ builder, node, serdes: serdesOut, sources, view: () => viewOfStore(store), oldValues })
  }
}
