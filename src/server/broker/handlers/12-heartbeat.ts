import { Heartbeat } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function heartbeat({ groups }: BrokerServices): Handler {
  return handler(Heartbeat, ({ groupId, memberId, groupInstanceId, generationId }) => {
    const group = groups.shard(groupId).find(groupId)
    if (!group) throw new KafkaError('UNKNOWN_MEMBER_ID')
    groups.membership.heartbeat(group, memberId, groupInstanceId, generationId)
    return { errorCode: Errors.NONE }
  })
}
