import { ConsumerGroupHeartbeat } from '../../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { ResponseOf } from '../../../protocol/schema/index.ts'
import { randomUuid, type Timer } from '../../../runtime/index.ts'
import type { Cluster } from '../../cluster.ts'
import { groupError, isRetriable, meansLostCoordinator } from '../../errors.ts'
import type { GroupMetrics } from '../../metrics/group-metrics.ts'
import { backoff } from '../../node.ts'
import { HeartbeatFields, type HeartbeatRequest, type MemberState, type TopicPartitions } from './heartbeat-fields.ts'

const JOINING = 0
const LEAVING = -1
/** A static member that comes back. */
const AWAY = -2

/** The words of Apache's client. */
const UNSUPPORTED =
  'The cluster does not support the new CONSUMER group protocol. Set group.protocol=classic on the consumer configs to revert ' +
  'to the CLASSIC protocol until the cluster is upgraded.'

export interface HeartbeatSettings {
  readonly groupId: string
  readonly instanceId: string | undefined
  readonly rackId: string | undefined
  /** `max.poll.interval.ms`: a member that is not polled for longer leaves. */
  readonly maxPollIntervalMs: number
}

export interface HeartbeatEvents {
  state(): MemberState
  /** The coordinator wants the member to have just these partitions. */
  onAssignment(partitions: readonly TopicPartitions[]): void
  /** The member is out of the group, and its partitions may belong to others already. */
  onLost(): void
  /** The application must hear of it; the membership goes on. */
  onError(error: Error): void
  /** The membership has ended. */
  onFatal(error: Error): void
}

/**
 * One member's talk with the coordinator of its group (KIP-848): joins with epoch 0, stays by heartbeats at the interval that the coordinator
 * names, and leaves with epoch -1 or -2. One request is under way at a time.
 */
export class Heartbeats {
  /** Made by the member itself (KIP-1082). */
  readonly memberId: string
  /** Above 0 while the coordinator knows the member. */
  epoch = JOINING
  /** On the monotonic clock. */
  polledAt: number
  private active = false
  private underway: Promise<void> | undefined
  /** There is more to say than the request under way does. */
  private urgent = false
  private timer: Timer | undefined
  private failures = 0
  private intervalMs = 0
  private readonly fields = new HeartbeatFields()

  constructor(
    private readonly cluster: Cluster,
    private readonly settings: HeartbeatSettings,
    private readonly events: HeartbeatEvents,
    private readonly metrics: GroupMetrics,
  ) {
    this.memberId = randomUuid(cluster.runtime.random)
    this.polledAt = cluster.runtime.clock.monotonic()
  }

  /** Joins the group, unless that has been done. */
  join(): void {
    if (this.active) return
    this.active = true
    this.now()
  }

  /** Says at once what has changed, or once the request under way is answered. */
  now(): void {
    if (!this.active) return
    this.urgent = true
    if (!this.underway) this.beat()
  }

  /** Leaves the group; a coordinator that does not answer finds out by itself. Never rejects. */
  async leave(): Promise<void> {
    this.active = false
    this.timer?.cancel()
    // Its answer may be what tells that the member is in.
    await this.underway
    if (this.epoch === JOINING) return
    this.epoch = JOINING
    const epoch = this.settings.instanceId === undefined ? LEAVING : AWAY
    this.run(
      this.send({ memberEpoch: epoch }).then(
        () => 0,
        (error: unknown) => {
          this.cluster.warn(error)
          return 0
        },
      ),
    )
    await this.underway
  }

  private beat(): void {
    this.timer?.cancel()
    this.urgent = false
    this.run(this.once())
  }

  /** `work` gives the milliseconds until the next request. */
  private run(work: Promise<number>): void {
    this.underway = work.then((waitMs) => {
      this.underway = undefined
      if (!this.active || this.cluster.closed) return
      if (this.urgent && this.failures === 0) this.beat()
      else this.wait(this.cluster.runtime.clock.monotonic() + waitMs)
    })
  }

  private async once(): Promise<number> {
    try {
      const { memberEpoch, heartbeatIntervalMs, assignment } = await this.tell()
      this.failures = 0
      this.epoch = memberEpoch
      this.intervalMs = heartbeatIntervalMs
      if (assignment && this.active) this.events.onAssignment(assignment.topicPartitions)
      return heartbeatIntervalMs
    } catch (error) {
      this.fields.forget()
      return this.cluster.closed ? 0 : this.failed(error)
    }
  }

  /** Sends what the coordinator has to know. The fields are chosen when there is a connection, for they may change up to then. */
  private async tell(): Promise<ResponseOf<typeof ConsumerGroupHeartbeat>> {
    const { rackId } = this.settings
    const node = await this.cluster.coordinator(this.settings.groupId)
    await node.connect()
    if (!node.supports(ConsumerGroupHeartbeat)) throw new KafkaError('UNSUPPORTED_VERSION', UNSUPPORTED)
    const isJoining = this.epoch === JOINING
    const fields = this.fields.next(this.events.state(), isJoining)
    return this.send({ memberEpoch: this.epoch, ...fields, ...(isJoining && rackId ? { rackId } : {}) })
  }

  private async send(
    request: Pick<HeartbeatRequest, 'memberEpoch'> & Partial<HeartbeatRequest>,
  ): Promise<ResponseOf<typeof ConsumerGroupHeartbeat>> {
    const { groupId, instanceId = null } = this.settings
    const node = await this.cluster.coordinator(groupId)
    const whole = { groupId, memberId: this.memberId, instanceId, ...request }
    const answer = await this.metrics.time('heartbeat', node.send(ConsumerGroupHeartbeat, whole))
    const { errorCode, errorMessage } = answer
    if (errorCode === Errors.UNSUPPORTED_VERSION) throw new KafkaError(errorCode, UNSUPPORTED)
    if (errorCode !== Errors.NONE) throw groupError(errorCode, groupId, errorMessage)
    return answer
  }

  private failed(error: unknown): number {
    const { config, runtime } = this.cluster
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.settings.groupId)
    this.cluster.warn(error)
    if (isRetriable(error))
      return backoff(config['retry.backoff.ms'], config['retry.backoff.max.ms'], this.failures++, runtime)
    const name = error instanceof KafkaError ? error.error : undefined
    if (name === 'TOPIC_AUTHORIZATION_FAILED') {
      this.events.onError(error as Error)
      return this.intervalMs || config['retry.backoff.max.ms']
    }
    // A group of which this was a member is one of the classic protocol now, or was forgotten: joining makes it this one's again.
    const isGone = name === 'GROUP_ID_NOT_FOUND' && this.epoch !== JOINING
    this.active = false
    this.epoch = JOINING
    if (isGone || name === 'FENCED_MEMBER_EPOCH' || name === 'UNKNOWN_MEMBER_ID') this.events.onLost()
    else this.events.onFatal(error as Error)
    return 0
  }

  private wait(dueAt: number): void {
    const { clock } = this.cluster.runtime
    const now = clock.monotonic()
    const expiresAt = this.polledAt + this.settings.maxPollIntervalMs + 1
    this.timer?.cancel()
    if (now >= expiresAt) {
      this.active = false
      this.events.onLost()
      void this.leave()
    } else if (now >= dueAt) this.beat()
    else this.timer = clock.timer(Math.ceil(Math.min(dueAt, expiresAt) - now), () => this.wait(dueAt))
  }
}
