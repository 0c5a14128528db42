import type { Admin, ConsumerGroupDescription, TopicDescription } from '../../client/index.ts'
import {
  groupByTopic,
  type OffsetAndMetadata,
  parsePartitionKey,
  partitionKey,
  type TopicPartition,
} from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { GroupLag, GroupOffsetsView } from './describe.ts'

/** How far a group is behind in one partition, in records and in time. */
export interface TimedLag extends GroupLag {
  /** How old the next record is that the group will read; 0 when it is at the end, undefined when that is not known. */
  readonly lagSeconds: number | undefined
}

export interface GroupLagView extends GroupOffsetsView {
  readonly rows: readonly TimedLag[]
}

/** Where a group is in a log, and where that log ends. */
export interface GroupPosition extends TopicPartition {
  readonly offset: number
  readonly end: number
}

/** The ages of the records that groups read next. */
export interface RecordAges {
  /** Seconds by `partition@offset`: 0 where no record is left to read; what cannot be found out is left out. */
  secondsAt(positions: readonly GroupPosition[]): Promise<ReadonlyMap<string, number>>
}

export const positionKey = ({ topic, partition }: TopicPartition, offset: number): string =>
  `${partitionKey(topic, partition)}@${offset}`

export interface LagOptions {
  /** Undefined where nobody asks for time. */
  readonly ages?: RecordAges | undefined
  /** Passes over groups that have gone meanwhile; otherwise the first group's error is thrown. */
  readonly skipMissing?: boolean
}

/**
 * The lag of many groups with a fixed number of calls for each coordinator and leader, however many groups there are: descriptions, offsets
 * and ends are asked for all of them at once.
 */
export async function groupLags(
  admin: Admin,
  ids: readonly string[],
  options: LagOptions = {},
): Promise<GroupLagView[]> {
  if (ids.length === 0) return []
  const [described, committed] = await Promise.all([
    admin.describeConsumerGroups(ids),
    admin.listConsumerGroupOffsets(ids),
  ])
  const groups: { group: ConsumerGroupDescription; offsets: Map<string, OffsetAndMetadata> }[] = []
  for (const id of [...new Set(ids)].sort()) {
    const group = described.get(id)
    const offsets = committed.get(id)
    const error = [group, offsets].find((found) => found instanceof KafkaError)
    if (error && options.skipMissing && error.error === 'GROUP_ID_NOT_FOUND') continue
    if (error) throw error
    groups.push({ group: group as ConsumerGroupDescription, offsets: known(offsets as Map<string, unknown>) })
  }
  const ends = await endOffsets(admin, groups.flatMap(partitionsOf))
  const views = groups.map(({ group, offsets }) => ({ group, rows: rowsOf(group, offsets, ends) }))
  return withAges(views, options.ages)
}

function known(offsets: ReadonlyMap<string, unknown>): Map<string, OffsetAndMetadata> {
  const found = new Map<string, OffsetAndMetadata>()
  for (const [key, offset] of offsets) {
    if (offset instanceof KafkaError) throw offset
    if (offset) found.set(key, offset as OffsetAndMetadata)
  }
  return found
}

type Group = { readonly group: ConsumerGroupDescription; readonly offsets: ReadonlyMap<string, OffsetAndMetadata> }

const partitionsOf = ({ group, offsets }: Group): TopicPartition[] => [
  ...Array.from(offsets.keys(), parsePartitionKey),
  ...group.members.flatMap(({ assignment }) => assignment),
]

/** Ends of logs by partition key; those of partitions that are gone, or have no leader, are left out. */
async function endOffsets(admin: Admin, partitions: readonly TopicPartition[]): Promise<Map<string, number>> {
  const byTopic = groupByTopic(new Map(partitions.map((at) => [partitionKey(at.topic, at.partition), at])).values())
  const topics = byTopic.size === 0 ? new Map() : await admin.describeTopics([...byTopic.keys()])
  const led = Array.from(byTopic, ([topic, list]) => ledOf(topics.get(topic), list)).flat()
  const answers = await admin.listOffsets(led.map((at) => ({ ...at, spec: 'latest' as const })))
  const ends = new Map<string, number>()
  for (const [key, answer] of answers) if (!(answer instanceof KafkaError)) ends.set(key, answer.offset)
  return ends
}

function ledOf(topic: TopicDescription | KafkaError | undefined, list: readonly TopicPartition[]): TopicPartition[] {
  if (!topic || topic instanceof KafkaError) return []
  const led = new Set(topic.partitions.filter(({ leader }) => leader).map(({ partition }) => partition))
  return list.filter(({ partition }) => led.has(partition))
}

/** By topic and partition: what the group has committed, and what its members have. */
function rowsOf(
  group: ConsumerGroupDescription,
  offsets: ReadonlyMap<string, OffsetAndMetadata>,
  ends: ReadonlyMap<string, number>,
): GroupLag[] {
  const members = new Map(
    group.members.flatMap((member) =>
      member.assignment.map(({ topic, partition }) => [partitionKey(topic, partition), member] as const),
    ),
  )
  const keys = new Set([...offsets.keys(), ...members.keys()])
  const rows = Array.from(keys, (key) => {
    const { topic, partition } = parsePartitionKey(key)
    const commit = offsets.get(key)
    const logEndOffset = ends.get(key)
    const lag = commit && logEndOffset !== undefined ? Math.max(0, logEndOffset - commit.offset) : undefined
    const { offset, leaderEpoch } = commit ?? { offset: undefined, leaderEpoch: undefined }
    return { topic, partition, offset, leaderEpoch, logEndOffset, lag, member: members.get(key) }
  })
  return rows.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

async function withAges(views: readonly GroupOffsetsView[], ages: RecordAges | undefined): Promise<GroupLagView[]> {
  const behind = views.flatMap(({ rows }) =>
    rows.flatMap(({ topic, partition, offset, logEndOffset: end }) =>
      offset !== undefined && end !== undefined && end > offset ? [{ topic, partition, offset, end }] : [],
    ),
  )
  const seconds = ages && behind.length > 0 ? await ages.secondsAt(behind) : new Map<string, number>()
  const age = (row: GroupLag): number | undefined => {
    if (!ages || row.lag === undefined || row.offset === undefined) return undefined
    return row.lag === 0 ? 0 : seconds.get(positionKey(row, row.offset))
  }
  return views.map(({ group, rows }) => ({ group, rows: rows.map((row) => ({ ...row, lagSeconds: age(row) })) }))
}

/** Lag of several partitions together. */
export interface LagSum {
  readonly partitions: number
  readonly lag: number
  /** That of the partition that is most behind. */
  readonly lagSeconds: number | undefined
}

export function sumLag(rows: readonly TimedLag[]): LagSum {
  const seconds = rows.flatMap(({ lagSeconds }) => (lagSeconds === undefined ? [] : [lagSeconds]))
  return {
    partitions: rows.length,
    lag: rows.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    lagSeconds: seconds.length > 0 ? Math.max(...seconds) : undefined,
  }
}

/** The sums of each topic, by name. */
export const lagByTopic = (rows: readonly TimedLag[]): (LagSum & { readonly topic: string })[] =>
  Array.from(groupByTopic(rows), ([topic, list]) => ({ topic, ...sumLag(list) }))

/** Only what is behind: partitions with a lag, and groups with such partitions. */
export const onlyLagging = (views: readonly GroupLagView[]): GroupLagView[] =>
  views
    .map(({ group, rows }) => ({ group, rows: rows.filter(({ lag }) => (lag ?? 0) > 0) }))
    .filter(({ rows }) => rows.length > 0)
