import { KafkaError } from '../../../../../protocol/errors.ts'
import type { Uuid } from '../../../../../std/uuid.ts'
import { noPartitions } from '../assignment.ts'
import { checkInstance, checkMemberEpoch, MemberEpoch } from '../member.ts'
import { metadataHash } from '../metadata-hash.ts'
import { type ConsumerGroup, topicsOf } from './consumer-group.ts'
import type { HeartbeatContext } from './context.ts'
import { type ConsumerMember, newMember } from './member.ts'
import {
  type ConsumerRecord,
  currentRecord,
  epochRecord,
  memberRecord,
  memberTombstones,
  regexRecord,
  targetRecord,
} from './records.ts'

type Owned = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[] | null

export interface Identity {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly topicPartitions: Owned
  /** Whether it speaks the classic protocol. */
  readonly isClassic?: boolean
}

/**
 * The member that a heartbeat comes from: one that joins, one that is there, or a static one that was away and takes its place again
 * under a new id. Throws UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, FENCED_INSTANCE_ID or UNRELEASED_INSTANCE_ID.
 */
export function identify(group: ConsumerGroup, who: Identity, records: ConsumerRecord[]): ConsumerMember {
  const { memberId, memberEpoch, instanceId, topicPartitions, isClassic = false } = who
  const joins = memberEpoch === MemberEpoch.join
  if (instanceId !== null && joins) return takePlace(group, memberId, instanceId, isClassic, records)
  if (instanceId !== null) checkInstance(group.staticMember(instanceId), instanceId, memberId)
  const member = joins ? (group.members.get(memberId) ?? newMember(memberId, null)) : group.member(memberId)
  checkMemberEpoch(member, memberEpoch, () => isPartOf(topicPartitions, member))
  return member
}

function takePlace(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string,
  isClassic: boolean,
  records: ConsumerRecord[],
): ConsumerMember {
  const former = group.staticMember(instanceId)
  if (!former) return group.members.get(memberId) ?? newMember(memberId, instanceId)
  // Members of the classic protocol leave their places without a word.
  if (former.memberEpoch !== MemberEpoch.leaveStatic && !isClassic && !former.classic)
    throw new KafkaError(
      'UNRELEASED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${former.memberId} member.`,
    )
  const member = { ...former, memberId, memberEpoch: MemberEpoch.join, previousMemberEpoch: 0 }
  records.push(
    ...memberTombstones(group.id, former.memberId),
    memberRecord(group.id, member),
    targetRecord(group.id, memberId, group.target.get(former.memberId) ?? noPartitions),
    currentRecord(group.id, member),
  )
  return member
}

/** Whether a member has nothing but what it was given. */
const isPartOf = (owned: Owned, { assigned }: ConsumerMember): boolean =>
  owned?.every(({ topicId, partitions }) => partitions.every((partition) => assigned.get(topicId)?.has(partition))) ??
  false

/** A static member goes, and means to be back within its session: its partitions wait for it. */
export function leaveForAWhile(group: ConsumerGroup, member: ConsumerMember): ConsumerRecord[] {
  const assigned = new Map(
    Array.from(member.assigned, ([topicId, partitions]) => [
      topicId,
      new Map(Array.from(partitions.keys(), (partition) => [partition, 0])),
    ]),
  )
  return [
    currentRecord(group.id, {
      ...member,
      memberEpoch: MemberEpoch.leaveStatic,
      assigned,
      pendingRevocation: noPartitions,
    }),
  ]
}

/** Takes members out of the group, which gets a new epoch. */
export function removeMembers(
  group: ConsumerGroup,
  gone: readonly ConsumerMember[],
  { image }: Pick<HeartbeatContext, 'image'>,
): ConsumerRecord[] {
  const records = gone.flatMap(({ memberId }) => memberTombstones(group.id, memberId))
  const rest = [...group.members.values()].filter((member) => !gone.includes(member))
  const stillRead = new Set(rest.map(({ subscribedTopicRegex }) => subscribedTopicRegex))
  for (const regex of group.regexes.keys()) if (!stillRead.has(regex)) records.push(regexRecord(group.id, regex))
  records.push(epochRecord(group.id, group.epoch + 1, metadataHash(image, topicsOf(rest, group.regexes))))
  return records
}
