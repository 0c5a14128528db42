import { AlterPartitionReassignments, ElectLeaders } from '../../protocol/apis/index.ts'
import { Errors, type KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'

export type ElectionType = 'preferred' | 'unclean'

/** Of the given partitions, or of all; partitions of all that need no election are left out. */
export async function electLeaders(
  cluster: Cluster,
  type: ElectionType,
  partitions?: readonly TopicPartition[],
): Promise<Map<string, KafkaError | undefined>> {
  const topics = partitions
    ? Array.from(groupByTopic(partitions), ([topic, items]) => ({
        topic,
        partitions: items.map(({ partition }) => partition),
      }))
    : null
  const response = await cluster.call(
    ElectLeaders,
    (version) => ({
      topicPartitions: topics,
      timeoutMs: cluster.config['request.timeout.ms'],
      ...(version >= 1 ? { electionType: type === 'preferred' ? 0 : 1 } : {}),
    }),
    { call: 'electLeaders', errorOf: ({ errorCode }) => errorCode },
  )
  return new Map(
    response.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(
        ({ partitionId, errorCode, errorMessage }) =>
          [partitionKey(topic, partitionId), itemError(errorCode, errorMessage)] as const,
      ),
    ),
  )
}

export interface NewReassignment extends TopicPartition {
  /** The brokers that are to have the partition, the preferred leader first; undefined takes back what is under way. */
  readonly replicas: readonly number[] | undefined
}

/** By partition key. */
export async function alterPartitionReassignments(
  cluster: Cluster,
  list: readonly NewReassignment[],
  { allowReplicationFactorChange = true }: { readonly allowReplicationFactorChange?: boolean },
): Promise<Map<string, KafkaError | undefined>> {
  const topics = Array.from(groupByTopic(list), ([name, items]) => ({
    name,
    partitions: items.map(({ partition, replicas }) => ({
      partitionIndex: partition,
      replicas: replicas ? [...replicas] : null,
    })),
  }))
  const response = await cluster.call(
    AlterPartitionReassignments,
    // A broker that cannot hold the factor refuses the call, rather than changing it unasked.
    { topics, timeoutMs: cluster.config['request.timeout.ms'], allowReplicationFactorChange },
    {
      call: 'alterPartitionReassignments',
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? Errors.NONE,
    },
  )
  return new Map(
    response.responses.flatMap(({ name, partitions }) =>
      partitions.map(
        ({ partitionIndex, errorCode, errorMessage }) =>
          [partitionKey(name, partitionIndex), itemError(errorCode, errorMessage)] as const,
      ),
    ),
  )
}
