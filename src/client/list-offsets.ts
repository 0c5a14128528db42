import { ListOffsets } from '../protocol/apis/index.ts'
import { KafkaError } from '../protocol/errors.ts'
import type { Cluster } from './cluster.ts'
import { byLeader, itemError } from './fan-out.ts'
import { groupByTopic, partitionKey, type TopicPartition } from './types.ts'

/** What ListOffsets is asked for; a timestamp means the first record at or after it. */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | 'earliest-pending-upload'
  | { readonly timestamp: number }

export interface ListedOffset {
  /** -1 when no record answers the question. */
  readonly offset: number
  readonly timestamp: number
  readonly leaderEpoch: number | undefined
}

/** What stands for a question that is no timestamp, and the first version of ListOffsets that has it. */
const questions: Readonly<Record<Extract<OffsetSpec, string>, { readonly timestamp: number; readonly since: number }>> =
  {
    latest: { timestamp: -1, since: 1 },
    earliest: { timestamp: -2, since: 1 },
    'max-timestamp': { timestamp: -3, since: 7 },
    'earliest-local': { timestamp: -4, since: 8 },
    'latest-tiered': { timestamp: -5, since: 9 },
    'earliest-pending-upload': { timestamp: -6, since: 11 },
  }

export interface ListOffsetsItem extends TopicPartition {
  readonly spec: OffsetSpec
}

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export interface ListOffsetsOptions {
  readonly isolationLevel?: IsolationLevel
  readonly timeoutMs?: number
  /** For the sentence of a time-out. */
  readonly call?: string
}

export function listOffsets(
  cluster: Cluster,
  items: readonly ListOffsetsItem[],
  { isolationLevel = 'read_uncommitted', timeoutMs, call = 'listOffsets' }: ListOffsetsOptions = {},
): Promise<Map<string, ListedOffset | KafkaError>> {
  return byLeader<ListOffsetsItem, ListedOffset>(cluster, items, { call, timeoutMs }, async (node, part, left) => {
    const since = Math.max(...part.map(({ spec }) => (typeof spec === 'string' ? questions[spec].since : 1)))
    const topics = Array.from(groupByTopic(part), ([name, partitions]) => ({
      name,
      partitions: partitions.map(({ partition, spec }) => ({
        partitionIndex: partition,
        timestamp: typeof spec === 'string' ? questions[spec].timestamp : spec.timestamp,
      })),
    }))
    const response = await node.send(
      ListOffsets,
      (version) => {
        if (version < since)
          throw new KafkaError(
            'UNSUPPORTED_VERSION',
            'The broker cannot look up offsets of the kind that was asked for.',
          )
        const isolation = isolationLevel === 'read_committed' ? 1 : 0
        return { replicaId: -1, isolationLevel: version >= 2 ? isolation : 0, topics, timeoutMs: Math.ceil(left) }
      },
      { timeoutMs: Math.min(left, cluster.config['request.timeout.ms']) },
    )
    const results = new Map<string, ListedOffset | KafkaError>()
    for (const { name, partitions } of response.topics)
      for (const { partitionIndex, errorCode, offset, timestamp, leaderEpoch } of partitions)
        results.set(
          partitionKey(name, partitionIndex),
          itemError(errorCode, null) ?? { offset, timestamp, leaderEpoch: leaderEpoch < 0 ? undefined : leaderEpoch },
        )
    return results
  })
}
