import type { EmitStrategy } from '../emit-strategy.ts'
import { TopologyError } from '../errors.ts'
import { StoredOldValues } from '../processors/change.ts'
import type { Merge } from '../processors/session-aggregate.ts'
import { viewOfStore } from '../processors/table.ts'
import type { Aggregation } from '../processors/window-aggregate.ts'
import { serdes } from '../serdes.ts'
import type { Windowed } from '../windowed.ts'
import { type FixedWindows, type SessionWindows, SlidingWindows } from '../windows.ts'
import type { KTable, SessionWindowedKStream, TimeWindowedKStream } from './api.ts'
import type { Group } from './group.ts'
import { KTableImpl } from './ktable.ts'
import type { WindowedOptions } from './options.ts'
import {
  finalKind,
  type Gatherer,
  sessionGatherer,
  sessionKind,
  storeOfWindows,
  timeGatherer,
  timeKind,
  type WindowKind,
} from './window-kind.ts'

const count = <K, V>(): Aggregation<K, V, number> => ({ initial: () => 0, add: (_key, _value, sum) => (sum ?? 0) + 1 })

const reduction = <K, V>(reducer: (aggregate: V, value: V) => V | null): Aggregation<K, V, V> => ({
  initial: () => null,
  add: (_key, value, before) => (before === null ? value : reducer(before, value)),
})

/** Windows that do not begin at times that are known beforehand have no cache where they go on once, as in Java. */
const uncached = <O extends object>(options: O) => ({ ...options, caching: false })

/** Adds the node and the store of a table. */
function gather<K, V, A>(
  group: Group<K, V>,
  kind: WindowKind,
  prefix: string,
  options: WindowedOptions<K, A>,
  gatherer: Gatherer<K, V, A>,
): KTable<Windowed<K>, A> {
  const { builder, serdes: own } = group.parts
  const store = builder.storeOr(options.store, prefix)
  const node = builder.nameOr(options.name, prefix)
  const oldValues = new StoredOldValues(() => true)
  const { key = own.key, value } = options
  const stored = storeOfWindows(store, kind, { ...options, key })
  const { parent, sources } = group.keyedParent(store, options.store !== undefined)
  builder.topology.addProcessor(node, gatherer(store, oldValues), [parent]).addStateStore(stored, [node])
  const view = () => viewOfStore<Windowed<K>, A>(store)
  const { closeMs } = kind
  return new KTableImpl({ builder, node, serdes: { key: kind.keys(key), value }, sources, view, oldValues, closeMs })
}

/** Windows by time: fixed ones, or sliding. */
export class TimeWindowedKStreamImpl<K, V> implements TimeWindowedKStream<K, V> {
  private readonly kind: WindowKind
  private isFinal = false

  constructor(
    private readonly group: Group<K, V>,
    private readonly windows: FixedWindows | SlidingWindows,
  ) {
    this.kind = timeKind(windows)
  }

  emitStrategy({ isOnClose }: EmitStrategy): this {
    if (isOnClose && this.kind.stored.sizeMs === Number.POSITIVE_INFINITY)
      throw new TopologyError('ON_WINDOW_CLOSE emit strategy cannot be used for UnlimitedWindows')
    this.isFinal = isOnClose
    return this
  }

  count(options: WindowedOptions<K, number> = {}): KTable<Windowed<K>, number> {
    return this.gather('KSTREAM-AGGREGATE-', count(), { value: serdes.long, ...options })
  }

  reduce(reducer: (aggregate: V, value: V) => V | null, options: WindowedOptions<K, V> = {}): KTable<Windowed<K>, V> {
    return this.gather('KSTREAM-REDUCE-', reduction(reducer), { value: this.group.parts.serdes.value, ...options })
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    options: WindowedOptions<K, A> = {},
  ): KTable<Windowed<K>, A> {
    const add = aggregator as Aggregation<K, V, A>['add']
    return this.gather('KSTREAM-AGGREGATE-', { initial: initializer, add }, options)
  }

  private gather<A>(
    prefix: string,
    aggregation: Aggregation<K, V, A>,
    options: WindowedOptions<K, A>,
  ): KTable<Windowed<K>, A> {
    const { group, windows, kind, isFinal } = this
    const gatherer = timeGatherer(windows, aggregation, isFinal)
    if (!isFinal) return gather(group, kind, prefix, options, gatherer)
    return gather(
      group,
      finalKind(kind),
      prefix,
      windows instanceof SlidingWindows ? uncached(options) : options,
      gatherer,
    )
  }
}

/** Windows that come of the records' own distances. */
export class SessionWindowedKStreamImpl<K, V> implements SessionWindowedKStream<K, V> {
  private readonly kind: WindowKind
  private isFinal = false

  constructor(
    private readonly group: Group<K, V>,
    private readonly windows: SessionWindows,
  ) {
    this.kind = sessionKind(windows)
  }

  emitStrategy({ isOnClose }: EmitStrategy): this {
    this.isFinal = isOnClose
    return this
  }

  count(options: WindowedOptions<K, number> = {}): KTable<Windowed<K>, number> {
    const merge: Merge<K, number> = (_key, one, other) => (one ?? 0) + other
    return this.gather('KSTREAM-AGGREGATE-', count(), merge, { value: serdes.long, ...options })
  }

  reduce(reducer: (aggregate: V, value: V) => V | null, options: WindowedOptions<K, V> = {}): KTable<Windowed<K>, V> {
    const merge: Merge<K, V> = (_key, one, other) => (one === null ? other : reducer(one, other))
    const value = this.group.parts.serdes.value
    return this.gather('KSTREAM-REDUCE-', reduction(reducer), merge, { value, ...options })
  }

  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    merger: (key: K, one: A, other: A) => A | null,
    options: WindowedOptions<K, A> = {},
  ): KTable<Windowed<K>, A> {
    const aggregation = { initial: initializer, add: aggregator as Aggregation<K, V, A>['add'] }
    return this.gather('KSTREAM-AGGREGATE-', aggregation, merger as Merge<K, A>, options)
  }

  private gather<A>(
    prefix: string,
    aggregation: Aggregation<K, V, A>,
    merge: Merge<K, A>,
    options: WindowedOptions<K, A>,
  ): KTable<Windowed<K>, A> {
    const { group, windows, kind, isFinal } = this
    const gatherer = sessionGatherer(windows, aggregation, merge, isFinal)
    if (!isFinal) return gather(group, kind, prefix, options, gatherer)
    return gather(group, finalKind(kind), prefix, uncached(options), gatherer)
  }
}
