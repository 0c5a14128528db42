/** Keys and values that consumer groups (KIP-848) have in `__consumer_offsets`. */
import { array, bytes, hash64, int8, int32, int64, message, string, struct, uuid } from '../schema/index.ts'

export const ConsumerGroupMetadataKey = message({
  name: 'ConsumerGroupMetadataKey',
  key: 3,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const ConsumerGroupMetadataValue = message({
  name: 'ConsumerGroupMetadataValue',
  key: 3,
  versions: [0, 0],
  flexible: 0,
  fields: { epoch: int32, metadataHash: hash64.tag(0) },
})

export const ConsumerGroupPartitionMetadataKey = message({
  name: 'ConsumerGroupPartitionMetadataKey',
  key: 4,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const ConsumerGroupPartitionMetadataValue = message({
  name: 'ConsumerGroupPartitionMetadataValue',
  key: 4,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({
      topicId: uuid,
      topicName: string,
      numPartitions: int32,
      partitionMetadata: array({ partition: int32, racks: array(string) }),
    }),
  },
})

export const ConsumerGroupMemberMetadataKey = message({
  name: 'ConsumerGroupMemberMetadataKey',
  key: 5,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const ConsumerGroupMemberMetadataValue = message({
  name: 'ConsumerGroupMemberMetadataValue',
  key: 5,
  versions: [0, 0],
  flexible: 0,
  fields: {
    instanceId: string.nullable(),
    rackId: string.nullable(),
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: string.nullable(),
    rebalanceTimeoutMs: int32.default(-1),
    serverAssignor: string.nullable(),
    classicMemberMetadata: struct({
      sessionTimeoutMs: int32,
      supportedProtocols: array({ name: string, metadata: bytes }),
    })
      .tag(0)
      .nullable(),
  },
})

export const ConsumerGroupTargetAssignmentMetadataKey = message({
  name: 'ConsumerGroupTargetAssignmentMetadataKey',
  key: 6,
  versions: [0, 0],
  fields: { groupId: string.until(0) },
})

export const ConsumerGroupTargetAssignmentMetadataValue = message({
  name: 'ConsumerGroupTargetAssignmentMetadataValue',
  key: 6,
  versions: [0, 0],
  flexible: 0,
  fields: { assignmentEpoch: int32, assignmentTimestamp: int64.tag(0).ignorable() },
})

export const ConsumerGroupTargetAssignmentMemberKey = message({
  name: 'ConsumerGroupTargetAssignmentMemberKey',
  key: 7,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

export const ConsumerGroupTargetAssignmentMemberValue = message({
  name: 'ConsumerGroupTargetAssignmentMemberValue',
  key: 7,
  versions: [0, 0],
  flexible: 0,
  fields: { topicPartitions: array({ topicId: uuid, partitions: array(int32) }) },
})

export const ConsumerGroupCurrentMemberAssignmentKey = message({
  name: 'ConsumerGroupCurrentMemberAssignmentKey',
  key: 8,
  versions: [0, 0],
  fields: { groupId: string.until(0), memberId: string.until(0) },
})

const topicPartitions = { topicId: uuid, partitions: array(int32), assignmentEpochs: array(int32).tag(0).nullable() }

export const ConsumerGroupCurrentMemberAssignmentValue = message({
  name: 'ConsumerGroupCurrentMemberAssignmentValue',
  key: 8,
  versions: [0, 0],
  flexible: 0,
  fields: {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(topicPartitions),
    partitionsPendingRevocation: array(topicPartitions),
  },
})

export const ConsumerGroupRegularExpressionKey = message({
  name: 'ConsumerGroupRegularExpressionKey',
  key: 16,
  versions: [0, 0],
  fields: { groupId: string.until(0), regularExpression: string.until(0) },
})

export const ConsumerGroupRegularExpressionValue = message({
  name: 'ConsumerGroupRegularExpressionValue',
  key: 16,
  versions: [0, 0],
  flexible: 0,
  fields: { topics: array(string), version: int64, timestamp: int64 },
})
