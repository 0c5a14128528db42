import type { Uuid } from '../../std/uuid.ts'
import type { AclRecord } from './acls.ts'
import type { FieldsOf, MetadataRecord } from './records.ts'

/**
 * The cluster's metadata at one offset of the metadata log, immutable: a delta makes the next one and shares what did not change.
 */
export interface MetadataImage {
  /** Offset after the last record, and the leader epoch of that record. */
  readonly offset: number
  readonly epoch: number
  readonly features: ReadonlyMap<string, number>
  readonly brokers: ReadonlyMap<number, BrokerImage>
  readonly topics: ReadonlyMap<string, TopicImage>
  readonly topicNames: ReadonlyMap<Uuid, string>
  /** `configKey(type, name)` -> property -> value. */
  readonly configs: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** The next producer id that no broker was given. */
  readonly nextProducerId: number
  readonly acls: ReadonlyMap<Uuid, AclRecord>
  /** By whom they are for and what they limit. */
  readonly quotas: ReadonlyMap<string, FieldsOf<'ClientQuotaRecord'>>
  /** Records of which nothing is made before they are asked for (credentials, tokens ...), by what identifies them. */
  readonly kept: ReadonlyMap<string, MetadataRecord>
}

/** Numbers of the security protocols in an endpoint. */
export const protocolIds = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

export interface Endpoint {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly securityProtocol: number
}

export interface BrokerImage {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly rack: string | null
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly record: MetadataRecord
}

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  /** Index is the partition number. */
  readonly partitions: readonly PartitionImage[]
}

export interface PartitionImage {
  readonly replicas: readonly number[]
  readonly directories: readonly Uuid[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** -1 when there is none. */
  readonly leader: number
  readonly leaderRecoveryState: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
}

export const NO_LEADER = -1

export const hasPartition = ({ topics }: MetadataImage, topic: string, partition: number): boolean =>
  topics.get(topic)?.partitions[partition] !== undefined

/** Types of config resources, as requests and records number them (KIP-133). */
export const ResourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const
export const configKey = (type: number, name: string): string => `${type}:${name}`

export const emptyImage: MetadataImage = {
  offset: 0,
  epoch: 0,
  features: new Map(),
  brokers: new Map(),
  topics: new Map(),
  topicNames: new Map(),
  configs: new Map(),
  nextProducerId: 0,
  acls: new Map(),
  quotas: new Map(),
  kept: new Map(),
}

const noConfigs: ReadonlyMap<string, string> = new Map()
export const configsOf = (image: MetadataImage, type: number, name: string): ReadonlyMap<string, string> =>
  image.configs.get(configKey(type, name)) ?? noConfigs
