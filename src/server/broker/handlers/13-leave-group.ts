import { LeaveGroup } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { ClassicGroup } from '../../coordinator/group/classic-group.ts'
import { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** The first version in which several members leave at once. */
const BATCHED = 3

export function leaveGroup({ groups }: BrokerServices): Handler {
  return handler(LeaveGroup, async (request, { version, access }) => {
    access.check('READ', 'GROUP', request.groupId)
    const shard = groups.shard(request.groupId)
    const group = shard.find(request.groupId)
    const leaving = version >= BATCHED ? request.members : [{ memberId: request.memberId, groupInstanceId: null }]
    const codes =
      group instanceof ConsumerGroup
        ? await groups.consumers.classic.leave(shard, group, leaving)
        : group instanceof ClassicGroup && groups.membership.leave(group, leaving)
    const members = leaving.map(({ memberId, groupInstanceId }, at) => ({
      memberId,
      groupInstanceId,
      errorCode: codes ? (codes[at] as number) : Errors.UNKNOWN_MEMBER_ID,
    }))
    if (version >= BATCHED) return { errorCode: Errors.NONE, members }
    return { errorCode: members[0]?.errorCode ?? Errors.NONE, members: [] }
  })
}
