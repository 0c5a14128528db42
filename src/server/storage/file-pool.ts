import type { Disk, File } from '../../runtime/index.ts'

/**
 * Keeps a bounded number of files open: a node has far more segments than a process may have descriptors. The least recently used one
 * that nobody is syncing is closed, and opened again when needed.
 */
export class FilePool {
  readonly #open = new Set<PooledFile>()
  #last: PooledFile | undefined

  constructor(
    readonly disk: Disk,
    readonly limit = 2000,
  ) {}

  file(path: string, create = false): PooledFile {
    return new PooledFile(this, path, create)
  }

  /** Notes a use; the set's order is the order of use. */
  used(file: PooledFile): void {
    if (file === this.#last) return
    this.#last = file
    this.#open.delete(file)
    this.#open.add(file)
    if (this.#open.size <= this.limit) return
    for (const other of this.#open) {
      if (other === file || other.pinned) continue
      other.close()
      return
    }
  }

  closed(file: PooledFile): void {
    if (file === this.#last) this.#last = undefined
    this.#open.delete(file)
  }
}

/** A file that is open when it has to be. */
export class PooledFile {
  #file: File | undefined
  /** Where what was written ends, when zeros stand behind it. */
  #writtenEnd: number | undefined
  #pins = 0
  #closeWhenUnpinned = false
  /** Bytes on their way to the file, one after the other, and the place of the first. */
  #waiting: Uint8Array[] = []
  #waitingFrom = 0
  #waitingEnd = 0

  constructor(
    private readonly pool: FilePool,
    private place: string,
    create: boolean,
  ) {
    if (create) {
      this.#file = pool.disk.open(place, { create: true })
      pool.used(this)
    }
  }

  get path(): string {
    return this.place
  }

  get pinned(): boolean {
    return this.#pins > 0
  }

  #get(): File {
    this.#file ??= this.pool.disk.open(this.place)
    this.pool.used(this)
    return this.#file
  }

  size(): number {
    this.writeOut()
    return this.#writtenEnd ?? this.#file?.size() ?? this.pool.disk.stat(this.place)?.size ?? 0
  }

  read(target: Uint8Array, at: number, length: number, position: number): number {
    this.writeOut()
    return this.#get().read(target, at, length, position)
  }

  /** Reads when that is all there is to do: from a file that is open, and to which nothing is on its way. Gives 0 when it is not, or fails. */
  readIfReady(target: Uint8Array, length: number, position: number): number {
    if (this.#file === undefined || this.#waiting.length > 0) return 0
    try {
      return this.#file.read(target, 0, length, position)
    } catch {
      return 0
    }
  }

  write(data: Uint8Array, position: number): void {
    this.writeOut()
    this.#put([data], position, position + data.length)
  }

  /** Keeps the bytes, which must not change, until `writeOut`; every other use of the file writes them first. */
  writeSoon(data: Uint8Array, position: number): void {
    if (this.#waiting.length > 0 && position !== this.#waitingEnd) this.writeOut()
    if (this.#waiting.length === 0) this.#waitingFrom = position
    this.#waiting.push(data)
    this.#waitingEnd = position + data.length
  }

  /** Writes what waits, in one call where the system can. */
  writeOut(): void {
    if (this.#waiting.length === 0) return
    const parts = this.#waiting
    // After an error nothing is tried again.
    this.#waiting = []
    this.#put(parts, this.#waitingFrom, this.#waitingEnd)
  }

  #put(parts: readonly Uint8Array[], from: number, to: number): void {
    this.#get().writeAll(parts, from)
    if (this.#writtenEnd !== undefined) this.#writtenEnd = to
  }

  /** Gives an empty file the length that it is expected to get; its size is still that of what is written. */
  setAside(bytes: number): void {
    this.#get().truncate(bytes)
    this.#writtenEnd = 0
  }

  /** Cuts off what was set aside and not written to. */
  trim(): void {
    this.writeOut()
    if (this.#writtenEnd === undefined) return
    this.#get().truncate(this.#writtenEnd)
    this.#writtenEnd = undefined
  }

  truncate(size: number): void {
    this.writeOut()
    this.#get().truncate(size)
    this.#writtenEnd = undefined
  }

  syncNow(): void {
    this.writeOut()
    this.#get().syncNow()
  }

  async sync(): Promise<void> {
    this.writeOut()
    const file = this.#get()
    this.#pins++
    try {
      await file.sync()
    } finally {
      this.#pins--
      if (this.#closeWhenUnpinned && this.#pins === 0) this.close()
    }
  }

  /** The file has another name now; whoever has it open keeps it. */
  moved(path: string): void {
    this.place = path
  }

  /** Closes it as it is, after an error: nothing more is written, and what goes wrong says nothing new. */
  drop(): void {
    this.#waiting = []
    try {
      this.close()
    } catch {
      // The descriptor is gone all the same.
      this.#file = undefined
      this.pool.closed(this)
    }
  }

  /** Closes; a sync under way keeps the descriptor until it is over. */
  close(): void {
    if (this.#pins > 0) {
      this.#closeWhenUnpinned = true
      return
    }
    this.writeOut()
    this.#closeWhenUnpinned = false
    this.#file?.close()
    this.#file = undefined
    this.pool.closed(this)
  }
}
