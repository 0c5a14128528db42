import { OffsetCommit, OffsetFetch } from '../protocol/apis/index.ts'
import { Errors, KafkaError } from '../protocol/errors.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import type { Cluster } from './cluster.ts'
import { groupError } from './errors.ts'
import { byCoordinator, itemError } from './fan-out.ts'
import type { NodeClient } from './node.ts'
import { type CommitOffset, groupByTopic, type OffsetAndMetadata, partitionKey, type TopicPartition } from './types.ts'

/** By partition key; undefined where nothing was committed. */
export type GroupOffsets = Map<string, OffsetAndMetadata | undefined | KafkaError>

export interface GroupOffsetsOptions {
  /** All partitions that have an offset when left out. */
  readonly topicPartitions?: readonly TopicPartition[]
  /** Wait for open transactions instead of giving what they may replace. */
  readonly requireStable?: boolean
  /** The member of a group with `group.protocol=consumer` that asks: it learns when its epoch is not the newest. */
  readonly member?: { readonly memberId: string; readonly epoch: number } | undefined
  readonly timeoutMs?: number
}

/** The highest version that names topics; later ones use ids. */
const OFFSETS_BY_NAME = 9

/** Offsets of many groups, in one call per coordinator where the broker can (KIP-709). */
export function fetchGroupOffsets(
  cluster: Cluster,
  ids: readonly string[],
  { topicPartitions, requireStable = false, member, timeoutMs }: GroupOffsetsOptions = {},
): Promise<Map<string, GroupOffsets | KafkaError>> {
  const topics = topicPartitions
    ? Array.from(groupByTopic(topicPartitions), ([name, items]) => ({
        name,
        partitionIndexes: items.map(({ partition }) => partition),
      }))
    : null
  const asked = { memberId: member?.memberId ?? null, memberEpoch: member?.epoch ?? -1 }
  const ask = async (node: NodeClient, part: readonly string[], left: number) => {
    const response = await node.send(
      OffsetFetch,
      (version) =>
        version >= 8
          ? { groupId: '', topics: [], groups: part.map((groupId) => ({ groupId, ...asked, topics })), requireStable }
          : { groupId: part[0] as string, topics, groups: [], requireStable: requireStable && version >= 7 },
      { maxVersion: OFFSETS_BY_NAME, timeoutMs: Math.min(left, cluster.config['request.timeout.ms']) },
    )
    const groups = response.groups.length > 0 ? response.groups : [{ ...response, groupId: part[0] as string }]
    return new Map(groups.map((group) => [group.groupId, groupOffsets(group.groupId, group)]))
  }
  return byCoordinator<GroupOffsets>(
    cluster,
    ids,
    { call: 'listConsumerGroupOffsets', timeoutMs },
    async (node, part, left) => {
      const batched = ((await node.ranges()).get(OffsetFetch.key)?.max ?? 0) >= 8
      if (batched || part.length === 1) return ask(node, part, left)
      const answers = await Promise.all(part.map((id) => ask(node, [id], left)))
      return new Map(answers.flatMap((answer) => [...answer]))
    },
  )
}

interface FetchedGroup {
  readonly errorCode: number
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly committedOffset: number
      readonly committedLeaderEpoch: number
      readonly metadata: string | null
      readonly errorCode: number
    }[]
  }[]
}

function groupOffsets(groupId: string, group: FetchedGroup): GroupOffsets | KafkaError {
  if (group.errorCode !== Errors.NONE) return groupError(group.errorCode, groupId)
  const offsets: GroupOffsets = new Map()
  for (const { name, partitions } of group.topics)
    for (const row of partitions) {
      // An open transaction holds the offset back: the whole group is asked again.
      if (row.errorCode === Errors.UNSTABLE_OFFSET_COMMIT) return new KafkaError('UNSTABLE_OFFSET_COMMIT')
      const committed =
        row.committedOffset < 0
          ? undefined
          : {
              offset: row.committedOffset,
              metadata: row.metadata ?? '',
              leaderEpoch: row.committedLeaderEpoch < 0 ? undefined : row.committedLeaderEpoch,
            }
      offsets.set(partitionKey(name, row.partitionIndex), itemError(row.errorCode, null) ?? committed)
    }
  return offsets
}

export async function commitGroupOffsets(
  cluster: Cluster,
  groupId: string,
  offsets: readonly CommitOffset[],
): Promise<Map<string, KafkaError | undefined>> {
  const topics = Array.from(groupByTopic(offsets), ([name, partitions]) => ({
    name,
    partitions: partitions.map(commitRow),
  }))
  const response = await cluster.call(
    OffsetCommit,
    { groupId, memberId: '', topics },
    {
      call: 'alterConsumerGroupOffsets',
      to: { group: groupId },
      maxVersion: OFFSETS_BY_NAME,
      errorOf: coordinatorError((answer: ResponseOf<typeof OffsetCommit>) =>
        answer.topics.flatMap((row) => row.partitions),
      ),
    },
  )
  return partitionErrors(response.topics)
}

export const commitRow = ({ partition, offset, metadata, leaderEpoch }: CommitOffset) => ({
  partitionIndex: partition,
  committedOffset: offset,
  committedLeaderEpoch: leaderEpoch ?? -1,
  committedMetadata: metadata ?? '',
})

type PartitionErrors = readonly {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}[]

export function partitionErrors(topics: PartitionErrors): Map<string, KafkaError | undefined> {
  const results = new Map<string, KafkaError | undefined>()
  for (const { name, partitions } of topics)
    for (const { partitionIndex, errorCode } of partitions)
      results.set(partitionKey(name, partitionIndex), itemError(errorCode, null))
  return results
}

/** Errors that concern the coordinator stand in every row: one of them repeats the call. */
const coordinatorErrors: ReadonlySet<number> = new Set([
  Errors.NOT_COORDINATOR,
  Errors.COORDINATOR_NOT_AVAILABLE,
  Errors.COORDINATOR_LOAD_IN_PROGRESS,
])

const coordinatorError =
  <T>(rows: (response: T) => readonly { readonly errorCode: number }[]) =>
  (response: T): number =>
    rows(response).find(({ errorCode }) => coordinatorErrors.has(errorCode))?.errorCode ?? Errors.NONE
