/**
 * Files. The calls of the hot path and of start-up are synchronous: a read from the page cache costs less than a hop to the thread
 * pool. What may block on the device (`sync`, `writeLater`) gives a promise.
 *
 * Errors are the system's (`ENOENT`, `ENOSPC`, `EIO` ...) and always thrown.
 */
export interface Disk {
  /** Opens for reading and writing; `create` makes the file when it is missing. */
  open(path: string, options?: { create?: boolean; readOnly?: boolean }): File
  /** Undefined when there is no such file. */
  readFile(path: string): Buffer | undefined
  /** Writes a whole file, without any care for crashes. */
  writeFile(path: string, data: Uint8Array | string): void
  /**
   * Replaces a file so that a reader after a crash sees the old or the new one: write aside, fsync, rename, fsync the folder. `mode` has
   * the bits of its permissions, as far as the system knows them.
   */
  replaceFile(path: string, data: Uint8Array | string, mode?: number): void
  /** Names in a folder, sorted; undefined when there is none. */
  list(dir: string): string[] | undefined
  stat(path: string): FileStat | undefined
  mkdir(dir: string): void
  rename(from: string, to: string): void
  /** Makes a file look as if it was last changed then; wall time in milliseconds. */
  setModified(path: string, time: number): void
  /** Of the volume that holds a folder; undefined when the system does not say. */
  space(dir: string): DiskSpace | undefined
  /** Removes a file, or a folder with all in it; nothing happens when it is missing. */
  remove(path: string): void
  /** Makes names in a folder durable. */
  syncDir(dir: string): void
  /** The same without holding up the loop, for the names that are there at the call. */
  syncDirLater(dir: string): Promise<void>
  /** Takes a folder's lock file for this process; undefined when another one holds it. */
  lock(path: string): Lock | undefined
}

export interface FileStat {
  readonly isDirectory: boolean
  readonly size: number
  /** Last change, wall time in milliseconds. */
  readonly modified: number
}

/** Bytes. */
export interface DiskSpace {
  readonly total: number
  /** What is left for this process. */
  readonly usable: number
}

export interface Lock {
  release(): void
}

export interface File {
  readonly path: string
  size(): number
  /** Reads at most `length` bytes to `target[at...]`; gives the number read, less only at the end of the file. */
  read(target: Uint8Array, at: number, length: number, position: number): number
  /** Writes all of `data` at `position`. */
  write(data: Uint8Array, position: number): void
  /** Writes the parts one after the other, from `position` on. */
  writeAll(parts: readonly Uint8Array[], position: number): void
  /** The same on the thread pool; `data` must not change before it resolves. */
  writeLater(data: Uint8Array, position: number): Promise<void>
  truncate(size: number): void
  /** Makes data and size durable. */
  sync(): Promise<void>
  syncNow(): void
  close(): void
}
