import * as stored from '../../../../../protocol/stored/share-group-records.ts'
import { type Assignment, listed } from '../assignment.ts'
import type { StoredRecord } from '../stored.ts'
import type { ShareMember } from './member.ts'
import type { SharedTopics } from './shared-topics.ts'

/** What a share group has in `__consumer_offsets`. */
export const shareRecords = {
  epoch: { key: stored.ShareGroupMetadataKey, value: stored.ShareGroupMetadataValue },
  member: { key: stored.ShareGroupMemberMetadataKey, value: stored.ShareGroupMemberMetadataValue },
  targetEpoch: {
    key: stored.ShareGroupTargetAssignmentMetadataKey,
    value: stored.ShareGroupTargetAssignmentMetadataValue,
  },
  target: { key: stored.ShareGroupTargetAssignmentMemberKey, value: stored.ShareGroupTargetAssignmentMemberValue },
  current: { key: stored.ShareGroupCurrentMemberAssignmentKey, value: stored.ShareGroupCurrentMemberAssignmentValue },
  /** Of which topics the share coordinator keeps the group's state. */
  topics: { key: stored.ShareGroupStatePartitionMetadataKey, value: stored.ShareGroupStatePartitionMetadataValue },
}

export type ShareRecord = StoredRecord<'share', typeof shareRecords>

const type = 'share'

export const epochRecord = (groupId: string, epoch: number, metadataHash: bigint): ShareRecord => ({
  ...{ type, name: 'epoch', key: { groupId } },
  value: { epoch, metadataHash },
})

export const memberRecord = (groupId: string, member: ShareMember): ShareRecord => ({
  ...{ type, name: 'member', key: { groupId, memberId: member.memberId } },
  value: {
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.subscribedTopicNames].sort(),
  },
})

export const targetRecord = (groupId: string, memberId: string, target: Assignment): ShareRecord => ({
  ...{ type, name: 'target', key: { groupId, memberId } },
  value: { topicPartitions: listed(target) },
})

export const targetEpochRecord = (groupId: string, assignmentEpoch: number, now: number): ShareRecord => ({
  ...{ type, name: 'targetEpoch', key: { groupId } },
  value: { assignmentEpoch, assignmentTimestamp: now },
})

export const currentRecord = (groupId: string, member: ShareMember): ShareRecord => ({
  ...{ type, name: 'current', key: { groupId, memberId: member.memberId } },
  value: {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: member.state,
    assignedPartitions: listed(member.assigned),
  },
})

export const topicsRecord = (groupId: string, { initializing, initialized, deleting }: SharedTopics): ShareRecord => ({
  ...{ type, name: 'topics', key: { groupId } },
  value: {
    initializingTopics: initializing.listed(),
    initializedTopics: initialized.listed(),
    deletingTopics: Array.from(deleting, ([topicId, topicName]) => ({ topicId, topicName })),
  },
})

/** All that a member has: in the order in which Kafka takes it away. */
export const memberTombstones = (groupId: string, memberId: string): ShareRecord[] =>
  (['current', 'target', 'member'] as const).map((name) => ({
    type,
    name,
    key: { groupId, memberId },
    value: undefined,
  }))

/** What a group without members has. */
export const groupTombstones = (groupId: string): ShareRecord[] =>
  (['targetEpoch', 'topics', 'epoch'] as const).map((name) => ({ type, name, key: { groupId }, value: undefined }))
