import type { ConsumerConfig } from '../../config/client.ts'
import { decodeAssignment } from '../assignment.ts'
import type { Cluster } from '../cluster.ts'
import { type Generation, GroupMember } from '../group-member.ts'
import type { JoinedMembers, MemberRole } from '../group-role.ts'
import type { GroupMetrics } from '../metrics/group-metrics.ts'
import type { TopicPartition } from '../types.ts'
import { decodeMember, encodeAssignment, encodeSubscription } from './assignors/assignor.ts'
import type { Assignment, Assignor, GroupMember as MemberState } from './assignors/types.ts'

/** What the members of a generation agreed on, for this one. */
export interface Joined {
  readonly partitions: readonly TopicPartition[]
  readonly assignor: Assignor
}

export interface ClassicMemberEvents {
  /** What to tell the group: the topics wanted and the partitions owned now. */
  subscription(): { readonly topics: Iterable<string>; readonly owned: readonly TopicPartition[] }
  /** Partition counts of topics, freshly asked. */
  partitionCounts(topics: ReadonlySet<string>): Promise<Map<string, number>>
  /** The group wants everybody to join again. */
  onRebalance(): void
  /** The member was put out: its partitions may belong to others already. */
  onLost(): void
  onFatal(error: Error): void
}

/** A consumer in a group of the classic protocol: what it subscribes to, and how a leader divides. Knows nothing of records. */
export class ClassicMember {
  /** Partition counts by which the leader divided, 0 for a topic that was not there; undefined for everybody else, and until it has. */
  dividedBy: ReadonlyMap<string, number> | undefined
  /** The assignment before: sticky assignors tell the leader of it even when the member has given it up. */
  private last: { readonly partitions: readonly TopicPartition[]; readonly generation: number } = {
    partitions: [],
    generation: -1,
  }
  private readonly member: GroupMember
  private readonly rack: string | null

  constructor(
    cluster: Cluster,
    config: ConsumerConfig,
    private readonly assignors: readonly Assignor[],
    private readonly events: ClassicMemberEvents,
    metrics: GroupMetrics,
  ) {
    this.rack = config['client.rack'] || null
    const role: MemberRole = {
      protocolType: 'consumer',
      kind: 'consumer',
      protocols: () => this.protocols(),
      divide: (protocol, members) => this.divide(protocol, members),
      onRebalance: () => events.onRebalance(),
      onLost: () => events.onLost(),
      onFatal: (error) => events.onFatal(error),
    }
    const settings = {
      groupId: config['group.id'] as string,
      instanceId: config['group.instance.id'],
      sessionTimeoutMs: config['session.timeout.ms'],
      rebalanceTimeoutMs: config['max.poll.interval.ms'],
      heartbeatIntervalMs: config['heartbeat.interval.ms'],
      requestTimeoutMs: config['request.timeout.ms'],
      retryBackoffMs: config['retry.backoff.ms'],
      retryBackoffMaxMs: config['retry.backoff.max.ms'],
    }
    this.member = new GroupMember(cluster, settings, role, metrics)
  }

  get generation(): Generation {
    return this.member.generation
  }

  get joined(): boolean {
    return this.member.joined
  }

  /** On the monotonic clock; a member that does not poll for `max.poll.interval.ms` leaves. */
  set polledAt(at: number) {
    this.member.polledAt = at
  }

  /** Joins and waits for this member's part, however long the others take; undefined when the member has left meanwhile. */
  async join(): Promise<Joined | undefined> {
    const joined = await this.member.join()
    if (!joined) return undefined
    const partitions = decodeAssignment(joined.assignment)
    this.last = { partitions, generation: this.generation.id }
    return { partitions, assignor: this.assignorOf(joined.protocol) }
  }

  /** Tells the group that this member is gone; a static one keeps its place. Never rejects. */
  leave(reason: string): Promise<void> {
    return this.member.leave(reason)
  }

  private protocols(): { name: string; metadata: Buffer }[] {
    const { topics, owned } = this.events.subscription()
    const { id } = this.generation
    this.dividedBy = undefined
    return this.assignors.map((assignor) => {
      const userData = assignor.userData(this.last.partitions, this.last.generation)
      return { name: assignor.name, metadata: encodeSubscription(topics, owned, id, userData, this.rack) }
    })
  }

  /** The group chose one of those that this member has. */
  private assignorOf(protocol: string): Assignor {
    return this.assignors.find(({ name }) => name === protocol) as Assignor
  }

  private async divide(protocol: string, members: JoinedMembers): Promise<{ memberId: string; assignment: Buffer }[]> {
    const all = members.map(
      ({ memberId, groupInstanceId, metadata }): MemberState => decodeMember(memberId, groupInstanceId, metadata),
    )
    const wanted = new Set(all.flatMap(({ topics }) => [...topics]))
    const counts = await this.events.partitionCounts(wanted)
    this.dividedBy = new Map(Array.from(wanted, (topic) => [topic, counts.get(topic) ?? 0]))
    const assignment: Assignment = this.assignorOf(protocol).assign(counts, all)
    return Array.from(assignment, ([memberId, partitions]) => ({ memberId, assignment: encodeAssignment(partitions) }))
  }
}
