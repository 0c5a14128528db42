import type { Serde } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import type { ByteStore, FlushedChange, StoredEntry } from './byte-store.ts'
import type { KeyValue, KeyValueStore } from './key-value-store.ts'
import type { RecordContext } from './record-context.ts'

export interface ValueAndTimestamp<V> {
  readonly value: V
  readonly timestamp: number
}

/** A store of keys and values over one of bytes. */
export class TypedStore<K, V> implements KeyValueStore<K, V> {
  constructor(
    protected readonly bytes: ByteStore,
    private readonly keys: Serde<K>,
    protected readonly values: Serde<V>,
    /** The record that is being processed; undefined outside of processing. */
    private readonly current: () => RecordContext | undefined,
  ) {}

  get name(): string {
    return this.bytes.name
  }

  /** Whether changes reach those behind the store with a flush, not at once. */
  get isCached(): boolean {
    return this.bytes.isCached
  }

  get(key: K): V | undefined {
    return this.getWithTimestamp(key)?.value
  }

  getWithTimestamp(key: K): ValueAndTimestamp<V> | undefined {
    const found = this.bytes.get(this.keyBytes(key))
    return found && { value: this.values.deserialize(found.value), timestamp: found.timestamp }
  }

  put(key: K, value: V | null): void {
    this.putWithTimestamp(key, value, this.context().timestamp)
  }

  putWithTimestamp(key: K, value: V | null, timestamp: number): void {
    const bytes = value === null || value === undefined ? null : asBuffer(this.values.serialize(value))
    this.bytes.put(this.keyBytes(key), bytes, timestamp, this.context())
  }

  putIfAbsent(key: K, value: V): V | undefined {
    const before = this.get(key)
    if (before === undefined) this.put(key, value)
    return before
  }

  delete(key: K): V | undefined {
    const before = this.get(key)
    this.put(key, null)
    return before
  }

  *all(): Iterable<KeyValue<K, V>> {
    for (const entry of this.bytes.sorted()) yield this.entry(entry)
  }

  *range(from: K | undefined, to: K | undefined): Iterable<KeyValue<K, V>> {
    const first = from === undefined ? undefined : this.keyBytes(from)
    const last = to === undefined ? undefined : this.keyBytes(to)
    for (const entry of this.bytes.sorted()) {
      if (first && Buffer.compare(entry.key, first) < 0) continue
      if (last && Buffer.compare(entry.key, last) > 0) return
      yield this.entry(entry)
    }
  }

  approximateNumEntries(): number {
    return this.bytes.size
  }

  /** Calls back for each change that leaves the cache, with what was in the store before. */
  onFlush(listener: (key: K, value: V | null, before: V | null, change: FlushedChange) => void): void {
    this.bytes.onFlush = (change) => {
      const read = (value: Buffer | null) => (value === null ? null : this.values.deserialize(value))
      listener(this.keys.deserialize(change.key), read(change.value), read(change.before), change)
    }
  }

  private entry({ key, value }: StoredEntry): KeyValue<K, V> {
    return { key: this.keys.deserialize(key), value: this.values.deserialize(value) }
  }

  private keyBytes(key: K): Buffer {
    if (key === null || key === undefined) throw new TypeError('key cannot be null')
    return asBuffer(this.keys.serialize(key))
  }

  protected context(): RecordContext {
    const context = this.current()
    if (!context)
      throw new Error(`The store ${this.name} can be written to while a record is processed, not at other times.`)
    return context
  }
}
