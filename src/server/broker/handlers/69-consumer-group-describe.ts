import { ConsumerGroupDescribe } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { joined, listed, noPartitions, type Partitions } from '../../coordinator/group/modern/assignment.ts'
import type { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { find } from '../../coordinator/group/modern/consumer/consumer-groups.ts'
import { assignorName } from '../../coordinator/group/modern/consumer/target.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { attempt } from './attempt.ts'
import { checkProtocol, checkTopics, undescribed } from './modern-groups.ts'

/** What `memberType` says of the protocol that a member speaks. */
const CLASSIC = 0
const CONSUMER = 1

export function consumerGroupDescribe(broker: BrokerServices): Handler {
  return handler(ConsumerGroupDescribe, ({ groupIds, includeAuthorizedOperations }, { access }) => {
    const operations = (groupId: string) =>
      includeAuthorizedOperations ? access.operations('GROUP', groupId) : OPERATIONS_NOT_ASKED
    const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
    return {
      throttleTimeMs: 0,
      groups: groupIds.map((groupId) =>
        attempt(
          () => {
            checkProtocol(broker, 'consumer', 'group.version')
            access.check('DESCRIBE', 'GROUP', groupId)
            const group = find(broker.groups.shard(groupId), groupId)
            const description = described(broker, group)
            const { members } = description
            checkTopics(
              access,
              members.flatMap(({ assignment, targetAssignment }) =>
                [assignment, targetAssignment].flatMap(({ topicPartitions }) =>
                  topicPartitions.map(({ topicName }) => topicName),
                ),
              ),
            )
            return { ...description, groupId, authorizedOperations: operations(groupId) }
          },
          (error) => ({ ...nothing, ...undescribed(groupId, error) }),
        ),
      ),
    }
  })
}

function described({ config, image }: BrokerServices, group: ConsumerGroup) {
  const members = [...group.members.values()]
  const fallback = config.get('group.consumer.assignors')[0] as string
  return {
    errorCode: Errors.NONE as number,
    errorMessage: null as string | null,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName: assignorName(members, fallback),
    members: members.map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.subscribedTopicNames],
      subscribedTopicRegex: member.subscribedTopicRegex,
      // What it has not given up yet is still its own.
      assignment: named(image, joined(member.assigned, member.pendingRevocation)),
      targetAssignment: named(image, group.targetOf(member) ?? noPartitions),
      memberType: member.classic ? CLASSIC : CONSUMER,
    })),
  }
}

/** Topics that are gone have no name, and are left out. */
const named = ({ topicNames }: MetadataImage, assignment: Partitions) => ({
  topicPartitions: listed(assignment).flatMap(({ topicId, partitions }) => {
    const topicName = topicNames.get(topicId)
    return topicName === undefined ? [] : [{ topicId, topicName, partitions }]
  }),
})
