import { filterProcessor } from '../processors/stateless.ts'
import type { SerdeOptions, SinkOptions } from './options.ts'
import type { ProgramBuilder } from './program-builder.ts'

export interface Repartition<K, V> extends SerdeOptions<K, V> {
  readonly partitioner?: SinkOptions<K, V>['partitioner']
  readonly parent: string
  /** What the topic's name begins with. */
  readonly topic: string
  /** Whether that name was given, and so is part of the names of the nodes. */
  readonly isNamed: boolean
  readonly partitions?: number | undefined
  /** Whether records without a key go through it: an outer join has use for them (KIP-962). */
  readonly keepsNull?: boolean
}

/** The nodes that lead a stream through a topic, so that records with equal keys come to the same task. */
export interface RepartitionNodes {
  readonly topic: string
  readonly filter: string
  readonly sink: string
  readonly source: string
}

export function nameRepartition(builder: ProgramBuilder, { topic: prefix, isNamed }: Repartition<never, never>) {
  const sink = builder.generate('KSTREAM-SINK-')
  const filter = builder.generate('KSTREAM-FILTER-')
  const source = builder.generate('KSTREAM-SOURCE-')
  const topic = `${prefix}-repartition`
  if (!isNamed) return { topic, filter, sink, source }
  return { topic, filter: `${topic}-filter`, sink: `${topic}-sink`, source: `${topic}-source` }
}

export function addRepartition<K, V>(
  { topology }: ProgramBuilder,
  { topic, filter, sink, source }: RepartitionNodes,
  { parent, key, value, partitioner, partitions, keepsNull = false }: Repartition<K, V>,
): void {
  topology
    .addProcessor(
      filter,
      filterProcessor<K, V>((key) => keepsNull || key !== null),
      [parent],
    )
    .addSink(sink, topic, [filter], { key, value, partitioner })
    .addSource(source, [topic], { key, value })
  topology.addRepartitionTopic({ name: topic, partitions })
}
