export { ConfigError } from '../config/client.ts'
export { ConnectionError } from '../network/connection-error.ts'
export { type ScramMechanism, saltedPassword } from '../network/sasl/scram.ts'
export { type AclOperation, aclOperations, aclPermissions, aclResourceTypes, patternTypes } from '../protocol/acl.ts'
export { KafkaError } from '../protocol/errors.ts'
export type {
  Acl,
  AclEntry,
  AclFilter,
  AclResource,
} from './admin/acls.ts'
export { Admin } from './admin/admin.ts'
export { type DescribeConfigsOptions, resourceKey } from './admin/configs.ts'
export type { CreateTokenOptions, DelegationToken, Principal } from './admin/delegation-tokens.ts'
export type { FeatureDescription, FeatureSet, FeatureUpdate } from './admin/features.ts'
export type {
  ListGroupsOptions,
  MemberToRemove,
} from './admin/groups.ts'
export type { RaftEndpoint, RaftVoter } from './admin/membership.ts'
export type { DeleteRecordsItem } from './admin/offsets.ts'
export type { DescribedQuotas, QuotaAlteration, QuotaEntity, QuotaFilter } from './admin/quotas.ts'
export type { ElectionType, NewReassignment } from './admin/reassignments.ts'
export type { ReplicaFetchOptions, ReplicaPosition, ReplicaRecords } from './admin/replica-fetch.ts'
export type { ScramAlteration, ScramCredential } from './admin/scram.ts'
export type { CreateTopicsOptions, DescribeTopicsOptions } from './admin/topics.ts'
export type { ListTransactionsOptions, TransactionToAbort } from './admin/transactions.ts'
export type * from './admin/types.ts'
export { decodeAssignment } from './assignment.ts'
export { ConsumerBatch } from './consumer/batch.ts'
export { Consumer } from './consumer/consumer.ts'
export type { FetchedRecord, RecordCursor } from './consumer/record-cursor.ts'
export { TimeoutError, WakeupError } from './errors.ts'
export type { GroupOffsets, GroupOffsetsOptions } from './group-offsets.ts'
export type { IsolationLevel, ListedOffset, ListOffsetsItem, ListOffsetsOptions, OffsetSpec } from './list-offsets.ts'
export type { VersionRange } from './node.ts'
export type { SentRecords, StreamListener } from './producer/batch.ts'
export { Producer } from './producer/producer.ts'
export type { RecordStream } from './producer/record-stream.ts'
export { TransactionError } from './producer/transaction-state.ts'
export type { Acknowledgement } from './share/acknowledgements.ts'
export { ShareBatch } from './share/share-batch.ts'
export { type AcknowledgementResult, ShareConsumer } from './share/share-consumer.ts'
export * from './types.ts'
