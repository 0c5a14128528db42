import { StreamsGroupDescribe } from '../../protocol/apis/index.ts'
import type { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster } from '../cluster.ts'
import { byCoordinator, itemError } from '../fan-out.ts'
import type { NodeClient } from '../node.ts'
import { coordinatorNode } from './groups.ts'
import type { StreamsGroupDescription, StreamsTasks } from './types.ts'

/** Groups of Kafka Streams that the broker assigns tasks in (KIP-1071). */
export function describeStreamsGroups(
  cluster: Cluster,
  ids: readonly string[],
): Promise<Map<string, StreamsGroupDescription | KafkaError>> {
  return byCoordinator(cluster, ids, { call: 'describeStreamsGroups' }, async (node, part) => {
    const response = await node.send(StreamsGroupDescribe, { groupIds: [...part], includeAuthorizedOperations: false })
    return new Map(
      response.groups.map((group) => [
        group.groupId,
        itemError(group.errorCode, group.errorMessage) ?? descriptionOf(group, node),
      ]),
    )
  })
}

type DescribedGroup = ResponseOf<typeof StreamsGroupDescribe>['groups'][number]
type Assignment = DescribedGroup['members'][number]['assignment']

const descriptionOf = (group: DescribedGroup, node: NodeClient): StreamsGroupDescription => ({
  groupId: group.groupId,
  state: group.groupState,
  coordinator: coordinatorNode(node),
  groupEpoch: group.groupEpoch,
  targetAssignmentEpoch: group.assignmentEpoch,
  topologyEpoch: group.topology?.epoch,
  subtopologies: (group.topology?.subtopologies ?? []).map((part) => ({
    id: part.subtopologyId,
    sourceTopics: part.sourceTopics,
    repartitionSourceTopics: part.repartitionSourceTopics.map(({ name }) => name),
    changelogTopics: part.stateChangelogTopics.map(({ name }) => name),
  })),
  members: group.members.map((member) => ({
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    clientId: member.clientId,
    host: member.clientHost,
    isClassic: member.isClassic,
    tasks: tasksOf(member.assignment),
    targetTasks: tasksOf(member.targetAssignment),
  })),
})

const tasksOf = ({ activeTasks, standbyTasks, warmupTasks }: Assignment): StreamsTasks => ({
  active: activeTasks,
  standby: standbyTasks,
  warmup: warmupTasks,
})
