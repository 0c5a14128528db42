import type { Disk } from '../../runtime/index.ts'

/**
 * A sorted file of fixed-size entries: what the three kinds of index are. Entries live in memory while the index is in use and are
 * written when the segment is rolled or closed; a crash in between costs a rebuild from the log, which an index is derived from.
 *
 * Apache's broker preallocates its index files: zeros after the last entry are no entries.
 */
export class EntryFile {
  #entries: Buffer | undefined
  #count = 0
  /** Entries that the file holds as they are here; -1 when the file has to be cut as well. */
  #saved = 0

  constructor(
    private readonly disk: Disk,
    private path: string,
    readonly entrySize: number,
    isNew: boolean,
  ) {
    if (isNew) {
      this.#entries = Buffer.alloc(0)
      this.#saved = -1
    }
  }

  get loaded(): boolean {
    return this.#entries !== undefined
  }

  /** The bytes in use; what lies behind `count` is room to grow. */
  get entries(): Buffer {
    this.#entries ??= this.#load()
    return this.#entries
  }

  get count(): number {
    if (this.#entries === undefined) this.#entries = this.#load()
    return this.#count
  }

  get byteLength(): number {
    return this.count * this.entrySize
  }

  #load(): Buffer {
    const bytes = this.disk.readFile(this.path) ?? Buffer.alloc(0)
    let end = bytes.length
    while (end > 0 && bytes[end - 1] === 0) end--
    this.#count = Math.ceil(end / this.entrySize)
    const whole = this.#count * this.entrySize <= bytes.length
    if (!whole) this.#count--
    this.#saved = this.#count * this.entrySize === bytes.length ? this.#count : -1
    return bytes.subarray(0, this.#count * this.entrySize)
  }

  /** Makes room for one more entry and gives the position at which to write it. */
  add(): number {
    const at = this.byteLength
    if (at + this.entrySize > this.entries.length) {
      const grown = Buffer.alloc(Math.max(8 * this.entrySize, this.entries.length * 2))
      this.entries.copy(grown, 0, 0, at)
      this.#entries = grown
    }
    this.#count++
    return at
  }

  truncate(count: number): void {
    if (count >= this.count) return
    this.#count = count
    if (this.#saved > count) this.#saved = -1
  }

  /** Puts the file in step with memory, without waiting for the device. */
  save(): void {
    if (this.#entries === undefined || this.#saved === this.#count) return
    const from = Math.max(this.#saved, 0)
    const file = this.disk.open(this.path, { create: true })
    try {
      if (this.#saved < 0) file.truncate(0)
      file.write(this.entries.subarray(from * this.entrySize, this.byteLength), from * this.entrySize)
    } finally {
      file.close()
    }
    this.#saved = this.#count
  }

  async sync(): Promise<void> {
    this.save()
    if (this.disk.stat(this.path) === undefined) return
    const file = this.disk.open(this.path)
    try {
      await file.sync()
    } finally {
      file.close()
    }
  }

  /** The file has another name now. */
  moved(path: string): void {
    this.path = path
  }

  /** Frees the memory; the next use reads the file again. */
  unload(): void {
    if (this.#entries === undefined) return
    this.save()
    this.#entries = undefined
  }
}
