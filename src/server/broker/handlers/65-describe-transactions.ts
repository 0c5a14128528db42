import { DescribeTransactions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'

/** There are no transactions here, and so none by any id. */
export const describeTransactions = (): Handler =>
  handler(DescribeTransactions, ({ transactionalIds }) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((transactionalId) => ({
      errorCode: Errors.TRANSACTIONAL_ID_NOT_FOUND as number,
      transactionalId,
      transactionState: '',
      transactionTimeoutMs: 0,
      transactionStartTimeMs: 0,
      producerId: 0,
      producerEpoch: 0,
      topics: [],
    })),
  }))
