import { KafkaError } from '../../../../protocol/errors.ts'
import type { Group } from '../group.ts'
import type { GroupType } from '../group-type.ts'
import type { GroupRecord } from '../records.ts'
import { isSettled, type ModernMember } from './member.ts'
import type { AnyStoredRecord } from './stored.ts'

/**
 * A group of one of the protocols in which the coordinator assigns (KIP-848, KIP-932, KIP-1071): the fold of its records. A change of
 * members or of what they read makes a new group epoch; a target assignment is computed for it; each member is brought to its part of the
 * target in its own heartbeats, and then has the epoch of the target.
 *
 * A kind of group says what its members and its target are made of, replays its own records, and has its table in `stored.ts`' form among
 * those of `records.ts`; a service of its own decides on its requests (`consumer/` is the example), with `Sessions` for the timers.
 */
export abstract class ModernGroup<M extends ModernMember = ModernMember, Target = unknown> implements Group {
  abstract readonly type: GroupType
  readonly expires: boolean = true
  /** The first change makes it 2. */
  epoch = 1
  /** Of the topics that members read, at this epoch; 0 for none. */
  metadataHash = 0n
  /** The group epoch for which the target was computed, and when (wall time; 0 when that is not known). */
  assignmentEpoch = 1
  assignmentTimestamp = 0
  readonly members = new Map<string, M>()
  /** group.instance.id -> member id. */
  readonly staticMembers = new Map<string, string>()
  /** Member -> what it is to have in the end. */
  readonly target = new Map<string, Target>()
  /** Whether topics may have changed since somebody looked. In memory only. */
  private stale = true

  constructor(readonly id: string) {}

  get protocolType(): string {
    return this.type
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  get state(): string {
    if (this.isEmpty) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.members.values()) if (!isSettled(member, this.assignmentEpoch)) return 'Reconciling'
    return 'Stable'
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  member(memberId: string): M {
    const member = this.members.get(memberId)
    if (!member) throw new KafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${this.id}.`)
    return member
  }

  staticMember(instanceId: string | null): M | undefined {
    const memberId = instanceId === null ? undefined : this.staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.members.get(memberId)
  }

  /** The target of a member; one that comes back under another id takes over what its former self was to have. */
  targetOf({ memberId, instanceId }: M): Target | undefined {
    const former = instanceId === null ? undefined : this.staticMembers.get(instanceId)
    return this.target.get(former ?? memberId)
  }

  /** The topics that this group reads, and so whose changes it must hear of. */
  abstract readonly topics: ReadonlySet<string>

  isSubscribed(topic: string): boolean {
    return this.topics.has(topic)
  }

  unusedSince(topic: string, commitTimestamp: number): number | undefined {
    return this.isSubscribed(topic) ? undefined : commitTimestamp
  }

  get mustLookAtTopics(): boolean {
    return this.stale
  }

  /** Somebody compared the topics with the hash, or they changed after that. */
  noteTopics(news: 'seen' | 'changed'): void {
    this.stale = news === 'changed'
  }

  abstract tombstones(): GroupRecord[]

  /** Takes in a record of this kind of group. */
  abstract replay(record: AnyStoredRecord): void

  protected replayEpoch(value: { readonly epoch: number; readonly metadataHash?: bigint } | undefined): void {
    this.epoch = value?.epoch ?? 0
    this.metadataHash = value?.metadataHash ?? 0n
  }

  protected replayTargetEpoch(
    value: { readonly assignmentEpoch: number; readonly assignmentTimestamp?: number } | undefined,
  ): void {
    this.assignmentEpoch = value?.assignmentEpoch ?? 0
    this.assignmentTimestamp = value?.assignmentTimestamp ?? 0
  }

  protected put(member: M): void {
    this.members.set(member.memberId, member)
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId)
  }

  protected remove(memberId: string): void {
    const member = this.members.get(memberId)
    this.members.delete(memberId)
    if (member?.instanceId && this.staticMembers.get(member.instanceId) === memberId)
      this.staticMembers.delete(member.instanceId)
  }
}

/** Whether a new target may be computed: not sooner than this after the last one. */
export const mayAssign = (group: ModernGroup, intervalMs: number, now: number): boolean =>
  group.assignmentTimestamp === 0 || intervalMs === 0 || now >= group.assignmentTimestamp + intervalMs
