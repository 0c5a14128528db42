import { Heartbeat } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

export function heartbeat({ groups }: BrokerServices): Handler {
  return handler(Heartbeat, ({ groupId, memberId, groupInstanceId, generationId }, { access }) => {
    access.check('READ', 'GROUP', groupId)
    const shard = groups.shard(groupId)
    const group = shard.find(groupId)
    if (group instanceof ConsumerGroup)
      groups.consumers.classic.heartbeat(shard, group, { memberId, groupInstanceId, generationId })
    else groups.membership.heartbeat(shard.classic(groupId), memberId, groupInstanceId, generationId)
    return { errorCode: Errors.NONE }
  })
}
