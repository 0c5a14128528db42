import { LeaveGroup } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

/** The first version in which several members leave at once. */
const BATCHED = 3

export function leaveGroup({ groups }: BrokerServices): Handler {
  return handler(LeaveGroup, (request, { version }) => {
    const group = groups.shard(request.groupId).find(request.groupId)
    const leaving = version >= BATCHED ? request.members : [{ memberId: request.memberId, groupInstanceId: null }]
    const members = leaving.map(({ memberId, groupInstanceId }) =>
      attempt(
        () => {
          if (!group) throw new KafkaError('UNKNOWN_MEMBER_ID')
          groups.membership.leave(group, memberId, groupInstanceId)
          return { memberId, groupInstanceId, errorCode: Errors.NONE as number }
        },
        (error) => ({ memberId, groupInstanceId, errorCode: error.code }),
      ),
    )
    if (version >= BATCHED) return { errorCode: Errors.NONE, members }
    return { errorCode: members[0]?.errorCode ?? Errors.NONE, members: [] }
  })
}
