import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DeleteRecords,
  DescribeProducers,
  DescribeTopicPartitions,
  DescribeTransactions,
  EndTxn,
  Fetch,
  InitProducerId,
  ListOffsets,
  ListTransactions,
  Metadata,
  OffsetForLeaderEpoch,
  Produce,
  TxnOffsetCommit,
  WriteTxnMarkers,
} from '../../../src/protocol/apis/index.ts'
import { type BatchOptions, encodeBatch } from '../../../src/protocol/records/record.ts'
import { blurred, MINE, MISSING, NOWHERE, OTHER, type Question, questions, SOON, without } from './requests.ts'

const RECORD_TIME = 1_700_000_000_000
const names = [MINE, OTHER, MISSING, SOON]
const ids = [`$${MINE}`, `$${OTHER}`, NOWHERE]
/** A producer of whom nobody has heard. */
const producer = { producerId: 4711, producerEpoch: 0 }

export const records = (options: BatchOptions = {}) =>
  encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: RECORD_TIME }], options)

/** Ours says in a sentence what was wrong, Apache's leaves it out, and tells a time where it has the batch already. */
const produced = without('errorMessage', 'logAppendTimeMs')
const producing = (transactionalId: string | null, options: BatchOptions = {}) => {
  const partitionData = [{ index: 0, records: records(options) }]
  const rest = { transactionalId, acks: -1, timeoutMs: 5000 }
  return {
    byName: { ...rest, topicData: ['mine-in', 'other-in', MISSING, SOON].map((name) => ({ name, partitionData })) },
    byId: { ...rest, topicData: ['$mine-in', '$other-in', NOWHERE].map((topicId) => ({ topicId, partitionData })) },
  }
}
const transactional = { ...producer, baseSequence: 0, transactional: true }

const produce: Question[] = [
  ...questions(Produce, [3, 12], producing(null).byName, produced),
  ...questions(Produce, [13], producing(null).byId, produced),
  ...questions(Produce, [9, 12], producing(null, { ...producer, baseSequence: 0 }).byName, produced),
  ...[MINE, OTHER].flatMap((id) => [
    ...questions(Produce, [9, 12], producing(id, transactional).byName, produced),
    ...questions(Produce, [13], producing(id, transactional).byId, produced),
  ]),
  ...questions(Produce, [9], producing(null, transactional).byName, produced),
]

const fetching = <T extends object>(more: T) => ({
  ...{ maxWaitMs: 0, minBytes: 0, isolationLevel: 0, sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [] },
  ...more,
})
const fetched = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
const fetchedByName = names.map((topic) => ({ topic, partitions: fetched }))
const fetchedById = ids.map((topicId) => ({ topicId, partitions: fetched }))

const withoutLeader = without('currentLeader')

const fetch: Question[] = [
  ...questions(Fetch, [4, 12], fetching({ topics: fetchedByName })),
  ...questions(Fetch, [13, 18], fetching({ topics: fetchedById })),
  // A session begins with its first answer.
  ...questions(Fetch, [7, 12], fetching({ topics: fetchedByName, sessionEpoch: 0 }), blurred('sessionId')),
  ...questions(Fetch, [18], fetching({ topics: fetchedById, sessionEpoch: 0 }), blurred('sessionId')),
  // As a follower that is not there.
  ...questions(Fetch, [11], fetching({ topics: fetchedByName, replicaId: 9 })),
  ...questions(
    Fetch,
    [17],
    fetching({ topics: fetchedById, replicaState: { replicaId: 9, replicaEpoch: -1 } }),
    withoutLeader,
  ),
]

const look: Question[] = [
  ...questions(Metadata, [0, 1], { topics: names.map((name) => ({ name })) }),
  ...questions(Metadata, [0], { topics: [] }),
  ...questions(Metadata, [1, 12], { topics: null, allowAutoTopicCreation: true }),
  ...questions(Metadata, [4, 13], { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }),
  ...questions(Metadata, [8, 10], {
    topics: [MINE, OTHER, MISSING].map((name) => ({ name })),
    ...{ allowAutoTopicCreation: false, includeClusterAuthorizedOperations: true },
    includeTopicAuthorizedOperations: true,
  }),
  ...questions(Metadata, [12, 13], {
    topics: ids.map((topicId) => ({ topicId, name: null })),
    ...{ allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
  }),
  ...questions(DescribeTopicPartitions, [0], { topics: names.map((name) => ({ name })) }),
  ...questions(DescribeTopicPartitions, [0], { topics: [] }),
  ...questions(DescribeTopicPartitions, [0], { topics: [], responsePartitionLimit: 2 }),
  ...questions(DescribeTopicPartitions, [0], {
    topics: [MINE, OTHER].map((name) => ({ name })),
    cursor: { topicName: OTHER, partitionIndex: 0 },
  }),
  ...questions(ListOffsets, [1, 11], {
    replicaId: -1,
    topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
  }),
  ...questions(OffsetForLeaderEpoch, [2, 4], {
    topics: names.map((topic) => ({ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] })),
  }),
  ...questions(DescribeProducers, [0], { topics: names.map((name) => ({ name, partitionIndexes: [0] })) }),
  ...questions(DeleteRecords, [0, 2], {
    topics: ['mine-in', 'other-in', MISSING, SOON].map((name) => ({
      ...{ name, partitions: [{ partitionIndex: 0, offset: 0 }] },
    })),
    timeoutMs: 5000,
  }),
]

const group = (groupId: string, transactionalId: string) => ({ transactionalId, groupId, ...producer })
const committed = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
const added = names.map((name) => ({ name, partitions: [0] }))

const transactions: Question[] = [
  ...questions(InitProducerId, [0, 5], { transactionalId: null, transactionTimeoutMs: 1000 }, blurred('producerId')),
  ...[MINE, OTHER].flatMap((transactionalId) => [
    ...questions(InitProducerId, [0, 5], { transactionalId, transactionTimeoutMs: 1000 }, blurred('producerId')),
    ...questions(EndTxn, [0, 5], { transactionalId, ...producer, committed: true }),
    ...[added, added.slice(0, 1)].flatMap((v3AndBelowTopics) =>
      questions(AddPartitionsToTxn, [0, 3], {
        ...{ v3AndBelowTransactionalId: transactionalId, v3AndBelowProducerId: 4711, v3AndBelowProducerEpoch: 0 },
        v3AndBelowTopics,
      }),
    ),
    ...[MINE, OTHER].flatMap((groupId) => [
      ...questions(AddOffsetsToTxn, [0, 4], group(groupId, transactionalId)),
      ...questions(TxnOffsetCommit, [0], {
        ...group(groupId, transactionalId),
        topics: [OTHER, MISSING].map((name) => ({ name, partitions: committed })),
      }),
      ...questions(TxnOffsetCommit, [3, 5], {
        ...{ ...group(groupId, transactionalId), memberId: 'nobody', generationId: 1 },
        topics: names.map((name) => ({ name, partitions: committed })),
      }),
    ]),
  ]),
  ...questions(AddPartitionsToTxn, [4, 5], {
    transactions: [MINE, OTHER].map((transactionalId) => ({
      ...{ transactionalId, ...producer, verifyOnly: true, topics: added },
    })),
  }),
  ...questions(WriteTxnMarkers, [1, 2], {
    markers: [
      {
        ...{ ...producer, transactionResult: true, coordinatorEpoch: 0 },
        topics: [{ name: MISSING, partitionIndexes: [0, 1] }],
      },
    ],
  }),
  ...questions(
    DescribeTransactions,
    [0],
    { transactionalIds: [MINE, 'mine-open', OTHER, MISSING, SOON] },
    blurred('producerId', 'producerEpoch', 'transactionStartTimeMs'),
  ),
  ...questions(ListTransactions, [0, 2], { stateFilters: [], producerIdFilters: [] }, blurred('producerId')),
]

/** What clients ask that write and read records. */
export const dataQuestions: readonly Question[] = [...look, ...fetch, ...produce, ...transactions]
