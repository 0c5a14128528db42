import { api, int16, int32, int64, string } from '../schema/index.ts'

/** Version 6, with transactions in two phases (KIP-939), is not offered by Kafka 4.3 yet. */
export const InitProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 5],
  flexible: 2,
  to: 'transaction-coordinator',
  request: {
    transactionalId: string.nullable(),
    transactionTimeoutMs: int32,
    producerId: int64.since(3).default(-1),
    producerEpoch: int16.since(3).default(-1),
  },
  response: {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16,
    producerId: int64.default(-1),
    producerEpoch: int16,
  },
})
