import type { KafkaError } from '../../../protocol/errors.ts'
import type { Uuid } from '../../../std/uuid.ts'
import { partitionKey, type TopicPartition } from '../../types.ts'
import { commitFailed, type MemberIdentity, type Membership, type MembershipContext, NO_MEMBER } from '../membership.ts'
import type { TopicPartitions } from './heartbeat-fields.ts'
import { Heartbeats } from './heartbeats.ts'

/**
 * The protocol of KIP-848 as the application sees it: the coordinator says what the member is to have, and a poll goes there step by step,
 * first giving up, then taking. The coordinator hears of it when it is done, and gives what was given up to others only then.
 */
export class ModernMembership implements Membership {
  private readonly heartbeats: Heartbeats
  /** What the coordinator wants the member to have; undefined when it has that. */
  private target: readonly TopicPartitions[] | undefined
  /** What the member has, as the coordinator is told. */
  private owned: readonly TopicPartitions[] | undefined
  private isLost = false
  private isOver = false
  private readonly errors: Error[] = []
  /** Names of topics that the member has, which metadata may forget. */
  private names = new Map<Uuid, string>()
  private asking = false

  constructor(private readonly context: MembershipContext) {
    const { cluster, config, subscription, doorbell, metrics } = context
    const settings = {
      groupId: config['group.id'] as string,
      instanceId: config['group.instance.id'],
      rackId: config['client.rack'] || undefined,
      maxPollIntervalMs: config['max.poll.interval.ms'],
    }
    this.heartbeats = new Heartbeats(
      cluster,
      settings,
      {
        state: () => ({
          rebalanceTimeoutMs: settings.maxPollIntervalMs,
          topics: subscription.topics,
          assignor: config['group.remote.assignor'] || undefined,
          owned: this.owned ?? [],
        }),
        onAssignment: (partitions) => {
          this.target = partitions
          metrics.rebalancing()
          doorbell.ring()
        },
        onLost: () => {
          this.isLost = true
          doorbell.ring()
        },
        onError: (error) => {
          this.errors.push(error)
          doorbell.ring()
        },
        onFatal: (error) => {
          this.isLost = true
          this.isOver = true
          this.errors.push(error)
          doorbell.ring()
        },
      },
      metrics,
    )
  }

  get identity(): MemberIdentity {
    const { memberId, epoch } = this.heartbeats
    return this.isMember ? { memberId, epoch } : NO_MEMBER
  }

  get isMember(): boolean {
    return this.heartbeats.epoch > 0
  }

  get settled(): boolean {
    return this.isMember && !this.isLost
  }

  async poll(): Promise<void> {
    const { heartbeats, context } = this
    heartbeats.polledAt = context.cluster.runtime.clock.monotonic()
    if (this.isLost) await this.giveUp()
    const error = this.errors.shift()
    if (error) throw error
    if (this.target) await this.reconcile(this.target)
    // Who was fenced just now joins when it has given up what it had.
    if (!this.isLost && !this.isOver) heartbeats.join()
  }

  rejoin(): void {
    this.heartbeats.now()
    this.context.doorbell.ring()
  }

  refused(error: KafkaError): KafkaError {
    switch (error.error) {
      case 'STALE_MEMBER_EPOCH':
        // The next answer brings the newest epoch.
        this.heartbeats.now()
        return commitFailed('STALE_MEMBER_EPOCH')
      case 'UNKNOWN_MEMBER_ID':
        this.heartbeats.now()
        return commitFailed('UNKNOWN_MEMBER_ID')
      default:
        return error
    }
  }

  async leave(): Promise<void> {
    await this.heartbeats.leave()
    this.target = undefined
    this.owned = undefined
    this.isLost = false
    this.isOver = false
    this.errors.length = 0
  }

  private async giveUp(): Promise<void> {
    this.isLost = false
    this.target = undefined
    this.owned = undefined
    await this.context.subscription.lose()
  }

  /** One step from what the member has to what it is to have. Fenced on the way, it stops: the next poll gives up all. */
  private async reconcile(target: readonly TopicPartitions[]): Promise<void> {
    const { subscription } = this.context
    const { known, partitions, isComplete } = this.resolve(target)
    if (!isComplete) this.askForNames()
    const { revoked, added } = subscription.compare(partitions)
    const changes = revoked.length > 0 || added.length > 0
    if (!isComplete && !changes) return
    if (revoked.length > 0 && !(await this.giveBack(revoked))) return
    if (isComplete && this.target === target) this.target = undefined
    const isNews = changes || this.owned === undefined
    this.owned ??= []
    try {
      if (isNews) await this.take(partitions, added)
    } finally {
      if (!this.isLost) this.owned = known
      this.heartbeats.now()
    }
  }

  private async take(partitions: readonly TopicPartition[], added: readonly TopicPartition[]): Promise<void> {
    const { subscription, cluster } = this.context
    subscription.assign(partitions)
    for (const { topic } of added) cluster.wanted.add(topic)
    this.context.onAssigned()
    await subscription.listener.onPartitionsAssigned?.(added)
  }

  /** False when the member was fenced meanwhile. */
  private async giveBack(revoked: readonly TopicPartition[]): Promise<boolean> {
    const { subscription } = this.context
    for (const where of revoked) subscription.get(where).revoking = true
    await this.context.commitBeforeRevocation()
    if (this.isLost) return false
    await subscription.revoked(revoked)
    const gone = new Set(revoked.map(({ topic, partition }) => partitionKey(topic, partition)))
    subscription.assign(
      subscription.assignment().filter(({ topic, partition }) => !gone.has(partitionKey(topic, partition))),
    )
    return !this.isLost
  }

  /** The part of an assignment of which the topics' names are known. */
  private resolve(target: readonly TopicPartitions[]) {
    const { metadata } = this.context.cluster
    const names = new Map<Uuid, string>()
    const known: TopicPartitions[] = []
    const partitions: TopicPartition[] = []
    for (const row of target) {
      const topic = metadata.topicName(row.topicId) ?? this.names.get(row.topicId)
      if (topic === undefined) continue
      names.set(row.topicId, topic)
      known.push(row)
      partitions.push(...row.partitions.map((partition) => ({ topic, partition })))
    }
    this.names = names
    return { known, partitions, isComplete: known.length === target.length }
  }

  private askForNames(): void {
    if (this.asking) return
    this.asking = true
    const { cluster, config, doorbell } = this.context
    cluster
      .refresh()
      .catch((error: unknown) => cluster.warn(error))
      .then(() => cluster.sleep(config['retry.backoff.ms']))
      .catch(() => {})
      .finally(() => {
        this.asking = false
        doorbell.ring()
      })
  }
}
