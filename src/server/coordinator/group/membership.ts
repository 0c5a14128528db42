import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { type Random, randomUuidHex } from '../../../runtime/index.ts'
import { type ClassicGroup, type JoinReply, type Member, noAssignment, type SyncReply } from './classic-group.ts'
import { type Protocol, sameProtocols } from './protocol.ts'
import { Rebalance, type RebalanceOptions } from './rebalance.ts'
import { answerJoin, answerSync, joinFailure, joinReply, syncFailure, syncReply } from './replies.ts'

export interface MembershipOptions extends RebalanceOptions {
  readonly random: Random
  readonly maxSize: number
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

export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

type Resolve = (reply: JoinReply) => void

/**
 * The classic group protocol: members join, the leader among them assigns, all sync; whoever stops to send heartbeats is taken out. One
 * instance serves all groups of a coordinator; the state is in the groups.
 */
export class Membership {
  private readonly rebalance: Rebalance

  constructor(private readonly options: MembershipOptions) {
    this.rebalance = new Rebalance(options)
  }

  join(group: ClassicGroup, request: JoinRequest): Promise<JoinReply> {
    return new Promise((resolve, reject) => {
      try {
        this.joinNow(group, request, resolve)
      } catch (error) {
        if (!(error instanceof KafkaError)) reject(error)
        else resolve(joinFailure(error.code, error.code === Errors.GROUP_MAX_SIZE_REACHED ? '' : request.memberId))
      }
    })
  }

  private joinNow(group: ClassicGroup, request: JoinRequest, resolve: Resolve): void {
    if (!group.accepts(request.memberId, this.options.maxSize)) {
      const member = group.members.get(request.memberId)
      if (member) group.remove(member)
      throw new KafkaError('GROUP_MAX_SIZE_REACHED')
    }
    if (group.state === 'Dead') throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    const names = request.protocols.map(({ name }) => name)
    if (!group.supports(request.protocolType, names)) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
    if (request.memberId === '') this.joinUnknown(group, request, resolve)
    else if (group.pending.has(request.memberId)) this.joinPending(group, request, resolve)
    else this.rejoin(group, this.checkMember(group, request.memberId, request.groupInstanceId), request, resolve)
  }

  private joinUnknown(group: ClassicGroup, request: JoinRequest, resolve: Resolve): void {
    const memberId = `${request.groupInstanceId ?? request.clientId}-${randomUuidHex(this.options.random)}`
    const present = request.groupInstanceId === null ? undefined : group.staticMembers.get(request.groupInstanceId)
    if (present !== undefined)
      return this.rejoinStatic(group, group.members.get(present) as Member, memberId, request, resolve)
    if (request.groupInstanceId !== null || !request.requiresMemberId)
      return this.addMember(group, memberId, request, resolve)
    const timer = this.options.clock.timer(request.sessionTimeoutMs, () => {
      group.pending.delete(memberId)
      this.rebalance.completeIfAll(group)
    })
    group.pending.set(memberId, timer)
    resolve(joinFailure(Errors.MEMBER_ID_REQUIRED, memberId))
  }

  private joinPending(group: ClassicGroup, request: JoinRequest, resolve: Resolve): void {
    if (request.groupInstanceId !== null) throw new KafkaError('UNKNOWN_MEMBER_ID')
    group.pending.get(request.memberId)?.cancel()
    group.pending.delete(request.memberId)
    this.addMember(group, request.memberId, request, resolve)
  }

  private addMember(group: ClassicGroup, memberId: string, request: JoinRequest, resolve: Resolve): void {
    const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = request
    const member: Member = {
      ...{ memberId, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocols },
      assignment: noAssignment,
      join: resolve,
      sync: undefined,
      session: undefined,
      isNew: true,
    }
    if (group.isFirstRebalance) group.newMemberAdded = true
    if (group.members.size === 0) group.protocolType = request.protocolType
    group.add(member)
    this.rebalance.keepAlive(group, member)
    this.rebalance.begin(group)
  }

  private rejoin(group: ClassicGroup, member: Member, request: JoinRequest, resolve: Resolve): void {
    // Its first answer may have been lost: the same question gets the same answer while nothing has changed.
    const repeats =
      sameProtocols(member.protocols, request.protocols) &&
      (group.state === 'CompletingRebalance' || (group.state === 'Stable' && member.memberId !== group.leader))
    if (repeats) return resolve(joinReply(group, member))
    answerJoin(member, joinFailure(Errors.UNKNOWN_MEMBER_ID, member.memberId))
    update(member, request)
    member.join = resolve
    this.rebalance.begin(group)
  }

  /** A static member is back under a new id; its old one is fenced (KIP-345). */
  private rejoinStatic(
    group: ClassicGroup,
    member: Member,
    memberId: string,
    request: JoinRequest,
    resolve: Resolve,
  ): void {
    const { leader: formerLeader } = group
    const before = { ...member }
    answerJoin(member, joinFailure(Errors.FENCED_INSTANCE_ID, member.memberId))
    answerSync(member, syncFailure(Errors.FENCED_INSTANCE_ID))
    group.replace(member, memberId)
    update(member, request)
    this.rebalance.keepAlive(group, member)
    if (group.state !== 'Stable' || group.selectProtocol() !== group.protocol) {
      member.join = resolve
      return this.rebalance.begin(group)
    }
    this.options.persist(group).then(
      () => {
        const isLeader = group.leader === memberId
        if (request.canSkipAssignment) resolve({ ...joinReply(group, member), skipAssignment: isLeader })
        // An older client would assign anew if it saw itself as the leader: it sees the id that it had.
        else resolve({ ...joinReply(group, member, false), leader: formerLeader ?? '' })
      },
      () => {
        if (group.members.get(memberId) === member) {
          update(member, before)
          group.replace(member, before.memberId)
        }
        resolve(joinFailure(Errors.COORDINATOR_NOT_AVAILABLE, memberId))
      },
    )
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
          answerSync(member, syncFailure(Errors.UNKNOWN_MEMBER_ID))
          member.sync = resolve
          this.rebalance.noteSync(group, member)
          if (member.memberId === group.leader) this.rebalance.assign(group, request.assignments)
        })
      case 'Stable':
        this.rebalance.noteSync(group, member)
        this.keepAlive(group, member)
        return Promise.resolve(syncReply(group, member))
      default:
        throw new KafkaError('UNKNOWN_MEMBER_ID')
    }
  }

  /** Throws REBALANCE_IN_PROGRESS when the member has to join again. */
  heartbeat(group: ClassicGroup, memberId: string, groupInstanceId: string | null, generationId: number): void {
    const member = this.checkMember(group, memberId, groupInstanceId)
    if (generationId !== group.generation) throw new KafkaError('ILLEGAL_GENERATION')
    this.keepAlive(group, member)
    if (group.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
  }

  /**
   * Takes members out, with one rebalance for all of them; static ones may be named by their instance id alone. Gives an error code each.
   * Even an id that was only given out starts a rebalance when it is handed back.
   */
  leave(group: ClassicGroup, leaving: readonly LeavingMember[]): number[] {
    const codes = leaving.map((one) => {
      try {
        this.leaveOne(group, one)
        return Errors.NONE as number
      } catch (error) {
        if (error instanceof KafkaError) return error.code
        throw error
      }
    })
    if (!codes.includes(Errors.NONE)) return codes
    if (group.state === 'Stable' || group.state === 'CompletingRebalance') this.rebalance.begin(group)
    else this.rebalance.completeIfAll(group)
    return codes
  }

  private leaveOne(group: ClassicGroup, { memberId, groupInstanceId }: LeavingMember): void {
    const timer = group.pending.get(memberId)
    if (timer) {
      timer.cancel()
      group.pending.delete(memberId)
      return
    }
    const byName = memberId === '' && groupInstanceId !== null
    const id = byName ? group.staticMembers.get(groupInstanceId) : memberId
    this.rebalance.dismiss(group, this.checkMember(group, id ?? '', groupInstanceId))
  }

  /**
   * Only members of the present generation may commit, or anybody when the group has no members. In a transaction those who do not say
   * whether they are members may, too: older producers cannot say it (KIP-447). Throws.
   */
  checkCommit(
    group: ClassicGroup,
    memberId: string,
    groupInstanceId: string | null,
    generationId: number,
    inTransaction = false,
  ): void {
    if (generationId < 0 && group.state === 'Empty') return
    if (generationId < 0 && memberId === '' && groupInstanceId === null) {
      if (inTransaction) return
      throw new KafkaError('UNKNOWN_MEMBER_ID')
    }
    const member = this.checkMember(group, memberId, groupInstanceId)
    if (generationId !== group.generation) throw new KafkaError('ILLEGAL_GENERATION')
    if (group.state === 'CompletingRebalance' && !inTransaction) throw new KafkaError('REBALANCE_IN_PROGRESS')
    this.keepAlive(group, member)
  }

  /** The member, when it is one and is the one it says it is. Throws, for one that is fenced too. */
  private checkMember(group: ClassicGroup, memberId: string, groupInstanceId: string | null): Member {
    if (group.state === 'Dead') throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    if (groupInstanceId !== null) {
      const current = group.staticMembers.get(groupInstanceId)
      if (current === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
      if (current !== memberId) throw new KafkaError('FENCED_INSTANCE_ID')
    }
    const member = group.members.get(memberId)
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID')
    return member
  }

  keepAlive(group: ClassicGroup, member: Member): void {
    this.rebalance.keepAlive(group, member)
  }

  /** The group was of another protocol until now: its members have to find themselves anew. */
  resume(group: ClassicGroup): void {
    for (const member of group.members.values()) this.keepAlive(group, member)
    this.rebalance.begin(group)
  }

  /** The group is gone, or not this coordinator's any more: nothing happens to it from here on. */
  stop(group: ClassicGroup, error: number = Errors.NOT_COORDINATOR): void {
    this.rebalance.stop(group, error)
  }
}

type Changeable = Pick<Member, 'protocols' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>

function update(member: Member, { protocols, sessionTimeoutMs, rebalanceTimeoutMs }: Changeable): void {
  member.protocols = protocols
  member.sessionTimeoutMs = sessionTimeoutMs
  member.rebalanceTimeoutMs = rebalanceTimeoutMs
}
