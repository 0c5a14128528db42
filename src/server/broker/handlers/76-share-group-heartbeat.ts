import { ShareGroupHeartbeat } from '../../../protocol/apis/index.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { MemberEpoch } from '../../coordinator/group/modern/member.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { hostOf } from './client-host.ts'
import { invalid, notEmpty } from './modern-groups.ts'
import { checkShareVersion, isMemberId } from './share-requests.ts'

type Request = RequestOf<typeof ShareGroupHeartbeat>

export function shareGroupHeartbeat(broker: BrokerServices): Handler {
  return handler(ShareGroupHeartbeat, async (request, { clientId, peer }) => {
    checkShareVersion(broker)
    check(request)
    const { groups } = broker
    return groups.shares.heartbeat(groups.shard(request.groupId), { ...request, clientId, clientHost: hostOf(peer) })
  })
}

/** Throws INVALID_REQUEST. */
function check({ memberId, groupId, rackId, memberEpoch, subscribedTopicNames }: Request): void {
  if (!isMemberId(memberId)) throw new KafkaError('INVALID_REQUEST', 'Invalid member id in the request.')
  notEmpty(memberId, 'MemberId')
  notEmpty(groupId, 'GroupId')
  notEmpty(rackId, 'RackId')
  if (memberEpoch === MemberEpoch.join && (subscribedTopicNames ?? []).length === 0)
    throw invalid('SubscribedTopicNames must be set in first request.')
  if (memberEpoch < MemberEpoch.leave) throw invalid('MemberEpoch is invalid.')
}
