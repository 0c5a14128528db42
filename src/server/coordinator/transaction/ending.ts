import { KafkaError } from '../../../protocol/errors.ts'
import type { Decision } from '../../machine/runner.ts'
import type { TransactionRecord } from './records.ts'
import { EPOCH_BUMPS, isExhausted, isPrepared, nobody, type Transaction } from './transaction.ts'

export interface DecisionContext {
  /** Wall time. */
  readonly now: number
  /** The cluster's `transaction.version`. */
  readonly serverVersion: number
  /** A producer id that nobody has, where `needsProducerId` asks for one. */
  readonly freshId: number | undefined
}

export interface EndRequest {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
  /** Version of the transaction protocol that the producer speaks. */
  readonly version: number
}

/** The producer's identity once the transaction is complete. */
export interface Ended {
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Decides the outcome of a transaction: from the record on it stands, whatever happens. Asked again, it gives the same reply. Throws
 * INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS or INVALID_TXN_STATE.
 */
export function endTransaction(
  transaction: Transaction | undefined,
  request: EndRequest,
  context: DecisionContext,
): Decision<TransactionRecord, Ended> {
  if (transaction === undefined) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  return request.version >= EPOCH_BUMPS
    ? endBumping(transaction, request, context)
    : endPlainly(transaction, request, context)
}

/** Before version 2 the state alone tells a repetition. */
function endPlainly(
  transaction: Transaction,
  request: EndRequest,
  context: DecisionContext,
): Decision<TransactionRecord, Ended> {
  const { state } = transaction
  if (transaction.producerId !== request.producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== request.producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  if (state === 'Ongoing') return prepare(transaction, request.committed, request.version, context)
  if (state === (request.committed ? 'CompleteCommit' : 'CompleteAbort')) return repeated(transaction)
  throw new KafkaError(isSameOutcome(transaction, request) ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE')
}

const repeated = ({ producerId, producerEpoch }: Transaction): Decision<TransactionRecord, Ended> => ({
  records: [],
  reply: { producerId, producerEpoch },
})

/** Whether a transaction that is being completed gets the outcome that is asked for. */
const isSameOutcome = ({ state }: Transaction, { committed }: EndRequest): boolean =>
  state === (committed ? 'PrepareCommit' : 'PrepareAbort')

/**
 * From version 2 on the epoch tells a repetition, which comes with the one before the present, from the end of the next transaction. That
 * one may be aborted without having begun, for the coordinator does not hear of its beginning.
 */
function endBumping(
  transaction: Transaction,
  request: EndRequest,
  context: DecisionContext,
): Decision<TransactionRecord, Ended> {
  const { state, producerEpoch } = transaction
  const { committed } = request
  const afterOverflow =
    transaction.previousProducerId === request.producerId && isLast(request.producerEpoch) && producerEpoch === 0
  if (transaction.producerId !== request.producerId && !afterOverflow)
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  const isCurrent = producerEpoch === request.producerEpoch
  const isRepeated = producerEpoch === request.producerEpoch + 1 || afterOverflow
  const isComplete = state === 'CompleteCommit' || state === 'CompleteAbort'
  const isValid = isPrepared(transaction) ? isRepeated && !afterOverflow : isCurrent || (isComplete && isRepeated)
  if (!isValid) throw new KafkaError('PRODUCER_FENCED')
  if (state === 'Ongoing') return prepare(transaction, committed, request.version, context)
  if (isPrepared(transaction))
    throw new KafkaError(isSameOutcome(transaction, request) ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE')
  if (isComplete && isRepeated) {
    if (state === (committed ? 'CompleteCommit' : 'CompleteAbort')) return repeated(transaction)
    throw new KafkaError('INVALID_TXN_STATE')
  }
  if (committed) throw new KafkaError('INVALID_TXN_STATE')
  return prepare({ ...transaction, startedAt: context.now }, false, request.version, context)
}

const isLast = (epoch: number): boolean => epoch === 32_766

function prepare(
  transaction: Transaction,
  committed: boolean,
  version: number,
  { now, freshId }: DecisionContext,
): Decision<TransactionRecord, Ended> {
  const bumps = version >= EPOCH_BUMPS
  const overflows = bumps && isExhausted(transaction.producerEpoch)
  if (overflows && freshId === undefined) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  const value: Transaction = {
    ...transaction,
    previousProducerId: transaction.producerId,
    state: committed ? 'PrepareCommit' : 'PrepareAbort',
    producerEpoch: bumps ? transaction.producerEpoch + 1 : transaction.producerEpoch,
    lastProducerEpoch: bumps ? transaction.producerEpoch : transaction.lastProducerEpoch,
    nextProducerId: overflows ? (freshId as number) : -1,
    updatedAt: now,
    clientVersion: version,
  }
  const { producerId, producerEpoch } = complete(value, now)
  return { records: [{ id: value.id, value }], reply: { producerId, producerEpoch } }
}

/**
 * Aborts an ongoing transaction over its producer's head: for another producer with its id, or because it took too long. The epoch that
 * its markers carry is nobody's, so that what the producer still sends is refused.
 */
export function abortForFence(transaction: Transaction, context: DecisionContext): readonly TransactionRecord[] {
  const { serverVersion } = context
  if (serverVersion >= EPOCH_BUMPS) return prepare(transaction, false, serverVersion, context).records
  const fenced = { ...transaction, producerEpoch: transaction.producerEpoch + 1, lastProducerEpoch: -1 }
  return prepare(fenced, false, serverVersion, context).records
}

/** What becomes of a prepared transaction when all its markers are written. */
export function complete(transaction: Transaction, now: number): Transaction {
  const { nextProducerId, producerId, producerEpoch, state } = transaction
  const moves = nextProducerId >= 0
  return {
    ...transaction,
    state: state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    producerId: moves ? nextProducerId : producerId,
    producerEpoch: moves ? 0 : producerEpoch,
    previousProducerId: producerId,
    nextProducerId: -1,
    participants: nobody,
    updatedAt: now,
  }
}
