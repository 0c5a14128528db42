import { DescribeCluster, DescribeQuorum, ListPartitionReassignments } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'
import { groupByTopic, type TopicPartition } from '../types.ts'
import { operations } from './topics.ts'
import type { ClusterDescription, PartitionReassignment, QuorumDescription, QuorumReplica } from './types.ts'

export async function describeCluster(cluster: Cluster, includeFenced: boolean): Promise<ClusterDescription> {
  const call = 'describeCluster'
  try {
    const response = await cluster.call(
      DescribeCluster,
      (version) => ({
        includeClusterAuthorizedOperations: true,
        endpointType: cluster.ofControllers ? 2 : 1,
        includeFencedBrokers: includeFenced && version >= 2,
      }),
      { call, errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? 0 },
    )
    const nodes = response.brokers.map(({ brokerId, host, port, rack, isFenced }) => ({
      id: brokerId,
      host,
      port,
      rack: rack ?? undefined,
      fenced: isFenced,
    }))
    return {
      clusterId: response.clusterId,
      controller: nodes.find(({ id }) => id === response.controllerId),
      nodes,
      authorizedOperations: operations(response.clusterAuthorizedOperations),
    }
  } catch (error) {
    if (!(error instanceof KafkaError) || error.error !== 'UNSUPPORTED_VERSION') throw error
  }
  await cluster.refreshUntil({ call })
  const { metadata } = cluster
  return {
    clusterId: metadata.clusterId ?? '',
    controller: metadata.node(metadata.controllerId),
    nodes: metadata.allNodes().map((node) => ({ ...node, fenced: false })),
    authorizedOperations: undefined,
  }
}

export async function listPartitionReassignments(
  cluster: Cluster,
  partitions?: readonly TopicPartition[],
): Promise<PartitionReassignment[]> {
  const topics = partitions
    ? Array.from(groupByTopic(partitions), ([name, items]) => ({
        name,
        partitionIndexes: items.map(({ partition }) => partition),
      }))
    : null
  const response = await cluster.call(
    ListPartitionReassignments,
    { topics },
    {
      call: 'listPartitionReassignments',
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? 0,
    },
  )
  return response.topics.flatMap(({ name, partitions: rows }) =>
    rows.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      replicas,
      addingReplicas,
      removingReplicas,
    })),
  )
}

type WireReplica = ResponseOf<typeof DescribeQuorum>['topics'][number]['partitions'][number]['currentVoters'][number]

const quorumReplica = (row: WireReplica): QuorumReplica => ({
  replicaId: row.replicaId,
  directoryId: row.replicaDirectoryId,
  logEndOffset: row.logEndOffset,
  lastFetchTimestamp: row.lastFetchTimestamp < 0 ? undefined : row.lastFetchTimestamp,
  lastCaughtUpTimestamp: row.lastCaughtUpTimestamp < 0 ? undefined : row.lastCaughtUpTimestamp,
})

export async function describeMetadataQuorum(cluster: Cluster): Promise<QuorumDescription> {
  const topics = [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]
  const partitionOf = (response: ResponseOf<typeof DescribeQuorum>) => response.topics[0]?.partitions[0]
  const response = await cluster.call(
    DescribeQuorum,
    { topics },
    {
      call: 'describeMetadataQuorum',
      errorOf: (answer) => {
        const row = partitionOf(answer)
        return (
          itemError(answer.errorCode, answer.errorMessage) ??
          (row ? (itemError(row.errorCode, row.errorMessage) ?? 0) : new KafkaError('UNKNOWN_SERVER_ERROR'))
        )
      },
    },
  )
  const row = partitionOf(response) as NonNullable<ReturnType<typeof partitionOf>>
  return {
    leaderId: row.leaderId,
    leaderEpoch: row.leaderEpoch,
    highWatermark: row.highWatermark,
    voters: row.currentVoters.map(quorumReplica),
    observers: row.observers.map(quorumReplica),
    nodes: response.nodes.map(({ nodeId, listeners }) => ({ nodeId, listeners })),
  }
}
