import {
  ConsumerGroupDescribe,
  DeleteGroups,
  DescribeGroups,
  LeaveGroup,
  ListGroups,
  OffsetDelete,
} from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { decodeAssignment } from '../assignment.ts'
import type { Cluster } from '../cluster.ts'
import { byBroker, byCoordinator, itemError, single } from '../fan-out.ts'
import { partitionErrors } from '../group-offsets.ts'
import type { NodeClient } from '../node.ts'
import { groupByTopic, type Node, type TopicPartition } from '../types.ts'
import { operations } from './topics.ts'
import type { ConsumerGroupDescription, GroupListing, MemberDescription } from './types.ts'

export interface ListGroupsOptions {
  /** State names such as `Stable`; all when left out. */
  readonly states?: readonly string[]
  /** Type names such as `Classic`. */
  readonly types?: readonly string[]
  readonly protocolTypes?: readonly string[]
}

/** Every broker lists the groups that it coordinates. */
export async function listGroups(cluster: Cluster, options: ListGroupsOptions): Promise<GroupListing[]> {
  const { states = [], types = [], protocolTypes = [] } = options
  const call = 'listGroups'
  await cluster.refreshUntil({ call })
  const ids = cluster.metadata.allNodes().map(({ id }) => id)
  const answers = await byBroker<GroupListing[]>(cluster, ids, { call }, async (node) => {
    const response = await node.send(ListGroups, (version) => {
      if (states.length > 0 && version < 4)
        throw new KafkaError('UNSUPPORTED_VERSION', 'The broker cannot list groups by state.')
      if (version < 5 && types.some((type) => type.toLowerCase() !== 'classic'))
        throw new KafkaError('UNSUPPORTED_VERSION', 'The broker cannot list groups by type.')
      return { statesFilter: [...states], typesFilter: version < 5 ? [] : [...types] }
    })
    if (response.errorCode !== Errors.NONE) return new KafkaError(response.errorCode)
    return response.groups.map((row) => ({
      groupId: row.groupId,
      protocolType: row.protocolType,
      state: row.groupState,
      type: row.groupType,
    }))
  })
  // A group that moves meanwhile may be listed twice.
  const groups = new Map<string, GroupListing>()
  for (const listed of answers.values()) {
    if (listed instanceof KafkaError) throw listed
    for (const group of listed)
      if (protocolTypes.length === 0 || protocolTypes.includes(group.protocolType)) groups.set(group.groupId, group)
  }
  return [...groups.values()]
}

export async function describeConsumerGroups(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, ConsumerGroupDescription | KafkaError>> {
  return byCoordinator<ConsumerGroupDescription>(
    cluster,
    ids,
    { call: 'describeConsumerGroups' },
    async (node, part) => {
      const found = await describeModern(node, part)
      const classic = part.filter((id) => !found.has(id))
      if (classic.length > 0) for (const [id, group] of await describeClassic(node, classic)) found.set(id, group)
      return new Map(part.map((id) => [id, found.get(id) ?? new KafkaError('GROUP_ID_NOT_FOUND')]))
    },
  )
}

type Described = Map<string, ConsumerGroupDescription | KafkaError>

export const coordinatorNode = (node: NodeClient): Node => ({
  id: node.id,
  host: node.host,
  port: node.port,
  rack: undefined,
})

/** Groups of the consumer protocol (KIP-848); those of another kind are left out. */
async function describeModern(node: NodeClient, groupIds: readonly string[]): Promise<Described> {
  await node.connect()
  if (!node.supports(ConsumerGroupDescribe)) return new Map()
  const response = await node.send(ConsumerGroupDescribe, {
    groupIds: [...groupIds],
    includeAuthorizedOperations: true,
  })
  const found: Described = new Map()
  for (const group of response.groups) {
    if (group.errorCode === Errors.GROUP_ID_NOT_FOUND || group.errorCode === Errors.UNSUPPORTED_VERSION) continue
    found.set(group.groupId, itemError(group.errorCode, group.errorMessage) ?? modernGroup(group, node))
  }
  return found
}

type ModernGroup = ResponseOf<typeof ConsumerGroupDescribe>['groups'][number]

function modernGroup(group: ModernGroup, node: NodeClient): ConsumerGroupDescription {
  const partitions = ({ topicPartitions }: ModernGroup['members'][number]['assignment']): TopicPartition[] =>
    topicPartitions.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => ({ topic: topicName, partition })),
    )
  return {
    groupId: group.groupId,
    type: 'Consumer',
    protocolType: 'consumer',
    simple: false,
    state: group.groupState,
    partitionAssignor: group.assignorName,
    coordinator: coordinatorNode(node),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    authorizedOperations: operations(group.authorizedOperations),
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId ?? undefined,
      clientId: member.clientId,
      host: member.clientHost,
      rackId: member.rackId ?? undefined,
      assignment: partitions(member.assignment),
      targetAssignment: partitions(member.targetAssignment),
      memberEpoch: member.memberEpoch,
      upgraded: member.memberType < 0 ? undefined : member.memberType === 1,
    })),
  }
}

async function describeClassic(node: NodeClient, groups: readonly string[]): Promise<Described> {
  const response = await node.send(DescribeGroups, (version) => ({
    groups: [...groups],
    includeAuthorizedOperations: version >= 3,
  }))
  return new Map(
    response.groups.map((group) => [
      group.groupId,
      itemError(group.errorCode, group.errorMessage) ?? {
        groupId: group.groupId,
        type: 'Classic' as const,
        protocolType: group.protocolType,
        simple: group.protocolType === '',
        state: group.groupState,
        partitionAssignor: group.protocolData,
        coordinator: coordinatorNode(node),
        groupEpoch: undefined,
        targetAssignmentEpoch: undefined,
        authorizedOperations: operations(group.authorizedOperations),
        members: group.members.map((member) => classicMember(member, group.protocolType)),
      },
    ]),
  )
}

type ClassicMember = ResponseOf<typeof DescribeGroups>['groups'][number]['members'][number]

function classicMember(member: ClassicMember, protocolType: string): MemberDescription {
  const bytes = protocolType === 'consumer' ? member.memberAssignment : Buffer.alloc(0)
  return {
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId ?? undefined,
    clientId: member.clientId,
    host: member.clientHost,
    rackId: undefined,
    assignment: decodeAssignment(bytes),
    targetAssignment: undefined,
    memberEpoch: undefined,
    upgraded: undefined,
  }
}

export async function deleteConsumerGroupOffsets(
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<Map<string, KafkaError | undefined>> {
  const topics = Array.from(groupByTopic(partitions), ([name, items]) => ({
    name,
    partitions: items.map(({ partition }) => ({ partitionIndex: partition })),
  }))
  const response = await cluster.call(
    OffsetDelete,
    { groupId, topics },
    { call: 'deleteConsumerGroupOffsets', to: { group: groupId }, errorOf: ({ errorCode }) => errorCode },
  )
  return partitionErrors(response.topics)
}

export async function deleteConsumerGroups(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, KafkaError | undefined>> {
  const results = await byCoordinator<true>(cluster, ids, { call: 'deleteConsumerGroups' }, async (node, part) => {
    const response = await node.send(DeleteGroups, { groupsNames: [...part] })
    return new Map(response.results.map((row) => [row.groupId, itemError(row.errorCode, null) ?? (true as const)]))
  })
  return new Map(Array.from(results, ([id, result]) => [id, result === true ? undefined : result]))
}

export interface MemberToRemove {
  readonly memberId?: string
  readonly groupInstanceId?: string
}

/** Removes members, all of them when none is named; gives the error of each by instance id or member id. */
export async function removeMembers(
  cluster: Cluster,
  groupId: string,
  members: readonly MemberToRemove[],
  reason: string,
): Promise<Map<string, KafkaError | undefined>> {
  const leaving = members.length > 0 ? members : single(await describeConsumerGroups(cluster, [groupId])).members
  if (leaving.length === 0) return new Map()
  const response = await cluster.call(
    LeaveGroup,
    {
      groupId,
      memberId: '',
      members: leaving.map(({ memberId, groupInstanceId }) => ({
        memberId: groupInstanceId === undefined ? (memberId ?? '') : '',
        groupInstanceId: groupInstanceId ?? null,
        reason,
      })),
    },
    { call: 'removeMembersFromConsumerGroup', to: { group: groupId }, errorOf: ({ errorCode }) => errorCode },
  )
  return new Map(response.members.map((row) => [row.groupInstanceId ?? row.memberId, itemError(row.errorCode, null)]))
}
