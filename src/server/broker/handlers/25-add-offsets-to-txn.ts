import { AddOffsetsToTxn } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { OFFSETS_TOPIC } from '../../coordinator/group/group-coordinator.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { oldError } from './22-init-producer-id.ts'
import { attemptLater } from './attempt.ts'

const TELLS_FENCED = 2

/** Lets the partition that keeps a group's offsets take part in the transaction. */
export function addOffsetsToTxn(broker: BrokerServices): Handler {
  return handler(AddOffsetsToTxn, (request, { version, access }) =>
    attemptLater(
      async () => {
        access.check('WRITE', 'TRANSACTIONAL_ID', request.transactionalId)
        access.check('READ', 'GROUP', request.groupId)
        const partitions = new Map([[OFFSETS_TOPIC, new Set([await broker.groups.partitionFor(request.groupId)])]])
        await broker.transactions.add(request, partitions, 0)
        return { throttleTimeMs: 0, errorCode: Errors.NONE as number }
      },
      ({ code }) => ({ throttleTimeMs: 0, errorCode: oldError(code, version, TELLS_FENCED) }),
    ),
  )
}
