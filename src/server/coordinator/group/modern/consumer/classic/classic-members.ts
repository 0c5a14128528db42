import { Errors, KafkaError } from '../../../../../../protocol/errors.ts'
import { type Random, randomUuid } from '../../../../../../runtime/index.ts'
import type { MetadataImage } from '../../../../../metadata/image.ts'
import type { JoinReply, SyncReply } from '../../../classic-group.ts'
import type { JoinRequest, LeavingMember, SyncRequest } from '../../../membership.ts'
import { joinFailure } from '../../../replies.ts'
import type { GroupShard } from '../../../shard.ts'
import type { Sessions } from '../../sessions.ts'
import { ConsumerGroup } from '../consumer-group.ts'
import type { HeartbeatContext } from '../context.ts'
import type { ConsumerMember } from '../member.ts'
import * as decide from './members.ts'

/** What the groups' own service does for members, whatever they speak. */
export interface MembersOfGroups {
  readonly sessions: Sessions
  readonly random: Random
  image(): MetadataImage
  context(groupId: string): HeartbeatContext
  /** Begins a member's session anew. */
  keepAlive(shard: GroupShard, groupId: string, memberId: string): void
  /** Takes a member out. */
  expel(shard: GroupShard, groupId: string, memberId: string): void
  /** The group has become a classic one, or is gone. */
  handOver(shard: GroupShard, groupId: string): void
}

/** Requests of the classic protocol to groups to which the coordinator assigns: of members that have not turned to the new one yet. */
export class ClassicMembers {
  constructor(private readonly groups: MembersOfGroups) {}

  /** JoinGroup of a member that speaks the classic protocol. Throws. */
  async join(shard: GroupShard, group: ConsumerGroup, asked: JoinRequest): Promise<JoinReply> {
    const memberId = asked.memberId === '' ? randomUuid(this.groups.random) : asked.memberId
    if (asked.memberId === '' && asked.groupInstanceId === null && asked.requiresMemberId)
      return joinFailure(Errors.MEMBER_ID_REQUIRED, memberId)
    const context = this.groups.context(group.id)
    const { reply: outcome, committed } = shard.decide(() => decide.join(group, { ...asked, memberId }, context))
    if (outcome.sawTopics) group.noteTopics('seen')
    this.groups.sessions.end(group.id, memberId, 'join')
    this.groups.keepAlive(shard, group.id, memberId)
    this.limit(shard, group.id, outcome.member, 'sync')
    await committed
    return outcome.reply
  }

  /** SyncGroup of such a member. Throws. */
  sync(shard: GroupShard, group: ConsumerGroup, request: SyncRequest): SyncReply {
    const { member, reply } = decide.sync(group, request, this.groups.image(), (late) =>
      this.limit(shard, group.id, late, 'join'),
    )
    this.groups.sessions.end(group.id, member.memberId, 'sync')
    this.groups.keepAlive(shard, group.id, member.memberId)
    return reply
  }

  /** Heartbeat of such a member. Throws. */
  heartbeat(shard: GroupShard, group: ConsumerGroup, who: LeavingMember & { readonly generationId: number }): void {
    const { memberId, groupInstanceId, generationId } = who
    const { member, mustRejoin } = decide.heartbeat(group, memberId, groupInstanceId, generationId)
    this.groups.keepAlive(shard, group.id, member.memberId)
    if (!mustRejoin) return
    this.limit(shard, group.id, member, 'join')
    throw new KafkaError('REBALANCE_IN_PROGRESS')
  }

  /** LeaveGroup: such members, and others by their names. Gives an error code each. */
  async leave(shard: GroupShard, group: ConsumerGroup, leaving: readonly LeavingMember[]): Promise<number[]> {
    const context = this.groups.context(group.id)
    const { reply, committed } = shard.decide(() => decide.leave(group, leaving, context))
    if (!(shard.groups.get(group.id) instanceof ConsumerGroup)) this.groups.handOver(shard, group.id)
    await committed
    const { codes, gone } = reply
    for (const memberId of gone) if (!group.members.has(memberId)) this.groups.sessions.forget(group.id, memberId)
    return codes
  }

  /** A member that is told to join, or has joined, must go on in time. */
  private limit(shard: GroupShard, groupId: string, member: ConsumerMember, limit: 'join' | 'sync'): void {
    const { memberId, rebalanceTimeoutMs } = member
    if (limit === 'join' && this.groups.sessions.isRunning(groupId, memberId, limit)) return
    this.groups.sessions.begin(groupId, memberId, limit, rebalanceTimeoutMs, () =>
      this.groups.expel(shard, groupId, memberId),
    )
  }
}
