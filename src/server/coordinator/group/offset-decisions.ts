import type { OffsetCommit } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { RequestOf } from '../../../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../../../std/uuid.ts'
import type { Decision } from '../../machine/runner.ts'
import type { Group } from './group.ts'
import type { GroupOffsets } from './offsets.ts'
import type { PendingOffsets } from './pending-offsets.ts'
import type { GroupRecord } from './records.ts'

type CommitRequest = Pick<RequestOf<typeof OffsetCommit>, 'groupId' | 'retentionTimeMs' | 'topics'>

export interface CommitContext {
  readonly now: number
  readonly maxMetadataBytes: number
  topicId(name: string): Uuid | undefined
  topicName(id: Uuid): string | undefined
  hasPartition(topic: string, partition: number): boolean
}

/** The offsets of all groups of a shard. */
interface KeptOffsets {
  readonly offsets: ReadonlyMap<string, GroupOffsets>
  readonly pending: PendingOffsets
}

interface CommitReply {
  readonly topics: {
    readonly name: string
    readonly topicId: Uuid
    readonly partitions: { readonly partitionIndex: number; readonly errorCode: number }[]
  }[]
}

/** Records for the offsets of a commit; a partition that cannot be committed has its own error. */
export function commitOffsets(
  request: CommitRequest,
  usesIds: boolean,
  context: CommitContext,
): Decision<GroupRecord, CommitReply> {
  const records: GroupRecord[] = []
  const { now, maxMetadataBytes } = context
  const retention = request.retentionTimeMs
  const topics = request.topics.map((asked) => {
    const name = usesIds ? context.topicName(asked.topicId) : asked.name
    const topicId = name === undefined ? ZERO_UUID : (context.topicId(name) ?? ZERO_UUID)
    const partitions = asked.partitions.map((one) => {
      const { partitionIndex } = one
      const metadata = one.committedMetadata ?? ''
      if (name === undefined) return { partitionIndex, errorCode: Errors.UNKNOWN_TOPIC_ID as number }
      if (!context.hasPartition(name, partitionIndex))
        return { partitionIndex, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION }
      if (Buffer.byteLength(metadata) > maxMetadataBytes)
        return { partitionIndex, errorCode: Errors.OFFSET_METADATA_TOO_LARGE }
      records.push({
        type: 'offset',
        group: request.groupId,
        topic: name,
        partition: partitionIndex,
        value: {
          offset: one.committedOffset,
          leaderEpoch: one.committedLeaderEpoch,
          metadata,
          commitTimestamp: now,
          expireTimestamp: retention >= 0 ? now + retention : -1,
          topicId,
        },
      })
      return { partitionIndex, errorCode: Errors.NONE as number }
    })
    return { name: asked.name, topicId: asked.topicId, partitions }
  })
  return { records, reply: { topics } }
}

/** Everything that a group has goes: its offsets and its own record. */
export function deleteGroup(group: Group, { offsets, pending }: KeptOffsets): Decision<GroupRecord, void> {
  if (group.state !== 'Empty') throw new KafkaError('NON_EMPTY_GROUP')
  const records: GroupRecord[] = []
  const all = [...(offsets.get(group.id)?.entries() ?? []), ...pending.entries(group.id)]
  for (const { topic, partition } of all)
    records.push({ type: 'offset', group: group.id, topic, partition, value: undefined })
  records.push(...group.tombstones())
  return { records, reply: undefined }
}

/**
 * Offsets that nobody will ask for any more (KIP-211): those of an empty group `retentionMs` after it became empty, those of topics that an
 * active consumer group no longer reads, those of a group without any protocol `retentionMs` after their commit. A group without members
 * and offsets goes with the last of them.
 */
export function expireOffsets(
  group: Group,
  { offsets, pending }: KeptOffsets,
  now: number,
  retentionMs: number,
): Decision<GroupRecord, { groupIsGone: boolean }> {
  const records: GroupRecord[] = []
  let kept = 0
  for (const { topic, partition, value } of offsets.get(group.id)?.entries() ?? []) {
    const since = group.unusedSince(topic, value.commitTimestamp)
    const free = since !== undefined && !pending.has(group.id, topic, partition)
    const expired = value.expireTimestamp >= 0 ? now >= value.expireTimestamp : now - (since ?? now) >= retentionMs
    if (free && expired) records.push({ type: 'offset', group: group.id, topic, partition, value: undefined })
    else kept++
  }
  const groupIsGone = group.expires && group.isEmpty && kept === 0 && !pending.hasGroup(group.id)
  if (groupIsGone) records.push(...group.tombstones())
  return { records, reply: { groupIsGone } }
}
