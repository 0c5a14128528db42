import type { Serde } from '../serde.ts'

/** The name of a step in `describe()`; without one it has its kind and a number. */
export interface NameOption {
  readonly name?: string
}

/** How keys and values are read or written; the application's defaults where they are left out and not known from the step before. */
export interface SerdeOptions<K, V> {
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
}

export interface StreamOptions<K, V> extends NameOption, SerdeOptions<K, V> {}

/** The stores of a join of two streams, and how what is in them is written. */
export interface StreamJoinOptions<K, V, VOther> extends StreamOptions<K, V> {
  /** For values of the other stream. */
  readonly otherValue?: Serde<VOther> | undefined
  /** What names of the stores begin with; without it they have those of the steps. */
  readonly store?: string
  /** Whether the stores have changelogs; true when left out. */
  readonly logging?: boolean
}

/** A table's store. */
export interface MaterializedOptions<K, V> extends StreamOptions<K, V> {
  /** Its name, which its changelog has as well; without it some tables need no store. */
  readonly store?: string
  /** Whether changes are gathered until the next commit; true when left out. */
  readonly caching?: boolean
  /** Whether the store has a changelog; true when left out. */
  readonly logging?: boolean
}

/** A store that each instance has all of. */
export interface GlobalTableOptions<K, V> extends StreamOptions<K, V> {
  /** Its name. */
  readonly store?: string
}

/**
 * The table that comes of a join by foreign keys; `name` is the beginning of the names of its steps and topics. The partitioners are needed
 * where tables are not spread by their keys' hashes (KIP-775); they get the number of partitions.
 */
export interface ForeignKeyJoinOptions<K, KOther, V> extends MaterializedOptions<K, V> {
  /** How this table is spread. */
  readonly partitioner?: (key: K, partitions: number) => number
  /** How the other table is spread. */
  readonly otherPartitioner?: (key: KOther, partitions: number) => number
}

/** The store of a table whose keys have windows; `key` is the serde of the keys without them. */
export interface WindowedOptions<K, V> extends MaterializedOptions<K, V> {
  /** How long windows are kept, in milliseconds of stream time; as long as they can change when left out, and no shorter. */
  readonly retentionMs?: number
}

export interface SuppressOptions extends NameOption {
  /** Whether what is held back has a changelog; true when left out. */
  readonly logging?: boolean
}

/** Where records are written to. */
export interface SinkOptions<K, V> extends StreamOptions<K, V> {
  /**
   * Says which of so many partitions a record goes to, from 0 on; undefined where the hash of its key decides, as for all records without a
   * partitioner. Partitions that are added to a topic while the application runs are not among them.
   */
  readonly partitioner?: (key: K, value: V, partitions: number) => number | undefined
}

export interface RepartitionOptions<K, V> extends SinkOptions<K, V> {
  /** As many as the topics before it have when left out. */
  readonly partitions?: number
}

export interface ProcessOptions extends NameOption {
  /** Names of the stores that the processor uses. */
  readonly stores?: readonly string[]
}
