import { api, bool, int16, int32, int64, string } from '../schema/index.ts'

/** From version 5 on the answer carries the producer's next epoch (KIP-890). */
export const EndTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 5],
  flexible: 3,
  to: 'transaction-coordinator',
  request: { transactionalId: string, producerId: int64, producerEpoch: int16, committed: bool },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: int64.since(5).default(-1).ignorable(),
    producerEpoch: int16.since(5).default(-1).ignorable(),
  },
})
