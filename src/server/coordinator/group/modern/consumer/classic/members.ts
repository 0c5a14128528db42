import { KafkaError } from '../../../../../../protocol/errors.ts'
import type { Decision } from '../../../../../machine/runner.ts'
import type { MetadataImage } from '../../../../../metadata/image.ts'
import type { JoinReply, SyncReply } from '../../../classic-group.ts'
import type { JoinRequest, LeavingMember, SyncRequest } from '../../../membership.ts'
import type { GroupRecord } from '../../../records.ts'
import { checkInstance, MemberEpoch, MemberState } from '../../member.ts'
import type { ConsumerGroup } from '../consumer-group.ts'
import type { HeartbeatContext } from '../context.ts'
import { checkRoom, progress } from '../heartbeat.ts'
import type { ClassicSide, ConsumerMember } from '../member.ts'
import { identify } from '../membership.ts'
import type { ConsumerRecord } from '../records.ts'
import { firstProtocol, withoutMembers } from './downgrade.ts'
import { assignmentBytes, PROTOCOL_TYPE, subscriptionOf, withIds } from './embedded.ts'

type ClassicMember = ConsumerMember & { readonly classic: ClassicSide }

export interface JoinOutcome {
  readonly reply: JoinReply
  readonly member: ClassicMember
  readonly sawTopics: boolean
}

/** A member of the classic protocol joins a group to which the coordinator assigns, or comes back for its next step. Throws. */
export function join(
  group: ConsumerGroup,
  request: JoinRequest & { readonly memberId: string },
  context: HeartbeatContext,
): Decision<GroupRecord, JoinOutcome> {
  const { memberId, groupInstanceId: instanceId, protocols, protocolType, sessionTimeoutMs } = request
  const { upgrades, downgrades } = context.migration
  if (!upgrades && !downgrades) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  checkRoom(group, memberId, context)
  if (protocolType !== PROTOCOL_TYPE || !isCommon(group, protocols)) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  const subscription = read(protocols[0]?.metadata as Buffer)
  const records: ConsumerRecord[] = []
  const who = { memberId, instanceId, memberEpoch: MemberEpoch.join, topicPartitions: [], isClassic: true }
  const before = identify(group, who, records)
  const member: ClassicMember = {
    ...before,
    instanceId: instanceId ?? before.instanceId,
    rackId: subscription.rackId ?? before.rackId,
    ...{ clientId: request.clientId, clientHost: request.clientHost, rebalanceTimeoutMs: request.rebalanceTimeoutMs },
    ...{ subscribedTopicNames: new Set(subscription.topics), subscribedTopicRegex: '' },
    classic: { sessionTimeoutMs, supportedProtocols: protocols },
  }
  const owned = {
    topicPartitions: withIds(subscription.owned, context.image).map((one) => ({
      ...one,
      partitions: [...one.partitions],
    })),
  }
  const { result, sawTopics } = progress(group, { before, member, request: owned }, context, records)
  const reply: JoinReply = {
    ...{ errorCode: 0, generationId: result.memberEpoch, protocolType: PROTOCOL_TYPE },
    ...{ protocolName: firstProtocol(member).name, leader: '', skipAssignment: false, memberId, members: [] },
  }
  return { records, reply: { reply, member: { ...result, classic: member.classic }, sawTopics } }
}

function read(metadata: Buffer) {
  try {
    return subscriptionOf(metadata)
  } catch {
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  }
}

/** Whether one of these protocols is known to all members that speak the classic one. */
const isCommon = ({ members }: ConsumerGroup, protocols: JoinRequest['protocols']): boolean =>
  protocols.some(({ name }) =>
    [...members.values()].every(
      ({ classic }) => !classic || classic.supportedProtocols.some((protocol) => protocol.name === name),
    ),
  )

/** Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID or ILLEGAL_GENERATION. */
function memberOf(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
  generation: number,
): ClassicMember {
  const named = instanceId === null ? group.member(memberId) : group.staticMember(instanceId)
  if (instanceId !== null) checkInstance(named, instanceId, memberId)
  const member = named as ConsumerMember
  if (!member.classic) throw new KafkaError('UNKNOWN_MEMBER_ID')
  if (member.memberEpoch !== generation) throw new KafkaError('ILLEGAL_GENERATION')
  return { ...member, classic: member.classic }
}

/** Gives a member what it has been assigned. `mustRejoin` is called before REBALANCE_IN_PROGRESS is thrown. */
export function sync(
  group: ConsumerGroup,
  request: SyncRequest,
  image: MetadataImage,
  mustRejoin: (member: ClassicMember) => void,
): { readonly member: ClassicMember; readonly reply: SyncReply } {
  const { memberId, groupInstanceId, generationId, protocolType, protocolName } = request
  const member = memberOf(group, memberId, groupInstanceId, generationId)
  const protocol = firstProtocol(member)
  if (
    (protocolType !== null && protocolType !== PROTOCOL_TYPE) ||
    (protocolName !== null && protocolName !== protocol.name)
  )
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  if (group.assignmentEpoch > member.memberEpoch && member.state !== MemberState.unrevoked) {
    mustRejoin(member)
    throw new KafkaError('REBALANCE_IN_PROGRESS')
  }
  const assignment = assignmentBytes(member.assigned, image, protocol)
  return { member, reply: { errorCode: 0, protocolType: PROTOCOL_TYPE, protocolName: protocol.name, assignment } }
}

/** A heartbeat; says whether there is something for the member to come back for. Throws. */
export function heartbeat(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string | null,
  generation: number,
): { readonly member: ClassicMember; readonly mustRejoin: boolean } {
  const member = memberOf(group, memberId, instanceId, generation)
  const { state, memberEpoch } = member
  const mustRejoin =
    memberEpoch < group.assignmentEpoch ||
    state === MemberState.unrevoked ||
    (state === MemberState.unreleased && !waitsForOthers(group, member))
  return { member, mustRejoin }
}

/** Whether others still have something of what a member is to get. */
const waitsForOthers = (group: ConsumerGroup, member: ConsumerMember): boolean =>
  [...(group.targetOf(member) ?? [])].some(([topicId, partitions]) =>
    [...partitions].some(
      (partition) => !member.assigned.get(topicId)?.has(partition) && group.isOwned(topicId, partition),
    ),
  )

/** Takes out those of the leaving members that there are; gives an error code each. */
export function leave(
  group: ConsumerGroup,
  leaving: readonly LeavingMember[],
  context: HeartbeatContext,
): Decision<GroupRecord, { readonly codes: number[]; readonly gone: readonly string[] }> {
  const gone = new Set<ConsumerMember>()
  const codes = leaving.map(({ memberId, groupInstanceId }) => {
    try {
      if (groupInstanceId === null) gone.add(group.member(memberId))
      else {
        const member = group.staticMember(groupInstanceId)
        checkInstance(member, groupInstanceId, memberId === '' ? (member?.memberId ?? '') : memberId)
        gone.add(member as ConsumerMember)
      }
      return 0
    } catch (error) {
      if (error instanceof KafkaError) return error.code
      throw error
    }
  })
  const records = gone.size > 0 ? withoutMembers(group, [...gone], context) : []
  return { records, reply: { codes, gone: Array.from(gone, ({ memberId }) => memberId) } }
}
