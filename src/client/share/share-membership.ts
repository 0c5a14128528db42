import { ShareGroupHeartbeat } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { randomUuid, type Timer } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Cluster } from '../cluster.ts'
import type { Doorbell } from '../consumer/doorbell.ts'
import { groupError, isRetriable, meansLostCoordinator } from '../errors.ts'
import type { HeartbeatMetrics } from '../metrics/heartbeat-metrics.ts'

const LEAVING = -1

export interface AssignedPartition {
  readonly topicId: Uuid
  readonly partition: number
}

/** One member of a share group: tells the coordinator that it is there, and learns which partitions to read. */
export class ShareMembership {
  readonly memberId: string
  /** Changes as a whole. */
  assignment: readonly AssignedPartition[] = []
  /** What ended the membership. */
  error: Error | undefined
  private epoch = 0
  private topics: readonly string[] = []
  /** The subscription has to be told. */
  private isNew = true
  private timer: Timer | undefined
  private sending: Promise<void> | undefined
  private closed = false

  constructor(
    private readonly cluster: Cluster,
    private readonly groupId: string,
    private readonly rackId: string | null,
    private readonly doorbell: Doorbell,
    private readonly metrics: HeartbeatMetrics,
  ) {
    this.memberId = randomUuid(cluster.runtime.random)
  }

  subscribe(topics: readonly string[]): void {
    this.topics = topics
    this.isNew = true
    this.beat()
  }

  /** Leaves the group; a coordinator that does not answer finds out by itself. */
  async leave(): Promise<void> {
    this.closed = true
    this.timer?.cancel()
    await this.sending
    if (this.epoch === 0) return
    await this.send(LEAVING).catch((error: unknown) => this.cluster.warn(error))
  }

  private beat(): void {
    if (this.closed || this.sending) return
    this.timer?.cancel()
    this.sending = this.once().then((wait) => {
      this.sending = undefined
      if (this.closed || wait === undefined) return
      if (this.isNew) this.beat()
      else this.timer = this.cluster.runtime.clock.timer(wait, () => this.beat())
    })
  }

  /** Milliseconds until the next one; undefined when there is none. */
  private async once(): Promise<number | undefined> {
    const { config } = this.cluster
    const tells = this.isNew
    this.isNew = false
    try {
      const answer = await this.send(this.epoch, tells || this.epoch === 0)
      this.epoch = answer.memberEpoch
      if (answer.assignment) this.assign(answer.assignment)
      return answer.heartbeatIntervalMs
    } catch (error) {
      // The answer may have told of an assignment, which the coordinator tells once, and again to who tells all.
      this.isNew = true
      if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(this.groupId)
      if (error instanceof KafkaError && ['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH'].includes(error.error)) {
        this.epoch = 0
        this.assign({ topicPartitions: [] })
      } else if (!isRetriable(error)) {
        this.error = error as Error
        this.doorbell.ring()
        return undefined
      }
      this.cluster.warn(error)
      await this.cluster.sleep(config['retry.backoff.ms']).catch(() => {})
      return 0
    }
  }

  private async send(memberEpoch: number, tells = false): Promise<ResponseOf<typeof ShareGroupHeartbeat>> {
    const { groupId, memberId, rackId } = this
    const node = await this.cluster.coordinator(groupId)
    await node.connect()
    if (!node.supports(ShareGroupHeartbeat))
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        'The cluster does not support share groups: brokers have them from Kafka 4.2 on, where share.version is 1.',
      )
    const request = {
      groupId,
      memberId,
      memberEpoch,
      rackId,
      subscribedTopicNames: tells ? [...this.topics] : null,
    }
    const answer = await this.metrics.time(node.send(ShareGroupHeartbeat, request))
    if (answer.errorCode !== Errors.NONE) throw groupError(answer.errorCode, groupId, answer.errorMessage)
    return answer
  }

  private assign({ topicPartitions }: { readonly topicPartitions: readonly TopicAssignment[] }): void {
    this.metrics.rebalanced()
    this.assignment = topicPartitions.flatMap(({ topicId, partitions }) =>
      partitions.map((partition) => ({ topicId, partition })),
    )
    this.doorbell.ring()
  }
}

interface TopicAssignment {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}
