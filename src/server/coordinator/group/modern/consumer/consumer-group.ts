import { KafkaError } from '../../../../../protocol/errors.ts'
import { copyOf } from '../../../../../std/bytes.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import type { GroupRecord } from '../../records.ts'
import { type Assignment, assignmentOf, epochsOf, noPartitions } from '../assignment.ts'
import type { Commit } from '../commit.ts'
import { MemberEpoch, MemberState } from '../member.ts'
import { ModernGroup } from '../modern-group.ts'
import { type ClassicSide, type ConsumerMember, newMember, type ResolvedRegex } from './member.ts'
import { type ConsumerRecord, groupTombstone, regexRecord } from './records.ts'

/** A group of consumers to which the coordinator assigns (KIP-848). */
export class ConsumerGroup extends ModernGroup<ConsumerMember, Assignment> {
  readonly type = 'consumer'
  readonly regexes = new Map<string, ResolvedRegex>()
  /** Topic -> partition -> the member that has it, or has not given it up yet. */
  private readonly owners = new Map<Uuid, Map<number, string>>()
  private hasPartitionsRecord = false
  private subscribed: ReadonlySet<string> | undefined
  private regexReaders: ReadonlyMap<string, number> | undefined

  get topics(): ReadonlySet<string> {
    return (this.subscribed ??= topicsOf(this.members.values(), this.regexes))
  }

  /** Regular expression -> how many members have it. */
  get subscribedRegexes(): ReadonlyMap<string, number> {
    return (this.regexReaders ??= countRegexes(this.members.values()))
  }

  isOwned(topicId: Uuid, partition: number): boolean {
    return this.owners.get(topicId)?.has(partition) ?? false
  }

  replay(record: ConsumerRecord): void {
    switch (record.name) {
      case 'epoch':
        return this.replayEpoch(record.value)
      case 'partitions':
        this.hasPartitionsRecord = record.value !== undefined
        return
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
      case 'regex':
        this.subscribed = undefined
        if (record.value)
          this.regexes.set(record.key.regularExpression, { ...record.value, topics: new Set(record.value.topics) })
        else this.regexes.delete(record.key.regularExpression)
    }
  }

  private replayMember({ key: { memberId }, value }: Extract<ConsumerRecord, { name: 'member' }>): void {
    this.subscribed = undefined
    this.regexReaders = undefined
    if (!value) {
      this.replaceOwned(memberId, undefined)
      return this.remove(memberId)
    }
    const present = this.members.get(memberId) ?? newMember(memberId, value.instanceId)
    const { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, serverAssignor } = value
    this.put({
      ...present,
      ...{ instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs, serverAssignor },
      subscribedTopicNames: new Set(value.subscribedTopicNames),
      subscribedTopicRegex: value.subscribedTopicRegex ?? '',
      classic: classicSide(value.classicMemberMetadata),
    })
  }

  private replayCurrent({ key: { memberId }, value }: Extract<ConsumerRecord, { name: 'current' }>): void {
    const present = this.members.get(memberId)
    // A compacted log may have what a member was given without the member.
    if (!value && !present) return
    const member = {
      ...(present ?? newMember(memberId, null)),
      memberEpoch: value?.memberEpoch ?? MemberEpoch.leave,
      previousMemberEpoch: value?.previousMemberEpoch ?? MemberEpoch.leave,
      state: value?.state ?? MemberState.stable,
      assigned: value ? epochsOf(value.assignedPartitions, value.memberEpoch) : noPartitions,
      pendingRevocation: value ? epochsOf(value.partitionsPendingRevocation, value.memberEpoch) : noPartitions,
    }
    this.replaceOwned(memberId, member)
    this.put(member)
  }

  private replaceOwned(memberId: string, next: ConsumerMember | undefined): void {
    const before = this.members.get(memberId)
    for (const [topicId, partitions] of [...(before?.assigned ?? []), ...(before?.pendingRevocation ?? [])]) {
      const owners = this.owners.get(topicId)
      for (const partition of partitions.keys()) if (owners?.get(partition) === memberId) owners.delete(partition)
      if (owners?.size === 0) this.owners.delete(topicId)
    }
    for (const [topicId, partitions] of [...(next?.assigned ?? []), ...(next?.pendingRevocation ?? [])]) {
      let owners = this.owners.get(topicId)
      if (!owners) this.owners.set(topicId, (owners = new Map()))
      for (const partition of partitions.keys()) owners.set(partition, memberId)
    }
  }

  /** Takes away the record of older Kafka that the hash has replaced. */
  partitionsTombstone(): ConsumerRecord[] {
    return this.hasPartitionsRecord ? [groupTombstone(this.id, 'partitions')] : []
  }

  tombstones(): GroupRecord[] {
    return [
      groupTombstone(this.id, 'targetEpoch'),
      ...this.partitionsTombstone(),
      ...Array.from(this.regexes.keys(), (regex) => regexRecord(this.id, regex)),
      groupTombstone(this.id, 'epoch'),
    ]
  }

  /**
   * Whether somebody may commit: a member in its epoch, or in an earlier one in which it had the partitions already (KIP-1251); anybody
   * when there are no members. Throws UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, ILLEGAL_GENERATION or UNSUPPORTED_VERSION.
   */
  checkCommit({ memberId, instanceId, memberEpoch, inTransaction, knowsEpochs, partitions }: Commit): void {
    if (memberEpoch < 0 && this.isEmpty) return
    if (inTransaction && memberEpoch === -1 && memberId === '' && instanceId === null) return
    const member = this.member(memberId)
    if (!knowsEpochs && !member.classic) throw new KafkaError('UNSUPPORTED_VERSION')
    if (memberEpoch === member.memberEpoch) return
    const isOver = new KafkaError(member.classic ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH')
    if (memberEpoch > member.memberEpoch) throw isOver
    for (const { topicId, partition } of partitions) {
      const since =
        member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition)
      if (since === undefined || memberEpoch < since) throw isOver
    }
  }

  /** Whether somebody may ask for offsets: like `checkCommit`, and anybody who does not say that it is a member. */
  checkFetch(memberId: string | null, memberEpoch: number): void {
    if (memberId === null && memberEpoch < 0) return
    const member = this.member(memberId ?? '')
    if (member.memberEpoch !== memberEpoch)
      throw new KafkaError(member.classic ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH')
  }
}

function classicSide(stored: ClassicSide | null): ClassicSide | null {
  const protocols = stored?.supportedProtocols.map(({ name, metadata }) => ({ name, metadata: copyOf(metadata) }))
  return stored && { sessionTimeoutMs: stored.sessionTimeoutMs, supportedProtocols: protocols ?? [] }
}

function countRegexes(members: Iterable<ConsumerMember>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { subscribedTopicRegex: regex } of members)
    if (regex !== '') counts.set(regex, (counts.get(regex) ?? 0) + 1)
  return counts
}

/** All topics that members read, by name or by a regular expression that was resolved. */
export function topicsOf(
  members: Iterable<ConsumerMember>,
  regexes: ReadonlyMap<string, ResolvedRegex>,
): ReadonlySet<string> {
  const topics = new Set<string>()
  for (const member of members) for (const topic of topicsOfMember(member, regexes)) topics.add(topic)
  return topics
}

export function* topicsOfMember(
  { subscribedTopicNames, subscribedTopicRegex }: ConsumerMember,
  regexes: ReadonlyMap<string, ResolvedRegex>,
): Generator<string> {
  yield* subscribedTopicNames
  for (const topic of regexes.get(subscribedTopicRegex)?.topics ?? []) if (!subscribedTopicNames.has(topic)) yield topic
}
