import type { NewRecord } from '../../../protocol/records/record.ts'
import { Reader, Writer } from '../../../protocol/schema/index.ts'
import { TransactionLogKey, TransactionLogValue } from '../../../protocol/stored/transaction-records.ts'
import { type Transaction, transactionStates } from './transaction.ts'

/** A record of `__transaction_state`; one without a value removes the transactional id. */
export interface TransactionRecord {
  readonly id: string
  readonly value: Transaction | undefined
}

const KEY = 0
/** The flexible version, which has the fields of transaction.version 2. */
const VALUE = 1

/** @param valueVersion version of the value: 0 for clusters below transaction.version 1 */
export function encodeTransactionRecord(
  { id, value }: TransactionRecord,
  timestamp: number,
  valueVersion: number,
): NewRecord {
  return { key: encodeKey(id), value: value ? encodeValue(value, valueVersion) : null, timestamp }
}

function encodeKey(transactionalId: string): Buffer {
  const writer = new Writer(64)
  writer.int16(KEY)
  // The field has no versions of its own: the number in front is the kind of record.
  TransactionLogKey.codec(0).encode(writer, { transactionalId })
  return writer.concat()
}

function encodeValue(transaction: Transaction, version: number): Buffer {
  const { participants, state } = transaction
  const writer = new Writer(128)
  writer.int16(version)
  TransactionLogValue.codec(version).encode(writer, {
    producerId: transaction.producerId,
    previousProducerId: transaction.previousProducerId,
    nextProducerId: transaction.nextProducerId,
    producerEpoch: transaction.producerEpoch,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStatus: transactionStates.indexOf(state),
    transactionPartitions:
      state === 'Empty'
        ? null
        : Array.from(participants, ([topic, partitions]) => ({ topic, partitionIds: [...partitions] })),
    transactionLastUpdateTimestampMs: transaction.updatedAt,
    transactionStartTimestampMs: transaction.startedAt,
    clientTransactionVersion: transaction.clientVersion,
  })
  return writer.concat()
}

export const valueVersion = (transactionVersion: number): number => (transactionVersion >= 1 ? VALUE : 0)

/** Undefined for records of kinds, or in versions, that this broker does not know. */
export function decodeTransactionRecord(key: Buffer, value: Buffer | null): TransactionRecord | undefined {
  if (key.readInt16BE(0) !== KEY) return undefined
  const { transactionalId: id } = TransactionLogKey.codec(0).decode(new Reader(key, 2))
  if (value === null) return { id, value: undefined }
  const stored = TransactionLogValue.codec(value.readInt16BE(0)).decode(new Reader(value, 2))
  const state = transactionStates[stored.transactionStatus]
  if (state === undefined) return undefined
  const participants = new Map<string, Set<number>>()
  for (const { topic, partitionIds } of stored.transactionPartitions ?? [])
    participants.set(topic, new Set([...(participants.get(topic) ?? []), ...partitionIds]))
  const transaction: Transaction = {
    id,
    producerId: stored.producerId,
    producerEpoch: stored.producerEpoch,
    lastProducerEpoch: -1,
    previousProducerId: stored.previousProducerId,
    nextProducerId: stored.nextProducerId,
    timeoutMs: stored.transactionTimeoutMs,
    state,
    participants,
    startedAt: stored.transactionStartTimestampMs,
    updatedAt: stored.transactionLastUpdateTimestampMs,
    clientVersion: stored.clientTransactionVersion,
  }
  return { id, value: transaction }
}
