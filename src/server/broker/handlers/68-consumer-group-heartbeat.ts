import { ConsumerGroupHeartbeat } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { MemberEpoch } from '../../coordinator/group/modern/member.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { hostOf } from './client-host.ts'
import { checkProtocol, checkSubscription, invalid, notEmpty } from './modern-groups.ts'

type Request = RequestOf<typeof ConsumerGroupHeartbeat>

/** The first version in which members make their ids themselves (KIP-1082). */
const OWN_IDS = 1

export function consumerGroupHeartbeat(broker: BrokerServices): Handler {
  const assignors = broker.config.get('group.consumer.assignors')
  return handler(ConsumerGroupHeartbeat, async (request, { version, clientId, peer, access }) => {
    checkProtocol(broker, 'consumer', 'group.version')
    access.check('READ', 'GROUP', request.groupId)
    checkSubscription(access, request.subscribedTopicNames ?? [])
    check(request, version, assignors)
    const { groups } = broker
    return groups.consumers.heartbeat(groups.shard(request.groupId), {
      ...request,
      clientId,
      clientHost: hostOf(peer),
      seesTopic: (topic) => access.may('DESCRIBE', 'TOPIC', topic),
    })
  })
}

/** Throws INVALID_REQUEST, or UNSUPPORTED_ASSIGNOR. */
function check(request: Request, version: number, assignors: readonly string[]): void {
  const { memberId, memberEpoch, groupId, instanceId, rackId, serverAssignor } = request
  if (version >= OWN_IDS || memberEpoch > 0 || memberEpoch === MemberEpoch.leave) notEmpty(memberId, 'MemberId')
  notEmpty(groupId, 'GroupId')
  notEmpty(instanceId, 'InstanceId')
  notEmpty(rackId, 'RackId')
  if (memberEpoch === MemberEpoch.join) checkJoin(request)
  else if (memberEpoch === MemberEpoch.leaveStatic && instanceId === null) throw invalid("InstanceId can't be null.")
  else if (memberEpoch < MemberEpoch.leaveStatic) throw invalid('MemberEpoch is invalid.')
  if (serverAssignor !== null && !assignors.includes(serverAssignor))
    throw new KafkaError(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`,
    )
}

function checkJoin(request: Request): void {
  const { rebalanceTimeoutMs, topicPartitions, subscribedTopicNames, subscribedTopicRegex } = request
  if (rebalanceTimeoutMs === -1) throw invalid('RebalanceTimeoutMs must be provided in first request.')
  if (topicPartitions?.length !== 0) throw invalid('TopicPartitions must be empty when (re-)joining.')
  if (subscribedTopicNames === null && subscribedTopicRegex === null)
    throw invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.')
}
