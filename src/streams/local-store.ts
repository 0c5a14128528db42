import type { KeyValue, ReadableStore } from './state/key-value-store.ts'

/** What has stores, such as a task. */
export interface StoreHolder {
  store<K, V>(name: string): ReadableStore<K, V> | undefined
}

/** The stores of one name in all tasks of an instance, as one. */
export class LocalStore<K, V> implements ReadableStore<K, V> {
  constructor(
    readonly name: string,
    private readonly tasks: () => Iterable<StoreHolder>,
  ) {}

  get(key: K): V | undefined {
    for (const store of this.parts()) {
      const value = store.get(key)
      if (value !== undefined) return value
    }
    return undefined
  }

  *range(from: K | undefined, to: K | undefined): Iterable<KeyValue<K, V>> {
    for (const store of this.parts()) yield* store.range(from, to)
  }

  *all(): Iterable<KeyValue<K, V>> {
    for (const store of this.parts()) yield* store.all()
  }

  approximateNumEntries(): number {
    return this.parts().reduce((sum, store) => sum + store.approximateNumEntries(), 0)
  }

  private parts(): ReadableStore<K, V>[] {
    return Array.from(this.tasks(), (task) => task.store<K, V>(this.name)).filter((store) => store !== undefined)
  }
}
