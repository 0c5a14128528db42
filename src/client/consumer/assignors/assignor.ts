import { ConfigError } from '../../../config/client.ts'
import { ConsumerProtocolAssignment, ConsumerProtocolSubscription } from '../../../protocol/stored/consumer-protocol.ts'
import { groupByTopic, type TopicPartition } from '../../types.ts'
import { rangeAssignor } from './range.ts'
import { roundRobinAssignor } from './round-robin.ts'
import { cooperativeStickyAssignor, stickyAssignor } from './sticky.ts'
import type { Assignor, GroupMember } from './types.ts'

const assignors = new Map<string, Assignor>([
  ['range', rangeAssignor],
  ['roundrobin', roundRobinAssignor],
  ['sticky', stickyAssignor],
  ['cooperative-sticky', cooperativeStickyAssignor],
  ['org.apache.kafka.clients.consumer.RangeAssignor', rangeAssignor],
  ['org.apache.kafka.clients.consumer.RoundRobinAssignor', roundRobinAssignor],
  ['org.apache.kafka.clients.consumer.StickyAssignor', stickyAssignor],
  ['org.apache.kafka.clients.consumer.CooperativeStickyAssignor', cooperativeStickyAssignor],
])

/** The assignors of `partition.assignment.strategy`; throws `ConfigError` for a name that is none. */
export function findAssignors(names: readonly string[]): Assignor[] {
  return names.map((name) => {
    const assignor = assignors.get(name)
    if (!assignor)
      throw new ConfigError(
        `Invalid value ${name} for configuration partition.assignment.strategy: Class ${name} could not be found.`,
      )
    return assignor
  })
}

/** The version that Apache's clients write today. */
const PROTOCOL_VERSION = 3

const withVersion = (body: Buffer): Buffer => {
  const version = Buffer.alloc(2)
  version.writeInt16BE(PROTOCOL_VERSION)
  return Buffer.concat([version, body])
}

const byPartitions = (partitions: readonly TopicPartition[]) =>
  Array.from(groupByTopic(partitions), ([topic, items]) => ({
    topic,
    partitions: items.map(({ partition }) => partition).sort((a, b) => a - b),
  })).sort((a, b) => (a.topic < b.topic ? -1 : 1))

export function encodeSubscription(
  topics: Iterable<string>,
  owned: readonly TopicPartition[],
  generation: number,
  userData: Buffer | null,
  rackId: string | null,
): Buffer {
  const fields = {
    topics: [...topics].sort(),
    userData,
    ownedPartitions: byPartitions(owned),
    generationId: generation,
    rackId,
  }
  return withVersion(ConsumerProtocolSubscription.encode(PROTOCOL_VERSION, fields))
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  return withVersion(
    ConsumerProtocolAssignment.encode(PROTOCOL_VERSION, {
      assignedPartitions: byPartitions(partitions),
      userData: null,
    }),
  )
}

/** Reads what a member, of whatever make, says of itself. */
export function decodeMember(memberId: string, groupInstanceId: string | null, metadata: Buffer): GroupMember {
  const version = Math.max(0, Math.min(metadata.readInt16BE(0), PROTOCOL_VERSION))
  const fields = ConsumerProtocolSubscription.decode(version, metadata.subarray(2))
  return {
    memberId,
    groupInstanceId: groupInstanceId ?? undefined,
    topics: fields.topics,
    owned: fields.ownedPartitions.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    ),
    generation: fields.generationId,
    userData: fields.userData,
  }
}
