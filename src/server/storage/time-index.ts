import type { Disk } from '../../runtime/index.ts'
import { readInt64, readUInt32, writeInt64, writeUInt32 } from '../../std/big-endian.ts'
import { EntryFile } from './entry-file.ts'

const ENTRY = 12

export interface TimestampOffset {
  readonly timestamp: number
  /** Last offset of the first batch that has this as its largest timestamp. */
  readonly offset: number
}

/** Sparse map from time to offsets: no record up to and with `offset` (int32, relative) is younger than `timestamp` (int64). */
export class TimeIndex {
  readonly #file: EntryFile

  constructor(
    disk: Disk,
    path: string,
    readonly baseOffset: number,
    isNew: boolean,
  ) {
    this.#file = new EntryFile(disk, path, ENTRY, isNew)
  }

  get count(): number {
    return this.#file.count
  }
  get byteLength(): number {
    return this.#file.byteLength
  }

  entry(index: number): TimestampOffset {
    const { entries } = this.#file
    return {
      timestamp: readInt64(entries, index * ENTRY),
      offset: this.baseOffset + readUInt32(entries, index * ENTRY + 8),
    }
  }

  get last(): TimestampOffset {
    return this.count === 0 ? { timestamp: -1, offset: this.baseOffset } : this.entry(this.count - 1)
  }

  /** Adds an entry unless it says nothing new: timestamps of entries only rise. */
  addIfLater(timestamp: number, offset: number): void {
    if (timestamp <= this.last.timestamp) return
    const at = this.#file.add()
    writeInt64(this.#file.entries, at, timestamp)
    writeUInt32(this.#file.entries, at + 8, offset - this.baseOffset)
  }

  /** The last entry whose timestamp is not above the given one; the segment's begin when there is none. */
  lookup(timestamp: number): TimestampOffset {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (readInt64(this.#file.entries, middle * ENTRY) <= timestamp) low = middle + 1
      else high = middle
    }
    return low === 0 ? { timestamp: -1, offset: this.baseOffset } : this.entry(low - 1)
  }

  /** Drops entries at or above an offset. */
  truncateTo(offset: number): void {
    let { count } = this
    while (count > 0 && this.entry(count - 1).offset >= offset) count--
    this.#file.truncate(count)
  }

  clear(): void {
    this.#file.truncate(0)
  }

  /** Whether timestamps rise and offsets do not fall. */
  fits(): boolean {
    let previous: TimestampOffset = { timestamp: -1, offset: this.baseOffset }
    for (let i = 0; i < this.count; i++) {
      const entry = this.entry(i)
      if (entry.timestamp <= previous.timestamp || entry.offset < previous.offset) return false
      previous = entry
    }
    return previous.offset - this.baseOffset <= 0x7fff_ffff
  }

  moved(path: string): void {
    this.#file.moved(path)
  }
  save(): void {
    this.#file.save()
  }
  sync(): Promise<void> {
    return this.#file.sync()
  }
  unload(): void {
    this.#file.unload()
  }
}
