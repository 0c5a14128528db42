import {
  AlterShareGroupOffsets,
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteShareGroupOffsets,
  DeleteShareGroupState,
  DescribeGroups,
  DescribeShareGroupOffsets,
  FindCoordinator,
  Heartbeat,
  InitializeShareGroupState,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  ReadShareGroupState,
  ReadShareGroupStateSummary,
  ShareAcknowledge,
  ShareFetch,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
  StreamsGroupDescribe,
  StreamsGroupHeartbeat,
  SyncGroup,
  WriteShareGroupState,
} from '../../../src/protocol/apis/index.ts'
import { MINE, MISSING, NOWHERE, OTHER, type Question, questions, SOON } from './requests.ts'

/** Each request names one group; the members that speak are not there. */
const groups = [MINE, OTHER]
const nobody = { memberId: 'nobody', generationId: 1 }
const names = [MINE, OTHER, MISSING, SOON]
const ids = [`$${MINE}`, `$${OTHER}`, NOWHERE]

const committed = [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }]
const joining = { sessionTimeoutMs: 10_000, memberId: 'nobody', protocolType: 'consumer' }
const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]

const classic: Question[] = [
  ...groups.flatMap((groupId) => [
    ...questions(JoinGroup, [0, 9], { groupId, ...joining, protocols }),
    ...questions(SyncGroup, [0, 5], { groupId, ...nobody, assignments: [] }),
    ...questions(Heartbeat, [0, 4], { groupId, ...nobody }),
    ...questions(LeaveGroup, [0, 2], { groupId, memberId: 'nobody' }),
    ...questions(LeaveGroup, [3, 5], { groupId, members: [{ memberId: 'nobody' }] }),
    ...questions(OffsetCommit, [2, 9], { groupId, topics: names.map((name) => ({ name, partitions: committed })) }),
    ...questions(OffsetCommit, [10], { groupId, topics: ids.map((topicId) => ({ topicId, partitions: committed })) }),
    ...questions(OffsetFetch, [1, 7], {
      groupId,
      topics: names.map((name) => ({ name, partitionIndexes: [0] })),
    }),
    ...questions(OffsetFetch, [2, 7], { groupId, topics: null }),
    // Partitions for which no offset was committed.
    ...questions(OffsetDelete, [0], {
      groupId,
      topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 1 }] })),
    }),
  ]),
  ...questions(OffsetFetch, [8, 9], {
    groups: [MINE, OTHER, MISSING].map((groupId) => ({
      ...{ groupId, topics: names.map((name) => ({ name, partitionIndexes: [0] })) },
    })),
  }),
  ...questions(OffsetFetch, [10], {
    groups: [MINE, OTHER].map((groupId) => ({
      ...{ groupId, topics: ids.map((topicId) => ({ topicId, partitionIndexes: [0] })) },
    })),
  }),
  ...questions(OffsetFetch, [8, 10], { groups: [MINE, OTHER].map((groupId) => ({ groupId, topics: null })) }),
  ...questions(DescribeGroups, [0], { groups: names }),
  ...questions(DescribeGroups, [3, 6], { groups: names, includeAuthorizedOperations: true }),
  ...questions(ListGroups, [0, 5], {}),
  ...[0, 1].flatMap((keyType) =>
    groups.flatMap((key) => questions(FindCoordinator, keyType === 0 ? [0, 3] : [1, 3], { key, keyType })),
  ),
  ...[0, 1].flatMap((keyType) => questions(FindCoordinator, [4, 6], { keyType, coordinatorKeys: [MINE, OTHER] })),
  ...questions(FindCoordinator, [5, 6], { keyType: 2, coordinatorKeys: [`${MINE}:${NOWHERE}:0`] }),
]

const subtopology = {
  ...{ subtopologyId: '0', sourceTopicRegex: [], stateChangelogTopics: [], repartitionSinkTopics: [] },
  ...{ repartitionSourceTopics: [], copartitionGroups: [] },
}
/** Topics that a member of a streams group reads, and topics that are to be made for it. */
export const topology = (sourceTopics: string[], internal: string[] = []) => ({
  epoch: 0,
  subtopologies: [
    {
      ...{ ...subtopology, sourceTopics },
      stateChangelogTopics: internal.map((name) => ({ name, partitions: 0, replicationFactor: 0, topicConfigs: [] })),
    },
  ],
})
export const joiningStreams = {
  ...{ memberEpoch: 0, endpointInformationEpoch: 0, rebalanceTimeoutMs: 60_000, processId: 'p' },
  ...{ activeTasks: [], standbyTasks: [], warmupTasks: [] },
}

const described = (kind: string) => [
  `mine-${kind}`,
  `mine-${kind}-both`,
  `other-${kind}`,
  `mine-${kind}-offsets`,
  MISSING,
  SOON,
]
const subscriptions = [[MINE], [MINE, OTHER], [SOON], [MISSING]]

const modern: Question[] = [
  ...groups.flatMap((groupId) => [
    ...subscriptions.flatMap((subscribedTopicNames) => [
      ...questions(ConsumerGroupHeartbeat, [0, 1], {
        ...{ groupId: `${groupId}-absent`, memberId: 'nobody', memberEpoch: 5, subscribedTopicNames },
      }),
      ...questions(ShareGroupHeartbeat, [1], {
        ...{ groupId: `${groupId}-absent`, memberId: 'nobody', memberEpoch: 5, subscribedTopicNames },
      }),
      ...questions(StreamsGroupHeartbeat, [0], {
        ...{ groupId: `${groupId}-absent`, memberId: 'nobody', ...joiningStreams, memberEpoch: 5 },
        topology: topology(subscribedTopicNames),
      }),
    ]),
    ...questions(StreamsGroupHeartbeat, [0], {
      ...{ groupId: `${groupId}-absent`, memberId: 'nobody', ...joiningStreams, memberEpoch: 5 },
      topology: topology([MINE], ['store']),
    }),
  ]),
  ...[false, true].flatMap((includeAuthorizedOperations) => [
    ...questions(ConsumerGroupDescribe, [0, 1], { groupIds: described('consumer'), includeAuthorizedOperations }),
    ...questions(ShareGroupDescribe, [1], { groupIds: described('share'), includeAuthorizedOperations }),
    ...questions(StreamsGroupDescribe, [0], { groupIds: described('streams'), includeAuthorizedOperations }),
  ]),
]

const epochs = { shareSessionEpoch: 0 }
const sizes = { maxWaitMs: 0, minBytes: 0, maxBytes: 1_000_000, maxRecords: 10, batchSize: 10 }
const member = { memberId: 'aaaaaaaaaaaaaaaaaaaaaa' }
/** Where there is an authorizer, Apache's broker fails at a topic that is not there. */
const shared = ids
  .slice(0, 2)
  .map((topicId) => ({ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }))
const stateOf = <T extends object>(fields: T) => ({
  groupId: 'mine-state',
  topics: [`$${MINE}`, `$${OTHER}`].map((topicId) => ({ topicId, partitions: [{ partition: 0, ...fields }] })),
})

const share: Question[] = [
  ...groups.flatMap((name) => {
    const groupId = `${name}-share`
    return [
      // Only a session's end, and acknowledgements without a session: nothing is acquired.
      ...questions(ShareFetch, [1, 2], {
        ...{ groupId, ...member, ...sizes, shareSessionEpoch: -1, topics: shared, forgottenTopicsData: [] },
      }),
      ...questions(ShareAcknowledge, [1, 2], { groupId, ...member, shareSessionEpoch: 1, topics: shared }),
      ...questions(AlterShareGroupOffsets, [0], {
        groupId,
        topics: names.map((topicName) => ({ topicName, partitions: [{ partitionIndex: 0, startOffset: 0 }] })),
      }),
      ...questions(AlterShareGroupOffsets, [0], {
        groupId: `${name}-absent`,
        topics: names.map((topicName) => ({ topicName, partitions: [{ partitionIndex: 0, startOffset: 0 }] })),
      }),
      ...questions(DeleteShareGroupOffsets, [0], { groupId, topics: names.map((topicName) => ({ topicName })) }),
      ...questions(DeleteShareGroupOffsets, [0], {
        groupId: `${name}-absent`,
        topics: names.map((topicName) => ({ topicName })),
      }),
    ]
  }),
  ...questions(ShareFetch, [2], {
    // What there is of the group is looked for first, which Apache's broker waits for as long as it may.
    ...{ groupId: 'mine-share', ...member, ...sizes, ...epochs, forgottenTopicsData: [], maxWaitMs: 2000, minBytes: 1 },
    topics: shared.slice(1),
  }),
  ...questions(DescribeShareGroupOffsets, [0, 1], {
    groups: described('share').map((groupId) => ({
      groupId,
      topics: names.map((topicName) => ({ topicName, partitions: [0] })),
    })),
  }),
  ...questions(DescribeShareGroupOffsets, [1], {
    groups: described('share').map((groupId) => ({ groupId, topics: null })),
  }),
  ...questions(InitializeShareGroupState, [0], stateOf({ stateEpoch: 1, startOffset: 0 })),
  ...questions(ReadShareGroupState, [0], stateOf({ leaderEpoch: 0 })),
  ...questions(
    WriteShareGroupState,
    [0, 1],
    stateOf({ stateEpoch: 1, leaderEpoch: 0, startOffset: 0, stateBatches: [] }),
  ),
  ...questions(ReadShareGroupStateSummary, [0, 1], stateOf({ leaderEpoch: 0 })),
  ...questions(DeleteShareGroupState, [0], stateOf({})),
]

/** What members of groups ask, and those who look after groups. */
export const groupQuestions: readonly Question[] = [...classic, ...modern, ...share]
