import { Reader } from '../../../protocol/schema/index.ts'
import { ConsumerProtocolSubscription } from '../../../protocol/stored/consumer-protocol.ts'
import type { Timer } from '../../../runtime/index.ts'
import type { Group } from './group.ts'
import type { Protocol } from './protocol.ts'
import type { GroupRecord, StoredGroup } from './records.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

export interface JoinReply {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Buffer
  }[]
}

export interface SyncReply {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export interface Member {
  memberId: string
  readonly groupInstanceId: string | null
  clientId: string
  clientHost: string
  sessionTimeoutMs: number
  rebalanceTimeoutMs: number
  protocols: readonly Protocol[]
  assignment: Buffer
  /** Set while the member waits for the answer to its JoinGroup, or SyncGroup. */
  join: ((reply: JoinReply) => void) | undefined
  sync: ((reply: SyncReply) => void) | undefined
  session: Timer | undefined
  /** Has not had the answer to its first JoinGroup yet. */
  isNew: boolean
}

export const noAssignment: Buffer = Buffer.alloc(0)

/** The members of a group of the classic protocol and what they agreed on. Knows no time and answers nobody: see membership.ts. */
export class ClassicGroup implements Group {
  readonly type = 'classic'
  readonly expires = true
  state: GroupState = 'Empty'
  generation = 0
  protocolType: string | null = null
  protocol: string | null = null
  leader: string | null = null
  /** Wall time of the last change of state. */
  stateSince: number
  readonly members = new Map<string, Member>()
  /** group.instance.id -> member id (KIP-345). */
  readonly staticMembers = new Map<string, string>()
  /** Member ids that were given out and did not join yet (KIP-394). */
  readonly pending = new Map<string, Timer>()
  /** Members of this generation that did not ask for their assignment yet. */
  readonly pendingSync = new Set<string>()
  /** Ends the wait for members to join. */
  joinTimer: Timer | undefined
  /** Ends the wait for members to ask for their assignment. */
  syncTimer: Timer | undefined
  /** The rebalance at hand is the first of an empty group, which waits for its delay however complete it looks. */
  isFirstRebalance = false
  /** Somebody joined since that wait began. */
  newMemberAdded = false
  /** What the members of this generation subscribe to; undefined when that cannot be known. */
  private subscribed: ReadonlySet<string> | undefined = new Set()

  constructor(
    readonly id: string,
    now: number,
  ) {
    this.stateSince = now
  }

  get isEmpty(): boolean {
    return this.state === 'Empty' && this.pending.size === 0
  }

  get isConsumerGroup(): boolean {
    return this.protocolType === 'consumer'
  }

  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const { rebalanceTimeoutMs } of this.members.values()) longest = Math.max(longest, rebalanceTimeoutMs)
    return longest
  }

  /** Whether all of the members could work with one of these protocols. */
  supports(protocolType: string, names: readonly string[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && names.length > 0
    return this.protocolType === protocolType && names.some((name) => this.supportedByAll(name))
  }

  private supportedByAll(name: string): boolean {
    for (const { protocols } of this.members.values()) if (!protocols.some((one) => one.name === name)) return false
    return true
  }

  /** Each member votes for the first protocol of its list that everybody has; the most votes win. */
  selectProtocol(): string {
    const votes = new Map<string, number>()
    for (const { protocols } of this.members.values()) {
      const choice = protocols.find(({ name }) => this.supportedByAll(name))
      if (choice) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
    }
    let best = ''
    for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name
    return best
  }

  metadataOf(member: Member): Buffer {
    return member.protocols.find(({ name }) => name === this.protocol)?.metadata ?? noAssignment
  }

  add(member: Member): void {
    this.members.set(member.memberId, member)
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, member.memberId)
    if (this.members.size === 1) this.leader = member.memberId
  }

  get hasAllJoined(): boolean {
    if (this.pending.size > 0) return false
    for (const { join } of this.members.values()) if (!join) return false
    return true
  }

  /** Whether one more may join: those who are here or wait already count, ids that were given out do not. */
  accepts(memberId: string, maxSize: number): boolean {
    const member = this.members.get(memberId)
    if (this.state === 'PreparingRebalance') {
      if (member?.join) return true
      let waiting = 0
      for (const { join } of this.members.values()) if (join) waiting++
      return waiting < maxSize
    }
    return this.state === 'Empty' || this.state === 'Dead' || member !== undefined || this.members.size < maxSize
  }

  remove(member: Member): void {
    member.session?.cancel()
    this.pendingSync.delete(member.memberId)
    this.members.delete(member.memberId)
    const { groupInstanceId } = member
    if (groupInstanceId !== null && this.staticMembers.get(groupInstanceId) === member.memberId)
      this.staticMembers.delete(groupInstanceId)
    if (this.leader === member.memberId) this.leader = this.members.keys().next().value ?? null
  }

  /** The same member under a new id: it came back with its group.instance.id. */
  replace(member: Member, memberId: string): void {
    const wasLeader = this.leader === member.memberId
    this.members.delete(member.memberId)
    if (this.pendingSync.delete(member.memberId)) this.pendingSync.add(memberId)
    member.memberId = memberId
    this.members.set(memberId, member)
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, memberId)
    if (wasLeader) this.leader = memberId
  }

  /** All who were to join are here, and now agree on what they have in common. */
  beginGeneration(): void {
    this.generation++
    this.protocol = this.members.size > 0 ? this.selectProtocol() : null
    this.subscribed = this.readSubscriptions()
    this.pendingSync.clear()
  }

  /** Whether a member reads this topic, as far as the last generation says; one that cannot be read may read anything. */
  isSubscribed(topic: string): boolean {
    return this.subscribed?.has(topic) ?? this.isConsumerGroup
  }

  /**
   * An empty group's offsets count from when it became empty, those of a group that nobody was ever a member of from their commit; so do
   * those of topics that a settled group of consumers does not read.
   */
  unusedSince(topic: string, commitTimestamp: number): number | undefined {
    if (this.state === 'Empty')
      return this.protocolType === null ? commitTimestamp : Math.max(this.stateSince, commitTimestamp)
    const unread = this.state === 'Stable' && this.isConsumerGroup && !this.isSubscribed(topic)
    return unread ? commitTimestamp : undefined
  }

  tombstones(): GroupRecord[] {
    return [{ type: 'group', group: this.id, value: undefined }]
  }

  private readSubscriptions(): ReadonlySet<string> | undefined {
    if (this.members.size === 0) return new Set()
    if (!this.isConsumerGroup) return undefined
    const topics = new Set<string>()
    for (const member of this.members.values()) {
      const metadata = this.metadataOf(member)
      try {
        const version = Math.min(metadata.readInt16BE(0), ConsumerProtocolSubscription.versions[1])
        for (const topic of ConsumerProtocolSubscription.codec(version).decode(new Reader(metadata, 2)).topics)
          topics.add(topic)
      } catch {
        return undefined
      }
    }
    return topics
  }

  /** The group as its record has it, with the assignment that it is about to have. */
  stored(assignments?: ReadonlyMap<string, Buffer>): StoredGroup {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generation,
      protocol: this.protocol,
      leader: this.leader,
      currentStateTimestamp: this.stateSince,
      members: [...this.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: this.metadataOf(member),
        assignment: assignments ? (assignments.get(member.memberId) ?? noAssignment) : member.assignment,
      })),
    }
  }

  /** The group that a record tells of. */
  static restore(id: string, stored: StoredGroup): ClassicGroup {
    const group = new ClassicGroup(id, stored.currentStateTimestamp)
    group.generation = stored.generation
    group.protocolType = stored.protocolType === '' ? null : stored.protocolType
    group.protocol = stored.protocol
    for (const member of stored.members) {
      group.add({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        sessionTimeoutMs: member.sessionTimeout,
        rebalanceTimeoutMs: member.rebalanceTimeout >= 0 ? member.rebalanceTimeout : member.sessionTimeout,
        protocols: [{ name: stored.protocol ?? '', metadata: member.subscription }],
        assignment: member.assignment,
        join: undefined,
        sync: undefined,
        session: undefined,
        isNew: false,
      })
    }
    group.leader = stored.leader
    group.state = stored.members.length > 0 ? 'Stable' : 'Empty'
    group.subscribed = group.readSubscriptions()
    return group
  }
}
