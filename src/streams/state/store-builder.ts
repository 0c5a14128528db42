import { TopologyError } from '../errors.ts'
import type { Serde } from '../serde.ts'
import { serdes } from '../serdes.ts'
import type { WindowRetention } from './window-index.ts'

export interface StoreOptions<K, V> {
  /** The application's `default.key.serde` when left out. */
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
  /** Whether changes are gathered until the next commit; `statestore.cache.max.bytes` bounds that. */
  readonly caching?: boolean
  /** Whether there is a changelog. Without one the store is empty after each rebalance. */
  readonly logging?: boolean
}

/** How a store is made in each task. */
export interface StoreBuilder {
  readonly name: string
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
  readonly caching: boolean
  readonly logging: boolean
  /** Where its keys have windows. */
  readonly windows?: StoredWindows
  /** Whether it holds changes of a table back, and is no store to be read from. */
  readonly isBuffer?: boolean
  /** Whether it has what tables ask of foreign keys. */
  readonly isSubscriptions?: boolean
}

/** The windows of a store's keys. */
export interface StoredWindows extends WindowRetention {
  /** Milliseconds; sessions have no common size. */
  readonly sizeMs: number
  /** Whether entries with equal keys and times are kept apart: then there is nothing to be compacted. */
  readonly keepsEqual?: boolean
}

/** A store for processors, without a cache unless it is asked for. Its name may have letters, digits, dots, dashes and underscores. */
export function keyValueStore<K, V>(name: string, options: StoreOptions<K, V> = {}): StoreBuilder {
  if (!/^[\w.-]{1,249}$/.test(name))
    throw new TopologyError(`Name "${name}" is illegal: it may have ASCII letters and digits, '.', '_' and '-' only.`)
  return {
    name,
    key: options.key as Serde<unknown> | undefined,
    value: options.value as Serde<unknown> | undefined,
    caching: options.caching ?? false,
    logging: options.logging ?? true,
  }
}

/** A store of windows, whose changelog forgets those that are older than it keeps. */
export const windowStore = <K, V>(name: string, options: StoreOptions<K, V>, windows: StoredWindows): StoreBuilder => ({
  ...keyValueStore(name, options),
  windows,
})

/** What entries of a table have subscribed to; all of one foreign key can be found. */
export const subscriptionStore = (name: string, value: Serde<unknown>): StoreBuilder => ({
  ...keyValueStore(name, { key: serdes.bytes, value }),
  isSubscriptions: true,
})

/** What holds changes of a table back. */
export const bufferStore = <K, V>(name: string, options: StoreOptions<K, V>): StoreBuilder => ({
  ...keyValueStore(name, options),
  isBuffer: true,
})
