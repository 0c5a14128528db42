import { Heartbeat } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function heartbeat({ groups }: BrokerServices): Handler {
  return handler(Heartbeat, ({ groupId, memberId, groupInstanceId, generationId }) => {
    const group = groups.shard(groupId).classic(groupId)
    groups.membership.heartbeat(group, memberId, groupInstanceId, generationId)
    return { errorCode: Errors.NONE }
  })
}
