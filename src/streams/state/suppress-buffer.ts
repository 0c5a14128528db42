import type { Change } from '../processors/change.ts'
import type { StreamRecord } from '../processors/processor.ts'
import type { Serde } from '../serde.ts'
import { asBuffer } from '../serdes.ts'
import { type BufferedChange, readChange, sizeOf, writeChange } from './buffered-change.ts'
import type { TaskBytes } from './byte-store.ts'
import type { RecordContext } from './record-context.ts'

interface Entry {
  /** By which it leaves the buffer: that of the first change of its key, or the end of its window. */
  readonly time: number
  readonly key: Buffer
  change: BufferedChange
}

/** The record that a task is at, and how to go on for another one. */
interface Scope {
  readonly current: RecordContext | undefined
  during(context: RecordContext, action: () => void): void
}

/** Takes an entry to the changelog, or that it is gone. */
type BufferLog = (key: Buffer, value: Buffer | null) => void

const compare = (a: Entry, b: Entry): number => a.time - b.time || Buffer.compare(a.key, b.key)

/** Changes of a table that are held back, by key and in the order of time. The changelog has them at each commit. */
export class SuppressBuffer<K, V> implements TaskBytes {
  private readonly byKey = new Map<string, Entry>()
  private readonly ordered: Entry[] = []
  private readonly changed = new Map<string, Buffer>()
  private size = 0

  constructor(
    private readonly keys: Serde<K>,
    private readonly values: Serde<V>,
    private readonly scope: Scope,
    private readonly log: BufferLog | undefined,
  ) {}

  get records(): number {
    return this.byKey.size
  }

  /** What it takes in memory, by Java's estimate. */
  get bytes(): number {
    return this.size
  }

  /** Infinite when it is empty. */
  get earliest(): number {
    return this.ordered[0]?.time ?? Number.POSITIVE_INFINITY
  }

  /** What those behind the buffer know of a key; undefined when nothing of it is held back. */
  prior(key: K): { readonly value: V | null } | undefined {
    const entry = this.byKey.get(this.keyBytes(key).toString('latin1'))
    return entry && { value: this.read(entry.change.prior) }
  }

  /** Takes a change, in place of an earlier one of its key. */
  put(time: number, { key, value, timestamp, headers }: StreamRecord<K, Change<V>>): void {
    const { current } = this.scope
    if (!current) throw new Error('A change is held back while a record is processed, not at other times.')
    const bytes = this.keyBytes(key)
    const id = bytes.toString('latin1')
    const [now, before] = [this.write(value.now), this.write(value.before)]
    const held = this.byKey.get(id)
    const context = { timestamp, headers, metadata: current.metadata }
    this.keep(id, bytes, time, { prior: held ? held.change.prior : before, before, now, context })
    this.changed.set(id, bytes)
  }

  /** Lets the earliest go on while something holds, each on behalf of the record that it comes from. */
  evictWhile(holds: () => boolean, emit: (record: StreamRecord<K, Change<V>>) => void): void {
    while (this.ordered.length > 0 && holds()) {
      const entry = this.ordered[0] as Entry
      const { now, before, context } = entry.change
      const key = this.keys.deserialize(entry.key)
      const value = { now: this.read(now), before: this.read(before) }
      const { timestamp, headers } = context
      this.scope.during(context, () => emit({ key, value, timestamp, headers }))
      const id = entry.key.toString('latin1')
      this.drop(id, entry)
      this.changed.set(id, entry.key)
    }
  }

  restore(key: Buffer, value: Buffer | null): void {
    const id = key.toString('latin1')
    const held = this.byKey.get(id)
    if (value !== null) {
      const { change, time } = readChange(value)
      this.keep(id, key, time, change)
    } else if (held) this.drop(id, held)
  }

  /** Writes what has changed since the last commit. */
  flush(): void {
    for (const [id, key] of this.changed) {
      const entry = this.byKey.get(id)
      this.log?.(key, entry ? writeChange(entry.change, entry.time) : null)
    }
    this.changed.clear()
  }

  close(): void {
    this.byKey.clear()
    this.ordered.length = 0
    this.changed.clear()
    this.size = 0
  }

  private keep(id: string, key: Buffer, time: number, change: BufferedChange): void {
    const held = this.byKey.get(id)
    this.size += sizeOf(change) - (held ? sizeOf(held.change) : -8 - key.length)
    if (held) held.change = change
    else {
      const entry = { time, key, change }
      this.byKey.set(id, entry)
      this.ordered.splice(this.placeOf(entry), 0, entry)
    }
  }

  private drop(id: string, entry: Entry): void {
    this.byKey.delete(id)
    this.ordered.splice(this.placeOf(entry), 1)
    this.size -= 8 + entry.key.length + sizeOf(entry.change)
  }

  private placeOf(entry: Entry): number {
    let [low, high] = [0, this.ordered.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(this.ordered[middle] as Entry, entry) >= 0) high = middle
      else low = middle + 1
    }
    return low
  }

  private keyBytes(key: K): Buffer {
    return asBuffer(this.keys.serialize(key))
  }

  private write(value: V | null): Buffer | null {
    return value === null ? null : asBuffer(this.values.serialize(value))
  }

  private read(bytes: Buffer | null): V | null {
    return bytes === null ? null : this.values.deserialize(bytes)
  }
}
