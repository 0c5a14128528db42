import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Clock, type Random, randomUuidHex } from '../../../runtime/index.ts'
import {
  type ClassicGroup,
  type GroupState,
  type JoinReply,
  type Member,
  noAssignment,
  type Protocol,
  type SyncReply,
} from './classic-group.ts'

export interface MembershipOptions {
  readonly clock: Clock
  readonly random: Random
  /** How long the first rebalance of an empty group waits for more members; milliseconds. */
  readonly initialDelayMs: number
  readonly maxSize: number
  /** Writes the group's record; resolves when it is safe. */
  persist(group: ClassicGroup): Promise<void>
}

export interface JoinRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  /** JoinGroup 4 and later: a new member gets its id first, and joins with it (KIP-394). */
  readonly requiresMemberId: boolean
  /** JoinGroup 9: a static leader that comes back may keep the assignment (KIP-814). */
  readonly canSkipAssignment: boolean
}

export interface SyncRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: ReadonlyMap<string, Buffer>
}

/**
 * The classic group protocol: members join, the leader among them assigns, all sync; whoever stops to send heartbeats is taken out. One
 * instance serves all groups of a coordinator; the state is in the groups.
 */
export class Membership {
  constructor(private readonly options: MembershipOptions) {}

  join(group: ClassicGroup, request: JoinRequest): Promise<JoinReply> {
    return new Promise((resolve, reject) => {
      try {
        this.joinNow(group, request, resolve)
      } catch (error) {
        if (!(error instanceof KafkaError)) reject(error)
        else resolve(joinFailure(error.code, request.memberId))
      }
    })
  }

  private joinNow(group: ClassicGroup, request: JoinRequest, resolve: (reply: JoinReply) => void): void {
    if (group.state === 'Dead') throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    const names = request.protocols.map(({ name }) => name)
    if (!group.supports(request.protocolType, names)) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    const known = group.members.get(request.memberId)
    if (request.memberId === '') this.joinUnknown(group, request, resolve)
    else if (group.pending.has(request.memberId)) this.joinPending(group, request, resolve)
    else {
      const member = this.checkMember(group, request.memberId, request.groupInstanceId)
      this.rejoin(group, known ?? member, request, resolve)
    }
  }

  private joinUnknown(group: ClassicGroup, request: JoinRequest, resolve: (reply: JoinReply) => void): void {
    const memberId = `${request.groupInstanceId ?? request.clientId}-${randomUuidHex(this.options.random)}`
    const present = request.groupInstanceId === null ? undefined : group.staticMembers.get(request.groupInstanceId)
    if (present !== undefined)
      return this.rejoinStatic(group, group.members.get(present) as Member, memberId, request, resolve)
    if (group.members.size + group.pending.size >= this.options.maxSize) throw new KafkaError('GROUP_MAX_SIZE_REACHED')
    if (request.groupInstanceId === null && request.requiresMemberId) {
      const timer = this.options.clock.timer(request.sessionTimeoutMs, () => {
        group.pending.delete(memberId)
        this.completeJoinIfAll(group)
      })
      group.pending.set(memberId, timer)
      resolve(joinFailure(Errors.MEMBER_ID_REQUIRED, memberId))
      return
    }
    this.addMember(group, memberId, request, resolve)
  }

  private joinPending(group: ClassicGroup, request: JoinRequest, resolve: (reply: JoinReply) => void): void {
    if (request.groupInstanceId !== null) throw new KafkaError('UNKNOWN_MEMBER_ID')
    group.pending.get(request.memberId)?.cancel()
    group.pending.delete(request.memberId)
    this.addMember(group, request.memberId, request, resolve)
  }

  private addMember(
    group: ClassicGroup,
    memberId: string,
    request: JoinRequest,
    resolve: (reply: JoinReply) => void,
  ): void {
    const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
    const member: Member = {
      ...{ memberId, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols },
      assignment: noAssignment,
      join: resolve,
      sync: undefined,
      session: undefined,
    }
    if (group.members.size === 0) group.protocolType = request.protocolType
    group.add(member)
    this.prepareRebalance(group)
  }

  private rejoin(group: ClassicGroup, member: Member, request: JoinRequest, resolve: (reply: JoinReply) => void): void {
    const unchanged = sameProtocols(member.protocols, request.protocols)
    const mustRebalance =
      group.state === 'PreparingRebalance' ||
      group.state === 'Empty' ||
      !unchanged ||
      (group.state === 'Stable' && member.memberId === group.leader)
    if (!mustRebalance) {
      this.keepAlive(group, member)
      resolve(this.joinReply(group, member))
      return
    }
    member.join?.(joinFailure(Errors.UNKNOWN_MEMBER_ID, member.memberId))
    this.update(member, request)
    member.join = resolve
    this.prepareRebalance(group)
  }

  /** A static member is back under a new id; its old one is fenced (KIP-345). */
  private rejoinStatic(
    group: ClassicGroup,
    member: Member,
    memberId: string,
    request: JoinRequest,
    resolve: (reply: JoinReply) => void,
  ): void {
    member.join?.(joinFailure(Errors.FENCED_INSTANCE_ID, member.memberId))
    member.sync?.(syncFailure(Errors.FENCED_INSTANCE_ID))
    member.join = undefined
    member.sync = undefined
    const previousProtocol = member.protocols
    group.replace(member, memberId)
    this.update(member, request)
    const settled =
      group.state === 'Stable' &&
      group.selectProtocol() === group.protocol &&
      sameProtocols(previousProtocol, request.protocols)
    if (!settled) {
      member.join = resolve
      if (group.state === 'CompletingRebalance' && sameProtocols(previousProtocol, request.protocols)) {
        member.join = undefined
        this.keepAlive(group, member)
        resolve(this.joinReply(group, member))
        return
      }
      this.prepareRebalance(group)
      return
    }
    this.keepAlive(group, member)
    this.options.persist(group).then(
      () => {
        const isLeader = group.leader === memberId
        const reply = this.joinReply(group, member)
        if (!isLeader || request.canSkipAssignment) resolve({ ...reply, skipAssignment: isLeader })
        // An older leader would assign anew, which the others must not see: it is answered as a follower.
        else resolve({ ...reply, leader: '', members: [] })
      },
      () => resolve(joinFailure(Errors.COORDINATOR_NOT_AVAILABLE, memberId)),
    )
  }

  private update(member: Member, request: JoinRequest): void {
    member.protocols = request.protocols
    member.sessionTimeoutMs = request.sessionTimeoutMs
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs
    member.clientId = request.clientId
    member.clientHost = request.clientHost
  }

  private setState(group: ClassicGroup, state: GroupState): void {
    group.state = state
    group.stateSince = this.options.clock.now()
  }

  private prepareRebalance(group: ClassicGroup): void {
    if (group.state === 'PreparingRebalance') return this.completeJoinIfAll(group)
    for (const member of group.members.values()) {
      member.sync?.(syncFailure(Errors.REBALANCE_IN_PROGRESS))
      member.sync = undefined
    }
    group.phase?.cancel()
    group.phase = undefined
    const fresh = group.state === 'Empty'
    this.setState(group, 'PreparingRebalance')
    if (fresh && this.options.initialDelayMs > 0) this.waitForFirstMembers(group)
    else {
      group.phase = this.options.clock.timer(group.rebalanceTimeoutMs, () => this.completeJoin(group))
      this.completeJoinIfAll(group)
    }
  }

  /** Waits a while for more members; each wait in which one came is followed by another, up to the rebalance time-out. */
  private waitForFirstMembers(group: ClassicGroup): void {
    const { clock, initialDelayMs } = this.options
    const end = clock.monotonic() + group.rebalanceTimeoutMs
    const wait = (seen: number) => {
      group.phase = clock.timer(Math.max(0, Math.min(initialDelayMs, end - clock.monotonic())), () => {
        if (group.members.size > seen && clock.monotonic() < end) wait(group.members.size)
        else this.completeJoin(group)
      })
    }
    this.initialWaits.add(group)
    wait(group.members.size)
  }

  /** Groups whose first rebalance waits for its delay, however complete they look. */
  private readonly initialWaits = new WeakSet<ClassicGroup>()

  private completeJoinIfAll(group: ClassicGroup): void {
    if (group.state !== 'PreparingRebalance') return
    if (group.members.size === 0 && group.pending.size === 0) return this.completeJoin(group)
    if (this.initialWaits.has(group) || group.pending.size > 0) return
    for (const { join } of group.members.values()) if (!join) return
    this.completeJoin(group)
  }

  private completeJoin(group: ClassicGroup): void {
    group.phase?.cancel()
    group.phase = undefined
    this.initialWaits.delete(group)
    for (const member of [...group.members.values()])
      if (!member.join && member.groupInstanceId === null) group.remove(member)
    const joined = [...group.members.values()].filter(({ join }) => join)
    if (group.members.size > 0 && joined.length === 0) {
      // Only static members are left, none of which is back: wait on, their sessions will end.
      group.phase = this.options.clock.timer(group.rebalanceTimeoutMs, () => this.completeJoin(group))
      return
    }
    group.generation++
    if (group.members.size === 0) {
      group.protocol = null
      group.leader = null
      this.setState(group, 'Empty')
      void this.options.persist(group).catch(() => {})
      return
    }
    if (!group.members.get(group.leader ?? '')?.join) group.leader = (joined[0] as Member).memberId
    group.protocol = group.selectProtocol()
    this.setState(group, 'CompletingRebalance')
    for (const member of joined) {
      const { join } = member
      member.join = undefined
      this.keepAlive(group, member)
      join?.(this.joinReply(group, member))
    }
    group.phase = this.options.clock.timer(group.rebalanceTimeoutMs, () => this.expireSync(group))
  }

  /** Members that did not ask for their assignment in time are taken out. */
  private expireSync(group: ClassicGroup): void {
    if (group.state !== 'CompletingRebalance') return
    for (const member of [...group.members.values()]) if (!member.sync) group.remove(member)
    this.prepareRebalance(group)
  }

  private joinReply(group: ClassicGroup, member: Member): JoinReply {
    const isLeader = group.leader === member.memberId
    return {
      errorCode: Errors.NONE,
      generationId: group.generation,
      protocolType: group.protocolType,
      protocolName: group.protocol,
      leader: group.leader ?? '',
      skipAssignment: false,
      memberId: member.memberId,
      members: isLeader
        ? [...group.members.values()].map((one) => ({
            memberId: one.memberId,
            groupInstanceId: one.groupInstanceId,
            metadata: group.metadataOf(one),
          }))
        : [],
    }
  }

  sync(group: ClassicGroup, request: SyncRequest): Promise<SyncReply> {
    const member = this.checkMember(group, request.memberId, request.groupInstanceId)
    if (request.generationId !== group.generation) throw new KafkaError('ILLEGAL_GENERATION')
    const otherType = request.protocolType !== null && request.protocolType !== group.protocolType
    const otherName = request.protocolName !== null && request.protocolName !== group.protocol
    if (otherType || otherName) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    switch (group.state) {
      case 'PreparingRebalance':
        throw new KafkaError('REBALANCE_IN_PROGRESS')
      case 'CompletingRebalance':
        return new Promise((resolve) => {
          member.sync?.(syncFailure(Errors.UNKNOWN_MEMBER_ID))
          member.sync = resolve
          this.keepAlive(group, member)
          if (member.memberId === group.leader) this.assign(group, request.assignments)
        })
      case 'Stable':
        this.keepAlive(group, member)
        return Promise.resolve(this.syncReply(group, member))
      default:
        throw new KafkaError('UNKNOWN_MEMBER_ID')
    }
  }

  private assign(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): void {
    const { generation } = group
    for (const member of group.members.values()) member.assignment = assignments.get(member.memberId) ?? noAssignment
    const isCurrent = () => group.state === 'CompletingRebalance' && group.generation === generation
    this.options.persist(group).then(
      () => {
        if (!isCurrent()) return
        group.phase?.cancel()
        group.phase = undefined
        this.setState(group, 'Stable')
        for (const member of group.members.values()) {
          member.sync?.(this.syncReply(group, member))
          member.sync = undefined
        }
      },
      () => {
        if (!isCurrent()) return
        for (const member of group.members.values()) {
          member.assignment = noAssignment
          member.sync?.(syncFailure(Errors.COORDINATOR_NOT_AVAILABLE))
          member.sync = undefined
        }
        this.prepareRebalance(group)
      },
    )
  }

  private syncReply(group: ClassicGroup, member: Member): SyncReply {
    const { protocolType, protocol: protocolName } = group
    return { errorCode: Errors.NONE, protocolType, protocolName, assignment: member.assignment }
  }

  /** Throws REBALANCE_IN_PROGRESS when the member has to join again. */
  heartbeat(group: ClassicGroup, memberId: string, groupInstanceId: string | null, generationId: number): void {
    const member = this.checkMember(group, memberId, groupInstanceId)
    if (generationId !== group.generation) throw new KafkaError('ILLEGAL_GENERATION')
    this.keepAlive(group, member)
    if (group.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
  }

  /** Takes one member out; static ones may be named by their instance id alone. Throws. */
  leave(group: ClassicGroup, memberId: string, groupInstanceId: string | null): void {
    const timer = group.pending.get(memberId)
    if (timer) {
      timer.cancel()
      group.pending.delete(memberId)
      this.completeJoinIfAll(group)
      return
    }
    const id = memberId === '' && groupInstanceId !== null ? group.staticMembers.get(groupInstanceId) : memberId
    this.expel(group, this.checkMember(group, id ?? '', groupInstanceId))
  }

  private expel(group: ClassicGroup, member: Member): void {
    member.join?.(joinFailure(Errors.UNKNOWN_MEMBER_ID, member.memberId))
    member.sync?.(syncFailure(Errors.UNKNOWN_MEMBER_ID))
    group.remove(member)
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') this.prepareRebalance(group)
    else this.completeJoinIfAll(group)
  }

  /** The member, when it is one and is the one it says it is. Throws UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID. */
  checkMember(group: ClassicGroup, memberId: string, groupInstanceId: string | null): Member {
    if (groupInstanceId !== null) {
      const current = group.staticMembers.get(groupInstanceId)
      if (current === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
      if (current !== memberId) throw new KafkaError('FENCED_INSTANCE_ID')
    }
    const member = group.members.get(memberId)
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID')
    return member
  }

  /** Starts the member's session anew. */
  keepAlive(group: ClassicGroup, member: Member): void {
    member.session?.cancel()
    member.session = this.options.clock.timer(member.sessionTimeoutMs, () => {
      // Whoever waits for an answer of ours cannot send heartbeats meanwhile.
      if (member.join || member.sync) this.keepAlive(group, member)
      else if (group.members.get(member.memberId) === member) this.expel(group, member)
    })
  }

  /** All timers of a group end: it is deleted, or the coordinator stops. */
  forget(group: ClassicGroup): void {
    group.phase?.cancel()
    for (const timer of group.pending.values()) timer.cancel()
    for (const member of group.members.values()) member.session?.cancel()
  }
}

function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, metadata }, at) => b[at]?.name === name && metadata.equals(b[at].metadata))
  )
}

const joinFailure = (errorCode: number, memberId: string): JoinReply => ({
  errorCode,
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: '',
  skipAssignment: false,
  memberId,
  members: [],
})

const syncFailure = (errorCode: number): SyncReply => ({
  errorCode,
  protocolType: null,
  protocolName: null,
  assignment: noAssignment,
})
