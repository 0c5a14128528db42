import type { AnySupplier } from '../processors/processor.ts'
import type { Serde } from '../serde.ts'

interface Named {
  readonly name: string
}

/** Serdes of keys and values; the application's defaults where one is undefined. */
export interface NodeSerdes {
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
}

export interface SourceNode extends Named {
  readonly kind: 'source'
  /** Names of topics; those of repartition topics without the application's id in front. */
  readonly topics: readonly string[]
  readonly serdes: NodeSerdes
}

export interface ProcessorNode extends Named {
  readonly kind: 'processor'
  readonly supplier: AnySupplier
  readonly parents: readonly string[]
  /** Names of the stores that it may use. */
  readonly stores: Set<string>
}

export interface SinkNode extends Named {
  readonly kind: 'sink'
  readonly topic: string
  readonly parents: readonly string[]
  readonly serdes: NodeSerdes
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode

export const parentsOf = (node: TopologyNode): readonly string[] => (node.kind === 'source' ? [] : node.parents)
