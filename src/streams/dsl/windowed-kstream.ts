import { TopologyError } from '../errors.ts'
import { type Change, type OldValues, StoredOldValues } from '../processors/change.ts'
import type { ProcessorSupplier } from '../processors/processor.ts'
import { type Merge, sessionAggregateProcessor } from '../processors/session-aggregate.ts'
import { slidingAggregateProcessor } from '../processors/sliding-aggregate.ts'
import { viewOfStore } from '../processors/table.ts'
import { type Aggregation, windowAggregateProcessor } from '../processors/window-aggregate.ts'
import type { Serde } from '../serde.ts'
import { serdes } from '../serdes.ts'
import { type StoredWindows, windowStore } from '../state/store-builder.ts'
import { sessionWindowed, timeWindowed, type Windowed, type WindowedSerde } from '../windowed.ts'
import { type FixedWindows, type SessionWindows, SlidingWindows } from '../windows.ts'
import type { KTable, SessionWindowedKStream, TimeWindowedKStream } from './api.ts'
import type { Group } from './group.ts'
import { KTableImpl } from './ktable.ts'
import type { WindowedOptions } from './options.ts'

/** What tables of one kind of windows have in common. */
interface WindowKind {
  /** Retention is what it is at least: as long as a window can change. */
  readonly stored: StoredWindows
  /** How long after its end a window can change. */
  readonly closeMs: number
  keys<K>(key: Serde<K> | undefined): WindowedSerde<K>
}

/** Says how records are gathered in a store of that name. */
type Gatherer<K, V, A> = (store: string, oldValues: OldValues) => ProcessorSupplier<K | null, V, Windowed<K>, Change<A>>

const count = <K, V>(): Aggregation<K, V, number> => ({ initial: () => 0, add: (_key, _value, sum) => (sum ?? 0) + 1 })

const reduction = <K, V>(reducer: (aggregate: V, value: V) => V | null): Aggregation<K, V, V> => ({
  initial: () => null,
  add: (_key, value, before) => (before === null ? value : reducer(before, value)),
})

/** Adds the node and the store of a table. */
function gather<K, V, A>(
  group: Group<K, V>,
  { stored, closeMs, keys }: WindowKind,
  prefix: string,
  options: WindowedOptions<K, A>,
  gatherer: Gatherer<K, V, A>,
): KTable<Windowed<K>, A> {
  const { builder, serdes: own } = group.parts
  const store = builder.storeOr(options.store, prefix)
  const node = builder.nameOr(options.name, prefix)
  const oldValues = new StoredOldValues(() => true)
  const { key = own.key, value, retentionMs = stored.retentionMs } = options
  if (!(retentionMs >= stored.retentionMs))
    throw new TopologyError(
      `The retention of the store ${store} must be ${stored.retentionMs} ms or more, for so long its windows can change; it is ${retentionMs}.`,
    )
  const { parent, sources } = group.keyedParent(store, options.store !== undefined)
  const { topology } = builder
  topology.addProcessor(node, gatherer(store, oldValues), [parent])
  const kept = { key, value, caching: options.caching ?? true, logging: options.logging ?? true }
  topology.addStateStore(windowStore(store, kept, { ...stored, retentionMs }), [node])
  const view = () => viewOfStore<Windowed<K>, A>(store)
  return new KTableImpl({ builder, node, serdes: { key: keys(key), value }, sources, view, oldValues, closeMs })
}

/** Windows by time: fixed ones, or sliding. */
export class TimeWindowedKStreamImpl<K, V> implements TimeWindowedKStream<K, V> {
  private readonly kind: WindowKind

  constructor(
    private readonly group: Group<K, V>,
    private readonly windows: FixedWindows | SlidingWindows,
  ) {
    const isSliding = windows instanceof SlidingWindows
    const sizeMs = isSliding ? windows.timeDifferenceMs : windows.sizeMs
    // A record looks for windows of records that lie two differences before it.
    const retentionMs = (isSliding ? 2 * sizeMs : sizeMs) + windows.graceMs
    this.kind = {
      stored: { kind: 'time', sizeMs, retentionMs },
      closeMs: windows.graceMs,
      keys: (key) => timeWindowed(key, sizeMs),
    }
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
    const { group, windows } = this
    return gather(group, this.kind, prefix, options, (store, oldValues) =>
      windows instanceof SlidingWindows
        ? slidingAggregateProcessor(store, windows, aggregation, oldValues)
        : windowAggregateProcessor(store, windows, aggregation, oldValues),
    )
  }
}

/** Windows that come of the records' own distances. */
export class SessionWindowedKStreamImpl<K, V> implements SessionWindowedKStream<K, V> {
  private readonly kind: WindowKind

  constructor(
    private readonly group: Group<K, V>,
    private readonly windows: SessionWindows,
  ) {
    const retentionMs = windows.gapMs + windows.graceMs
    const stored = { kind: 'session', sizeMs: 0, retentionMs } as const
    this.kind = { stored, closeMs: retentionMs, keys: (key) => sessionWindowed(key) }
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
    return gather(this.group, this.kind, prefix, options, (store, oldValues) =>
      sessionAggregateProcessor({ store, windows: this.windows, aggregation, merge, oldValues }),
    )
  }
}
