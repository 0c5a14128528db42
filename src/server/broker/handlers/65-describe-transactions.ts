import { DescribeTransactions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { attempt } from './attempt.ts'

export function describeTransactions(broker: BrokerServices): Handler {
  return handler(DescribeTransactions, ({ transactionalIds }, { access }) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((transactionalId) =>
      attempt(
        () => {
          access.check('DESCRIBE', 'TRANSACTIONAL_ID', transactionalId)
          const transaction = broker.transactions.describe(transactionalId)
          return {
            errorCode: Errors.NONE as number,
            transactionalId,
            transactionState: transaction.state as string,
            transactionTimeoutMs: transaction.timeoutMs,
            transactionStartTimeMs: transaction.startedAt,
            producerId: transaction.producerId,
            producerEpoch: transaction.producerEpoch,
            topics: [...transaction.participants].flatMap(([topic, partitions]) =>
              access.may('DESCRIBE', 'TOPIC', topic) ? [{ topic, partitions: [...partitions] }] : [],
            ),
          }
        },
        ({ code }) => ({ ...unknown, errorCode: code, transactionalId }),
      ),
    ),
  }))
}

const unknown = {
  transactionState: '',
  transactionTimeoutMs: 0,
  transactionStartTimeMs: 0,
  producerId: 0,
  producerEpoch: 0,
  topics: [],
}
