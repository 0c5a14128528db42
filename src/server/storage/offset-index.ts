import type { Disk } from '../../runtime/index.ts'
import { readUInt32, writeUInt32 } from '../../std/big-endian.ts'
import { EntryFile } from './entry-file.ts'

const ENTRY = 8

export interface OffsetPosition {
  readonly offset: number
  /** Byte position in the log file. */
  readonly position: number
}

/** Sparse map from offsets to positions: relative offset (int32) of a batch's last record, position (int32) of the batch. */
export class OffsetIndex {
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
  get loaded(): boolean {
    return this.#file.loaded
  }

  entry(index: number): OffsetPosition {
    const { entries } = this.#file
    return {
      offset: this.baseOffset + readUInt32(entries, index * ENTRY),
      position: readUInt32(entries, index * ENTRY + 4),
    }
  }

  get last(): OffsetPosition {
    return this.count === 0 ? { offset: this.baseOffset, position: 0 } : this.entry(this.count - 1)
  }

  add(offset: number, position: number): void {
    const at = this.#file.add()
    writeUInt32(this.#file.entries, at, offset - this.baseOffset)
    writeUInt32(this.#file.entries, at + 4, position)
  }

  /** The last entry at or below an offset; the segment's begin when there is none. */
  lookup(offset: number): OffsetPosition {
    const found = this.#countUpTo(offset)
    return found === 0 ? { offset: this.baseOffset, position: 0 } : this.entry(found - 1)
  }

  /** The offset of the last entry at or below a position; the segment's begin when there is none. */
  offsetAt(position: number): number {
    for (let index = this.count - 1; index >= 0; index--) {
      const entry = this.entry(index)
      if (entry.position <= position) return entry.offset
    }
    return this.baseOffset
  }

  #countUpTo(offset: number): number {
    const { entries, count } = this.#file
    const relative = offset - this.baseOffset
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (readUInt32(entries, middle * ENTRY) <= relative) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Drops entries at or above an offset. */
  truncateTo(offset: number): void {
    this.#file.truncate(this.#countUpTo(offset - 1))
  }

  clear(): void {
    this.#file.truncate(0)
  }

  /** Whether it can belong to a log file of that size: offsets and positions rise, and lie inside. */
  fits(logSize: number): boolean {
    const { entries, count } = this.#file
    let offset = -1
    let position = -1
    for (let at = 0; at < count * ENTRY; at += ENTRY) {
      const nextOffset = readUInt32(entries, at)
      const nextPosition = readUInt32(entries, at + 4)
      if (nextOffset <= offset || nextPosition <= position || nextPosition >= logSize) return false
      offset = nextOffset
      position = nextPosition
    }
    return offset <= 0x7fff_ffff
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
