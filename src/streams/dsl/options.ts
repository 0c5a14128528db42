import type { Serde } from '../serdes.ts'

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

/** A table's store. */
export interface MaterializedOptions<K, V> extends StreamOptions<K, V> {
  /** Its name, which its changelog has as well; without it some tables need no store. */
  readonly store?: string
  /** Whether changes are gathered until the next commit; true when left out. */
  readonly caching?: boolean
  /** Whether the store has a changelog; true when left out. */
  readonly logging?: boolean
}

export interface RepartitionOptions<K, V> extends StreamOptions<K, V> {
  /** As many as the topics before it have when left out. */
  readonly partitions?: number
}

export interface ProcessOptions extends NameOption {
  /** Names of the stores that the processor uses. */
  readonly stores?: readonly string[]
}
