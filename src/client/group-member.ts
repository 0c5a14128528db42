import { Heartbeat, JoinGroup, LeaveGroup, SyncGroup } from '../protocol/apis/index.ts'
import { Errors, KafkaError } from '../protocol/errors.ts'
import type { ResponseOf } from '../protocol/schema/index.ts'
import type { Timer } from '../runtime/index.ts'
import type { Cluster } from './cluster.ts'
import { groupError, isRetriable, meansLostCoordinator } from './errors.ts'
import type { MemberRole, MemberSettings } from './group-role.ts'
import type { GroupMetrics } from './metrics/group-metrics.ts'
import { backoff } from './node.ts'

export interface Generation {
  readonly id: number
  readonly memberId: string
  readonly protocol: string
}

const NO_GENERATION: Generation = { id: -1, memberId: '', protocol: '' }

/** What came of joining: the member's own part, as the leader wrote it. */
export interface JoinedPart {
  readonly protocol: string
  readonly assignment: Buffer
}

type JoinResponse = ResponseOf<typeof JoinGroup>

/** A member of a group in the classic protocol, whatever the group divides: joins, stays alive by heartbeats, leaves. */
export class GroupMember {
  generation = NO_GENERATION
  /** On the monotonic clock; a member that is busy for the rebalance time-out leaves. Infinity while it is not busy. */
  polledAt: number
  private heartbeatTimer: Timer | undefined
  private answeredAt: number
  /** Changes when the member leaves, so that what is still under way is dropped. */
  private life = 0
  /** Changes with every attempt to join: a heartbeat from before it says nothing of what comes after. */
  private attempt = 0
  private joining = 0

  constructor(
    private readonly cluster: Cluster,
    private readonly settings: MemberSettings,
    private readonly role: MemberRole,
    private readonly metrics?: GroupMetrics,
  ) {
    this.polledAt = this.answeredAt = this.now
  }

  get joined(): boolean {
    return this.generation.id >= 0
  }

  private get now(): number {
    return this.cluster.runtime.clock.monotonic()
  }

  private get instanceId(): string | null {
    return this.settings.instanceId ?? null
  }

  /** Joins and waits for this member's part, however long the others take; undefined when the member has left meanwhile or was put out. */
  async join(): Promise<JoinedPart | undefined> {
    this.joining++
    try {
      return await this.joinUntilDone()
    } finally {
      this.joining--
    }
  }

  private async joinUntilDone(): Promise<JoinedPart | undefined> {
    this.stopHeartbeat()
    this.attempt++
    const { life } = this
    for (let failures = 0; life === this.life; ) {
      try {
        const joined = await this.tryJoin()
        if (life !== this.life) return undefined
        if (joined) {
          this.startHeartbeat()
          return joined
        }
      } catch (error) {
        if (life !== this.life || this.cluster.closed) return undefined
        this.learn(error)
        if (this.isOut(error)) {
          this.role.onLost()
          return undefined
        }
        const again = error instanceof KafkaError && error.error === 'REBALANCE_IN_PROGRESS'
        if (!isRetriable(error) && !again) throw error
        this.cluster.warn(error)
        this.noteSilence()
        const { retryBackoffMs, retryBackoffMaxMs } = this.settings
        await this.cluster.sleep(backoff(retryBackoffMs, retryBackoffMaxMs, failures++, this.cluster.runtime))
      }
    }
    return undefined
  }

  /** Tells the group that this member is gone; a static one keeps its place. Never rejects. */
  async leave(reason: string): Promise<void> {
    const { joining } = this
    const { memberId } = this.generation
    const { groupId, instanceId } = this.settings
    this.life++
    this.stopHeartbeat()
    this.generation = NO_GENERATION
    if (memberId === '' || instanceId !== undefined) return
    try {
      const coordinator = await this.cluster.coordinator(groupId)
      // While a join waits at the broker, nothing else on its connection is answered: good-bye goes by another.
      const node = (joining > 0 ? this.cluster.node(coordinator.id) : undefined) ?? coordinator
      await node.send(LeaveGroup, (version) =>
        version >= 3 ? { groupId, memberId: '', members: [{ memberId, reason }] } : { groupId, memberId, members: [] },
      )
    } catch {
      // The session time-out puts the member out as well, only later.
    }
  }

  /** The member is unknown to the coordinator, or of an older generation: it begins anew. */
  private forgetGeneration(keepMemberId: boolean): void {
    this.generation = keepMemberId ? { ...NO_GENERATION, memberId: this.generation.memberId } : NO_GENERATION
    this.stopHeartbeat()
  }

  private async tryJoin(): Promise<JoinedPart | undefined> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, requestTimeoutMs } = this.settings
    const node = await this.cluster.coordinator(groupId)
    const protocols = this.role.protocols()
    const request = {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.generation.memberId,
      groupInstanceId: this.instanceId,
      protocolType: this.role.protocolType,
      protocols,
      reason: '',
    }
    // The answer comes when all members have joined: up to the rebalance time-out, and a little for the way.
    const timeoutMs = Math.max(rebalanceTimeoutMs + 5000, requestTimeoutMs)
    const response = await this.timed('join', node.send(JoinGroup, request, { timeoutMs }))
    this.answeredAt = this.now
    if (response.errorCode === Errors.MEMBER_ID_REQUIRED) {
      this.generation = { ...NO_GENERATION, memberId: response.memberId }
      return undefined
    }
    if (response.errorCode !== Errors.NONE) throw groupError(response.errorCode, groupId)
    const chosen = response.protocolName ?? ''
    if (!protocols.some(({ name }) => name === chosen))
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `The group chose ${chosen}, which this member has not.`)
    return this.sync(node, response)
  }

  private async sync(node: Awaited<ReturnType<Cluster['coordinator']>>, response: JoinResponse): Promise<JoinedPart> {
    const { generationId, memberId } = response
    const protocol = response.protocolName ?? ''
    this.generation = { id: generationId, memberId, protocol }
    const leads = response.leader === memberId
    const assignments = leads && !response.skipAssignment ? await this.role.divide(protocol, response.members) : []
    const request = {
      groupId: this.settings.groupId,
      generationId,
      memberId,
      groupInstanceId: this.instanceId,
      protocolType: this.role.protocolType,
      protocolName: protocol,
      assignments,
    }
    const answer = await this.timed('sync', node.send(SyncGroup, request))
    if (answer.errorCode !== Errors.NONE) throw groupError(answer.errorCode, this.settings.groupId)
    return { protocol, assignment: answer.assignment }
  }

  private timed<T>(call: 'join' | 'sync' | 'heartbeat', answer: Promise<T>): Promise<T> {
    return this.metrics?.time(call, answer) ?? answer
  }

  private learn(error: unknown): void {
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.settings.groupId)
    if (!(error instanceof KafkaError)) return
    if (error.error === 'UNKNOWN_MEMBER_ID') this.forgetGeneration(false)
    if (error.error === 'ILLEGAL_GENERATION') this.forgetGeneration(true)
  }

  /** The coordinator knows no such member, or not in this generation. */
  private isOut(error: unknown): boolean {
    return error instanceof KafkaError && (error.error === 'UNKNOWN_MEMBER_ID' || error.error === 'ILLEGAL_GENERATION')
  }

  private startHeartbeat(): void {
    this.answeredAt = this.now
    this.scheduleHeartbeat()
  }

  private stopHeartbeat(): void {
    this.heartbeatTimer?.cancel()
    this.heartbeatTimer = undefined
  }

  private scheduleHeartbeat(): void {
    const { clock } = this.cluster.runtime
    this.heartbeatTimer?.cancel()
    this.heartbeatTimer = clock.timer(this.settings.heartbeatIntervalMs, () => this.onHeartbeatTimer())
  }

  /** Whether nothing was heard of the coordinator for so long that it must have put the member out. */
  private noteSilence(): boolean {
    if (this.now - this.answeredAt <= this.settings.sessionTimeoutMs) return false
    this.role.onSilence?.()
    return true
  }

  private onHeartbeatTimer(): void {
    if (this.now - this.polledAt > this.settings.rebalanceTimeoutMs) {
      this.role.onLost()
      void this.leave(`${this.role.kind} poll timeout has expired.`)
      return
    }
    if (this.noteSilence()) this.cluster.forgetCoordinator(this.settings.groupId)
    this.scheduleHeartbeat()
    void this.heartbeat(this.generation).catch((error: unknown) => this.onHeartbeatError(error))
  }

  private async heartbeat({ id, memberId }: Generation): Promise<void> {
    const { attempt } = this
    const { groupId } = this.settings
    const node = await this.cluster.coordinator(groupId)
    const request = { groupId, generationId: id, memberId, groupInstanceId: this.instanceId }
    const { errorCode } = await this.timed('heartbeat', node.send(Heartbeat, request))
    // An answer to a former self says nothing.
    if (this.attempt !== attempt || this.generation.id !== id || this.generation.memberId !== memberId) return
    if (errorCode !== Errors.NONE) throw groupError(errorCode, groupId)
    this.answeredAt = this.now
  }

  private onHeartbeatError(error: unknown): void {
    if (this.cluster.closed) return
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.settings.groupId)
    if (!(error instanceof KafkaError)) return this.cluster.warn(error)
    switch (error.error) {
      case 'REBALANCE_IN_PROGRESS':
        return this.role.onRebalance()
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.forgetGeneration(error.error === 'ILLEGAL_GENERATION')
        return this.role.onLost()
      default:
        if (!error.retriable) this.role.onFatal(error)
    }
  }
}
