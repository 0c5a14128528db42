import type { Protocol } from '../../protocol.ts'
import { type EpochAssignment, noPartitions } from '../assignment.ts'
import { MemberEpoch, MemberState, type ModernMember } from '../member.ts'

/** What a member has said by the classic protocol that speaks it still, while its group turns from one to the other. */
export interface ClassicSide {
  readonly sessionTimeoutMs: number
  readonly supportedProtocols: readonly Protocol[]
}

export interface ConsumerMember extends ModernMember {
  /** Null for a member of the new protocol. */
  readonly classic: ClassicSide | null
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: ReadonlySet<string>
  /** Empty for none. */
  readonly subscribedTopicRegex: string
  readonly serverAssignor: string | null
  readonly assigned: EpochAssignment
  readonly pendingRevocation: EpochAssignment
}

export const newMember = (memberId: string, instanceId: string | null): ConsumerMember => ({
  ...{ memberId, instanceId, rackId: null, clientId: '', clientHost: '', rebalanceTimeoutMs: -1, serverAssignor: null },
  classic: null,
  ...{ subscribedTopicNames: new Set(), subscribedTopicRegex: '' },
  ...{ memberEpoch: MemberEpoch.join, previousMemberEpoch: -1, state: MemberState.stable },
  ...{ assigned: noPartitions, pendingRevocation: noPartitions },
})

/** The topics that a regular expression matched, at which offset of the metadata, and when (wall time). */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  readonly version: number
  readonly timestamp: number
}
