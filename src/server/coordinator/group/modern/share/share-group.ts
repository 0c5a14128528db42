import type { GroupRecord } from '../../records.ts'
import { type Assignment, assignmentOf, noPartitions } from '../assignment.ts'
import { MemberEpoch, MemberState } from '../member.ts'
import { ModernGroup } from '../modern-group.ts'
import { newMember, type ShareMember } from './member.ts'
import { groupTombstones, type ShareRecord } from './records.ts'
import { NamedPartitions, noTopics, type SharedTopics } from './shared-topics.ts'

/** A group whose members share the records of partitions (KIP-932). */
export class ShareGroup extends ModernGroup<ShareMember, Assignment> {
  readonly type = 'share'
  override readonly expires: boolean = false
  /** Of which topics the share coordinator keeps the group's state. */
  shared: SharedTopics = noTopics
  private subscribed: ReadonlySet<string> | undefined

  override get state(): string {
    return this.isEmpty ? 'Empty' : 'Stable'
  }

  get topics(): ReadonlySet<string> {
    return (this.subscribed ??= topicsOf(this.members.values()))
  }

  /** No member was given a partition so far. */
  get gaveNothing(): boolean {
    return [...this.target.values()].every(({ size }) => size === 0)
  }

  replay(record: ShareRecord): void {
    switch (record.name) {
      case 'epoch':
        return this.replayEpoch(record.value)
      case 'member':
        return this.replayMember(record)
      case 'targetEpoch':
        return this.replayTargetEpoch(record.value)
      case 'target':
        if (record.value) this.target.set(record.key.memberId, assignmentOf(record.value.topicPartitions))
        else this.target.delete(record.key.memberId)
        return
      case 'current':
        return this.replayCurrent(record)
      case 'topics':
        this.shared = record.value
          ? {
              initializing: NamedPartitions.of(record.value.initializingTopics),
              initialized: NamedPartitions.of(record.value.initializedTopics),
              deleting: new Map(record.value.deletingTopics.map(({ topicId, topicName }) => [topicId, topicName])),
            }
          : noTopics
    }
  }

  private replayMember({ key: { memberId }, value }: Extract<ShareRecord, { name: 'member' }>): void {
    this.subscribed = undefined
    if (!value) return this.remove(memberId)
    const { rackId, clientId, clientHost, subscribedTopicNames } = value
    this.put({
      ...(this.members.get(memberId) ?? newMember(memberId)),
      ...{ rackId, clientId, clientHost, subscribedTopicNames: new Set(subscribedTopicNames) },
    })
  }

  private replayCurrent({ key: { memberId }, value }: Extract<ShareRecord, { name: 'current' }>): void {
    const present = this.members.get(memberId)
    // A compacted log may have what a member was given without the member.
    if (!value && !present) return
    this.put({
      ...(present ?? newMember(memberId)),
      memberEpoch: value?.memberEpoch ?? MemberEpoch.leave,
      previousMemberEpoch: value?.previousMemberEpoch ?? MemberEpoch.leave,
      state: value?.state ?? MemberState.stable,
      assigned: value ? assignmentOf(value.assignedPartitions) : noPartitions,
    })
  }

  tombstones(): GroupRecord[] {
    return groupTombstones(this.id)
  }
}

/** All topics that members read. */
export function topicsOf(members: Iterable<ShareMember>): ReadonlySet<string> {
  const topics = new Set<string>()
  for (const { subscribedTopicNames } of members) for (const topic of subscribedTopicNames) topics.add(topic)
  return topics
}
