/** Keys and values of `__transaction_state`. */
import { array, int8, int16, int32, int64, message, string } from '../schema/index.ts'

export const TransactionLogKey = message({
  name: 'TransactionLogKey',
  key: 0,
  versions: [0, 0],
  fields: {
    transactionalId: string.until(0),
  },
})

export const TransactionLogValue = message({
  name: 'TransactionLogValue',
  key: 0,
  versions: [0, 1],
  flexible: 1,
  fields: {
    producerId: int64,
    previousProducerId: int64.since(1).tag(0).default(-1).ignorable(),
    nextProducerId: int64.since(1).tag(1).default(-1).ignorable(),
    producerEpoch: int16,
    nextProducerEpoch: int16.since(1).tag(3).default(-1).ignorable(),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: array({
      topic: string,
      partitionIds: array(int32),
    }).nullable(),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: int16.since(1).tag(2).ignorable(),
  },
})
