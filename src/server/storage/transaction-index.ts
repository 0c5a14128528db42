import type { Disk } from '../../runtime/index.ts'
import { readInt64, writeInt16, writeInt64 } from '../../std/big-endian.ts'
import { EntryFile } from './entry-file.ts'

const VERSION = 0
const ENTRY = 34

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** The abort marker's offset. */
  readonly lastOffset: number
  /** The last stable offset when the marker was written: no transaction that was open then began below it. */
  readonly lastStableOffset: number
}

/** Transactions that were aborted by a marker in this segment, in the order of their markers. Most segments have none, and no file. */
export class TransactionIndex {
  #entries: EntryFile | undefined

  constructor(
    private readonly disk: Disk,
    private path: string,
    exists: boolean,
  ) {
    if (exists) this.#entries = new EntryFile(disk, path, ENTRY, false)
  }

  get count(): number {
    return this.#entries?.count ?? 0
  }

  entry(index: number): AbortedTransaction {
    const { entries } = this.#entries as EntryFile
    const at = index * ENTRY
    return {
      producerId: readInt64(entries, at + 2),
      firstOffset: readInt64(entries, at + 10),
      lastOffset: readInt64(entries, at + 18),
      lastStableOffset: readInt64(entries, at + 26),
    }
  }

  add(aborted: AbortedTransaction): void {
    this.#entries ??= new EntryFile(this.disk, this.path, ENTRY, true)
    const at = this.#entries.add()
    const { entries } = this.#entries
    writeInt16(entries, at, VERSION)
    writeInt64(entries, at + 2, aborted.producerId)
    writeInt64(entries, at + 10, aborted.firstOffset)
    writeInt64(entries, at + 18, aborted.lastOffset)
    writeInt64(entries, at + 26, aborted.lastStableOffset)
  }

  truncateTo(offset: number): void {
    let { count } = this
    while (count > 0 && this.entry(count - 1).lastOffset >= offset) count--
    this.#entries?.truncate(count)
  }

  clear(): void {
    this.#entries?.truncate(0)
  }

  fits(baseOffset: number): boolean {
    let last = baseOffset - 1
    for (let i = 0; i < this.count; i++) {
      const { firstOffset, lastOffset, producerId } = this.entry(i)
      const version = this.#entries?.entries.readInt16BE(i * ENTRY)
      if (version !== VERSION || producerId < 0 || lastOffset <= last || firstOffset > lastOffset) return false
      last = lastOffset
    }
    return true
  }

  moved(path: string): void {
    this.path = path
    this.#entries?.moved(path)
  }
  save(): void {
    this.#entries?.save()
  }
  async sync(): Promise<void> {
    await this.#entries?.sync()
  }
  unload(): void {
    this.#entries?.unload()
  }
}
