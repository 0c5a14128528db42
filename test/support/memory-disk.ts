import type { Disk, File, FileStat, Lock } from '../../src/runtime/index.ts'
import { type DiskFault, FaultPlan, ProcessDied } from './disk-faults.ts'
import { type DirNode, FileNode, MemoryTree, type Survival } from './memory-tree.ts'

export type { DiskFault } from './disk-faults.ts'
export { ProcessDied } from './disk-faults.ts'
export type { Survival } from './memory-tree.ts'

export interface MemoryDiskOptions {
  /** Wall time for `modified`. */
  now?(): number
  /** What `sync` waits for before data is durable; nothing but a turn of the microtask queue when left out. */
  delay?(): Promise<void>
}

/**
 * A disk in memory with the promises of a real one and no others: a write is durable after `sync` of its file, a name after `syncDir` of
 * its folder. It can die at any operation, lose power and come back, and fail on demand.
 */
export class MemoryDisk implements Disk {
  readonly faults = new FaultPlan()
  readonly #tree = new MemoryTree()
  readonly #locks = new Set<string>()
  readonly #options: MemoryDiskOptions
  /** Handles from before a crash are dead. */
  #life = 0

  constructor(options: MemoryDiskOptions = {}) {
    this.#options = options
  }

  #now(): number {
    return this.#options.now?.() ?? 0
  }

  /** The process is gone, the machine is not: all that was written is there. */
  killProcess(): void {
    this.#life++
    this.#locks.clear()
    this.faults.clear()
  }

  /** The machine lost power. */
  losePower(survival: Survival): void {
    this.killProcess()
    this.#tree.losePower(survival)
  }

  /** Operations so far; the k-th one can be made the last. */
  get operations(): number {
    return this.faults.operations
  }

  open(path: string, { create = false, readOnly = false } = {}): File {
    this.faults.check('open', path)
    const node = this.#tree.find(path) ?? (create ? this.#tree.create(path, this.#now()) : undefined)
    if (node === undefined) throw systemError('ENOENT', 'open', path)
    if (!(node instanceof FileNode)) throw systemError('EISDIR', 'open', path)
    return new MemoryFile(this, node, path, readOnly, this.#life)
  }

  readFile(path: string): Buffer | undefined {
    this.faults.check('read', path)
    const node = this.#tree.find(path)
    return node instanceof FileNode ? Buffer.from(node.bytes) : undefined
  }

  writeFile(path: string, data: Uint8Array | string): void {
    const file = this.open(path, { create: true })
    file.truncate(0)
    file.write(Buffer.from(data), 0)
    file.close()
  }

  replaceFile(path: string, data: Uint8Array | string): void {
    const aside = `${path}.tmp`
    const file = this.open(aside, { create: true })
    file.truncate(0)
    file.write(Buffer.from(data), 0)
    file.syncNow()
    file.close()
    this.rename(aside, path)
    this.syncDir(path.slice(0, path.lastIndexOf('/')))
  }

  list(dir: string): string[] | undefined {
    this.faults.check('list', dir)
    const node = this.#tree.find(dir)
    return node === undefined || node instanceof FileNode ? undefined : [...node.entries.keys()].sort()
  }

  stat(path: string): FileStat | undefined {
    this.faults.check('stat', path)
    const node = this.#tree.find(path)
    if (node === undefined) return undefined
    if (node instanceof FileNode) return { isDirectory: false, size: node.size, modified: node.modified }
    return { isDirectory: true, size: 0, modified: 0 }
  }

  mkdir(dir: string): void {
    this.faults.check('mkdir', dir)
    this.#tree.mkdir(dir)
  }

  rename(from: string, to: string): void {
    this.faults.check('rename', from)
    if (!this.#tree.rename(from, to)) throw systemError('ENOENT', 'rename', from)
  }

  space(): undefined {
    return undefined
  }

  setModified(path: string, time: number): void {
    this.faults.check('stat', path)
    const node = this.#tree.find(path)
    if (!(node instanceof FileNode)) throw systemError('ENOENT', 'utime', path)
    node.modified = time
  }

  remove(path: string): void {
    this.faults.check('remove', path)
    this.#tree.remove(path)
  }

  syncDir(dir: string): void {
    this.faults.check('syncDir', dir)
    const node = this.#tree.find(dir)
    if (node === undefined || node instanceof FileNode) throw systemError('ENOENT', 'open', dir)
    node.sync()
  }

  async syncDirLater(dir: string): Promise<void> {
    this.faults.check('syncDir', dir)
    const node = this.#tree.find(dir)
    if (node === undefined || node instanceof FileNode) throw systemError('ENOENT', 'open', dir)
    const changes = [...node.pending]
    const life = this.#life
    await this.delay()
    if (!this.isAlive(life)) throw new ProcessDied()
    node.sync(changes)
  }

  lock(path: string): Lock | undefined {
    this.faults.check('lock', path)
    if (this.#locks.has(path)) return undefined
    this.#locks.add(path)
    const life = this.#life
    return { release: () => void (life === this.#life && this.#locks.delete(path)) }
  }

  /** For the handles of this disk. */
  enter(operation: DiskFault['operation'], path: string, life: number): void {
    if (life !== this.#life) throw new ProcessDied()
    this.faults.check(operation, path)
  }

  wrote(node: FileNode): void {
    node.modified = this.#now()
  }

  delay(): Promise<void> {
    return this.#options.delay?.() ?? Promise.resolve()
  }

  isAlive(life: number): boolean {
    return life === this.#life
  }

  /** All files with their contents, by path: for comparisons. */
  files(): Map<string, Buffer> {
    const found = new Map<string, Buffer>()
    const walk = (dir: DirNode, path: string) => {
      for (const [name, node] of [...dir.entries].sort(([a], [b]) => (a < b ? -1 : 1)))
        if (node instanceof FileNode) found.set(`${path}/${name}`, Buffer.from(node.bytes))
        else walk(node, `${path}/${name}`)
    }
    walk(this.#tree.root, '')
    return found
  }
}

class MemoryFile implements File {
  #closed = false

  constructor(
    private readonly disk: MemoryDisk,
    private readonly node: FileNode,
    readonly path: string,
    private readonly readOnly: boolean,
    private readonly life: number,
  ) {}

  #enter(operation: DiskFault['operation']): void {
    this.disk.enter(operation, this.path, this.life)
    if (this.#closed) throw systemError('EBADF', operation, this.path)
    if (this.readOnly && (operation === 'write' || operation === 'truncate'))
      throw systemError('EBADF', operation, this.path)
  }

  size(): number {
    this.#enter('stat')
    return this.node.size
  }

  read(target: Uint8Array, at: number, length: number, position: number): number {
    this.#enter('read')
    return this.node.read(target, at, length, position)
  }

  write(data: Uint8Array, position: number): void {
    this.#enter('write')
    this.node.write(data, position)
    this.disk.wrote(this.node)
  }

  /** A crash may come between any two of the parts. */
  writeAll(parts: readonly Uint8Array[], position: number): void {
    let at = position
    for (const part of parts) {
      this.write(part, at)
      at += part.length
    }
  }

  async writeLater(data: Uint8Array, position: number): Promise<void> {
    await this.disk.delay()
    this.write(data, position)
  }

  truncate(size: number): void {
    this.#enter('truncate')
    this.node.truncate(size)
    this.disk.wrote(this.node)
  }

  async sync(): Promise<void> {
    this.#enter('sync')
    const upTo = this.node.changes
    await this.disk.delay()
    if (!this.disk.isAlive(this.life)) throw new ProcessDied()
    this.node.sync(upTo)
  }

  syncNow(): void {
    this.#enter('sync')
    this.node.sync(this.node.changes)
  }

  close(): void {
    this.#closed = true
  }
}

function systemError(code: string, operation: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, syscall: operation, path })
}
