import { ShareGroupHeartbeat } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { MemberEpoch } from '../../coordinator/group/modern/member.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { hostOf } from './client-host.ts'
import { checkSubscription, invalid, notEmpty } from './modern-groups.ts'
import { checkShareVersion, isMemberId } from './share-requests.ts'

type Request = RequestOf<typeof ShareGroupHeartbeat>

/** What is no id of a member is refused without a sentence. */
const refusal = {
  throttleTimeMs: 0,
  errorCode: Errors.INVALID_REQUEST as number,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
}

export function shareGroupHeartbeat(broker: BrokerServices): Handler {
  return handler(ShareGroupHeartbeat, async (request, { clientId, peer, access }) => {
    checkShareVersion(broker)
    access.check('READ', 'GROUP', request.groupId)
    checkSubscription(access, request.subscribedTopicNames ?? [])
    if (!isMemberId(request.memberId)) return refusal
    check(request)
    const { groups } = broker
    return groups.shares.heartbeat(groups.shard(request.groupId), { ...request, clientId, clientHost: hostOf(peer) })
  })
}

/** Throws INVALID_REQUEST. */
function check({ memberId, groupId, rackId, memberEpoch, subscribedTopicNames }: Request): void {
  notEmpty(memberId, 'MemberId')
  notEmpty(groupId, 'GroupId')
  notEmpty(rackId, 'RackId')
  if (memberEpoch === MemberEpoch.join && (subscribedTopicNames ?? []).length === 0)
    throw invalid('SubscribedTopicNames must be set in first request.')
  if (memberEpoch < MemberEpoch.leave) throw invalid('MemberEpoch is invalid.')
}
