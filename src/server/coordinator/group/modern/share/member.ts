import { type Assignment, noPartitions } from '../assignment.ts'
import { MemberEpoch, MemberState, type ModernMember } from '../member.ts'

export interface ShareMember extends ModernMember {
  readonly subscribedTopicNames: ReadonlySet<string>
  readonly assigned: Assignment
}

export const newMember = (memberId: string): ShareMember => ({
  ...{ memberId, instanceId: null, rackId: null, clientId: '', clientHost: '', subscribedTopicNames: new Set() },
  ...{ memberEpoch: MemberEpoch.join, previousMemberEpoch: -1, state: MemberState.stable, assigned: noPartitions },
})
