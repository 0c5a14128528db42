import type { PrefixIndex } from './prefix-index.ts'
import type { RecordCache } from './record-cache.ts'
import type { RecordContext } from './record-context.ts'
import type { WindowIndex } from './window-index.ts'

export interface StoredValue {
  readonly value: Buffer
  /** Of the record that changed it last; milliseconds since the epoch. */
  readonly timestamp: number
}

export interface StoredEntry extends StoredValue {
  readonly key: Buffer
}

interface KeptEntry extends StoredEntry {
  /** Whether it comes from another life of the task. */
  readonly isRestored: boolean
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

/** What a task keeps and a changelog has. */
export interface TaskBytes {
  /** Writes what waits to the changelog, and sends it on. */
  flush(): void
  /** What the changelog says, which is not written to it again. */
  restore(key: Buffer, value: Buffer | null, timestamp: number): void
  close(): void
}

/** Bytes of one task's store, in memory: the changelog has them, too, and from it they are read again. */
export class ByteStore implements TaskBytes {
  private readonly entries = new Map<string, KeptEntry>()
  private flushing = false
  /** Told of each change that leaves the cache. */
  onFlush: ((change: FlushedChange) => void) | undefined

  constructor(
    readonly name: string,
    /** Undefined where nothing is kept of the store besides memory. */
    private readonly log: ChangeLog | undefined,
    private readonly cache: RecordCache | undefined,
    /** Where keys have windows: their order, and which are too old. */
    readonly windows?: WindowIndex,
    /** Where keys begin with others: which begin with each. */
    readonly prefixes?: PrefixIndex,
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

  /** A window that is too old is left out unless that is asked for. */
  get(key: Buffer, evenTooOld = false): StoredValue | undefined {
    const id = idOf(key)
    const dirty = this.cache?.get(id)
    if (!dirty) return evenTooOld ? this.entries.get(id) : this.live(this.entries.get(id))
    return dirty.value === null ? undefined : { value: dirty.value, timestamp: dirty.timestamp }
  }

  put(key: Buffer, value: Buffer | null, time: number, context: RecordContext): void {
    // What takes an entry out has the time of the record that did it.
    const timestamp = value === null ? context.timestamp : time
    if (!this.cache) return this.write(key, value, timestamp)
    const id = idOf(key)
    if (value === null) this.windows?.remove(id, key)
    else this.windows?.add(id, key)
    if (this.cache.put(id, { key, value, timestamp, context })) this.flush()
  }

  /** Writes to the changelog alone that there is nothing. */
  note(key: Buffer, { timestamp }: RecordContext): void {
    this.windows?.count(key)
    this.log?.(key, null, timestamp)
  }

  /** Empties the cache: what was changed goes to the store, to its changelog and to those behind it. */
  flush(): void {
    if (this.flushing || !this.cache) return
    this.flushing = true
    try {
      for (let entry = this.cache.take(); entry; entry = this.cache.take()) {
        const id = idOf(entry.key)
        const before = this.isTooOld(entry.key) ? null : (this.entries.get(id)?.value ?? null)
        // What nobody has seen need not be taken back; where nobody is told, Kafka writes that it is gone all the same.
        if (this.onFlush && entry.value === null && before === null) {
          this.entries.delete(id)
          continue
        }
        this.write(entry.key, entry.value, entry.timestamp)
        this.onFlush?.({ ...entry, before })
      }
    } finally {
      this.flushing = false
    }
  }

  restore(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.keep(key, value, { timestamp, isRestored: true })
  }

  /** All entries in the order of their keys' bytes, as they are at the call. */
  sorted(): StoredEntry[] {
    const all = new Map(this.entries)
    for (const { key, value, timestamp } of this.cache?.values() ?? [])
      if (value === null) all.delete(idOf(key))
      else all.set(idOf(key), { key, value, timestamp, isRestored: false })
    const found = [...all.values()].filter((entry) => this.live(entry))
    return found.sort((a, b) => Buffer.compare(a.key, b.key))
  }

  /** Forgets everything, what was not flushed included. */
  close(): void {
    this.cache?.clear()
    this.entries.clear()
    this.windows?.clear()
    this.prefixes?.clear()
  }

  private isTooOld(key: Buffer): boolean {
    return this.windows?.isLive(key) === false
  }

  /** A window that is too old is still found in Java's caches for some time, but not in another life. */
  private live(entry: KeptEntry | undefined): KeptEntry | undefined {
    const isInCache = this.cache && !entry?.isRestored
    return entry && !isInCache && this.isTooOld(entry.key) ? undefined : entry
  }

  private keep(key: Buffer, value: Buffer | null, how: Pick<KeptEntry, 'timestamp' | 'isRestored'>): void {
    const id = idOf(key)
    if (value === null) this.entries.delete(id)
    else this.entries.set(id, { key, value, ...how })
    if (value === null) this.prefixes?.remove(key)
    else this.prefixes?.add(key)
    if (!this.windows) return
    this.windows.count(key)
    if (value === null) this.windows.remove(id, key)
    else this.windows.add(id, key)
    for (const old of this.windows.advance(key)) this.entries.delete(old)
  }

  private write(key: Buffer, value: Buffer | null, timestamp: number): void {
    this.keep(key, value, { timestamp, isRestored: false })
    this.log?.(key, value, timestamp)
  }
}

/** A byte a character: different bytes are different texts. */
const idOf = (key: Buffer): string => key.toString('latin1')
