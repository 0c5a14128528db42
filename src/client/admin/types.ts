import type { KafkaError } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Node, TopicPartition } from '../types.ts'

export interface TopicListing {
  readonly name: string
  readonly topicId: Uuid
  readonly internal: boolean
}

export interface TopicPartitionInfo {
  readonly partition: number
  readonly leader: Node | undefined
  readonly replicas: readonly Node[]
  readonly isr: readonly Node[]
  /** Eligible leader replicas (KIP-966); undefined when the broker does not report them. */
  readonly elr: readonly Node[] | undefined
  readonly lastKnownElr: readonly Node[] | undefined
}

export interface TopicDescription extends TopicListing {
  readonly partitions: readonly TopicPartitionInfo[]
  /** A bit field; undefined when it was not asked for. */
  readonly authorizedOperations: number | undefined
}

export interface NewTopic {
  readonly name: string
  /** The broker's default when left out. */
  readonly partitions?: number
  readonly replicationFactor?: number
  /** Broker ids of each partition, instead of the two counts. */
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface CreatedTopic {
  readonly topicId: Uuid
  /** -1 when the broker is too old to say, or may not. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: readonly ConfigEntry[]
}

export interface NewPartitions {
  readonly topic: string
  /** The new total. */
  readonly count: number
  /** Broker ids of each new partition. */
  readonly assignments?: readonly (readonly number[])[]
}

export type ConfigResourceType = 'topic' | 'broker' | 'broker-logger' | 'client-metrics' | 'group'

export interface ConfigResource {
  readonly type: ConfigResourceType
  /** Empty for the defaults of all brokers. */
  readonly name: string
}

export type ConfigSource =
  | 'UNKNOWN'
  | 'DYNAMIC_TOPIC_CONFIG'
  | 'DYNAMIC_BROKER_CONFIG'
  | 'DYNAMIC_DEFAULT_BROKER_CONFIG'
  | 'STATIC_BROKER_CONFIG'
  | 'DEFAULT_CONFIG'
  | 'DYNAMIC_BROKER_LOGGER_CONFIG'
  | 'DYNAMIC_CLIENT_METRICS_CONFIG'
  | 'DYNAMIC_GROUP_CONFIG'

export type ConfigType =
  | 'UNKNOWN'
  | 'BOOLEAN'
  | 'STRING'
  | 'INT'
  | 'SHORT'
  | 'LONG'
  | 'DOUBLE'
  | 'LIST'
  | 'CLASS'
  | 'PASSWORD'

export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
  readonly readOnly: boolean
  readonly sensitive: boolean
  readonly type: ConfigType
  readonly documentation: string | null
  readonly synonyms: readonly { readonly name: string; readonly value: string | null; readonly source: ConfigSource }[]
}

export interface ConfigDescription extends ConfigResource {
  readonly entries: readonly ConfigEntry[]
}

export interface ConfigOperation {
  readonly name: string
  readonly op: 'set' | 'delete' | 'append' | 'subtract'
  /** Left out for `delete`. */
  readonly value?: string | null
}

export interface ConfigAlteration extends ConfigResource {
  readonly ops: readonly ConfigOperation[]
}

export interface ClusterDescription {
  readonly clusterId: string
  readonly controller: Node | undefined
  readonly nodes: readonly (Node & { readonly fenced: boolean })[]
  readonly authorizedOperations: number | undefined
}

/** A replica that is to go to the log directory of that path on its broker. */
export interface ReplicaMove extends TopicPartition {
  readonly broker: number
  readonly path: string
}

export interface LogDirDescription {
  readonly path: string
  readonly error: KafkaError | undefined
  /** Bytes; undefined when the broker is too old to say. */
  readonly totalBytes: number | undefined
  readonly usableBytes: number | undefined
  readonly replicas: readonly (TopicPartition & {
    readonly size: number
    readonly offsetLag: number
    readonly future: boolean
  })[]
}

export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  /** Such as `Stable`; empty when the broker is too old to say. */
  readonly state: string
  /** Such as `Classic` or `Consumer`; empty when the broker is too old to say. */
  readonly type: string
}

export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | undefined
  readonly clientId: string
  readonly host: string
  readonly rackId: string | undefined
  readonly assignment: readonly TopicPartition[]
  /** Members of groups of the consumer protocol have these. */
  readonly targetAssignment: readonly TopicPartition[] | undefined
  readonly memberEpoch: number | undefined
  /** Whether a member of a consumer group still speaks the classic protocol. */
  readonly upgraded: boolean | undefined
}

/** A group whose members divide records among them (KIP-932). */
export interface ShareGroupDescription {
  readonly groupId: string
  readonly state: string
  readonly coordinator: Node
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly members: readonly ShareMember[]
}

export interface ShareMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly TopicPartition[]
}

/** Undefined is what is not known yet: nobody has read the partition in the group. */
export interface SharePartitionOffset extends TopicPartition {
  readonly startOffset: number | undefined
  readonly leaderEpoch: number | undefined
  readonly lag: number | undefined
}

/** A group of Kafka Streams whose tasks the broker assigns (KIP-1071). */
export interface StreamsGroupDescription {
  readonly groupId: string
  readonly state: string
  readonly coordinator: Node
  readonly groupEpoch: number
  readonly targetAssignmentEpoch: number
  /** Undefined before a member has told the topology. */
  readonly topologyEpoch: number | undefined
  readonly subtopologies: readonly Subtopology[]
  readonly members: readonly StreamsMember[]
}

export interface Subtopology {
  readonly id: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSourceTopics: readonly string[]
  readonly changelogTopics: readonly string[]
}

export interface StreamsMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly topologyEpoch: number
  readonly processId: string
  readonly clientId: string
  readonly host: string
  /** Whether it still speaks the classic protocol. */
  readonly isClassic: boolean
  readonly tasks: StreamsTasks
  readonly targetTasks: StreamsTasks
}

export type StreamsTasks = Readonly<Record<'active' | 'standby' | 'warmup', readonly TaskIds[]>>

/** Tasks of one subtopology: its partitions. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export interface ConsumerGroupDescription {
  readonly groupId: string
  readonly type: 'Classic' | 'Consumer'
  readonly protocolType: string
  /** True when the members share a simple way of assignment: no group protocol at all. */
  readonly simple: boolean
  readonly state: string
  readonly partitionAssignor: string
  readonly coordinator: Node
  readonly members: readonly MemberDescription[]
  readonly groupEpoch: number | undefined
  readonly targetAssignmentEpoch: number | undefined
  readonly authorizedOperations: number | undefined
}

export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  readonly currentTxnStartOffset: number | undefined
}

export interface TransactionListing {
  /** The broker that coordinates it. */
  readonly coordinator: number
  readonly transactionalId: string
  readonly producerId: number
  /** As Kafka names it, such as `Ongoing` or `CompleteCommit`. */
  readonly state: string
}

export interface TransactionDescription extends TransactionListing {
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Milliseconds since 1970; undefined when none is open. */
  readonly startedAt: number | undefined
  readonly partitions: readonly TopicPartition[]
}

export interface PartitionReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

export interface QuorumReplica {
  readonly replicaId: number
  readonly directoryId: Uuid
  readonly logEndOffset: number
  /** Milliseconds since the epoch; undefined when unknown. */
  readonly lastFetchTimestamp: number | undefined
  readonly lastCaughtUpTimestamp: number | undefined
}

export interface QuorumDescription {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly QuorumReplica[]
  readonly observers: readonly QuorumReplica[]
  readonly nodes: readonly {
    readonly nodeId: number
    readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  }[]
}
