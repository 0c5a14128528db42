import type { ClassicGroup, JoinReply, Member, SyncReply } from './classic-group.ts'
import { noAssignment } from './classic-group.ts'

/** What a member of the present generation is told; only the leader learns of the others. */
export function joinReply(group: ClassicGroup, member: Member, asLeader = group.leader === member.memberId): JoinReply {
  return {
    errorCode: 0,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocol,
    leader: group.leader ?? '',
    skipAssignment: false,
    memberId: member.memberId,
    members: asLeader
      ? [...group.members.values()].map((one) => ({
          memberId: one.memberId,
          groupInstanceId: one.groupInstanceId,
          metadata: group.metadataOf(one),
        }))
      : [],
  }
}

export const joinFailure = (errorCode: number, memberId: string): JoinReply => ({
  errorCode,
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  memberId,
  members: [],
})

export const syncReply = ({ protocolType, protocol }: ClassicGroup, { assignment }: Member): SyncReply => ({
  errorCode: 0,
  protocolType,
  protocolName: protocol,
  assignment,
})

export const syncFailure = (errorCode: number): SyncReply => ({
  errorCode,
  protocolType: null,
  protocolName: null,
  assignment: noAssignment,
})

/** Answers a member that waits for others to join; nothing happens to one that does not. */
export function answerJoin(member: Member, reply: JoinReply): void {
  const { join } = member
  member.join = undefined
  join?.(reply)
}

export function answerSync(member: Member, reply: SyncReply): void {
  const { sync } = member
  member.sync = undefined
  sync?.(reply)
}
