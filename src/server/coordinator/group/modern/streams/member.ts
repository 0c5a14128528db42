import { MemberEpoch, MemberState, type ModernMember } from '../member.ts'
import { type CurrentTasks, noTasks } from './tasks.ts'

interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface StreamsMember extends ModernMember {
  readonly rebalanceTimeoutMs: number
  readonly topologyEpoch: number
  /** Members of one process share its disk, so none of them may have a task of another one's. */
  readonly processId: string
  /** Where the application answers queries about its state; null where it does not. */
  readonly userEndpoint: Endpoint | null
  readonly clientTags: ReadonlyMap<string, string>
  readonly assigned: CurrentTasks
  readonly pendingRevocation: CurrentTasks
}

export const newMember = (memberId: string): StreamsMember => ({
  ...{ memberId, instanceId: null, rackId: null, clientId: '', clientHost: '', rebalanceTimeoutMs: -1 },
  ...{ topologyEpoch: -1, processId: '', userEndpoint: null, clientTags: new Map() },
  ...{ memberEpoch: MemberEpoch.join, previousMemberEpoch: -1, state: MemberState.stable },
  ...{ assigned: noTasks, pendingRevocation: noTasks },
})
