import { KafkaError } from '../../../../protocol/errors.ts'
import type { GroupType } from '../group-type.ts'

/** How far a member is on its way to the target assignment, as records number it. */
export const MemberState = { stable: 0, unrevoked: 1, unreleased: 2, unknown: 127 } as const

/** Epochs that are none: what a request says instead of one, and what a static member has that is away for a while. */
export const MemberEpoch = { join: 0, leave: -1, leaveStatic: -2 } as const

/** What members have in common, whatever kind of group they are in. Immutable: records make the next one. */
export interface ModernMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  /** One of `MemberState`. */
  readonly state: number
}

/** Whether a member has all of the target of this epoch, and nothing else. */
export const isSettled = ({ state, memberEpoch }: ModernMember, assignmentEpoch: number): boolean =>
  state === MemberState.stable && memberEpoch === assignmentEpoch

/**
 * Throws FENCED_MEMBER_EPOCH for a member that is not in the epoch that its request says. The answer that told it of the present one may
 * have been lost: then it may still say the one before, as long as it has nothing that it should not have.
 */
export function checkMemberEpoch(
  member: ModernMember,
  said: number,
  hasOnlyItsOwn: () => boolean,
  kind: GroupType = 'consumer',
): void {
  const { memberEpoch, previousMemberEpoch } = member
  if (said === MemberEpoch.join || said === memberEpoch) return
  if (said < memberEpoch && said === previousMemberEpoch && hasOnlyItsOwn()) return
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The ${kind} group member has a ${said > memberEpoch ? 'greater' : 'smaller'} member epoch (${said}) than the one known by the group coordinator (${memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

/** Throws for an instance id that nobody has, or that another member has. */
export function checkInstance(member: ModernMember | undefined, instanceId: string, memberId: string): void {
  if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
  if (member.memberId !== memberId)
    throw new KafkaError(
      'FENCED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.memberId}.`,
    )
}
