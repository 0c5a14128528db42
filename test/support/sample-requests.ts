import { encodeBatch } from '../../src/protocol/records/record.ts'
import { ZERO_UUID } from '../../src/std/uuid.ts'

/**
 * A request of each API by its name, for a broker with a topic `t` of the given id; `found` asks for what is there. Names of groups and of what is
 * made differ, so that versions do not get in each other's way.
 */
export function sampleRequests(topicId: string): Record<string, (version: number, found: boolean) => object> {
  const named = (version: number, since: number) => (name: string, found: boolean) =>
    version >= since ? { topicId: found ? topicId : 'xxxxxxxxxxxxxxxxxxxxxw' } : { name }

  const sharePartition = (found: boolean, fields: object) => ({
    groupId: 'shared',
    topics: [{ topicId: found ? topicId : 'xxxxxxxxxxxxxxxxxxxxxw', partitions: [{ partition: 0, ...fields }] }],
  })

  return {
    Produce: (version, found) => {
      const records = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 1_700_000_000_000 }])
      const topic = named(version, 13)(found ? 't' : 'nowhere', found)
      return { acks: -1, timeoutMs: 1000, topicData: [{ ...topic, partitionData: [{ index: 0, records }] }] }
    },
    Fetch: (version, found) => {
      const topic =
        version >= 13 ? { topicId: found ? topicId : 'xxxxxxxxxxxxxxxxxxxxxw' } : { topic: found ? 't' : 'nowhere' }
      const partitions = [
        { partition: 0, currentLeaderEpoch: version >= 9 && !found ? 7 : -1, fetchOffset: 0, partitionMaxBytes: 1000 },
      ]
      return { maxWaitMs: 0, minBytes: 0, maxBytes: 1000, topics: [{ ...topic, partitions }], forgottenTopicsData: [] }
    },
    ListOffsets: (_, found) => ({
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: found ? 't' : 'nowhere', partitions: [{ partitionIndex: 0, timestamp: found ? -1 : 0 }] }],
    }),
    Metadata: (version, found) => ({
      topics: found ? (version === 0 ? [] : null) : [{ name: 't' }, { name: 'bad name' }],
      includeTopicAuthorizedOperations: version >= 8,
    }),
    OffsetCommit: (version, found) => ({
      groupId: found ? 'g' : '',
      memberId: '',
      topics: [
        {
          ...named(version, 10)('t', true),
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'm' }],
        },
      ],
    }),
    OffsetFetch: (version, found) => {
      if (version < 8)
        return { groupId: found ? 'g' : 'other', topics: [{ name: 't', partitionIndexes: [0] }], groups: [] }
      const topics = found ? null : [{ ...named(version, 10)('t', true), partitionIndexes: [0] }]
      return { groups: [{ groupId: 'g', topics }], requireStable: false }
    },
    FindCoordinator: (version, found) =>
      version >= 4
        ? { keyType: found ? 0 : 9, coordinatorKeys: ['g'] }
        : { key: 'g', keyType: found || version === 0 ? 0 : 9 },
    JoinGroup: (version, found) => ({
      // The member of one version would have that of the next one wait until its session is over.
      groupId: `joined-${version}`,
      sessionTimeoutMs: found ? 10_000 : 1,
      rebalanceTimeoutMs: 10_000,
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(6) }],
    }),
    Heartbeat: () => ({ groupId: 'g', generationId: 1, memberId: 'm' }),
    LeaveGroup: (version) => ({
      groupId: 'g',
      ...(version >= 3 ? { members: [{ memberId: 'm' }] } : { memberId: 'm' }),
    }),
    SyncGroup: (version) => ({
      groupId: 'g',
      generationId: 1,
      memberId: 'm',
      ...(version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {}),
      assignments: [],
    }),
    DescribeGroups: (_, found) => ({ groups: [found ? 'g' : 'nobody'], includeAuthorizedOperations: false }),
    ListGroups: () => ({ statesFilter: [], typesFilter: [] }),
    ApiVersions: () => ({ clientSoftwareName: 'test', clientSoftwareVersion: '1' }),
    CreateTopics: (version, found) => ({
      topics: [
        { name: found ? `made-${version}` : 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
      ],
      timeoutMs: 1000,
      validateOnly: false,
    }),
    DeleteTopics: (version, found) => {
      const name = found ? `made-${version + 1}` : 'nowhere'
      return { ...(version >= 6 ? { topics: [{ name }], topicNames: [] } : { topicNames: [name] }), timeoutMs: 1000 }
    },
    DeleteRecords: (_, found) => ({
      topics: [{ name: found ? 't' : 'nowhere', partitions: [{ partitionIndex: 0, offset: 0 }] }],
      timeoutMs: 1,
    }),
    InitProducerId: (_, found) => ({ transactionalId: found ? null : 'tx', transactionTimeoutMs: 1000 }),
    OffsetForLeaderEpoch: (_, found) => ({
      topics: [{ topic: found ? 't' : 'nowhere', partitions: [{ partition: 0, leaderEpoch: 0 }] }],
    }),
    ConsumerGroupHeartbeat: (version, found) => ({
      ...{ groupId: found ? 'modern' : 'nobody', memberId: `m${version}`, memberEpoch: found ? 0 : 7 },
      ...{ rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'], topicPartitions: [] },
    }),
    ConsumerGroupDescribe: (_, found) => ({
      ...{ groupIds: [found ? 'modern' : 'nobody'], includeAuthorizedOperations: true },
    }),
    ShareGroupHeartbeat: (_, found) => ({
      ...{ groupId: found ? 'shared' : 'nobody', memberId: 'm', memberEpoch: found ? 0 : 7 },
      subscribedTopicNames: ['t'],
    }),
    ShareGroupDescribe: (_, found) => ({
      ...{ groupIds: [found ? 'shared' : 'nobody'], includeAuthorizedOperations: true },
    }),
    ShareFetch: (_, found) => ({
      ...{ groupId: 'shared', memberId: 'm', shareSessionEpoch: found ? 0 : 7, maxWaitMs: 0, minBytes: 0 },
      ...{ maxRecords: 10, batchSize: 10, isRenewAck: false, forgottenTopicsData: [] },
      topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
    }),
    ShareAcknowledge: (_, found) => ({
      ...{ groupId: 'shared', memberId: found ? 'm' : '', shareSessionEpoch: 1, isRenewAck: false },
      topics: [{ topicId, partitions: [{ partitionIndex: 0, acknowledgementBatches: [] }] }],
    }),
    InitializeShareGroupState: (_, found) => sharePartition(found, { stateEpoch: 0, startOffset: 0 }),
    ReadShareGroupState: (_, found) => sharePartition(found, { leaderEpoch: 0 }),
    WriteShareGroupState: (_, found) =>
      sharePartition(found, { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, stateBatches: [] }),
    DeleteShareGroupState: (_, found) => sharePartition(found, {}),
    ReadShareGroupStateSummary: (_, found) => sharePartition(found, { leaderEpoch: 0 }),
    DescribeShareGroupOffsets: (_, found) => ({ groups: [{ groupId: found ? 'shared' : 'nobody', topics: null }] }),
    AlterShareGroupOffsets: (_, found) => ({
      groupId: 'altered',
      topics: [{ topicName: found ? 't' : 'nowhere', partitions: [{ partitionIndex: 0, startOffset: 0 }] }],
    }),
    DeleteShareGroupOffsets: (_, found) => ({ groupId: found ? 'altered' : 'nobody', topics: [{ topicName: 't' }] }),
    StreamsGroupHeartbeat: (_, found) => ({
      ...{ groupId: found ? 'streams' : 'nobody', memberId: 'm', memberEpoch: found ? 0 : 7, rebalanceTimeoutMs: 1000 },
      ...{ endpointInformationEpoch: 0, processId: 'p', activeTasks: [], standbyTasks: [], warmupTasks: [] },
      topology: found ? { epoch: 0, subtopologies: [] } : null,
    }),
    StreamsGroupDescribe: (_, found) => ({
      ...{ groupIds: [found ? 'streams' : 'nobody'], includeAuthorizedOperations: true },
    }),
    DescribeConfigs: (_, found) => ({
      resources: [{ resourceType: 2, resourceName: found ? 't' : 'nowhere', configurationKeys: null }],
      includeSynonyms: true,
    }),
    AlterConfigs: (_, found) => ({
      resources: [{ resourceType: 2, resourceName: found ? 't' : 'nowhere', configs: [] }],
      validateOnly: true,
    }),
    AlterReplicaLogDirs: (_, found) => ({
      dirs: [{ path: '/nowhere', topics: [{ name: found ? 't' : 'nowhere', partitions: [0] }] }],
    }),
    DescribeLogDirs: (_, found) => ({ topics: found ? null : [{ topic: 't', partitions: [0] }] }),
    CreatePartitions: (_, found) => ({
      topics: [{ name: found ? 't' : 'nowhere', count: 2, assignments: null }],
      timeoutMs: 1,
      validateOnly: true,
    }),
    DeleteGroups: (_, found) => ({ groupsNames: [found ? 'g' : 'nobody'] }),
    IncrementalAlterConfigs: (_, found) => ({
      resources: [
        {
          resourceType: found ? 2 : 99,
          resourceName: 't',
          configs: [{ name: 'retention.ms', configOperation: 0, value: '1' }],
        },
      ],
      validateOnly: true,
    }),
    ListPartitionReassignments: (_, found) => ({ topics: found ? null : [{ name: 't', partitionIndexes: [0] }] }),
    OffsetDelete: (_, found) => ({
      groupId: found ? 'g' : 'nobody',
      topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
    }),
    DescribeQuorum: (_, found) => ({
      topics: found ? [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] : [],
    }),
    DescribeCluster: (version, found) => ({
      includeClusterAuthorizedOperations: true,
      ...(version >= 1 ? { endpointType: found ? 1 : 2 } : {}),
    }),
    DescribeProducers: (_, found) => ({ topics: [{ name: found ? 't' : 'nowhere', partitionIndexes: [0] }] }),
    DescribeTopicPartitions: (_, found) => ({
      topics: [{ name: found ? 't' : 'nowhere' }],
      responsePartitionLimit: 10,
    }),
    ListConfigResources: () => ({ resourceTypes: [] }),
    DescribeAcls: () => ({
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }),
    CreateAcls: () => ({
      creations: [
        { resourceType: 2, resourceName: 't', principal: 'User:a', host: '*', operation: 3, permissionType: 3 },
      ],
    }),
    DeleteAcls: () => ({
      filters: [
        {
          ...{ resourceTypeFilter: 2, resourceNameFilter: 'nowhere', principalFilter: null, hostFilter: null },
          ...{ operation: 1, permissionType: 1 },
        },
      ],
    }),
    CreateDelegationToken: (version) => ({
      ...(version >= 3 ? { ownerPrincipalType: null, ownerPrincipalName: null } : {}),
      renewers: [],
      maxLifetimeMs: -1,
    }),
    RenewDelegationToken: () => ({ hmac: Buffer.from('x'), renewPeriodMs: -1 }),
    ExpireDelegationToken: () => ({ hmac: Buffer.from('x'), expiryTimePeriodMs: -1 }),
    DescribeDelegationToken: () => ({ owners: null }),
    ElectLeaders: (_, found) => ({ topicPartitions: found ? null : [{ topic: 'nowhere', partitions: [0] }] }),
    AlterPartitionReassignments: (_, found) => ({
      topics: [{ name: found ? 't' : 'nowhere', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
    }),
    DescribeClientQuotas: (_, found) => ({
      components: found ? [] : [{ entityType: 'planet', matchType: 2, match: null }],
      strict: false,
    }),
    AlterClientQuotas: (_, found) => ({
      entries: [
        {
          entity: [{ entityType: 'user', entityName: 'a' }],
          ops: [{ key: 'producer_byte_rate', value: found ? 1 : 0, remove: false }],
        },
      ],
      validateOnly: false,
    }),
    DescribeUserScramCredentials: (_, found) => ({ users: found ? null : [{ name: 'nobody' }] }),
    AlterUserScramCredentials: (_, found) => ({
      deletions: [],
      upsertions: [
        {
          name: 'a',
          mechanism: found ? 1 : 9,
          iterations: 4096,
          salt: Buffer.from('s'),
          saltedPassword: Buffer.alloc(32),
        },
      ],
    }),
    UpdateFeatures: (_, found) => ({
      featureUpdates: [{ feature: found ? 'share.version' : 'nope', maxVersionLevel: 1 }],
    }),
    UnregisterBroker: (_, found) => ({ brokerId: found ? 1 : 77 }),
    AddRaftVoter: (_, found) => ({
      clusterId: found ? null : 'another',
      timeoutMs: 1000,
      voterId: 7,
      voterDirectoryId: ZERO_UUID,
      listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9 }],
    }),
    RemoveRaftVoter: (_, found) => ({ clusterId: found ? null : 'another', voterId: 7, voterDirectoryId: ZERO_UUID }),
    AddPartitionsToTxn: (version, found) => {
      const who = { transactionalId: found ? 'tx' : '', producerId: 0, producerEpoch: 0 }
      const topics = [{ name: found ? 't' : 'nowhere', partitions: [0] }]
      if (version >= 4) return { transactions: [{ ...who, verifyOnly: version === 4, topics }] }
      return {
        v3AndBelowTransactionalId: who.transactionalId,
        v3AndBelowProducerId: 0,
        v3AndBelowProducerEpoch: 0,
        v3AndBelowTopics: topics,
      }
    },
    AddOffsetsToTxn: (_, found) => ({
      transactionalId: found ? 'tx' : '',
      producerId: 0,
      producerEpoch: 0,
      groupId: 'g',
    }),
    EndTxn: (_, found) => ({ transactionalId: found ? 'tx' : '', producerId: 0, producerEpoch: 0, committed: true }),
    WriteTxnMarkers: (_, found) => ({
      markers: [
        {
          ...{ producerId: 4711, producerEpoch: 0, transactionResult: false, coordinatorEpoch: 0 },
          topics: [{ name: found ? 't' : 'nowhere', partitionIndexes: [0] }],
        },
      ],
    }),
    TxnOffsetCommit: (_, found) => ({
      ...{ transactionalId: 'tx', groupId: 'g', producerId: 0, producerEpoch: 0, memberId: '' },
      topics: [
        {
          name: found ? 't' : 'nowhere',
          partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }],
        },
      ],
    }),
    SaslHandshake: () => ({ mechanism: 'PLAIN' }),
    SaslAuthenticate: () => ({ authBytes: Buffer.from('\0user\0password') }),
    DescribeTransactions: () => ({ transactionalIds: ['tx'] }),
    ListTransactions: () => ({ stateFilters: [], producerIdFilters: [] }),
  }
}

/** What nodes say to controllers alone: brokers do not serve it to their clients. */
export const isAmongNodes = ({ key }: { readonly key: number }): boolean =>
  [52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82].includes(key)
