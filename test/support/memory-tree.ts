/**
 * What survives a loss of power of the things that were not synced: nothing, everything, or for each write and each name as the seed
 * has it, with writes torn at sectors.
 */
export type Survival = 'nothing' | 'everything' | { readonly seed: number }

const SECTOR = 512

type Change = { readonly position: number; readonly data: Buffer } | { readonly size: number }

/** Bytes that grow. */
class Content {
  size = 0
  #bytes: Buffer = Buffer.alloc(0)

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.size)
  }

  apply(change: Change): void {
    if ('size' in change) {
      this.#reserve(change.size)
      // Behind the size there are zeros always.
      if (change.size < this.size) this.#bytes.fill(0, change.size, this.size)
      this.size = change.size
      return
    }
    const end = change.position + change.data.length
    this.#reserve(end)
    change.data.copy(this.#bytes, change.position)
    this.size = Math.max(this.size, end)
  }

  become(other: Content): void {
    this.apply({ size: 0 })
    this.apply({ position: 0, data: other.bytes })
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return
    const target = Buffer.alloc(Math.max(size, this.#bytes.length * 2))
    this.#bytes.copy(target)
    this.#bytes = target
  }
}

/** A file as the running system sees it, and as the device has it. */
export class FileNode {
  modified = 0
  readonly #seen = new Content()
  readonly #durable = new Content()
  /** Changes since the last sync, oldest first. */
  #pending: Change[] = []
  #secured = 0

  get size(): number {
    return this.#seen.size
  }

  get bytes(): Buffer {
    return this.#seen.bytes
  }

  /** Changes so far. */
  get changes(): number {
    return this.#secured + this.#pending.length
  }

  read(target: Uint8Array, at: number, length: number, position: number): number {
    const part = this.bytes.subarray(position, position + length)
    target.set(part, at)
    return part.length
  }

  write(data: Uint8Array, position: number): void {
    this.#change({ position, data: Buffer.from(data) })
  }

  truncate(size: number): void {
    this.#change({ size })
  }

  #change(change: Change): void {
    this.#pending.push(change)
    this.#seen.apply(change)
  }

  /** Makes the first `upTo` changes durable. */
  sync(upTo: number): void {
    const count = Math.max(upTo - this.#secured, 0)
    for (const change of this.#pending.splice(0, count)) {
      this.#durable.apply(change)
      this.#secured++
    }
  }

  losePower(survival: Survival, random: () => number): void {
    if (survival === 'everything') this.sync(this.changes)
    else if (survival !== 'nothing') for (const change of this.#pending) this.#survive(change, random)
    this.#secured += this.#pending.length
    this.#pending = []
    this.#seen.become(this.#durable)
  }

  /** A change got to the device as a whole, not at all, or in some of its sectors. */
  #survive(change: Change, random: () => number): void {
    const fate = random()
    if (fate < 0.4) return
    if (fate < 0.8 || 'size' in change) {
      this.#durable.apply(change)
      return
    }
    for (let at = 0; at < change.data.length; at += SECTOR)
      if (random() < 0.5)
        this.#durable.apply({ position: change.position + at, data: change.data.subarray(at, at + SECTOR) })
  }
}

export type Node = FileNode | DirNode

/** One change of names that happens as a whole: a rename touches two of them. */
interface NameChange {
  readonly sets: readonly { dir: DirNode; name: string; node: Node | undefined }[]
  done: boolean
}

/** A folder's names as the running system sees them, and as the device has them. */
export class DirNode {
  readonly entries = new Map<string, Node>()
  readonly durable = new Map<string, Node>()
  pending: NameChange[] = []

  /** Makes names durable: all, or what these changes have made of them. */
  sync(changes: readonly NameChange[] = this.pending): void {
    for (const change of changes) secure(change)
    this.pending = this.pending.filter(({ done }) => !done)
  }
}

function secure(change: NameChange): void {
  if (change.done) return
  change.done = true
  for (const { dir, name, node } of change.sets)
    if (node === undefined) dir.durable.delete(name)
    else dir.durable.set(name, node)
}

/** Folders and files by path, separated by slashes. */
export class MemoryTree {
  readonly root = new DirNode()

  find(path: string): Node | undefined {
    let node: Node | undefined = this.root
    for (const name of parts(path)) {
      if (!(node instanceof DirNode)) return undefined
      node = node.entries.get(name)
    }
    return node
  }

  #parent(path: string): { dir: DirNode; name: string } | undefined {
    const names = parts(path)
    const name = names.pop()
    const dir = this.find(names.join('/'))
    return name !== undefined && dir instanceof DirNode ? { dir, name } : undefined
  }

  #change(sets: NameChange['sets']): void {
    const change: NameChange = { sets, done: false }
    for (const { dir, name, node } of sets) {
      if (node === undefined) dir.entries.delete(name)
      else dir.entries.set(name, node)
      if (dir.pending.at(-1) !== change) dir.pending.push(change)
    }
  }

  create(path: string, now: number): FileNode | undefined {
    const place = this.#parent(path)
    if (place === undefined) return undefined
    const node = new FileNode()
    node.modified = now
    this.#change([{ ...place, node }])
    return node
  }

  mkdir(path: string): void {
    let dir = this.root
    for (const name of parts(path)) {
      let next = dir.entries.get(name)
      if (next === undefined) this.#change([{ dir, name, node: (next = new DirNode()) }])
      if (!(next instanceof DirNode)) throw Object.assign(new Error(`ENOTDIR: mkdir '${path}'`), { code: 'ENOTDIR' })
      dir = next
    }
  }

  rename(from: string, to: string): boolean {
    const source = this.#parent(from)
    const target = this.#parent(to)
    const node = source?.dir.entries.get(source.name)
    if (source === undefined || target === undefined || node === undefined) return false
    this.#change([
      { ...source, node: undefined },
      { ...target, node },
    ])
    return true
  }

  remove(path: string): void {
    const place = this.#parent(path)
    if (place?.dir.entries.has(place.name)) this.#change([{ ...place, node: undefined }])
  }

  /** Forgets what was not durable. Names survive in the order in which they were changed, as a journal keeps them. */
  losePower(survival: Survival): void {
    const random = typeof survival === 'object' ? generator(survival.seed) : () => 0
    const visit = (dir: DirNode) => {
      const kept = survival === 'everything' ? dir.pending.length : Math.floor(random() * (dir.pending.length + 1))
      for (const change of dir.pending.slice(0, survival === 'nothing' ? 0 : kept)) secure(change)
      for (const node of new Set([...dir.entries.values(), ...dir.durable.values()]))
        if (node instanceof DirNode) visit(node)
        else node.losePower(survival, random)
    }
    visit(this.root)
    settle(this.root)
  }
}

/** What is durable is what there is. */
function settle(dir: DirNode): void {
  dir.pending = []
  dir.entries.clear()
  for (const [name, node] of dir.durable) {
    dir.entries.set(name, node)
    if (node instanceof DirNode) settle(node)
  }
}

const parts = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')

/** mulberry32: small, and the same everywhere. */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
