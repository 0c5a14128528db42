import type { NodeTree } from './node-tree.ts'

const parentsOf = (path: string): string[] => {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join('/')}`)
}

/** Nodes that the server itself keeps, as readers are to see them. */
export class ShownEntries {
  private shown: ReadonlyMap<string, string> = new Map()

  constructor(private readonly tree: NodeTree) {}

  /** Brings the nodes to what is wanted, by path; those above them are made without content. */
  show(wanted: ReadonlyMap<string, string>): void {
    const { tree, shown } = this
    for (const path of shown.keys()) if (!wanted.has(path)) tree.delete(path, -1)
    for (const [path, text] of wanted) {
      if (shown.get(path) === text) continue
      if (shown.has(path)) {
        tree.set(path, Buffer.from(text), -1)
        continue
      }
      for (const parent of parentsOf(path)) if (!tree.has(parent)) tree.create(parent, Buffer.alloc(0), 0)
      tree.create(path, Buffer.from(text), 0)
    }
    this.shown = new Map(wanted)
  }
}
