import type { Serde } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import { storedKey, type Windowed, type WindowedSerde } from '../windowed.ts'
import type { ByteStore } from './byte-store.ts'
import type { EmitProgress } from './emit-progress.ts'
import type { RecordContext } from './record-context.ts'
import { TypedStore, type ValueAndTimestamp } from './typed-store.ts'

/** An entry of a store of windows. */
export interface WindowEntry<K, V> extends ValueAndTimestamp<V> {
  readonly key: Windowed<K>
}

/** A store whose keys have windows. */
export class WindowedStore<K, V> extends TypedStore<Windowed<K>, V> {
  constructor(
    bytes: ByteStore,
    private readonly windowed: WindowedSerde<K>,
    values: Serde<V>,
    current: () => RecordContext | undefined,
    /** Where windows go on when they close. */
    readonly progress?: EmitProgress,
  ) {
    super(bytes, windowed, values, current)
  }

  /** The windows of a key that begin, or the sessions that end, between these times, both included; in the order of time. */
  fetch(key: K, from: number, to: number): WindowEntry<K, V>[] {
    return this.entries(this.bytes.windows?.of(this.plainBytes(key), from, to), false)
  }

  /**
   * The windows of all keys that begin, or the sessions that end, between these times, both included; in the order of time. As in Java a session
   * is found even when it is too old.
   */
  between(from: number, to: number): WindowEntry<K, V>[] {
    const { windows } = this.bytes
    return this.entries(windows?.between(from, to), windows?.kind === 'session')
  }

  /** Adds an entry beside those with an equal key and time. Null is none: Kafka writes it to the changelog all the same. */
  append(key: K, value: V | null, time: number): void {
    const context = this.context()
    const stored = storedKey(this.plainBytes(key), time, this.bytes.windows?.nextNumber() ?? 0)
    if (value === null) this.bytes.note(stored, context)
    else this.bytes.put(stored, asBuffer(this.values.serialize(value)), context.timestamp, context)
  }

  private entries(keys: readonly Buffer[] | undefined, evenTooOld: boolean): WindowEntry<K, V>[] {
    return (keys ?? []).flatMap((stored) => {
      const found = this.bytes.get(stored, evenTooOld)
      if (!found) return []
      const value = this.values.deserialize(found.value)
      return { key: this.windowed.deserialize(stored), value, timestamp: found.timestamp }
    })
  }

  private plainBytes(key: K): Buffer {
    return asBuffer(this.windowed.serializeKey({ key, window: { start: 0, end: 0 } }))
  }
}
