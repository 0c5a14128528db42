import { KafkaError } from '../../../../../protocol/errors.ts'
import { checkMemberEpoch, MemberEpoch } from '../member.ts'
import type { StreamsContext, StreamsHeartbeatRequest } from './context.ts'
import { newMember, type StreamsMember } from './member.ts'
import { epochRecord, memberTombstones, type StreamsRecord } from './records.ts'
import type { StreamsGroup } from './streams-group.ts'
import { ownedTasks, roles, withoutEpochs } from './tasks.ts'

/** The member that a heartbeat comes from. Throws UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH or GROUP_MAX_SIZE_REACHED. */
export function identify(
  group: StreamsGroup,
  request: StreamsHeartbeatRequest,
  { maxSize }: StreamsContext,
): StreamsMember {
  const { memberId, memberEpoch } = request
  const joins = memberEpoch === MemberEpoch.join
  if (joins && group.members.size >= maxSize)
    throw new KafkaError(
      'GROUP_MAX_SIZE_REACHED',
      `The streams group has reached its maximum capacity of ${maxSize} members.`,
    )
  const member = joins ? (group.members.get(memberId) ?? newMember(memberId)) : group.member(memberId)
  const owned = ownedTasks(request)
  const has = withoutEpochs(member.assigned)
  checkMemberEpoch(
    member,
    memberEpoch,
    () =>
      owned !== null &&
      roles.every((role) =>
        [...owned[role]].every(([subtopology, all]) => [...all].every((one) => has[role].get(subtopology)?.has(one))),
      ),
    'streams',
  )
  return member
}

/** What is not said stays as it was. */
export const updated = (member: StreamsMember, request: StreamsHeartbeatRequest): StreamsMember => ({
  ...member,
  rackId: request.rackId ?? member.rackId,
  rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
  topologyEpoch: request.topology?.epoch ?? member.topologyEpoch,
  clientId: request.clientId,
  clientHost: request.clientHost,
  processId: request.processId ?? member.processId,
  userEndpoint: request.userEndpoint ?? member.userEndpoint,
  clientTags: request.clientTags
    ? new Map(request.clientTags.map(({ key, value }) => [key, value]))
    : member.clientTags,
})

export const sameConfigs = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean =>
  one.size === other.size && [...one].every(([key, value]) => other.get(key) === value)

export const isSame = (one: StreamsMember, other: StreamsMember): boolean =>
  one.rackId === other.rackId &&
  one.rebalanceTimeoutMs === other.rebalanceTimeoutMs &&
  one.topologyEpoch === other.topologyEpoch &&
  one.clientId === other.clientId &&
  one.clientHost === other.clientHost &&
  one.processId === other.processId &&
  one.userEndpoint?.host === other.userEndpoint?.host &&
  one.userEndpoint?.port === other.userEndpoint?.port &&
  sameConfigs(one.clientTags, other.clientTags)

/** Takes a member out of the group, which gets a new epoch. */
export function removeMember(group: StreamsGroup, { memberId }: StreamsMember): StreamsRecord[] {
  const { id, epoch, metadataHash: hash, validatedTopologyEpoch, configs } = group
  const next = { epoch: epoch + 1, metadataHash: hash, validatedTopologyEpoch, configs }
  return [...memberTombstones(id, memberId), epochRecord(id, next)]
}
