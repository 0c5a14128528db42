import { AddPartitionsToTxn } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import * as batch from '../../../protocol/records/batch.ts'
import { EPOCH_BUMPS } from '../../coordinator/transaction/transaction.ts'
import type { TransactionClaim } from '../../coordinator/transaction/transaction-coordinator.ts'
import { verifiesTransactions } from '../../metadata/effective-config.ts'
import type { Partition } from '../../replication/partition.ts'
import type { BrokerServices } from '../services.ts'

/**
 * What a client of some version lets its broker do about a partition of which the coordinator does not know yet (KIP-890): `verify` with
 * errors that old clients understand, `verify-abortable` with TRANSACTION_ABORTABLE, `add` without having been told before.
 */
export type Admission = 'verify' | 'verify-abortable' | 'add'

/** Versions of Produce from which each holds. */
const admissionOfProduce = (version: number): Admission =>
  version >= 12 ? 'add' : version >= 11 ? 'verify-abortable' : 'verify'
/** Versions of TxnOffsetCommit. */
export const admissionOfOffsets = (version: number): Admission =>
  version >= 5 ? 'add' : version >= 4 ? 'verify-abortable' : 'verify'

export const isTransactional = (records: Buffer): boolean =>
  records.length >= batch.BATCH_HEADER && batch.isTransactional(records)

/**
 * Lets a batch into its producer's transaction, so that none is ever left open in a partition that the coordinator does not know of.
 * Undefined when it may be appended now, else when it may. Throws `KafkaError`.
 */
export function admitBatch(
  broker: Transactions & Pick<BrokerServices, 'image'>,
  { topic, index, log }: Partition,
  records: Buffer,
  transactionalId: string,
  version: number,
): Promise<void> | undefined {
  const producerId = batch.producerId(records)
  const producerEpoch = batch.producerEpoch(records)
  const known = log.producer(producerId)
  if (known && known.currentTxnStartOffset >= 0 && known.producerEpoch === producerEpoch) return undefined
  const admission = admissionOfProduce(version)
  if (admission !== 'add' && !verifiesTransactions(broker.image, broker.config)) return undefined
  const claim = { transactionalId, producerId, producerEpoch }
  return admit(broker, claim, topic, index, admission)
}

/**
 * A batch must not overtake an earlier one that was not let in: with an epoch for each transaction the first one in a partition has sequence 0. Throws
 * OUT_OF_ORDER_SEQUENCE_NUMBER, after which the producer sends both again.
 */
export function checkIsFirst({ log }: Partition, records: Buffer, version: number): void {
  if (admissionOfProduce(version) !== 'add' || batch.baseSequence(records) === 0) return
  if (log.producer(batch.producerId(records)) === undefined)
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `The first batch of a transaction in ${log.name} has sequence number ${batch.baseSequence(records)} instead of 0`,
    )
}

/** What knows of transactions, here or at the broker that coordinates them. */
type Transactions = Pick<BrokerServices, 'transactions' | 'peers' | 'config'>

/** The same for any partition. The errors are those for a client of the version that `admission` stands for. */
export function admit(
  broker: Transactions,
  claim: TransactionClaim,
  topic: string,
  index: number,
  admission: Admission,
): Promise<void> | undefined {
  const { transactions } = broker
  try {
    const coordinator = transactions.leaderNow(claim.transactionalId)
    if (coordinator !== undefined && coordinator !== broker.config.nodeId)
      return askCoordinator(broker, coordinator, claim, topic, index, admission)
    if (admission === 'add') return transactions.add(claim, new Map([[topic, new Set([index])]]), EPOCH_BUMPS)
    transactions.verify(claim, topic, index)
    return undefined
  } catch (error) {
    throw error instanceof KafkaError ? translated(error, admission) : error
  }
}

/** Asks another broker, which coordinates the transaction. */
async function askCoordinator(
  { peers }: Transactions,
  coordinator: number,
  { transactionalId, producerId, producerEpoch }: TransactionClaim,
  name: string,
  index: number,
  admission: Admission,
): Promise<void> {
  const topics = [{ name, partitions: [index] }]
  const transaction = { transactionalId, producerId, producerEpoch, verifyOnly: admission !== 'add', topics }
  try {
    const answer = await peers.ask(coordinator, 'transactions', AddPartitionsToTxn, { transactions: [transaction] })
    const result = answer.resultsByTransaction[0]?.topicResults[0]?.resultsByPartition[0]
    const code = answer.errorCode !== Errors.NONE ? answer.errorCode : result?.partitionErrorCode
    if (code === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    if (code !== Errors.NONE) throw new KafkaError(code)
  } catch (error) {
    throw error instanceof KafkaError ? translated(error, admission) : error
  }
}

function translated(error: KafkaError, admission: Admission): KafkaError {
  switch (error.error) {
    case 'PRODUCER_FENCED':
      return new KafkaError('INVALID_PRODUCER_EPOCH')
    case 'TRANSACTION_ABORTABLE':
      return admission === 'verify'
        ? new KafkaError('INVALID_TXN_STATE', 'Partition was not added to the transaction')
        : error
    case 'CONCURRENT_TRANSACTIONS':
      return admission === 'add' ? error : unable(error)
    case 'NOT_COORDINATOR':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'NETWORK_EXCEPTION':
    case 'BROKER_NOT_AVAILABLE':
      return unable(error)
    default:
      return error
  }
}

/** Old clients try again after this one. */
const unable = (cause: KafkaError): KafkaError =>
  new KafkaError(
    'NOT_ENOUGH_REPLICAS',
    `Unable to verify the partition has been added to the transaction. Underlying error: ${cause.error}`,
  )
