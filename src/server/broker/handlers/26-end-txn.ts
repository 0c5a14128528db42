import { EndTxn } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { EPOCH_BUMPS } from '../../coordinator/transaction/transaction.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { oldError } from './22-init-producer-id.ts'
import { attemptLater } from './attempt.ts'

const TELLS_FENCED = 2
/** From this version on the answer brings the producer's next epoch. */
const BUMPS = 5

/** Commits or aborts. The answer leaves when the outcome stands. */
export function endTxn(broker: BrokerServices): Handler {
  return handler(EndTxn, (request, { version, access }) =>
    attemptLater(
      async () => {
        access.check('WRITE', 'TRANSACTIONAL_ID', request.transactionalId)
        const { transactionalId, producerId, producerEpoch, committed } = request
        const speaks = version >= BUMPS ? EPOCH_BUMPS : 0
        const ended = await broker.transactions.end(transactionalId, {
          ...{ producerId, producerEpoch, committed },
          version: speaks,
        })
        return { throttleTimeMs: 0, errorCode: Errors.NONE as number, ...(version >= BUMPS ? ended : {}) }
      },
      ({ code }) => ({ throttleTimeMs: 0, errorCode: oldError(code, version, TELLS_FENCED) }),
    ),
  )
}
