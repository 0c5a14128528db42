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
    previousProducerId: int64.tag(0, 1).default(-1),
    nextProducerId: int64.tag(1, 1).default(-1),
    producerEpoch: int16,
    nextProducerEpoch: int16.tag(3, 1).default(-1),
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: array({
      topic: string,
      partitionIds: array(int32),
    }).nullable(),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
    clientTransactionVersion: int16.tag(2, 1),
  },
})
