import type { AnySupplier } from '../processors/processor.ts'
import type { SerdePair } from '../serde.ts'

interface Named {
  readonly name: string
}

/** Says which of so many partitions a record goes to; undefined where its key decides, as without one. */
export type Partitioner<K, V> = (key: K, value: V, partitions: number) => number | undefined

export interface SourceNode extends Named {
  readonly kind: 'source'
  /** Names of topics; those of repartition topics without the application's id in front. */
  readonly topics: readonly string[]
  readonly serdes: SerdePair
  /** Whether each instance reads all partitions, into a store of its own. */
  readonly isGlobal: boolean
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
  readonly serdes: SerdePair
  readonly partitioner: Partitioner<unknown, unknown> | undefined
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode

export const parentsOf = (node: TopologyNode): readonly string[] => (node.kind === 'source' ? [] : node.parents)
