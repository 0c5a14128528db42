import type { Admin, ConsumerGroupDescription, MemberDescription } from '../../client/index.ts'
import { type OffsetAndMetadata, parsePartitionKey, partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { endOffsets } from './offsets.ts'
import { wrapping } from './wrapped-error.ts'

/** How far a group is in one partition. */
export interface GroupLag {
  readonly topic: string
  readonly partition: number
  /** Undefined where the group has committed nothing. */
  readonly offset: number | undefined
  readonly leaderEpoch: number | undefined
  /** Undefined while the partition has no leader. */
  readonly logEndOffset: number | undefined
  readonly lag: number | undefined
  /** The member that has the partition; undefined when none has. */
  readonly member: MemberDescription | undefined
}

export interface GroupOffsetsView {
  readonly group: ConsumerGroupDescription
  /** Members with most partitions first, then what nobody has. */
  readonly rows: readonly GroupLag[]
}

/** Groups by id, sorted; throws the first group's error. */
export async function describeGroups(admin: Admin, ids: readonly string[]): Promise<ConsumerGroupDescription[]> {
  const found = await admin.describeConsumerGroups(ids)
  return [...found.keys()].sort().map((id) => {
    const group = found.get(id)!
    if (group instanceof KafkaError) throw group
    return group
  })
}

export async function groupOffsets(admin: Admin, ids: readonly string[]): Promise<GroupOffsetsView[]> {
  const groups = await describeGroups(admin, ids)
  const views: GroupOffsetsView[] = []
  for (const group of groups) views.push({ group, rows: await rowsOf(admin, group) })
  return views
}

export type Committed = ReadonlyMap<string, OffsetAndMetadata>

/** What a group has committed, by partition key. */
export function committedOffsets(admin: Admin, groupId: string): Promise<Committed> {
  return wrapping(async () => {
    const answer = (await admin.listConsumerGroupOffsets([groupId])).get(groupId)
    if (answer instanceof KafkaError) throw answer
    const committed = new Map<string, OffsetAndMetadata>()
    for (const [key, offset] of answer ?? []) {
      if (offset instanceof KafkaError) throw offset
      if (offset) committed.set(key, offset)
    }
    return committed
  })
}

async function rowsOf(admin: Admin, group: ConsumerGroupDescription): Promise<GroupLag[]> {
  const committed = await committedOffsets(admin, group.groupId)
  const members = group.members
    .filter((member) => member.assignment.length > 0)
    .sort((a, b) => b.assignment.length - a.assignment.length)
  const assigned = new Set<string>()
  const rows: GroupLag[] = []
  for (const member of members) {
    for (const { topic, partition } of member.assignment) assigned.add(partitionKey(topic, partition))
    rows.push(...(await lags(admin, member.assignment, committed, member)))
  }
  const unassigned = [...committed.keys()].filter((key) => !assigned.has(key)).map(parsePartitionKey)
  if (unassigned.length > 0) rows.push(...(await lags(admin, unassigned, committed, undefined)))
  return rows
}

async function lags(
  admin: Admin,
  partitions: readonly TopicPartition[],
  committed: Committed,
  member: MemberDescription | undefined,
): Promise<GroupLag[]> {
  const ends = await endOffsets(admin, partitions)
  return [...partitions].sort(byTopicAndPartition).map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const logEndOffset = ends.get(key)
    const commit = committed.get(key)
    const lag = commit && logEndOffset !== undefined && commit.offset !== -1 ? logEndOffset - commit.offset : undefined
    const { offset, leaderEpoch } = commit ?? { offset: undefined, leaderEpoch: undefined }
    return { topic, partition, offset, leaderEpoch, logEndOffset, lag, member }
  })
}

function byTopicAndPartition(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  return a.partition - b.partition
}
