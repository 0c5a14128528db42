import { KafkaError } from '../../../protocol/errors.ts'
import type { Decision } from '../../machine/runner.ts'
import { abortForFence, type DecisionContext } from './ending.ts'
import type { TransactionRecord } from './records.ts'
import { isExhausted, nobody, type Transaction } from './transaction.ts'

export interface InitRequest {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** Who the producer believes to be, when it asks for another epoch (KIP-360). */
  readonly expected: { readonly producerId: number; readonly epoch: number } | undefined
}

export type Initialized =
  | { readonly fenced: false; readonly producerId: number; readonly producerEpoch: number }
  /** Another transaction has to be aborted first: the client has to ask again. */
  | { readonly fenced: true }

/** Whether the next decision about a transactional id may have to give it a producer id. */
export const needsProducerId = (transaction: Transaction | undefined): boolean =>
  transaction === undefined || isExhausted(transaction.producerEpoch)

/**
 * Gives a producer the next epoch, and so fences all others with its transactional id. Throws PRODUCER_FENCED for one that was fenced
 * itself, CONCURRENT_TRANSACTIONS while a transaction is being completed.
 */
export function initProducer(
  transaction: Transaction | undefined,
  request: InitRequest,
  context: DecisionContext,
): Decision<TransactionRecord, Initialized> {
  const { transactionalId: id, timeoutMs, expected } = request
  if (transaction === undefined) {
    const producerId = freshIdOf(context)
    const known = { id, previousProducerId: producerId, clientVersion: 0 }
    return initialized({ ...known, producerId, producerEpoch: 0, lastProducerEpoch: -1 }, timeoutMs, context)
  }
  if (expected && !mayBe(transaction, expected)) throw new KafkaError('PRODUCER_FENCED')
  switch (transaction.state) {
    case 'PrepareCommit':
    case 'PrepareAbort':
      throw new KafkaError('CONCURRENT_TRANSACTIONS')
    case 'Ongoing':
      return { records: abortForFence(transaction, context), reply: { fenced: true } }
    default:
      return initialized(
        {
          id,
          previousProducerId: transaction.producerId,
          clientVersion: transaction.clientVersion,
          ...nextIdentity(transaction, expected?.epoch, context),
        },
        timeoutMs,
        context,
      )
  }
}

const freshIdOf = ({ freshId }: DecisionContext): number => {
  if (freshId === undefined) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  return freshId
}

/** A producer that still has the id from before its epochs ran out is the same one. */
const mayBe = (
  { producerId, previousProducerId }: Transaction,
  expected: NonNullable<InitRequest['expected']>,
): boolean =>
  expected.producerId === producerId || (expected.producerId === previousProducerId && isExhausted(expected.epoch))

type Identity = Pick<Transaction, 'producerId' | 'producerEpoch' | 'lastProducerEpoch'>

function nextIdentity(transaction: Transaction, expectedEpoch: number | undefined, context: DecisionContext): Identity {
  const { producerId, producerEpoch, lastProducerEpoch } = transaction
  const isCurrent = expectedEpoch === undefined || expectedEpoch === producerEpoch
  const before = expectedEpoch === undefined ? -1 : producerEpoch
  if (isCurrent && isExhausted(producerEpoch))
    return { producerId: freshIdOf(context), producerEpoch: 0, lastProducerEpoch: before }
  if (isCurrent) return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: before }
  // It has got the present epoch already, and did not hear of it.
  if (expectedEpoch === lastProducerEpoch) return { producerId, producerEpoch, lastProducerEpoch }
  throw new KafkaError('PRODUCER_FENCED')
}

function initialized(
  known: Identity & Pick<Transaction, 'id' | 'previousProducerId' | 'clientVersion'>,
  timeoutMs: number,
  { now }: DecisionContext,
): Decision<TransactionRecord, Initialized> {
  const value: Transaction = {
    ...known,
    nextProducerId: -1,
    timeoutMs,
    state: 'Empty',
    participants: nobody,
    startedAt: -1,
    updatedAt: now,
  }
  const { producerId, producerEpoch } = value
  return { records: [{ id: value.id, value }], reply: { fenced: false, producerId, producerEpoch } }
}
