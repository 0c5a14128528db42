import { parentsOf, type TopologyNode } from './nodes.ts'

/** Nodes that hang together, by edges or by a store that they share; they run in the same task. */
export interface Subtopology {
  readonly id: number
  /** Parents stand before their children. */
  readonly nodes: readonly TopologyNode[]
  /** Whether it fills a global store, and has no tasks; its number is taken all the same. */
  readonly isGlobal: boolean
}

/** Sets of names that grow together (union-find). */
class Groups {
  private readonly parent = new Map<string, string>()

  root(name: string): string {
    const parent = this.parent.get(name)
    if (parent === undefined || parent === name) return name
    const root = this.root(parent)
    this.parent.set(name, root)
    return root
  }

  unite(a: string, b: string): void {
    this.parent.set(this.root(a), this.root(b))
  }
}

/** Subtopologies are numbered as Java's are: by which node was added first. */
export function divide(nodes: readonly TopologyNode[]): Subtopology[] {
  const groups = new Groups()
  for (const node of nodes) {
    for (const parent of parentsOf(node)) groups.unite(node.name, parent)
    // A name with a blank is no node's.
    if (node.kind === 'processor') for (const store of node.stores) groups.unite(node.name, `store ${store}`)
  }
  const roots = [...new Set(nodes.map(({ name }) => groups.root(name)))]
  return roots.map((root, id) => {
    const own = nodes.filter(({ name }) => groups.root(name) === root)
    return { id, nodes: own, isGlobal: own.some((node) => node.kind === 'source' && node.isGlobal) }
  })
}
