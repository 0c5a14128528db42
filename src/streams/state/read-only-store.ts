import { StreamsError } from '../errors.ts'
import type { KeyValue, KeyValueStore } from './key-value-store.ts'
import type { TypedStore, ValueAndTimestamp } from './typed-store.ts'

/** A global store as processors see it: only what is read from its topic changes it. */
export class ReadOnlyStore<K, V> implements KeyValueStore<K, V> {
  constructor(private readonly store: TypedStore<K, V>) {}

  get name(): string {
    return this.store.name
  }

  get(key: K): V | undefined {
    return this.store.get(key)
  }

  getWithTimestamp(key: K): ValueAndTimestamp<V> | undefined {
    return this.store.getWithTimestamp(key)
  }

  range(from: K | undefined, to: K | undefined): Iterable<KeyValue<K, V>> {
    return this.store.range(from, to)
  }

  all(): Iterable<KeyValue<K, V>> {
    return this.store.all()
  }

  approximateNumEntries(): number {
    return this.store.approximateNumEntries()
  }

  put(): never {
    throw new StreamsError(`The store ${this.name} is a global one: only its topic changes it.`)
  }

  putIfAbsent(): never {
    return this.put()
  }

  delete(): never {
    return this.put()
  }
}
