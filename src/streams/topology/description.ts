import { inHashOrder } from './java-order.ts'
import { JavaTree } from './java-tree.ts'
import { parentsOf, type TopologyNode } from './nodes.ts'
import type { Subtopology } from './subtopologies.ts'

/** A node of a description, with how many nodes stand on it. */
interface Described {
  readonly node: TopologyNode
  readonly successors: JavaTree<Described>
  readonly predecessors: JavaTree<Described>
  weight: number
}

/** Nodes with much behind them come first; those with as much as another by name. */
const compare = (a: Described, b: Described): number => b.weight - a.weight || (a.node.name < b.node.name ? -1 : 1)

function grow(node: Described, weight: number): void {
  node.weight += weight
  for (const before of node.predecessors) grow(before, weight)
}

function connect(nodes: readonly TopologyNode[]): Described[] {
  const byName = new Map<string, Described>()
  // What stands on a node grows by and by: neighbours are in the order of the moment when they were connected.
  const none = () => new JavaTree(compare)
  for (const node of nodes) byName.set(node.name, { node, successors: none(), predecessors: none(), weight: 1 })
  const described = [...byName.values()]
  for (const one of inHashOrder(described, ({ node }) => node.name))
    for (const parent of parentsOf(one.node)) {
      const before = byName.get(parent)
      if (!before) continue
      one.predecessors.add(before)
      before.successors.add(one)
      grow(before, one.weight)
    }
  return described
}

const names = (nodes: Iterable<Described>): string => Array.from(nodes, ({ node }) => node.name).join(', ') || 'none'

function nodeText({ node, successors, predecessors }: Described): string {
  const after = `\n      --> ${names(successors)}`
  const before = `\n      <-- ${names(predecessors)}`
  switch (node.kind) {
    case 'source':
      return `    Source: ${node.name} (topics: [${[...node.topics].sort().join(', ')}])${after}`
    case 'processor':
      return `    Processor: ${node.name} (stores: [${inHashOrder([...node.stores], (store) => store).join(', ')}])${after}${before}`
    case 'sink':
      return `    Sink: ${node.name} (topic: ${node.topic})${before}`
  }
}

/** The text of Java's `TopologyDescription`. */
export function describeSubtopologies(subtopologies: readonly Subtopology[]): string {
  const parts = subtopologies.map(({ id, nodes, isGlobal }) => {
    const lines = connect(nodes)
      .sort(compare)
      .map((described) => `${nodeText(described)}\n`)
    if (isGlobal) return `  Sub-topology: ${id} for global store (will not generate tasks)\n${lines.join('')}`
    return `  Sub-topology: ${id}\n${lines.join('')}\n`
  })
  return `Topologies:\n ${parts.join('')}`
}
