export interface KeyValue<K, V> {
  readonly key: K
  readonly value: V
}

/** What may be asked of a store, from outside of the application's tasks too. */
export interface ReadableStore<K, V> {
  readonly name: string
  /** Undefined where there is nothing of that key. */
  get(key: K): V | undefined
  /** From one key to another, both included, in the order of the keys' bytes; undefined is the first or the last. */
  range(from: K | undefined, to: K | undefined): Iterable<KeyValue<K, V>>
  /** All entries, in the order of the keys' bytes. */
  all(): Iterable<KeyValue<K, V>>
  approximateNumEntries(): number
}

/** A store of one task. What is written is in its changelog before offsets are committed. */
export interface KeyValueStore<K, V> extends ReadableStore<K, V> {
  /** Null takes the entry out. */
  put(key: K, value: V | null): void
  /** Writes where there is nothing yet; gives what was there. */
  putIfAbsent(key: K, value: V): V | undefined
  /** Takes the entry out and gives what it was. */
  delete(key: K): V | undefined
}
