import type { ProcessorSupplier } from '../processors/processor.ts'
import type { KeyValue } from '../state/key-value-store.ts'
import type { MaterializedOptions, NameOption, ProcessOptions, RepartitionOptions, StreamOptions } from './options.ts'

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
  /** The same, with null where there is no partner. */
  leftJoin<VTable, VOut>(
    table: KTable<K, VTable>,
    joiner: (value: V, tableValue: VTable | null, key: K) => VOut,
    options?: StreamOptions<K, V>,
  ): KStream<K, VOut>
  process<KOut, VOut>(supplier: ProcessorSupplier<K, V, KOut, VOut>, options?: ProcessOptions): KStream<KOut, VOut>
  /** The newest value of each key; a null takes the entry out. */
  toTable(options?: MaterializedOptions<K, V>): KTable<K, V>
  /** Writes the records to a topic, with the timestamps that they have. */
  to(topic: string, options?: StreamOptions<K, V>): void
}

/** The newest value of each key. Of its changes, null stands for an entry that is gone. */
export interface KTable<K, V> {
  filter(keeps: (key: K, value: V) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>
  filterNot(drops: (key: K, value: V) => boolean, options?: MaterializedOptions<K, V>): KTable<K, V>
  mapValues<VOut>(map: (value: V, key: K) => VOut, options?: MaterializedOptions<K, VOut>): KTable<K, VOut>
  /** The changes as a stream; values are null where an entry is gone. */
  toStream(options?: NameOption): KStream<K, V>
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
