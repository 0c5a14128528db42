import type { GroupRecord } from '../../../records.ts'
import type { ConsumerGroup } from '../consumer-group.ts'
import type { HeartbeatContext } from '../context.ts'
import type { ClassicSide, ConsumerMember } from '../member.ts'
import { removeMembers } from '../membership.ts'
import { memberTombstones } from '../records.ts'
import { assignmentBytes, PROTOCOL_TYPE } from './embedded.ts'

type ClassicMember = ConsumerMember & { readonly classic: ClassicSide }

/** Takes members out. A group that is left with members of the classic protocol only turns into one of those again. */
export function withoutMembers(
  group: ConsumerGroup,
  gone: readonly ConsumerMember[],
  context: Pick<HeartbeatContext, 'image' | 'now' | 'migration'>,
): GroupRecord[] {
  const { downgrades, maxClassicSize } = context.migration
  const rest = [...group.members.values()].filter((member) => !gone.includes(member))
  const isClassic = rest.every((member): member is ClassicMember => member.classic !== null)
  if (rest.length === 0 || !isClassic || !downgrades || rest.length > maxClassicSize)
    return removeMembers(group, gone, context)
  return downgrade(group, rest as ClassicMember[], context)
}

function downgrade(
  group: ConsumerGroup,
  members: readonly ClassicMember[],
  { image, now }: Pick<HeartbeatContext, 'image' | 'now'>,
): GroupRecord[] {
  const protocol = commonProtocol(members)
  const stored = members.map((member) => {
    const own = member.classic.supportedProtocols.find(({ name }) => name === protocol) ?? firstProtocol(member)
    return {
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.classic.sessionTimeoutMs,
      subscription: own.metadata,
      assignment: assignmentBytes(member.assigned, image, own),
    }
  })
  const value = {
    ...{ protocolType: PROTOCOL_TYPE, generation: group.epoch, protocol, leader: null },
    ...{ currentStateTimestamp: now, members: stored },
  }
  return [
    ...[...group.members.keys()].flatMap((memberId) => memberTombstones(group.id, memberId)),
    ...group.tombstones(),
    { type: 'group', group: group.id, value },
  ]
}

/** A member that speaks the classic protocol named at least one. */
export const firstProtocol = ({ classic }: ClassicMember) =>
  classic.supportedProtocols[0] as ClassicSide['supportedProtocols'][number]

/** The first choice of the first member that all of them have. */
function commonProtocol(members: readonly ClassicMember[]): string {
  const [first] = members as [ClassicMember]
  const common = first.classic.supportedProtocols.find(({ name }) =>
    members.every(({ classic }) => classic.supportedProtocols.some((one) => one.name === name)),
  )
  return common?.name ?? firstProtocol(first).name
}
