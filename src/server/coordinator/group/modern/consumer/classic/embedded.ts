import { Reader } from '../../../../../../protocol/schema/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../../../../protocol/stored/consumer-protocol.ts'
import type { Uuid } from '../../../../../../std/uuid.ts'
import type { MetadataImage } from '../../../../../metadata/image.ts'
import type { Protocol } from '../../../protocol.ts'
import { listed, type Partitions } from '../../assignment.ts'

/** What classic members of a consumer group say to each other, as far as the coordinator takes part in it here. */
export const PROTOCOL_TYPE = 'consumer'

const versionOf = (bytes: Buffer): number =>
  Math.max(0, Math.min(bytes.readInt16BE(0), ConsumerProtocolSubscription.versions[1]))

export interface Subscription {
  readonly topics: readonly string[]
  readonly rackId: string | null
  readonly owned: readonly NamedTopic[]
}

interface NamedTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** Throws for bytes that are no subscription. */
export function subscriptionOf(metadata: Buffer): Subscription {
  const read = ConsumerProtocolSubscription.codec(versionOf(metadata)).decode(new Reader(metadata, 2))
  return { topics: read.topics, rackId: read.rackId || null, owned: read.ownedPartitions }
}

/** Throws for bytes that are no assignment; undefined for one with data of an assignor's own. */
export function assignmentOf(bytes: Buffer): readonly NamedTopic[] | undefined {
  if (bytes.length === 0) return []
  const read = ConsumerProtocolAssignment.codec(versionOf(bytes)).decode(new Reader(bytes, 2))
  return read.userData?.length ? undefined : read.assignedPartitions
}

/** Topics that are gone have no id, and are left out. */
export const withIds = (topics: readonly NamedTopic[], image: MetadataImage) =>
  topics.flatMap(({ topic, partitions }) => {
    const topicId = image.topics.get(topic)?.id
    return topicId === undefined ? [] : [{ topicId, partitions }]
  })

/** An assignment for a member, in the version in which it subscribes. */
export function assignmentBytes(assigned: Partitions, { topicNames }: MetadataImage, protocol: Protocol): Buffer {
  const version = versionOf(protocol.metadata)
  const assignedPartitions = listed(assigned).flatMap(({ topicId, partitions }) => {
    const topic = topicNames.get(topicId as Uuid)
    return topic === undefined ? [] : [{ topic, partitions }]
  })
  const head = Buffer.alloc(2)
  head.writeInt16BE(version)
  return Buffer.concat([head, ConsumerProtocolAssignment.encode(version, { assignedPartitions, userData: null })])
}
