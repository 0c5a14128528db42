import { InitProducerId } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'

/** Gives an idempotent producer its id. Producers with a transactional id are refused until there is a transaction coordinator. */
export function initProducerId(broker: BrokerServices): Handler {
  return handler(InitProducerId, async ({ transactionalId, producerId, producerEpoch }) => {
    const refused = (errorCode: number) => ({ errorCode, producerId: -1, producerEpoch: -1 })
    if (transactionalId === '') return refused(Errors.INVALID_REQUEST)
    if (transactionalId !== null) return refused(Errors.NOT_COORDINATOR)
    if ((producerId === -1) !== (producerEpoch === -1)) return refused(Errors.INVALID_REQUEST)
    return { errorCode: Errors.NONE, producerId: await broker.producerIds.next(), producerEpoch: 0 }
  })
}
