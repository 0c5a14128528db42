import { api, array, bool, int16, int32, int64, string } from '../schema/index.ts'

const topics = array({ name: string, partitions: array(int32) })

const topicResults = array({
  name: string,
  resultsByPartition: array({ partitionIndex: int32, partitionErrorCode: int16 }),
})

/** Versions 4 and later are for brokers, which ask for many transactions at once (KIP-890). */
export const AddPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 5],
  flexible: 3,
  to: 'transaction-coordinator',
  request: {
    transactions: array({
      transactionalId: string.since(4),
      producerId: int64.since(4),
      producerEpoch: int16.since(4),
      verifyOnly: bool.since(4).default(false),
      topics: topics.since(4),
    }).since(4),
    v3AndBelowTransactionalId: string.until(3),
    v3AndBelowProducerId: int64.until(3),
    v3AndBelowProducerEpoch: int16.until(3),
    v3AndBelowTopics: topics.until(3),
  },
  response: {
    throttleTimeMs: int32,
    errorCode: int16.since(4).ignorable(),
    resultsByTransaction: array({
      transactionalId: string.since(4),
      topicResults: topicResults.since(4),
    }).since(4),
    resultsByTopicV3AndBelow: topicResults.until(3),
  },
})
