import {
  AlterShareGroupOffsets,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  ShareGroupDescribe,
} from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { byCoordinator, itemError } from '../fan-out.ts'
import type { NodeClient } from '../node.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'
import { coordinatorNode } from './groups.ts'
import type { ShareGroupDescription, SharePartitionOffset } from './types.ts'

/** Share groups (KIP-932), whose members divide records among them instead of partitions. */
export function describeShareGroups(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, ShareGroupDescription | KafkaError>> {
  return byCoordinator(cluster, ids, { call: 'describeShareGroups' }, async (node, part) => {
    const response = await node.send(ShareGroupDescribe, { groupIds: [...part], includeAuthorizedOperations: false })
    return new Map(
      response.groups.map((group) => [
        group.groupId,
        itemError(group.errorCode, group.errorMessage) ?? descriptionOf(group, node),
      ]),
    )
  })
}

type DescribedGroup = ResponseOf<typeof ShareGroupDescribe>['groups'][number]

const descriptionOf = (group: DescribedGroup, node: NodeClient): ShareGroupDescription => ({
  groupId: group.groupId,
  state: group.groupState,
  coordinator: coordinatorNode(node),
  groupEpoch: group.groupEpoch,
  assignmentEpoch: group.assignmentEpoch,
  members: group.members.map((member) => ({
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    host: member.clientHost,
    assignment: member.assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
  })),
})

/** Where the share partitions of groups begin, by group and partition key: all that a group has. */
export function listShareGroupOffsets(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, Map<string, SharePartitionOffset> | KafkaError>> {
  return byCoordinator(cluster, ids, { call: 'listShareGroupOffsets' }, async (node, part) => {
    const { groups } = await node.send(DescribeShareGroupOffsets, {
      groups: part.map((groupId) => ({ groupId, topics: null })),
    })
    return new Map(
      groups.map((group) => [group.groupId, itemError(group.errorCode, group.errorMessage) ?? offsetsOf(group)]),
    )
  })
}

type DescribedOffsets = ResponseOf<typeof DescribeShareGroupOffsets>['groups'][number]

function offsetsOf({ topics }: DescribedOffsets): Map<string, SharePartitionOffset> | KafkaError {
  const offsets = new Map<string, SharePartitionOffset>()
  for (const { topicName: topic, partitions } of topics)
    for (const row of partitions) {
      const error = itemError(row.errorCode, row.errorMessage)
      if (error) return error
      const known = (value: number): number | undefined => (value < 0 ? undefined : value)
      offsets.set(partitionKey(topic, row.partitionIndex), {
        topic,
        partition: row.partitionIndex,
        startOffset: known(row.startOffset),
        leaderEpoch: row.startOffset < 0 ? undefined : known(row.leaderEpoch),
        lag: known(row.lag),
      })
    }
  return offsets
}

/** Moves the starts of share partitions; the group must have no members. Gives each partition's error. */
export async function alterShareGroupOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: readonly (TopicPartition & { readonly offset: number })[],
): Promise<Map<string, KafkaError | undefined>> {
  const topics = Array.from(groupByTopic(offsets), ([topicName, items]) => ({
    topicName,
    partitions: items.map(({ partition, offset }) => ({ partitionIndex: partition, startOffset: offset })),
  }))
  const { responses } = await cluster.call(
    AlterShareGroupOffsets,
    { groupId, topics },
    {
      call: 'alterShareGroupOffsets',
      to: { group: groupId },
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? 0,
    },
  )
  return new Map(
    responses.flatMap(({ topicName, partitions }) =>
      partitions.map((row) => [
        partitionKey(topicName, row.partitionIndex),
        itemError(row.errorCode, row.errorMessage),
      ]),
    ),
  )
}

/** Forgets topics; the group must have no members. Gives each topic's error. */
export async function deleteShareGroupOffsets(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
): Promise<Map<string, KafkaError | undefined>> {
  const { responses } = await cluster.call(
    DeleteShareGroupOffsets,
    { groupId, topics: topics.map((topicName) => ({ topicName })) },
    {
      call: 'deleteShareGroupOffsets',
      to: { group: groupId },
      errorOf: ({ errorCode, errorMessage }) => itemError(errorCode, errorMessage) ?? 0,
    },
  )
  return new Map(responses.map((row) => [row.topicName, itemError(row.errorCode, row.errorMessage)]))
}
