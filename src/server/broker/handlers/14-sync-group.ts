import { SyncGroup } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { copyOf } from '../../../std/bytes.ts'
import { ConsumerGroup } from '../../coordinator/group/modern/consumer/consumer-group.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'

/** The first version that says which protocol the member believes in (KIP-559). */
const NAMES_PROTOCOL = 5

export function syncGroup({ groups }: BrokerServices): Handler {
  return handler(SyncGroup, (request, { version, access }) =>
    attemptLater(
      async () => {
        if (version >= NAMES_PROTOCOL && (request.protocolType === null || request.protocolName === null))
          throw new KafkaError(Errors.INCONSISTENT_GROUP_PROTOCOL)
        access.check('READ', 'GROUP', request.groupId)
        const shard = groups.shard(request.groupId)
        const group = shard.find(request.groupId)
        const assignments = new Map(
          request.assignments.map(({ memberId, assignment }) => [memberId, copyOf(assignment)]),
        )
        if (group instanceof ConsumerGroup)
          return groups.consumers.classic.sync(shard, group, { ...request, assignments })
        return groups.membership.sync(shard.classic(request.groupId), { ...request, assignments })
      },
      (error) => ({ errorCode: error.code, protocolType: null, protocolName: null, assignment: Buffer.alloc(0) }),
    ),
  )
}
