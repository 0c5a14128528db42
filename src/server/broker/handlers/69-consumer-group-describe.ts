import { ConsumerGroupDescribe } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { joined, listed, noPartitions, type Partitions } from '../../coordinator/group/modern/assignment.ts'
import type { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { find } from '../../coordinator/group/modern/consumer/consumer-groups.ts'
import { assignorName } from '../../coordinator/group/modern/consumer/target.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, groupOperations, OPERATIONS_NOT_ASKED } from '../services.ts'
import { attempt } from './attempt.ts'
import { checkProtocol } from './modern-groups.ts'

/** What `memberType` says of the protocol that a member speaks. */
const CLASSIC = 0
const CONSUMER = 1

export function consumerGroupDescribe(broker: BrokerServices): Handler {
  return handler(ConsumerGroupDescribe, ({ groupIds, includeAuthorizedOperations }) => {
    const authorizedOperations = includeAuthorizedOperations ? groupOperations : OPERATIONS_NOT_ASKED
    const nothing = { groupState: '', groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
    return {
      throttleTimeMs: 0,
      groups: groupIds.map((groupId) =>
        attempt(
          () => {
            checkProtocol(broker, 'consumer', 'group.version')
            const group = find(broker.groups.shard(groupId), groupId)
            return { ...described(broker, group), groupId, authorizedOperations }
          },
          ({ code, message }) => ({
            ...{ ...nothing, groupId, errorCode: code, authorizedOperations },
            errorMessage: code === Errors.INVALID_GROUP_ID ? null : message,
          }),
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
