import type { AuthenticationFailure } from '../network/authentication-error.ts'
import type { ConnectionFailure } from '../network/connection-error.ts'

/** Why a broker could not be reached, or would not have the client. */
export type Failure = ConnectionFailure | AuthenticationFailure

/** Values that the clients take and give. */
export type ClientProperties = Readonly<Record<string, string | number | boolean | undefined>>

/** What a client tells its surroundings besides results; tools print it on standard error. */
export interface ClientHooks {
  /** One sentence about something that may pass, such as a broker that cannot be reached. */
  readonly warn?: (sentence: string, failure: Failure) => void
  /** One sentence about a property that was set and does nothing, or whose name looks like a slip; before anything else. */
  readonly remark?: (sentence: string) => void
  /** A broker has told about the cluster, for the first time or again. */
  readonly connected?: () => void
}

export interface Node {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface PartitionInfo extends TopicPartition {
  readonly leader: Node | undefined
  /** -1 when the broker did not say. */
  readonly leaderEpoch: number
  readonly replicas: readonly Node[]
  readonly isr: readonly Node[]
  readonly offlineReplicas: readonly Node[]
}

export interface OffsetAndMetadata {
  readonly offset: number
  readonly metadata: string
  readonly leaderEpoch: number | undefined
}

/** An offset to be committed. */
export interface CommitOffset extends TopicPartition {
  readonly offset: number
  readonly metadata?: string
  readonly leaderEpoch?: number
}

/** `topic-partition`, as Kafka prints it; the key of every map by partition. */
export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`

/** The inverse of `partitionKey`: the last dash separates. */
export function parsePartitionKey(key: string): TopicPartition {
  const dash = key.lastIndexOf('-')
  return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
}

/** Items put together by topic, in the order in which the topics first appear. */
export function groupByTopic<T extends TopicPartition>(items: Iterable<T>): Map<string, T[]> {
  const topics = new Map<string, T[]>()
  for (const item of items) {
    const list = topics.get(item.topic)
    if (list) list.push(item)
    else topics.set(item.topic, [item])
  }
  return topics
}

export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface ProducerRecord {
  readonly topic: string
  readonly partition?: number
  /** The bytes whose hash chooses the partition, where they are others than the key's. */
  readonly hashedKey?: Uint8Array | undefined
  /** Milliseconds since the epoch; now when left out. */
  readonly timestamp?: number
  readonly key?: Uint8Array | string | null
  /** Null is a tombstone. */
  readonly value?: Uint8Array | string | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | string | null }[]
}

export interface RecordMetadata extends TopicPartition {
  /** -1 when the broker did not say: acks=0, or a duplicate of a batch that it no longer remembers. */
  readonly offset: number
  readonly timestamp: number
  /** Bytes; -1 for null. */
  readonly serializedKeySize?: number
  readonly serializedValueSize?: number
}

export type TimestampType = 'CreateTime' | 'LogAppendTime' | 'NoTimestampType'

export interface ConsumerRecord extends TopicPartition {
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  /** A view of the fetched bytes: copy it to keep it longer than the batch. */
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  readonly leaderEpoch: number | undefined
}

export interface RebalanceListener {
  onPartitionsAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>
  onPartitionsRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>
  /** The partitions may belong to another member already; `onPartitionsRevoked` is called when this is missing. */
  onPartitionsLost?(partitions: readonly TopicPartition[]): void | Promise<void>
}

export interface GroupMetadata {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | undefined
}

/** One figure, under the names that Apache's clients give it. */
export interface ClientMetric {
  /** `producer-metrics`, `consumer-fetch-manager-metrics`. */
  readonly group: string
  readonly name: string
  /** `client-id`, and `topic`, `partition` or `node-id` where it is of one. */
  readonly tags: Readonly<Record<string, string>>
  /** NaN where there is nothing to tell yet; a word for those that are no figure. */
  readonly value: number | string
}
