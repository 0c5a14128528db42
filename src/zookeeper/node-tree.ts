import { ErrorCode, type WireWriter, ZooKeeperError } from './wire.ts'

interface Znode {
  data: Buffer
  readonly children: Set<string>
  /** The session whose end takes the node away; 0 for one that stays. */
  readonly owner: number
  readonly createdZxid: number
  readonly createdAt: number
  modifiedZxid: number
  modifiedAt: number
  childrenZxid: number
  version: number
  childrenVersion: number
}

export type Change = 'created' | 'deleted' | 'data' | 'children'

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/'
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The nodes that a ZooKeeper keeps, in memory only: brokers write theirs again whenever they connect. */
export class NodeTree {
  private readonly nodes = new Map<string, Znode>()
  /** The number of the last change. */
  zxid = 0

  constructor(
    private readonly now: () => number,
    private readonly onChange: (change: Change, path: string) => void,
  ) {
    this.put('/', Buffer.alloc(0), 0)
    this.create('/zookeeper', Buffer.alloc(0), 0)
  }

  get size(): number {
    return this.nodes.size
  }

  /** Bytes of all paths and data. */
  get dataSize(): number {
    let bytes = 0
    for (const [path, { data }] of this.nodes) bytes += path.length + data.length
    return bytes
  }

  /** Paths of the nodes that end with a session, by session. */
  ephemerals(): Map<number, string[]> {
    const found = new Map<number, string[]>()
    for (const [path, { owner }] of this.nodes) if (owner !== 0) found.set(owner, [...(found.get(owner) ?? []), path])
    return found
  }

  create(path: string, data: Buffer, owner: number): void {
    if (!/^(\/[^/\0]+)+$/.test(path)) throw new ZooKeeperError(ErrorCode.badArguments, path)
    if (this.nodes.has(path)) throw new ZooKeeperError(ErrorCode.nodeExists, path)
    const parent = this.get(parentOf(path))
    if (parent.owner !== 0) throw new ZooKeeperError(ErrorCode.noChildrenForEphemerals, path)
    this.zxid++
    this.put(path, Buffer.from(data), owner)
    parent.children.add(nameOf(path))
    this.touchChildren(parent)
    this.onChange('created', path)
    this.onChange('children', parentOf(path))
  }

  set(path: string, data: Buffer, version: number): void {
    const node = this.checked(path, version)
    node.data = Buffer.from(data)
    node.version++
    node.modifiedZxid = ++this.zxid
    node.modifiedAt = this.now()
    this.onChange('data', path)
  }

  delete(path: string, version: number): void {
    const node = this.checked(path, version)
    if (node.children.size > 0) throw new ZooKeeperError(ErrorCode.notEmpty, path)
    const parent = this.get(parentOf(path))
    this.zxid++
    this.nodes.delete(path)
    parent.children.delete(nameOf(path))
    this.touchChildren(parent)
    this.onChange('deleted', path)
    this.onChange('children', parentOf(path))
  }

  /** Takes away what a session has left. */
  endSession(owner: number): void {
    for (const path of this.ephemerals().get(owner) ?? []) this.delete(path, -1)
  }

  data(path: string): Buffer {
    return this.get(path).data
  }

  children(path: string): string[] {
    return [...this.get(path).children]
  }

  has(path: string): boolean {
    return this.nodes.has(path)
  }

  writeStat(writer: WireWriter, path: string): void {
    const node = this.get(path)
    writer.long(node.createdZxid).long(node.modifiedZxid).long(node.createdAt).long(node.modifiedAt)
    writer.int(node.version).int(node.childrenVersion).int(0).long(node.owner)
    writer.int(node.data.length).int(node.children.size).long(node.childrenZxid)
  }

  private get(path: string): Znode {
    const node = this.nodes.get(path)
    if (!node) throw new ZooKeeperError(ErrorCode.noNode, path)
    return node
  }

  private checked(path: string, version: number): Znode {
    const node = this.get(path)
    if (version !== -1 && version !== node.version) throw new ZooKeeperError(ErrorCode.badVersion, path)
    return node
  }

  private put(path: string, data: Buffer, owner: number): void {
    const { zxid } = this
    const at = this.now()
    this.nodes.set(path, {
      data,
      children: new Set(),
      owner,
      createdZxid: zxid,
      createdAt: at,
      modifiedZxid: zxid,
      modifiedAt: at,
      childrenZxid: zxid,
      version: 0,
      childrenVersion: 0,
    })
  }

  private touchChildren(node: Znode): void {
    node.childrenVersion++
    node.childrenZxid = this.zxid
  }
}
