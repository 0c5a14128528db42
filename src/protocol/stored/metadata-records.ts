/** The records of the metadata log, `__cluster_metadata-0`. */
import {
  array,
  bool,
  bytes,
  float64,
  int8,
  int16,
  int32,
  int64,
  message,
  string,
  uint16,
  uuid,
} from '../schema/index.ts'

export const AbortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  key: 25,
  versions: [0, 0],
  flexible: 0,
  fields: {
    reason: string.tag(0).nullable().default(null),
  },
})

export const AccessControlEntryRecord = message({
  name: 'AccessControlEntryRecord',
  key: 18,
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
})

export const BeginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  key: 23,
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string.tag(0).nullable().default(null),
  },
})

export const BrokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  key: 17,
  versions: [0, 3],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: int8.tag(0),
    inControlledShutdown: int8.since(1).tag(1),
    logDirs: array(uuid).since(2).tag(2),
    cordonedLogDirs: array(uuid).since(3).tag(3).nullable(3).default(null),
  },
})

export const ClearElrRecord = message({
  name: 'ClearElrRecord',
  key: 28,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicName: string,
  },
})

export const ClientQuotaRecord = message({
  name: 'ClientQuotaRecord',
  key: 14,
  versions: [0, 0],
  flexible: 0,
  fields: {
    entity: array({
      entityType: string,
      entityName: string.nullable(),
    }),
    key: string,
    value: float64,
    remove: bool,
  },
})

export const ConfigRecord = message({
  name: 'ConfigRecord',
  key: 4,
  versions: [0, 0],
  flexible: 0,
  fields: {
    resourceType: int8,
    resourceName: string,
    name: string,
    value: string.nullable(),
  },
})

export const DelegationTokenRecord = message({
  name: 'DelegationTokenRecord',
  key: 10,
  versions: [0, 0],
  flexible: 0,
  fields: {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64,
    maxTimestamp: int64,
    expirationTimestamp: int64,
    tokenId: string,
  },
})

export const EndTransactionRecord = message({
  name: 'EndTransactionRecord',
  key: 24,
  versions: [0, 0],
  flexible: 0,
  fields: {},
})

export const FeatureLevelRecord = message({
  name: 'FeatureLevelRecord',
  key: 12,
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    featureLevel: int16,
  },
})

export const FenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  key: 7,
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: int32,
    epoch: int64,
  },
})

export const NoOpRecord = message({
  name: 'NoOpRecord',
  key: 20,
  versions: [0, 0],
  flexible: 0,
  fields: {},
})

export const PartitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  key: 5,
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    isr: array(int32).tag(0).nullable().default(null),
    leader: int32.tag(1).default(-2),
    replicas: array(int32).tag(2).nullable().default(null),
    removingReplicas: array(int32).tag(3).nullable().default(null),
    addingReplicas: array(int32).tag(4).nullable().default(null),
    leaderRecoveryState: int8.tag(5).default(-1),
    directories: array(uuid).since(1).tag(8).nullable(1).default(null),
    eligibleLeaderReplicas: array(int32).since(2).tag(6).nullable(2).default(null),
    lastKnownElr: array(int32).since(2).tag(7).nullable(2).default(null),
  },
})

export const PartitionRecord = message({
  name: 'PartitionRecord',
  key: 3,
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: int32.default(-1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: int32.default(-1),
    leaderRecoveryState: int8.tag(0),
    leaderEpoch: int32.default(-1),
    partitionEpoch: int32.default(-1),
    directories: array(uuid).since(1),
    eligibleLeaderReplicas: array(int32).since(2).tag(1).nullable(2).default(null),
    lastKnownElr: array(int32).since(2).tag(2).nullable(2).default(null),
  },
})

export const ProducerIdsRecord = message({
  name: 'ProducerIdsRecord',
  key: 15,
  versions: [0, 0],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64.default(-1),
    nextProducerId: int64,
  },
})

export const RegisterBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  key: 0,
  versions: [0, 4],
  flexible: 0,
  fields: {
    brokerId: int32,
    isMigratingZkBroker: bool.since(2).default(false),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: string.nullable(),
    fenced: bool.default(true),
    inControlledShutdown: bool.since(1).default(false),
    logDirs: array(uuid).since(3).tag(0),
    cordonedLogDirs: array(uuid).since(4).tag(1).nullable(4).default(null),
  },
})

export const RegisterControllerRecord = message({
  name: 'RegisterControllerRecord',
  key: 27,
  versions: [0, 0],
  flexible: 0,
  fields: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    endPoints: array({
      name: string,
      host: string,
      port: uint16,
      securityProtocol: int16,
    }),
    features: array({
      name: string,
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
})

export const RemoveAccessControlEntryRecord = message({
  name: 'RemoveAccessControlEntryRecord',
  key: 19,
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
  },
})

export const RemoveDelegationTokenRecord = message({
  name: 'RemoveDelegationTokenRecord',
  key: 26,
  versions: [0, 0],
  flexible: 0,
  fields: {
    tokenId: string,
  },
})

export const RemoveTopicRecord = message({
  name: 'RemoveTopicRecord',
  key: 9,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topicId: uuid,
  },
})

export const RemoveUserScramCredentialRecord = message({
  name: 'RemoveUserScramCredentialRecord',
  key: 22,
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    mechanism: int8,
  },
})

export const TopicRecord = message({
  name: 'TopicRecord',
  key: 2,
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    topicId: uuid,
  },
})

export const UnfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  key: 8,
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: int32,
    epoch: int64,
  },
})

export const UnregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  key: 1,
  versions: [0, 0],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64,
  },
})

export const UserScramCredentialRecord = message({
  name: 'UserScramCredentialRecord',
  key: 11,
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
})

export const ZkMigrationStateRecord = message({
  name: 'ZkMigrationStateRecord',
  key: 21,
  versions: [0, 0],
  flexible: 0,
  fields: {
    zkMigrationState: int8,
  },
})
