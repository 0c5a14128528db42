import { ConsumerProtocolAssignment } from '../protocol/stored/consumer-protocol.ts'
import type { TopicPartition } from './types.ts'

/** The partitions in a member's assignment; none for empty bytes, which a member has while the group is rebalancing. */
export function decodeAssignment(bytes: Buffer): TopicPartition[] {
  if (bytes.length < 2) return []
  const version = Math.min(bytes.readInt16BE(0), ConsumerProtocolAssignment.versions[1])
  const { assignedPartitions } = ConsumerProtocolAssignment.decode(version, bytes.subarray(2))
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}
