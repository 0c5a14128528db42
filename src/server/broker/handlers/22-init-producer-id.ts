import { InitProducerId } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attemptLater } from './attempt.ts'

type Request = RequestOf<typeof InitProducerId>

/** The first version that tells a producer which was fenced from one that has an old epoch. */
const TELLS_FENCED = 4

/** Gives an idempotent producer its id, and a transactional one its next epoch. */
export function initProducerId(broker: BrokerServices): Handler {
  return handler(InitProducerId, (request, { version, access }) =>
    attemptLater(
      async () => ({ errorCode: Errors.NONE as number, ...(await identityFor(broker, request, access)) }),
      ({ code }) => ({ errorCode: oldError(code, version, TELLS_FENCED), producerId: -1, producerEpoch: -1 }),
    ),
  )
}

async function identityFor(
  { transactions, producerIds, config }: BrokerServices,
  request: Request,
  access: Access,
): Promise<{ producerId: number; producerEpoch: number }> {
  const { transactionalId, transactionTimeoutMs: timeoutMs, producerId, producerEpoch: epoch } = request
  if (transactionalId !== null) access.check('WRITE', 'TRANSACTIONAL_ID', transactionalId)
  // Whoever may write to some topic may do so without duplicates (KIP-679).
  else if (!access.mayWithAny('WRITE', 'TOPIC')) access.check('IDEMPOTENT_WRITE', 'CLUSTER')
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST')
  if ((producerId === -1) !== (epoch === -1)) throw new KafkaError('INVALID_REQUEST')
  if (transactionalId === null) return { producerId: await producerIds.next(), producerEpoch: 0 }
  if (timeoutMs <= 0 || timeoutMs > config.get('transaction.max.timeout.ms'))
    throw new KafkaError('INVALID_TRANSACTION_TIMEOUT')
  const expected = producerId === -1 ? undefined : { producerId, epoch }
  const identity = await transactions.init({ transactionalId, timeoutMs, expected })
  return { producerId: identity.producerId, producerEpoch: identity.producerEpoch }
}

/** What clients from before a version are told: they know PRODUCER_FENCED by its old name. */
export const oldError = (code: number, version: number, tellsFenced: number): number =>
  code === Errors.PRODUCER_FENCED && version < tellsFenced ? Errors.INVALID_PRODUCER_EPOCH : code
