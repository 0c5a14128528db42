import type { EmitStrategy } from '../emit-strategy.ts'
import type { FixedKeyProcessorSupplier } from '../processors/fixed-key.ts'
import type { ProcessorSupplier } from '../processors/processor.ts'
import type { KeyValue } from '../state/key-value-store.ts'
import type { Suppressed } from '../suppressed.ts'
import type { Windowed } from '../windowed.ts'
import type { FixedWindows, JoinWindows, SessionWindows, SlidingWindows } from '../windows.ts'
import type { GlobalKTable } from './global-table.ts'
import type {
  ForeignKeyJoinOptions,
  MaterializedOptions,
  NameOption,
  ProcessOptions,
  RepartitionOptions,
  SinkOptions,
  StreamJoinOptions,
  StreamOptions,
  SuppressOptions,
  WindowedOptions,
} from './options.ts'

/**
 * Records, one after the other. The functions of a program return when they are done: a promise is not waited for. What one of them throws
 * ends the application.
 */
export interface KStream<K, V> {
  filter(keeps: (key: K, value: V) => boolean, options?: NameOption): KStream<K, V>
  filterNot(drops: (key: K, value: V) => boolean, options?: NameOption): KStream<K, V>
  map<KOut, VOut>(map: (key: K, value: V) => KeyValue<KOut, VOut>, options?: NameOption): KStream<KOut, VOut>
  mapValues<VOut>(map: (value: V, key: K) => VOut, options?: NameOption): KStream<K, VOut>
  flatMap<KOut, VOut>(
    map: (key: K, value: V) => Iterable<KeyValue<KOut, VOut>>,
    options?: NameOption,
  ): KStream<KOut, VOut>
  flatMapValues<VOut>(map: (value: V, key: K) => Iterable<VOut>, options?: NameOption): KStream<K, VOut>
  selectKey<KOut>(select: (key: K, value: V) => KOut, options?: NameOption): KStream<KOut, V>
  peek(look: (key: K, value: V) => void, options?: NameOption): KStream<K, V>
  foreach(action: (key: K, value: V) => void, options?: NameOption): void
  /** Records of both, each stream's in its order. */
  merge(other: KStream<K, V>, options?: NameOption): KStream<K, V>
  split(options?: NameOption): BranchedKStream<K, V>
  /** Through a topic of the application's, so that records with equal keys come to the same task. */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V>
  groupByKey(options?: StreamOptions<K, V>): KGroupedStream<K, V>
  groupBy<KOut>(select: (key: K, value: V) => KOut, options?: StreamOptions<KOut, V>): KGroupedStream<KOut, V>
  /** With what the table has of the key at that moment; records that have no partner are left out. Both must have equally many partitions. */
  join<VTable, VOut>(
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable, key: K) => VOut,
    options?: StreamOptions<K, V>,
  ): KStream<K, VOut>
  /** Each pair of records with equal keys that lie near enough in time, with the later timestamp. Both must have equally many partitions. */
  join<VOther, VOut>(
    other: KStream<K, VOther>,
    joiner: (value: V, other: VOther, key: K) => VOut,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VOther>,
  ): KStream<K, VOut>
  /**
   * With what a global table has of the key that `select` gives at that moment; records that have no partner are left out. Their numbers of
   * partitions may differ.
   */
  join<KTable, VTable, VOut>(
    table: GlobalKTable<KTable, VTable>,
    select: (key: K, value: V) => KTable | null | undefined,
    joiner: (value: V, tableValue: VTable, key: K) => VOut,
    options?: NameOption,
  ): KStream<K, VOut>
  /** With the table's value, or null where there is no partner. */
  leftJoin<VTable, VOut>(
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    options?: StreamOptions<K, V>,
  ): KStream<K, VOut>
  /** With a global table's value, or null where it has none, or `select` gives no key. */
  leftJoin<KTable, VTable, VOut>(
    table: GlobalKTable<KTable, VTable>,
    select: (key: K, value: V) => KTable | null | undefined,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    options?: NameOption,
  ): KStream<K, VOut>
  /** Pairs, and records of this stream with null where no partner has come until the window closed. */
  leftJoin<VOther, VOut>(
    other: KStream<K, VOther>,
    joiner: (value: V, other: VOther | null, key: K) => VOut,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VOther>,
  ): KStream<K, VOut>
  /** Pairs, and records of either stream with null where no partner has come. */
  outerJoin<VOther, VOut>(
    other: KStream<K, VOther>,
    joiner: (value: V | null, other: VOther | null, key: K) => VOut,
    windows: JoinWindows,
    options?: StreamJoinOptions<K, V, VOther>,
  ): KStream<K, VOut>
  process<KOut, VOut>(supplier: ProcessorSupplier<K, V, KOut, VOut>, options?: ProcessOptions): KStream<KOut, VOut>
  /** By a processor that keeps keys: what is behind it needs no topic to bring equal keys together. */
  processValues<VOut>(supplier: FixedKeyProcessorSupplier<K, V, VOut>, options?: ProcessOptions): KStream<K, VOut>
  /** The newest value of each key; a null takes the entry out. */
  toTable(options?: MaterializedOptions<K, V>): KTable<K, V>
  /** Writes the records to a topic, with the timestamps that they have. */
  to(topic: string, options?: SinkOptions<K, V>): void
}

/** The newest value of each key. Of its changes, null stands for an entry that is gone. */
export interface KTable<K, V> {
  filter(keeps: (key: K, value: V) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>
  filterNot(drops: (key: K, value: V) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>
  mapValues<VOut>(map: (value: V, key: K) => VOut, options?: MaterializedOptions<K, VOut>): KTable<K, VOut>
  /** The entries whose keys both tables have. Both must have equally many partitions. */
  join<VOther, VOut>(
    other: KTable<K, VOther>,
    joiner: (value: V, other: VOther, key: K) => VOut,
    options?: MaterializedOptions<K, VOut>,
  ): KTable<K, VOut>
  /**
   * The entries whose foreign keys the other table has (KIP-213); null is none. Their numbers of partitions may differ. Of changes that come
   * soon after each other some results may be left out, never the last one.
   */
  join<KOther, VOther, VOut>(
    other: KTable<KOther, VOther>,
    foreignKey: (value: V, key: K) => KOther | null | undefined,
    joiner: (value: V, other: VOther) => VOut,
    options?: ForeignKeyJoinOptions<K, KOther, VOut>,
  ): KTable<K, VOut>
  /** All entries of this table, with null where the other has none. */
  leftJoin<VOther, VOut>(
    other: KTable<K, VOther>,
    joiner: (value: V, other: VOther | null, key: K) => VOut,
    options?: MaterializedOptions<K, VOut>,
  ): KTable<K, VOut>
  /** All entries of this table, with null where the other has nothing of their foreign keys, or they have none. */
  leftJoin<KOther, VOther, VOut>(
    other: KTable<KOther, VOther>,
    foreignKey: (value: V, key: K) => KOther | null | undefined,
    joiner: (value: V, other: VOther | null) => VOut,
    options?: ForeignKeyJoinOptions<K, KOther, VOut>,
  ): KTable<K, VOut>
  /** The entries whose keys either table has, with null where one has none. */
  outerJoin<VOther, VOut>(
    other: KTable<K, VOther>,
    joiner: (value: V | null, other: VOther | null, key: K) => VOut,
    options?: MaterializedOptions<K, VOut>,
  ): KTable<K, VOut>
  /**
   * The entries by other keys, to be gathered in tables; where `select` gives no key or no value, an entry counts in none. They go through a
   * topic of the application's, of which a change of an entry is one record, or one for each of its two keys (KIP-904).
   */
  groupBy<KOut, VOut>(
    select: (key: K, value: V) => KeyValue<KOut | null | undefined, VOut | null | undefined> | null | undefined,
    options?: StreamOptions<KOut, VOut>,
  ): KGroupedTable<KOut, VOut>
  /** Holds changes back, until their window has closed or for a time, and lets the last of each key go on. */
  suppress(suppressed: Suppressed, options?: SuppressOptions): KTable<K, V>
  /** The changes as a stream; values are null where an entry is gone. */
  toStream(options?: NameOption): KStream<K, V>
}

/**
 * Entries of a table by other keys, to be gathered in tables. When an entry changes, what it was is taken out of the aggregate of its former key, and
 * what it is added to that of its new one. All functions may give null, which takes the aggregate out; then the next value begins a new one.
 */
export interface KGroupedTable<K, V> {
  /** How many entries have the key; 0 when the last one has gone. */
  count(options?: MaterializedOptions<K, number>): KTable<K, number>
  /** `adder` and `subtractor` get what there is and the value that comes or goes; the first value of a key is taken as it is. */
  reduce(
    adder: (aggregate: V, value: V) => V | null,
    subtractor: (aggregate: V, value: V) => V | null,
    options?: MaterializedOptions<K, V>,
  ): KTable<K, V>
  aggregate<A>(
    initializer: () => A,
    adder: (key: K, value: V, aggregate: A) => A | null,
    subtractor: (key: K, value: V, aggregate: A) => A | null,
    options?: MaterializedOptions<K, A>,
  ): KTable<K, A>
}

/** Records by key, to be gathered in tables. Records without a key or a value are left out. */
export interface KGroupedStream<K, V> {
  count(options?: MaterializedOptions<K, number>): KTable<K, number>
  /** `reducer` gets what there is and the next value; the first value of a key is taken as it is. Null takes the entry out. */
  reduce(reducer: (aggregate: V, value: V) => V | null, options?: MaterializedOptions<K, V>): KTable<K, V>
  /** Null takes the entry out. */
  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    options?: MaterializedOptions<K, A>,
  ): KTable<K, A>
  /** This group and further ones, to be gathered in one table (KIP-150). Null takes the entry out. */
  cogroup<A>(aggregator: (key: K, value: V, aggregate: A) => A | null): CogroupedKStream<K, A>
  /** Tables by key and window of time. */
  windowedBy(windows: FixedWindows | SlidingWindows): TimeWindowedKStream<K, V>
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>
}

/**
 * Groups with keys of one kind, to be gathered in one table, each by its own aggregator. Their topics must have equally many partitions; what
 * has to go through a topic of the application first needs a name for it, as soon as there are two of the kind. Keys are written as
 * those of the first group.
 */
export interface CogroupedKStream<K, A> {
  /** Takes one more group in. Null takes the entry out. */
  cogroup<V>(
    group: KGroupedStream<K, V>,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
  ): CogroupedKStream<K, A>
  aggregate(initializer: () => A, options?: MaterializedOptions<K, A>): KTable<K, A>
  /** Tables by key and window of time. */
  windowedBy(windows: FixedWindows | SlidingWindows): TimeWindowedCogroupedKStream<K, A>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>
}

/** Several groups, by key and window. */
export interface TimeWindowedCogroupedKStream<K, A> {
  aggregate(initializer: () => A, options?: WindowedOptions<K, A>): KTable<Windowed<K>, A>
}

/** Several groups, by key and session. */
export interface SessionWindowedCogroupedKStream<K, A> {
  /** `merger` makes one of the aggregates of two sessions. Null takes the entry out. */
  aggregate(
    initializer: () => A,
    merger: (key: K, one: A, other: A) => A | null,
    options?: WindowedOptions<K, A>,
  ): KTable<Windowed<K>, A>
}

/**
 * Records by key and window. Each change of a window goes on, unless `emitStrategy` says otherwise; a record that comes when its window has closed is left out. Unlike in a group
 * without windows or with sliding ones, records without a value count: programs filter them out where they should not.
 */
export interface TimeWindowedKStream<K, V> {
  /**
   * When results go on (KIP-825). On close, windows that no longer change go on once a second at most, with the first record that comes then;
   * one whose store's retention is over by then does not. Throws `TopologyError` for windows that never close.
   */
  emitStrategy(strategy: EmitStrategy): this
  count(options?: WindowedOptions<K, number>): KTable<Windowed<K>, number>
  /** `reducer` gets what there is and the next value; the first value of a window is taken as it is. Null takes the entry out. */
  reduce(reducer: (aggregate: V, value: V) => V | null, options?: WindowedOptions<K, V>): KTable<Windowed<K>, V>
  /** Null takes the entry out. */
  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    options?: WindowedOptions<K, A>,
  ): KTable<Windowed<K>, A>
}

/** Records by key and session. Where a record joins sessions, the table loses them and has one from then on. */
export interface SessionWindowedKStream<K, V> {
  /** When results go on (KIP-825). On close, each session goes on once, as in windows of time. */
  emitStrategy(strategy: EmitStrategy): this
  count(options?: WindowedOptions<K, number>): KTable<Windowed<K>, number>
  /** `reducer` gets what there is and the next value, or what there is of two sessions. Null takes the entry out. */
  reduce(reducer: (aggregate: V, value: V) => V | null, options?: WindowedOptions<K, V>): KTable<Windowed<K>, V>
  /** `merger` makes one of the aggregates of two sessions. Null takes the entry out. */
  aggregate<A>(
    initializer: () => A,
    aggregator: (key: K, value: V, aggregate: A) => A | null,
    merger: (key: K, one: A, other: A) => A | null,
    options?: WindowedOptions<K, A>,
  ): KTable<Windowed<K>, A>
}

/** A stream that is being divided: each record goes to the first branch whose predicate it fulfils. */
export interface BranchedKStream<K, V> {
  /** The stream's key in the result is the name of the split, and behind it the branch's own or, without one, its number, from 1 on. */
  branch(takes: (key: K, value: V) => boolean, options?: NameOption): this
  /** The streams by name, with one for what no branch takes; without a name it has number 0. */
  defaultBranch(options?: NameOption): Map<string, KStream<K, V>>
  /** The streams by name; what no branch takes is dropped. */
  noDefaultBranch(): Map<string, KStream<K, V>>
}
