import type { ShareGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { Decision } from '../../../../machine/runner.ts'
import type { GroupRecord } from '../../records.ts'
import { listed, sameAssignment } from '../assignment.ts'
import { isSettled, MemberEpoch } from '../member.ts'
import { metadataHash } from '../metadata-hash.ts'
import type { ShareHeartbeatContext } from './context.ts'
import { newMember, type ShareMember } from './member.ts'
import {
  currentRecord,
  epochRecord,
  memberRecord,
  memberTombstones,
  type ShareRecord,
  topicsRecord,
} from './records.ts'
import { type ShareGroup, topicsOf } from './share-group.ts'
import { begun, NamedPartitions } from './shared-topics.ts'
import { currentTarget, mustSpread, reconcile } from './target.ts'

type Response = ResponseInput<typeof ShareGroupHeartbeat>

export interface ShareHeartbeatRequest extends RequestOf<typeof ShareGroupHeartbeat> {
  readonly clientId: string
  readonly clientHost: string
}

/** What a heartbeat brings about beside records. */
export interface ShareHeartbeatOutcome {
  readonly response: Response
  readonly sawTopics: boolean
  /** Partitions whose state the share coordinator has to set up, and in which epoch of the group. */
  readonly initialize: { readonly partitions: NamedPartitions; readonly stateEpoch: number } | undefined
}

/** One heartbeat of a member that is in the group or joins it. Throws. */
export function heartbeat(
  group: ShareGroup,
  request: ShareHeartbeatRequest,
  context: ShareHeartbeatContext,
): Decision<GroupRecord, ShareHeartbeatOutcome> {
  const { groupId, memberId, memberEpoch, subscribedTopicNames } = request
  if (group.members.size >= context.maxSize && !group.members.has(memberId))
    throw new KafkaError(
      'GROUP_MAX_SIZE_REACHED',
      `The share group has reached its maximum capacity of ${context.maxSize} members.`,
    )
  const records: ShareRecord[] = []
  const before = identify(group, memberId, memberEpoch)
  const member = updated(before, request)
  const changed = !sameSet(before.subscribedTopicNames, member.subscribedTopicNames)
  if (changed || !isSame(before, member)) records.push(memberRecord(groupId, member))
  const members = [...group.members.values()].filter((one) => one.memberId !== memberId)
  members.push(member)
  const hasNew = group.assignmentEpoch >= group.epoch && mustSpread(group)
  const sawTopics = changed || hasNew || group.mustLookAtTopics
  const epoch = sawTopics ? nextEpoch(group, members, changed || hasNew, context, records) : group.epoch
  const { target, targetEpoch } = currentTarget(group, members, member, epoch, context, records)
  const moves = epoch !== group.epoch || !isSettled(member, targetEpoch)
  const result = moves ? reconcile(member, target, targetEpoch, context) : member
  if (!isPlaced(result, member)) records.push(currentRecord(groupId, result))
  const tells = memberEpoch === MemberEpoch.join || subscribedTopicNames !== null
  const assignment =
    tells || !sameAssignment(before.assigned, result.assigned) ? { topicPartitions: listed(result.assigned) } : null
  const partitions = toInitialize(group, topicsOf(members), context)
  if (!partitions.isEmpty) records.push(topicsRecord(groupId, begun(group.shared, partitions)))
  const { heartbeatIntervalMs } = context
  const said = { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch: result.memberEpoch }
  return {
    records,
    reply: {
      response: { ...said, heartbeatIntervalMs, assignment },
      sawTopics,
      initialize: partitions.isEmpty ? undefined : { partitions, stateEpoch: epoch },
    },
  }
}

/** Throws UNKNOWN_MEMBER_ID or FENCED_MEMBER_EPOCH. */
function identify(group: ShareGroup, memberId: string, said: number): ShareMember {
  if (said === MemberEpoch.join) return group.members.get(memberId) ?? newMember(memberId)
  const member = group.member(memberId)
  const { memberEpoch, previousMemberEpoch } = member
  if (said === memberEpoch || (said < memberEpoch && said === previousMemberEpoch)) return member
  const known = `than the one known by the group coordinator (${memberEpoch})`
  const why =
    said > memberEpoch
      ? `greater member epoch (${said}) ${known}`
      : `smaller member epoch (${said}) ${known}, and it does not match the previous member epoch (${previousMemberEpoch})`
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The share group member has a ${why}. The member must abandon all its partitions and rejoin.`,
  )
}

/** What is not said stays as it was. */
const updated = (member: ShareMember, request: ShareHeartbeatRequest): ShareMember => ({
  ...member,
  rackId: request.rackId ?? member.rackId,
  clientId: request.clientId,
  clientHost: request.clientHost,
  subscribedTopicNames: request.subscribedTopicNames
    ? new Set(request.subscribedTopicNames)
    : member.subscribedTopicNames,
})

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((value) => other.has(value))

const isSame = (one: ShareMember, other: ShareMember): boolean =>
  one.rackId === other.rackId && one.clientId === other.clientId && one.clientHost === other.clientHost

const isPlaced = (one: ShareMember, other: ShareMember): boolean =>
  one.memberEpoch === other.memberEpoch &&
  one.previousMemberEpoch === other.previousMemberEpoch &&
  one.state === other.state &&
  sameAssignment(one.assigned, other.assigned)

/** The epoch of the group: a new one when members read something else than before, or the topics are not what they were. */
function nextEpoch(
  group: ShareGroup,
  members: readonly ShareMember[],
  bumps: boolean,
  { image }: ShareHeartbeatContext,
  records: ShareRecord[],
): number {
  const hash = metadataHash(image, topicsOf(members))
  if (!bumps && hash === group.metadataHash) return group.epoch
  records.push(epochRecord(group.id, group.epoch + 1, hash))
  return group.epoch + 1
}

/** Partitions of topics that are read, of which the share coordinator does not keep the group's state yet. */
function toInitialize(
  { shared }: ShareGroup,
  topics: ReadonlySet<string>,
  { image, retries }: ShareHeartbeatContext,
): NamedPartitions {
  const missing = [...topics].flatMap((topicName) => {
    const topic = image.topics.get(topicName)
    if (!topic) return []
    const { id: topicId } = topic
    const underway = retries(topicId) ? new Set<number>() : shared.initializing.of(topicId)
    const partitions = [...topic.partitions.keys()].filter(
      (one) => !shared.initialized.of(topicId).has(one) && !underway.has(one),
    )
    return partitions.length > 0 ? [{ topicId, topicName, partitions }] : []
  })
  return NamedPartitions.of(missing)
}

/** A member leaves, and the group gets a new epoch. */
export function removeMember(
  group: ShareGroup,
  { memberId }: ShareMember,
  { image }: Pick<ShareHeartbeatContext, 'image'>,
): ShareRecord[] {
  const rest = [...group.members.values()].filter((one) => one.memberId !== memberId)
  return [
    ...memberTombstones(group.id, memberId),
    epochRecord(group.id, group.epoch + 1, metadataHash(image, topicsOf(rest))),
  ]
}
