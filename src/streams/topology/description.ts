import { parentsOf, type TopologyNode } from './nodes.ts'
import type { Subtopology } from './subtopologies.ts'

/** A node of a description, with how many nodes stand on it. */
interface Described {
  readonly node: TopologyNode
  readonly successors: Described[]
  readonly predecessors: Described[]
  weight: number
}

/** Nodes with much behind them come first; those with as much as another by name. */
const inOrder = (nodes: readonly Described[]): Described[] =>
  [...nodes].sort((a, b) => b.weight - a.weight || (a.node.name < b.node.name ? -1 : 1))

function connect(nodes: readonly TopologyNode[]): Described[] {
  const byName = new Map<string, Described>()
  for (const node of nodes) byName.set(node.name, { node, successors: [], predecessors: [], weight: 1 })
  const described = [...byName.values()]
  for (const one of described)
    for (const parent of parentsOf(one.node)) {
      const before = byName.get(parent)
      before?.successors.push(one)
      if (before) one.predecessors.push(before)
    }
  // Children stand behind their parents: backwards, each weight is complete when it is added to another.
  for (const one of described.toReversed()) for (const before of one.predecessors) before.weight += one.weight
  return described
}

const names = (nodes: readonly Described[]): string =>
  nodes.length === 0
    ? 'none'
    : inOrder(nodes)
        .map(({ node }) => node.name)
        .join(', ')

function nodeText({ node, successors, predecessors }: Described): string {
  const after = `\n      --> ${names(successors)}`
  const before = `\n      <-- ${names(predecessors)}`
  switch (node.kind) {
    case 'source':
      return `    Source: ${node.name} (topics: [${[...node.topics].sort().join(', ')}])${after}`
    case 'processor':
      return `    Processor: ${node.name} (stores: [${[...node.stores].sort().join(', ')}])${after}${before}`
    case 'sink':
      return `    Sink: ${node.name} (topic: ${node.topic})${before}`
  }
}

/** The text of Java's `TopologyDescription`. */
export function describeSubtopologies(subtopologies: readonly Subtopology[]): string {
  const parts = subtopologies.map(({ id, nodes }) => {
    const lines = inOrder(connect(nodes)).map((described) => `${nodeText(described)}\n`)
    return `  Sub-topology: ${id}\n${lines.join('')}\n`
  })
  return `Topologies:\n ${parts.join('')}`
}
