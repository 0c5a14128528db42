import { Errors } from '../../../protocol/errors.ts'
import type { Clock } from '../../../runtime/index.ts'
import { type ClassicGroup, type GroupState, type Member, noAssignment } from './classic-group.ts'
import { answerJoin, answerSync, joinFailure, joinReply, syncFailure, syncReply } from './replies.ts'

export interface RebalanceOptions {
  readonly clock: Clock
  /** How long the first rebalance of an empty group waits for more members; milliseconds. */
  readonly initialDelayMs: number
  /** Writes the group's record, with the assignment given; resolves when it is safe. */
  persist(group: ClassicGroup, assignments?: ReadonlyMap<string, Buffer>): Promise<void>
}

/** A new member cannot send heartbeats before it knows its id: after this long its client is taken to be gone. Milliseconds. */
const NEW_MEMBER_JOIN_TIMEOUT = 5 * 60_000

/** The phases of a group, from Empty or Stable over PreparingRebalance and CompletingRebalance to Stable or Empty, and what ends each. */
export class Rebalance {
  constructor(private readonly options: RebalanceOptions) {}

  private setState(group: ClassicGroup, state: GroupState): void {
    group.state = state
    group.stateSince = this.options.clock.now()
  }

  /** Starts a rebalance, or goes on with the one at hand when that is complete now. */
  begin(group: ClassicGroup): void {
    if (group.state === 'PreparingRebalance') return this.completeIfAll(group)
    if (group.state === 'CompletingRebalance') this.failSyncs(group, Errors.REBALANCE_IN_PROGRESS)
    this.endSyncWait(group)
    group.isFirstRebalance = group.state === 'Empty'
    this.setState(group, 'PreparingRebalance')
    if (group.isFirstRebalance) this.waitForFirstMembers(group)
    else if (group.hasAllJoined) this.completeJoin(group)
    else this.waitForMembers(group)
  }

  private waitForMembers(group: ClassicGroup): void {
    group.joinTimer = this.options.clock.timer(group.rebalanceTimeoutMs, () => this.completeJoin(group))
  }

  /** Waits a while for more members; each wait in which one came is followed by another, up to the rebalance time-out. */
  private waitForFirstMembers(group: ClassicGroup): void {
    const { clock, initialDelayMs } = this.options
    const wait = (delay: number, left: number) => {
      group.joinTimer = clock.timer(delay, () => {
        if (!group.newMemberAdded || left === 0) return this.completeJoin(group)
        group.newMemberAdded = false
        wait(Math.min(initialDelayMs, left), Math.max(left - delay, 0))
      })
    }
    wait(initialDelayMs, Math.max(group.rebalanceTimeoutMs - initialDelayMs, 0))
  }

  completeIfAll(group: ClassicGroup): void {
    if (group.state === 'PreparingRebalance' && !group.isFirstRebalance && group.hasAllJoined) this.completeJoin(group)
  }

  /** Whoever is here makes the next generation; dynamic members that are not are out. */
  private completeJoin(group: ClassicGroup): void {
    group.joinTimer?.cancel()
    group.joinTimer = undefined
    for (const member of [...group.members.values()])
      if (!member.join && member.groupInstanceId === null) group.remove(member)
    const leader = group.members.get(group.leader ?? '')
    const joined = leader?.join ? leader : [...group.members.values()].find(({ join }) => join)
    // Only static members are left, none of which is back: their sessions will end.
    if (group.members.size > 0 && !joined) return this.waitForMembers(group)
    group.leader = joined?.memberId ?? null
    group.isFirstRebalance = false
    group.newMemberAdded = false
    group.beginGeneration()
    if (group.members.size === 0) {
      this.setState(group, 'Empty')
      void this.options.persist(group).catch(() => {})
      return
    }
    this.setState(group, 'CompletingRebalance')
    for (const member of [...group.members.values()]) {
      member.isNew = false
      group.pendingSync.add(member.memberId)
      this.keepAlive(group, member)
      answerJoin(member, joinReply(group, member))
    }
    const { generation } = group
    group.syncTimer = this.options.clock.timer(group.rebalanceTimeoutMs, () => this.expireSync(group, generation))
  }

  /** The member has asked for its assignment. */
  noteSync(group: ClassicGroup, member: Member): void {
    group.pendingSync.delete(member.memberId)
    if (group.pendingSync.size === 0) this.endSyncWait(group)
  }

  private endSyncWait(group: ClassicGroup): void {
    group.syncTimer?.cancel()
    group.syncTimer = undefined
  }

  /** Members that did not ask for their assignment in time are taken out, even when the leader did its part. */
  private expireSync(group: ClassicGroup, generation: number): void {
    const waits = group.state === 'CompletingRebalance' || group.state === 'Stable'
    if (!waits || generation !== group.generation) return
    for (const id of [...group.pendingSync]) {
      const member = group.members.get(id)
      if (member) group.remove(member)
    }
    this.begin(group)
  }

  /** The leader's assignment counts once it is written down, unless another rebalance began meanwhile. */
  assign(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): void {
    const { generation } = group
    const isCurrent = () => group.state === 'CompletingRebalance' && group.generation === generation
    this.options.persist(group, assignments).then(
      () => {
        if (!isCurrent()) return
        this.setState(group, 'Stable')
        for (const member of group.members.values()) {
          member.assignment = assignments.get(member.memberId) ?? noAssignment
          if (member.sync) this.keepAlive(group, member)
          answerSync(member, syncReply(group, member))
        }
      },
      () => {
        if (!isCurrent()) return
        this.failSyncs(group, Errors.COORDINATOR_NOT_AVAILABLE)
        this.begin(group)
      },
    )
  }

  private failSyncs(group: ClassicGroup, error: number): void {
    for (const member of group.members.values()) {
      member.assignment = noAssignment
      answerSync(member, syncFailure(error))
    }
  }

  /** Takes a member out; the rest has to find itself anew. */
  expel(group: ClassicGroup, member: Member): void {
    this.dismiss(group, member)
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') this.begin(group)
    else this.completeIfAll(group)
  }

  dismiss(group: ClassicGroup, member: Member): void {
    group.remove(member)
    answerJoin(member, joinFailure(Errors.UNKNOWN_MEMBER_ID, member.memberId))
    answerSync(member, syncFailure(Errors.UNKNOWN_MEMBER_ID))
  }

  /** Starts the member's session anew. */
  keepAlive(group: ClassicGroup, member: Member): void {
    member.session?.cancel()
    const timeout = member.isNew ? NEW_MEMBER_JOIN_TIMEOUT : member.sessionTimeoutMs
    member.session = this.options.clock.timer(timeout, () => {
      if (group.members.get(member.memberId) !== member) return
      // Whoever waits for an answer of ours cannot send heartbeats meanwhile; a new one that waits this long is gone.
      if (!member.isNew && (member.join || member.sync)) this.keepAlive(group, member)
      else this.expel(group, member)
    })
  }

  /** All timers of a group end, and all who wait are told why. */
  stop(group: ClassicGroup, error: number): void {
    group.joinTimer?.cancel()
    this.endSyncWait(group)
    for (const timer of group.pending.values()) timer.cancel()
    group.pending.clear()
    for (const member of group.members.values()) {
      member.session?.cancel()
      answerJoin(member, joinFailure(error, member.memberId))
      answerSync(member, syncFailure(error))
    }
    this.setState(group, 'Dead')
  }
}
