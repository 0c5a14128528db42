import type { ConsumerGroupHeartbeat } from '../../../../../protocol/apis/index.ts'
import { KafkaError } from '../../../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../../../protocol/schema/index.ts'
import type { Decision } from '../../../../machine/runner.ts'
import { sameProtocols } from '../../protocol.ts'
import type { GroupRecord } from '../../records.ts'
import { type Assignment, listed, noPartitions, sameAssignment } from '../assignment.ts'
import { checkInstance, isSettled, MemberEpoch } from '../member.ts'
import { metadataHash } from '../metadata-hash.ts'
import { mayAssign } from '../modern-group.ts'
import { withoutMembers } from './classic/downgrade.ts'
import { type ConsumerGroup, topicsOf } from './consumer-group.ts'
import type { HeartbeatContext } from './context.ts'
import { reconcile } from './current-assignment.ts'
import type { ClassicSide, ConsumerMember } from './member.ts'
import { identify, leaveForAWhile } from './membership.ts'
import { type ConsumerRecord, currentRecord, epochRecord, memberRecord } from './records.ts'
import { mustResolve, noteRegex } from './regexes.ts'
import { newTarget, topicIdsOf } from './target.ts'

type Response = ResponseInput<typeof ConsumerGroupHeartbeat>

export interface HeartbeatRequest extends RequestOf<typeof ConsumerGroupHeartbeat> {
  readonly clientId: string
  readonly clientHost: string
  /** Whether the member may know of a topic: a pattern finds no others. */
  seesTopic(topic: string): boolean
}

/** What a heartbeat brings about beside records. */
export interface HeartbeatOutcome {
  readonly response: Response
  /** The member as it is now; undefined when it left for good. */
  readonly member: ConsumerMember | undefined
  /** Its assignment was changed. */
  readonly moved: boolean
  readonly sawTopics: boolean
  /** Regular expressions whose topics have to be looked for. */
  readonly unresolved: readonly string[]
}

/** One heartbeat of a member that is in the group or joins it. Throws. */
export function heartbeat(
  group: ConsumerGroup,
  request: HeartbeatRequest,
  context: HeartbeatContext,
): Decision<GroupRecord, HeartbeatOutcome> {
  checkRoom(group, request.memberId, context)
  const records: ConsumerRecord[] = []
  const before = identify(group, request, records)
  const member = updated(before, request)
  const { moved, result, sawTopics, unresolved } = progress(group, { before, member, request }, context, records)
  const response = respond(request, member, result, context)
  return { records, reply: { response, member: result, moved, sawTopics, unresolved } }
}

/** Throws GROUP_MAX_SIZE_REACHED for one more member than there may be. */
export function checkRoom({ members }: ConsumerGroup, memberId: string, { maxSize }: HeartbeatContext): void {
  if (members.size >= maxSize && !members.has(memberId))
    throw new KafkaError(
      'GROUP_MAX_SIZE_REACHED',
      `The consumer group has reached its maximum capacity of ${maxSize} members.`,
    )
}

interface Change {
  readonly before: ConsumerMember
  readonly member: ConsumerMember
  /** What the member says it has; null when it does not say. */
  readonly request: Pick<HeartbeatRequest, 'topicPartitions'>
}

/** What follows from what a member has said: the group's epoch, its target, and the member's next step. */
export function progress(
  group: ConsumerGroup,
  { before, member, request }: Change,
  context: HeartbeatContext,
  records: ConsumerRecord[],
) {
  if (!isSame(before, member)) records.push(memberRecord(group.id, member))
  const regexes = noteRegex(group, before, member, records)
  const namesChanged = !sameSet(before.subscribedTopicNames, member.subscribedTopicNames)
  const changed = namesChanged || regexes.changed
  // Topics of a regular expression that is new count when they were found.
  const bumps = namesChanged || regexes.resolved
  const sawTopics = bumps || group.mustLookAtTopics
  const epoch = sawTopics ? nextEpoch(group, member, bumps, context, records) : group.epoch
  const { target, targetEpoch } = currentTarget(group, member, epoch, context, records)
  const result =
    !changed && isSettled(member, targetEpoch)
      ? member
      : reconcile(member, {
          ...{ target, targetEpoch, owned: request.topicPartitions, subscriptionChanged: changed },
          subscribed: topicIdsOf(group, member, context.image),
          isOwned: (topicId, partition) => group.isOwned(topicId, partition),
        })
  if (result !== member) records.push(currentRecord(group.id, result))
  const unresolved = mustResolve(group, member, before, regexes.changed, context)
  return { result, moved: result !== member, sawTopics, unresolved }
}

/** All members as they are once this one is what its heartbeat makes it. */
const membersWith = (group: ConsumerGroup, member: ConsumerMember): ConsumerMember[] => [
  ...[...group.members.values()].filter(
    ({ memberId, instanceId }) =>
      memberId !== member.memberId && (member.instanceId === null || instanceId !== member.instanceId),
  ),
  member,
]

/** What is not said stays as it was. */
const updated = (member: ConsumerMember, request: HeartbeatRequest): ConsumerMember => ({
  ...member,
  instanceId: request.instanceId ?? member.instanceId,
  rackId: request.rackId ?? member.rackId,
  clientId: request.clientId,
  clientHost: request.clientHost,
  rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
  serverAssignor: request.serverAssignor ?? member.serverAssignor,
  classic: null,
  subscribedTopicNames: request.subscribedTopicNames
    ? new Set(request.subscribedTopicNames)
    : member.subscribedTopicNames,
  subscribedTopicRegex: request.subscribedTopicRegex ?? member.subscribedTopicRegex,
})

const sameSet = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size === other.size && [...one].every((value) => other.has(value))

const sameClassic = (one: ClassicSide | null, other: ClassicSide | null): boolean =>
  one === other ||
  (one?.sessionTimeoutMs === other?.sessionTimeoutMs &&
    sameProtocols(one?.supportedProtocols ?? [], other?.supportedProtocols ?? []))

const isSame = (one: ConsumerMember, other: ConsumerMember): boolean =>
  one.instanceId === other.instanceId &&
  one.rackId === other.rackId &&
  one.clientId === other.clientId &&
  one.clientHost === other.clientHost &&
  one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
  one.serverAssignor === other.serverAssignor &&
  one.subscribedTopicRegex === other.subscribedTopicRegex &&
  sameClassic(one.classic, other.classic) &&
  sameSet(one.subscribedTopicNames, other.subscribedTopicNames)

/** The epoch of the group: a new one when members read something else than before, or the topics are not what they were. */
function nextEpoch(
  group: ConsumerGroup,
  member: ConsumerMember,
  bumps: boolean,
  { image }: HeartbeatContext,
  records: ConsumerRecord[],
): number {
  const hash = metadataHash(image, topicsOf(membersWith(group, member), group.regexes))
  const epoch = bumps || hash !== group.metadataHash ? group.epoch + 1 : group.epoch
  if (epoch !== group.epoch) records.push(epochRecord(group.id, epoch, hash))
  records.push(...group.partitionsTombstone())
  return epoch
}

function currentTarget(
  group: ConsumerGroup,
  member: ConsumerMember,
  epoch: number,
  { image, assignor, assignmentIntervalMs, now }: HeartbeatContext,
  records: ConsumerRecord[],
): { readonly target: Assignment; readonly targetEpoch: number } {
  if (group.assignmentEpoch >= epoch || !mayAssign(group, assignmentIntervalMs, now))
    return { target: group.targetOf(member) ?? noPartitions, targetEpoch: group.assignmentEpoch }
  const made = newTarget(group, membersWith(group, member), epoch, { image, fallback: assignor, now })
  records.push(...made.records)
  return { target: made.target.get(member.memberId) ?? noPartitions, targetEpoch: epoch }
}

function respond(
  request: HeartbeatRequest,
  before: ConsumerMember,
  { memberId, memberEpoch, assigned }: ConsumerMember,
  { heartbeatIntervalMs }: HeartbeatContext,
): Response {
  const { rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request
  // Who says everything about itself wants to hear everything.
  const saidAll =
    rebalanceTimeoutMs !== -1 &&
    (subscribedTopicNames !== null || subscribedTopicRegex !== null) &&
    topicPartitions !== null
  const tells = saidAll || !sameAssignment(keysOf(before), keysOf({ assigned }))
  const assignment = tells ? { topicPartitions: listed(assigned) } : null
  return { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs, assignment }
}

const keysOf = ({ assigned }: Pick<ConsumerMember, 'assigned'>): Assignment =>
  new Map(Array.from(assigned, ([topicId, partitions]) => [topicId, new Set(partitions.keys())]))

/** A member leaves: for good, or for a while if it is static and says so. Throws. */
export function leave(
  group: ConsumerGroup,
  { memberId, memberEpoch, instanceId }: HeartbeatRequest,
  context: HeartbeatContext,
): Decision<GroupRecord, HeartbeatOutcome> {
  if (instanceId !== null) checkInstance(group.staticMember(instanceId), instanceId, memberId)
  const member = instanceId === null ? group.member(memberId) : (group.staticMember(instanceId) as ConsumerMember)
  const stays = instanceId !== null && memberEpoch === MemberEpoch.leaveStatic
  const records = stays ? leaveForAWhile(group, member) : withoutMembers(group, [member], context)
  const response = { throttleTimeMs: 0, errorCode: 0, memberId, memberEpoch, heartbeatIntervalMs: 0 }
  return { records, reply: { response, member: undefined, moved: false, sawTopics: false, unresolved: [] } }
}
