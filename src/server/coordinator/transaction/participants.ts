import { KafkaError } from '../../../protocol/errors.ts'
import type { Decision } from '../../machine/runner.ts'
import type { TransactionRecord } from './records.ts'
import { isPrepared, type Participants, type Transaction, takesPart, union } from './transaction.ts'

export interface ProducerClaim {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Throws unless this is the transaction's producer, and the transaction before is complete. */
function checkProducer(
  transaction: Transaction | undefined,
  { producerId, producerEpoch }: ProducerClaim,
): Transaction {
  if (transaction === undefined || transaction.producerId !== producerId)
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (transaction.producerEpoch !== producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  if (isPrepared(transaction)) throw new KafkaError('CONCURRENT_TRANSACTIONS')
  return transaction
}

/** Lets partitions take part; the first ones begin the transaction. Throws like `checkProducer`. */
export function addParticipants(
  known: Transaction | undefined,
  claim: ProducerClaim,
  partitions: Participants,
  { now, version }: { readonly now: number; readonly version: number },
): Decision<TransactionRecord, void> {
  const transaction = checkProducer(known, claim)
  const isOngoing = transaction.state === 'Ongoing'
  if (isOngoing && includes(transaction, partitions)) return { records: [], reply: undefined }
  const value: Transaction = {
    ...transaction,
    previousProducerId: transaction.producerId,
    state: 'Ongoing',
    participants: union(transaction.participants, partitions),
    startedAt: isOngoing ? transaction.startedAt : now,
    updatedAt: now,
    clientVersion: version,
  }
  return { records: [{ id: value.id, value }], reply: undefined }
}

function includes(transaction: Transaction, partitions: Participants): boolean {
  for (const [topic, indexes] of partitions)
    for (const index of indexes) if (!takesPart(transaction, topic, index)) return false
  return true
}

/** Throws unless a partition takes part (KIP-890): TRANSACTION_ABORTABLE when its producer did not tell of it. */
export function verifyParticipant(
  known: Transaction | undefined,
  claim: ProducerClaim,
  topic: string,
  partition: number,
): void {
  const transaction = checkProducer(known, claim)
  if (!takesPart(transaction, topic, partition)) throw new KafkaError('TRANSACTION_ABORTABLE')
}
