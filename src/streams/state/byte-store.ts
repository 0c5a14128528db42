import type { RecordCache } from './record-cache.ts'
import type { RecordContext } from './record-context.ts'

export interface StoredValue {
  readonly value: Buffer
  /** Of the record that changed it last; milliseconds since the epoch. */
  readonly timestamp: number
}

export interface StoredEntry extends StoredValue {
  readonly key: Buffer
}

/** Takes a change to the changelog. */
export type ChangeLog = (key: Buffer, value: Buffer | null, timestamp: number) => void

/** A change that has left the cache. */
export interface FlushedChange {
  readonly key: Buffer
  readonly value: Buffer | null
  /** What was in the store. */
  readonly before: Buffer | null
  readonly timestamp: number
  readonly context: RecordContext
}

/** Bytes of one task's store, in memory: the changelog has them, too, and from it they are read again. */
export class ByteStore {
  private readonly entries = new Map<string, StoredEntry>()
  private flushing = false
  /** Told of each change that leaves the cache. */
  onFlush: ((change: FlushedChange) => void) | undefined

  constructor(
    readonly name: string,
    /** Undefined where nothing is kept of the store besides memory. */
    private readonly log: ChangeLog | undefined,
    private readonly cache: RecordCache | undefined,
  ) {}

  get isCached(): boolean {
    return this.cache !== undefined
  }

  get isDirty(): boolean {
    return this.cache?.isEmpty === false
  }

  get size(): number {
    return this.entries.size
  }

  get(key: Buffer): StoredValue | undefined {
    const id = idOf(key)
    const dirty = this.cache?.get(id)
    if (!dirty) return this.entries.get(id)
    return dirty.value === null ? undefined : { value: dirty.value, timestamp: dirty.timestamp }
  }

  put(key: Buffer, value: Buffer | null, timestamp: number, context: RecordContext): void {
    if (!this.cache) this.write(key, value, timestamp)
    else if (this.cache.put(idOf(key), { key, value, timestamp, context })) this.flush()
  }

  /** Empties the cache: what was changed goes to the store, to its changelog and to those behind it. */
  flush(): void {
    if (this.flushing || !this.cache) return
    this.flushing = true
    try {
      for (let entry = this.cache.take(); entry; entry = this.cache.take()) {
        const before = this.entries.get(idOf(entry.key))?.value ?? null
        if (entry.value === null && before === null) continue
        this.write(entry.key, entry.value, entry.timestamp)
        this.onFlush?.({ ...entry, before })
      }
    } finally {
      this.flushing = false
    }
  }

  /** What the changelog says, which is not written to it again. */
  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    if (value === null) this.entries.delete(idOf(key))
    else this.entries.set(idOf(key), { key, value, timestamp })
  }

  /** All entries in the order of their keys' bytes, as they are at the call. */
  sorted(): StoredEntry[] {
    const all = new Map(this.entries)
    for (const { key, value, timestamp } of this.cache?.values() ?? [])
      if (value === null) all.delete(idOf(key))
      else all.set(idOf(key), { key, value, timestamp })
    return [...all.values()].sort((a, b) => Buffer.compare(a.key, b.key))
  }

  /** Forgets everything, what was not flushed included. */
  close(): void {
    this.cache?.clear()
    this.entries.clear()
  }

  private write(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.restore(key, value, timestamp)
    this.log?.(key, value, timestamp)
  }
}

/** A byte a character: different bytes are different texts. */
const idOf = (key: Buffer): string => key.toString('latin1')
