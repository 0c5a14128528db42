import { OperationNumber, PatternNumber, PermissionNumber, ResourceNumber } from '../../../src/protocol/acl.ts'
import {
  AddRaftVoter,
  AlterClientQuotas,
  AlterConfigs,
  AlterPartitionReassignments,
  AlterReplicaLogDirs,
  AlterUserScramCredentials,
  ApiVersions,
  CreateAcls,
  CreateDelegationToken,
  CreatePartitions,
  CreateTopics,
  DeleteAcls,
  DescribeAcls,
  DescribeClientQuotas,
  DescribeCluster,
  DescribeConfigs,
  DescribeDelegationToken,
  DescribeLogDirs,
  DescribeQuorum,
  DescribeUserScramCredentials,
  ElectLeaders,
  ExpireDelegationToken,
  IncrementalAlterConfigs,
  ListConfigResources,
  ListPartitionReassignments,
  RemoveRaftVoter,
  RenewDelegationToken,
  UnregisterBroker,
  UpdateFeatures,
} from '../../../src/protocol/apis/index.ts'
import type { Plain } from '../../support/twin.ts'
import { MINE, MISSING, NOWHERE, OTHER, type Question, questions, SOON, without } from './requests.ts'
import { acl } from './rights.ts'

const names = [MINE, OTHER, MISSING, SOON]

const creation = (name: string, more: object = {}) => ({
  ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
  ...more,
})
/** Configs of a topic differ where brokers' defaults do. */
const created = (answer: Plain) => ({
  ...answer,
  topics: answer.topics.map(({ configs, ...topic }: Plain) => ({ ...topic, configs: configs?.length > 0 })),
})

const topics: Question[] = [
  ...questions(
    CreateTopics,
    [2, 4, 5, 7],
    { topics: names.map((name) => creation(name)), timeoutMs: 5000, validateOnly: true },
    created,
  ),
  ...questions(
    CreateTopics,
    [7],
    {
      topics: [
        creation('', {}),
        creation('__consumer_offsets'),
        creation('mine/soon'),
        creation('mine-a'),
        creation('mine-a'),
      ],
      ...{ timeoutMs: 5000, validateOnly: true },
    },
    created,
  ),
  ...questions(CreatePartitions, [0, 3], {
    topics: names.map((name) => ({ name, count: 3, assignments: null })),
    ...{ timeoutMs: 5000, validateOnly: true },
  }),
  ...questions(CreatePartitions, [3], {
    topics: [MINE, MINE, OTHER, OTHER].map((name) => ({ name, count: 1, assignments: null })),
    ...{ timeoutMs: 5000, validateOnly: true },
  }),
]

const TOPIC = 2
const BROKER = 4
const BROKER_LOGGER = 8
const CLIENT_METRICS = 16
const GROUP = 32
const resources: readonly (readonly [number, string, string, string])[] = [
  ...names.map((name) => [TOPIC, name, 'retention.ms', '1000'] as const),
  [BROKER, '1', 'log.cleaner.threads', '1'],
  // Apache's broker does not let all of a cluster's be replaced without this one.
  [BROKER, '', 'min.insync.replicas', '1'],
  [CLIENT_METRICS, MINE, 'interval.ms', '1000'],
  [GROUP, MINE, 'consumer.session.timeout.ms', '45000'],
  [GROUP, OTHER, 'consumer.session.timeout.ms', '45000'],
]
const incremental = resources.map(([resourceType, resourceName, name, value]) => ({
  ...{ resourceType, resourceName, configs: [{ name, configOperation: 0, value }] },
}))

const configs: Question[] = [
  ...questions(DescribeConfigs, [1, 4], {
    resources: resources.map(([resourceType, resourceName, name]) => ({
      resourceType,
      resourceName,
      configurationKeys: [name],
    })),
  }),
  ...questions(
    DescribeConfigs,
    [1],
    { resources: [{ resourceType: BROKER_LOGGER, resourceName: '1', configurationKeys: null }] },
    without('configs'),
  ),
  ...questions(AlterConfigs, [0, 2], {
    resources: resources.map(([resourceType, resourceName, name, value]) => ({
      ...{ resourceType, resourceName, configs: [{ name, value }] },
    })),
    validateOnly: true,
  }),
  ...questions(IncrementalAlterConfigs, [0, 1], { resources: incremental, validateOnly: true }),
  // What is wrong anyway is told before it is refused, or after.
  ...questions(IncrementalAlterConfigs, [1], {
    resources: [incremental[0]!, incremental[0]!, incremental[1]!, incremental[1]!, incremental[2]!],
    validateOnly: true,
  }),
  ...questions(ListConfigResources, [0], {}),
  ...questions(ListConfigResources, [1], { resourceTypes: [] }),
  ...questions(ListConfigResources, [1], { resourceTypes: [TOPIC, GROUP] }),
]

const anyEntry = { operation: OperationNumber.ANY, permissionType: PermissionNumber.ANY }
const nothing = { resourceTypeFilter: ResourceNumber.TOPIC, resourceNameFilter: 'nothing' }
const noEntry = { ...nothing, principalFilter: null, hostFilter: null, ...anyEntry }

const entries: Question[] = [
  ...questions(DescribeAcls, [1, 3], noEntry),
  ...questions(DescribeAcls, [3], {
    ...{ resourceTypeFilter: ResourceNumber.ANY, resourceNameFilter: null, patternTypeFilter: PatternNumber.ANY },
    ...{ principalFilter: 'User:mixed', hostFilter: null, ...anyEntry },
  }),
  ...questions(CreateAcls, [1, 3], { creations: [acl('x', 'READ', 'TOPIC', ''), acl('x', 'READ', 'CLUSTER', 'x')] }),
  ...questions(CreateAcls, [3], { creations: [] }),
  ...questions(DeleteAcls, [1, 3], { filters: [noEntry, noEntry] }),
  ...questions(DeleteAcls, [3], { filters: [] }),
]

const quotas: Question[] = [
  ...questions(DescribeClientQuotas, [0, 1], { components: [], strict: false }),
  ...questions(AlterClientQuotas, [0, 1], {
    entries: [
      {
        entity: [{ entityType: 'user', entityName: 'x' }],
        ops: [{ key: 'producer_byte_rate', value: 1000, remove: false }],
      },
    ],
    validateOnly: true,
  }),
  // Apache's broker does not answer whoever may not ask for all of them, where the list is null.
  ...questions(DescribeUserScramCredentials, [0], { users: [] }),
  ...questions(DescribeUserScramCredentials, [0], { users: [{ name: 'nobody' }] }),
  ...questions(AlterUserScramCredentials, [0], { deletions: [{ name: 'nobody', mechanism: 1 }], upsertions: [] }),
]

const quorum = without('leaderId', 'leaderEpoch', 'highWatermark', 'currentVoters', 'observers', 'nodes')
const voter = { clusterId: null, voterId: 9, voterDirectoryId: NOWHERE }

const cluster: Question[] = [
  ...questions(ApiVersions, [0], {}, ({ errorCode }: Plain) => ({ errorCode })),
  ...questions(DescribeCluster, [0, 2], { includeClusterAuthorizedOperations: true }),
  ...questions(DescribeCluster, [1], { includeClusterAuthorizedOperations: false }),
  ...questions(AlterReplicaLogDirs, [1, 2], {
    dirs: [{ path: '/nowhere', topics: [{ name: MINE, partitions: [0] }] }],
  }),
  ...questions(
    DescribeLogDirs,
    [1, 2, 3, 5],
    { topics: [{ topic: MINE, partitions: [0] }] },
    without('logDir', 'totalBytes', 'usableBytes', 'partitionSize'),
  ),
  ...questions(
    DescribeQuorum,
    [0, 2],
    { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }] },
    quorum,
  ),
  ...questions(ElectLeaders, [0, 2], {
    topicPartitions: [MINE, MISSING].map((topic) => ({ topic, partitions: [0] })),
    timeoutMs: 5000,
  }),
  ...questions(AlterPartitionReassignments, [0, 1], {
    timeoutMs: 5000,
    topics: [MINE, MISSING].map((name) => ({ name, partitions: [{ partitionIndex: 0, replicas: null }] })),
  }),
  ...questions(ListPartitionReassignments, [0], { timeoutMs: 5000, topics: null }),
  ...questions(UpdateFeatures, [1, 2], {
    featureUpdates: [{ feature: 'nonsense', maxVersionLevel: 1 }],
    ...{ timeoutMs: 5000, validateOnly: true },
  }),
  ...questions(UnregisterBroker, [0], { brokerId: 99 }),
  ...questions(AddRaftVoter, [0, 1], {
    ...{ ...voter, timeoutMs: 1000, listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 1 }] },
  }),
  ...questions(RemoveRaftVoter, [0], voter),
]

const token = without('issueTimestampMs', 'expiryTimestampMs', 'maxTimestampMs', 'tokenId', 'hmac', 'issueTimestamp')
const noToken = Buffer.from('no token')

const tokens: Question[] = [
  ...questions(
    CreateDelegationToken,
    [1],
    { renewers: [{ principalType: 'Group', principalName: 'x' }], maxLifetimeMs: -1 },
    token,
  ),
  ...questions(
    CreateDelegationToken,
    [3],
    {
      ...{ ownerPrincipalType: 'User', ownerPrincipalName: 'mixed' },
      ...{ renewers: [{ principalType: 'Group', principalName: 'x' }], maxLifetimeMs: -1 },
    },
    token,
  ),
  ...questions(RenewDelegationToken, [1, 2], { hmac: noToken, renewPeriodMs: -1 }),
  ...questions(ExpireDelegationToken, [1, 2], { hmac: noToken, expiryTimePeriodMs: -1 }),
  ...questions(DescribeDelegationToken, [1, 3], { owners: null }, token),
]

/** What administrators ask. */
export const adminQuestions: readonly Question[] = [...topics, ...configs, ...entries, ...quotas, ...cluster, ...tokens]
