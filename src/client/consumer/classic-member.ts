import type { ConsumerConfig } from '../../config/client.ts'
import { Heartbeat, JoinGroup, LeaveGroup, SyncGroup } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Timer } from '../../runtime/index.ts'
import { decodeAssignment } from '../assignment.ts'
import type { Cluster } from '../cluster.ts'
import { groupError, isRetriable, meansLostCoordinator } from '../errors.ts'
import { backoff } from '../node.ts'
import type { TopicPartition } from '../types.ts'
import { decodeMember, encodeAssignment, encodeSubscription } from './assignors/assignor.ts'
import type { Assignment, Assignor, GroupMember } from './assignors/types.ts'

export interface Generation {
  readonly id: number
  readonly memberId: string
  readonly protocol: string
}

const NO_GENERATION: Generation = { id: -1, memberId: '', protocol: '' }

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

type JoinResponse = ResponseOf<typeof JoinGroup>

/** A member of a group in the classic protocol: joins, stays alive by heartbeats, leaves. Knows nothing of records. */
export class ClassicMember {
  generation = NO_GENERATION
  /** Partition counts by which the leader divided; undefined for everybody else. */
  dividedBy: ReadonlyMap<string, number> | undefined
  /** On the monotonic clock; a member that does not poll for `max.poll.interval.ms` leaves. */
  polledAt: number
  /** The assignment before: sticky assignors tell the leader of it even when the member has given it up. */
  private last: { readonly partitions: readonly TopicPartition[]; readonly generation: number } = {
    partitions: [],
    generation: -1,
  }
  private heartbeatTimer: Timer | undefined
  private heartbeatAnswered = 0
  /** Changes when the member leaves, so that what is still under way is dropped. */
  private life = 0
  /** Changes with every attempt to join: a heartbeat from before it says nothing of what comes after. */
  private attempt = 0
  private joining = 0
  private readonly groupId: string

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
    private readonly assignors: readonly Assignor[],
    private readonly events: ClassicMemberEvents,
  ) {
    this.groupId = config['group.id'] as string
    this.polledAt = cluster.runtime.clock.monotonic()
  }

  get joined(): boolean {
    return this.generation.id >= 0
  }

  /** Joins and waits for this member's part, however long the others take; undefined when the member has left meanwhile. */
  async join(): Promise<Joined | undefined> {
    this.joining++
    try {
      return await this.joinUntilDone()
    } finally {
      this.joining--
    }
  }

  private async joinUntilDone(): Promise<Joined | undefined> {
    this.stopHeartbeat()
    this.attempt++
    const { life } = this
    for (let failures = 0; life === this.life; ) {
      try {
        const joined = await this.tryJoin()
        if (life !== this.life) return undefined
        if (joined) {
          this.last = { partitions: joined.partitions, generation: this.generation.id }
          this.startHeartbeat()
          return joined
        }
      } catch (error) {
        if (life !== this.life || this.cluster.closed) return undefined
        this.learn(error)
        if (this.isOut(error)) {
          this.events.onLost()
          return undefined
        }
        const again = error instanceof KafkaError && error.error === 'REBALANCE_IN_PROGRESS'
        if (!isRetriable(error) && !again) throw error
        this.cluster.warn(error)
        const { config } = this
        await this.cluster.sleep(
          backoff(config['retry.backoff.ms'], config['retry.backoff.max.ms'], failures++, this.cluster.runtime),
        )
      }
    }
    return undefined
  }

  /** Tells the group that this member is gone; a static one keeps its place. Never rejects. */
  async leave(reason: string): Promise<void> {
    const { joining } = this
    const { memberId } = this.generation
    this.life++
    this.stopHeartbeat()
    this.generation = NO_GENERATION
    if (memberId === '' || this.config['group.instance.id'] !== undefined) return
    try {
      const coordinator = await this.cluster.coordinator(this.groupId)
      // While a join waits at the broker, nothing else on its connection is answered: good-bye goes by another.
      const node = (joining > 0 ? this.cluster.node(coordinator.id) : undefined) ?? coordinator
      await node.send(LeaveGroup, (version) =>
        version >= 3
          ? { groupId: this.groupId, memberId: '', members: [{ memberId, reason }] }
          : { groupId: this.groupId, memberId, members: [] },
      )
    } catch {
      // The session time-out puts the member out as well, only later.
    }
  }

  /** The member is unknown to the coordinator, or of an older generation: it begins anew. */
  forgetGeneration(keepMemberId: boolean): void {
    this.generation = keepMemberId ? { ...NO_GENERATION, memberId: this.generation.memberId } : NO_GENERATION
    this.stopHeartbeat()
  }

  private async tryJoin(): Promise<Joined | undefined> {
    const rebalanceTimeoutMs = this.config['max.poll.interval.ms']
    const node = await this.cluster.coordinator(this.groupId)
    const { topics, owned } = this.events.subscription()
    const { memberId, id } = this.generation
    const rack = this.config['client.rack'] || null
    const request = {
      groupId: this.groupId,
      sessionTimeoutMs: this.config['session.timeout.ms'],
      rebalanceTimeoutMs,
      memberId,
      groupInstanceId: this.config['group.instance.id'] ?? null,
      protocolType: 'consumer',
      protocols: this.assignors.map((assignor) => ({
        name: assignor.name,
        metadata: encodeSubscription(
          topics,
          owned,
          id,
          assignor.userData(this.last.partitions, this.last.generation),
          rack,
        ),
      })),
      reason: '',
    }
    // The answer comes when all members have joined: up to the rebalance time-out, and a little for the way.
    const timeoutMs = Math.max(rebalanceTimeoutMs + 5000, this.config['request.timeout.ms'])
    const response = await node.send(JoinGroup, request, { timeoutMs })
    if (response.errorCode === Errors.MEMBER_ID_REQUIRED) {
      this.generation = { ...NO_GENERATION, memberId: response.memberId }
      return undefined
    }
    if (response.errorCode !== Errors.NONE) throw groupError(response.errorCode, this.groupId)
    return this.sync(node, response)
  }

  private async sync(node: Awaited<ReturnType<Cluster['coordinator']>>, response: JoinResponse): Promise<Joined> {
    const protocol = response.protocolName ?? ''
    const assignor = this.assignors.find(({ name }) => name === protocol)
    if (!assignor)
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `The group chose ${protocol}, which this member has not.`)
    this.generation = { id: response.generationId, memberId: response.memberId, protocol }
    const leads = response.leader === response.memberId
    this.dividedBy = undefined
    const assignments = leads && !response.skipAssignment ? await this.divide(assignor, response) : []
    const answer = await node.send(SyncGroup, {
      groupId: this.groupId,
      generationId: response.generationId,
      memberId: response.memberId,
      groupInstanceId: this.config['group.instance.id'] ?? null,
      protocolType: 'consumer',
      protocolName: protocol,
      assignments,
    })
    if (answer.errorCode !== Errors.NONE) throw groupError(answer.errorCode, this.groupId)
    return { partitions: decodeAssignment(answer.assignment), assignor }
  }

  /** The leader's task. */
  private async divide(
    assignor: Assignor,
    { members }: JoinResponse,
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const all = members.map(
      ({ memberId, groupInstanceId, metadata }): GroupMember => decodeMember(memberId, groupInstanceId, metadata),
    )
    const counts = await this.events.partitionCounts(new Set(all.flatMap(({ topics }) => [...topics])))
    this.dividedBy = counts
    const assignment: Assignment = assignor.assign(counts, all)
    return Array.from(assignment, ([memberId, partitions]) => ({ memberId, assignment: encodeAssignment(partitions) }))
  }

  private learn(error: unknown): void {
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.groupId)
    if (!(error instanceof KafkaError)) return
    if (error.error === 'UNKNOWN_MEMBER_ID') this.forgetGeneration(false)
    if (error.error === 'ILLEGAL_GENERATION') this.forgetGeneration(true)
  }

  /** The coordinator knows no such member, or not in this generation. */
  private isOut(error: unknown): boolean {
    return error instanceof KafkaError && (error.error === 'UNKNOWN_MEMBER_ID' || error.error === 'ILLEGAL_GENERATION')
  }

  private startHeartbeat(): void {
    this.heartbeatAnswered = this.cluster.runtime.clock.monotonic()
    this.scheduleHeartbeat()
  }

  private stopHeartbeat(): void {
    this.heartbeatTimer?.cancel()
    this.heartbeatTimer = undefined
  }

  private scheduleHeartbeat(): void {
    const { clock } = this.cluster.runtime
    this.heartbeatTimer?.cancel()
    this.heartbeatTimer = clock.timer(this.config['heartbeat.interval.ms'], () => this.onHeartbeatTimer())
  }

  private onHeartbeatTimer(): void {
    const now = this.cluster.runtime.clock.monotonic()
    const idle = now - this.polledAt
    if (idle > this.config['max.poll.interval.ms']) {
      this.events.onLost()
      void this.leave('consumer poll timeout has expired.')
      return
    }
    if (now - this.heartbeatAnswered > this.config['session.timeout.ms']) this.cluster.forgetCoordinator(this.groupId)
    this.scheduleHeartbeat()
    void this.heartbeat(this.generation).catch((error: unknown) => this.onHeartbeatError(error))
  }

  private async heartbeat({ id, memberId }: Generation): Promise<void> {
    const { attempt } = this
    const node = await this.cluster.coordinator(this.groupId)
    const { errorCode } = await node.send(Heartbeat, {
      groupId: this.groupId,
      generationId: id,
      memberId,
      groupInstanceId: this.config['group.instance.id'] ?? null,
    })
    // An answer to a former self says nothing.
    if (this.attempt !== attempt || this.generation.id !== id || this.generation.memberId !== memberId) return
    if (errorCode !== Errors.NONE) throw groupError(errorCode, this.groupId)
    this.heartbeatAnswered = this.cluster.runtime.clock.monotonic()
  }

  private onHeartbeatError(error: unknown): void {
    if (this.cluster.closed) return
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.groupId)
    if (!(error instanceof KafkaError)) return this.cluster.warn(error)
    switch (error.error) {
      case 'REBALANCE_IN_PROGRESS':
        return this.events.onRebalance()
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.forgetGeneration(error.error === 'ILLEGAL_GENERATION')
        return this.events.onLost()
      default:
        if (!error.retriable) this.events.onFatal(error)
    }
  }
}
