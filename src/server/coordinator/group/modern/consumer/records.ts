import * as stored from '../../../../../protocol/stored/consumer-group-records.ts'
import { type Assignment, listed, listedWithEpochs } from '../assignment.ts'
import type { StoredRecord } from '../stored.ts'
import type { ConsumerMember, ResolvedRegex } from './member.ts'

/** What a consumer group has in `__consumer_offsets`. */
export const consumerRecords = {
  epoch: { key: stored.ConsumerGroupMetadataKey, value: stored.ConsumerGroupMetadataValue },
  /** Written by Kafka before 4.1, which kept the topics themselves where the hash is now. */
  partitions: { key: stored.ConsumerGroupPartitionMetadataKey, value: stored.ConsumerGroupPartitionMetadataValue },
  member: { key: stored.ConsumerGroupMemberMetadataKey, value: stored.ConsumerGroupMemberMetadataValue },
  targetEpoch: {
    key: stored.ConsumerGroupTargetAssignmentMetadataKey,
    value: stored.ConsumerGroupTargetAssignmentMetadataValue,
  },
  target: {
    key: stored.ConsumerGroupTargetAssignmentMemberKey,
    value: stored.ConsumerGroupTargetAssignmentMemberValue,
  },
  current: {
    key: stored.ConsumerGroupCurrentMemberAssignmentKey,
    value: stored.ConsumerGroupCurrentMemberAssignmentValue,
  },
  regex: { key: stored.ConsumerGroupRegularExpressionKey, value: stored.ConsumerGroupRegularExpressionValue },
}

export type ConsumerRecord = StoredRecord<'consumer', typeof consumerRecords>

const type = 'consumer'

export const epochRecord = (groupId: string, epoch: number, metadataHash: bigint): ConsumerRecord => ({
  ...{ type, name: 'epoch', key: { groupId } },
  value: { epoch, metadataHash },
})

export const memberRecord = (groupId: string, member: ConsumerMember): ConsumerRecord => ({
  ...{ type, name: 'member', key: { groupId, memberId: member.memberId } },
  value: {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.subscribedTopicNames].sort(),
    subscribedTopicRegex: member.subscribedTopicRegex,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classicMemberMetadata: member.classic && {
      sessionTimeoutMs: member.classic.sessionTimeoutMs,
      supportedProtocols: member.classic.supportedProtocols.map(({ name, metadata }) => ({ name, metadata })),
    },
  },
})

export const targetRecord = (groupId: string, memberId: string, target: Assignment): ConsumerRecord => ({
  ...{ type, name: 'target', key: { groupId, memberId } },
  value: { topicPartitions: listed(target) },
})

export const targetEpochRecord = (groupId: string, assignmentEpoch: number, now: number): ConsumerRecord => ({
  ...{ type, name: 'targetEpoch', key: { groupId } },
  value: { assignmentEpoch, assignmentTimestamp: now },
})

export const currentRecord = (groupId: string, member: ConsumerMember): ConsumerRecord => ({
  ...{ type, name: 'current', key: { groupId, memberId: member.memberId } },
  value: {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: member.state,
    assignedPartitions: listedWithEpochs(member.assigned),
    partitionsPendingRevocation: listedWithEpochs(member.pendingRevocation),
  },
})

export const regexRecord = (groupId: string, regularExpression: string, resolved?: ResolvedRegex): ConsumerRecord => ({
  ...{ type, name: 'regex', key: { groupId, regularExpression } },
  value: resolved && { ...resolved, topics: [...resolved.topics].sort() },
})

/** All that a member has: in the order in which Kafka takes it away. */
export const memberTombstones = (groupId: string, memberId: string): ConsumerRecord[] =>
  (['current', 'target', 'member'] as const).map((name) => ({
    type,
    name,
    key: { groupId, memberId },
    value: undefined,
  }))

/** What a group without members has. */
export const groupTombstone = (groupId: string, name: 'targetEpoch' | 'partitions' | 'epoch'): ConsumerRecord => ({
  type,
  name,
  key: { groupId },
  value: undefined,
})
