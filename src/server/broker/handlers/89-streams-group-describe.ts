import { StreamsGroupDescribe } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { Partitions } from '../../coordinator/group/modern/assignment.ts'
import type { InternalTopic } from '../../coordinator/group/modern/streams/partition-counts.ts'
import type { StreamsGroup } from '../../coordinator/group/modern/streams/streams-group.ts'
import { find } from '../../coordinator/group/modern/streams/streams-groups.ts'
import { noTasks, type Role, roles, taskIds } from '../../coordinator/group/modern/streams/tasks.ts'
import { configure, requiredTopics } from '../../coordinator/group/modern/streams/topology.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { attempt } from './attempt.ts'
import { checkProtocol, checkTopics, undescribed } from './modern-groups.ts'

export function streamsGroupDescribe(broker: BrokerServices): Handler {
  return handler(StreamsGroupDescribe, ({ groupIds, includeAuthorizedOperations }, { access }) => {
    const operations = (groupId: string) =>
      includeAuthorizedOperations ? access.operations('GROUP', groupId) : OPERATIONS_NOT_ASKED
    const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, topology: null, members: [] }
    return {
      throttleTimeMs: 0,
      groups: groupIds.map((groupId) =>
        attempt(
          () => {
            checkProtocol(broker, 'streams', 'streams.version')
            access.check('DESCRIBE', 'GROUP', groupId)
            const group = find(broker.groups.shard(groupId), groupId)
            if (group.topology)
              checkTopics(
                access,
                requiredTopics(group.topology),
                'The described group uses topics that the client is not authorized to describe.',
              )
            return { ...described(broker.image, group), groupId, authorizedOperations: operations(groupId) }
          },
          (error) => ({ ...nothing, ...undescribed(groupId, error) }),
        ),
      ),
    }
  })
}

function described(image: MetadataImage, group: StreamsGroup) {
  return {
    errorCode: Errors.NONE as number,
    errorMessage: null as string | null,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: topologyOf(image, group),
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      memberEpoch: member.memberEpoch,
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      topologyEpoch: member.topologyEpoch,
      processId: member.processId,
      userEndpoint: member.userEndpoint && { ...member.userEndpoint },
      clientTags: Array.from(member.clientTags, ([key, value]) => ({ key, value })),
      taskOffsets: [],
      taskEndOffsets: [],
      assignment: spelled(member.assigned),
      targetAssignment: spelled(group.target.get(member.memberId) ?? noTasks),
      isClassic: false,
    })),
  }
}

function spelled(tasks: Readonly<Record<Role, Partitions>>) {
  const [activeTasks, standbyTasks, warmupTasks] = roles.map((role) => taskIds(tasks[role]))
  return { activeTasks: activeTasks ?? [], standbyTasks: standbyTasks ?? [], warmupTasks: warmupTasks ?? [] }
}

/** With the numbers of partitions that the topics have, once the group has seen that all are there. */
function topologyOf(image: MetadataImage, { topology, validatedTopologyEpoch }: StreamsGroup) {
  if (!topology) return null
  const { subtopologies, problem } = configure(topology, image)
  if (!subtopologies || problem || validatedTopologyEpoch !== topology.epoch)
    return {
      epoch: topology.epoch,
      subtopologies: topology.subtopologies.map(({ subtopologyId, ...topics }) => ({
        ...{ subtopologyId, sourceTopics: topics.sourceTopics, repartitionSinkTopics: topics.repartitionSinkTopics },
        ...{
          stateChangelogTopics: topics.stateChangelogTopics,
          repartitionSourceTopics: topics.repartitionSourceTopics,
        },
      })),
    }
  return {
    epoch: topology.epoch,
    subtopologies: Array.from(subtopologies, ([subtopologyId, topics]) => ({
      ...{ subtopologyId, sourceTopics: topics.sourceTopics, repartitionSinkTopics: topics.repartitionSinkTopics },
      stateChangelogTopics: topics.changelogTopics.map(topicInfo),
      repartitionSourceTopics: topics.repartitionSourceTopics.map(topicInfo),
    })),
  }
}

const topicInfo = ({ name, partitions, replicationFactor, configs }: InternalTopic) => ({
  ...{ name, partitions, replicationFactor },
  topicConfigs: configs.map(({ key, value }) => ({ key, value })),
})
