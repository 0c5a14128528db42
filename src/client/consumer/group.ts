import type { ConsumerConfig } from '../../config/client.ts'
import { OffsetCommit } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { isRetriable, meansLostCoordinator } from '../errors.ts'
import { commitRow } from '../group-offsets.ts'
import { type CommitOffset, type GroupMetadata, groupByTopic, partitionKey, type TopicPartition } from '../types.ts'
import { findAssignors } from './assignors/assignor.ts'
import type { Assignor } from './assignors/types.ts'
import type { Doorbell } from './doorbell.ts'
import { type Joined, Membership } from './membership.ts'
import type { Subscription } from './subscription.ts'

/** The highest version of OffsetCommit that names topics; later ones use ids. */
const COMMIT_BY_NAME = 9

/**
 * The consumer's side of its group: takes assignments over, tells the listener, commits. Joining goes on in the background; what the
 * application sees of it, the listener above all, happens inside poll.
 */
export class Group {
  /** An error that ends the membership; the next poll throws it. */
  fatal: Error | undefined
  private readonly membership: Membership
  private readonly assignors: readonly Assignor[]
  private joinWanted = true
  private lost = false
  private joining = false
  private outcome: Joined | undefined
  private committedAt: number
  private readonly cooperative: boolean
  private seenVersion = -1

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
    private readonly subscription: Subscription,
    private readonly doorbell: Doorbell,
  ) {
    this.assignors = findAssignors(config['partition.assignment.strategy'])
    // Members keep partitions over a rebalance only when whatever the group chooses lets them.
    this.cooperative = this.assignors.every(({ cooperative }) => cooperative)
    this.committedAt = cluster.runtime.clock.monotonic()
    this.membership = new Membership(cluster, config, this.assignors, {
      subscription: () => ({ topics: subscription.topics, owned: subscription.assignment() }),
      partitionCounts: (topics) => this.partitionCounts(topics),
      onRebalance: () => this.requestJoin(),
      onLost: () => {
        this.lost = true
        this.requestJoin()
      },
      onFatal: (error) => {
        this.fatal = error
        doorbell.ring()
      },
    })
  }

  get metadata(): GroupMetadata {
    const { id, memberId } = this.membership.generation
    return {
      groupId: this.config['group.id'] as string,
      generationId: id,
      memberId,
      groupInstanceId: this.config['group.instance.id'],
    }
  }

  /** Whether the assignment is that of the current generation. */
  get settled(): boolean {
    return this.membership.joined && !this.joining && this.outcome === undefined
  }

  requestJoin(): void {
    this.joinWanted = true
    this.doorbell.ring()
  }

  /** Called by every poll: takes over what has happened and starts what is to be done. Runs the listener. */
  async poll(): Promise<void> {
    this.membership.polledAt = this.cluster.runtime.clock.monotonic()
    this.throwFatal()
    this.followMetadata()
    if (this.outcome) await this.takeOver(this.outcome)
    if (this.joinWanted && !this.joining) await this.startJoin()
    this.autoCommit()
  }

  /** Leaves for good: commits when that is automatic, tells the listener, says good-bye. */
  async close(): Promise<void> {
    await this.release()
    await this.membership.leave('the consumer is being closed')
  }

  /** The same for `unsubscribe`: the consumer may subscribe again. */
  async unsubscribe(): Promise<void> {
    await this.release()
    await this.membership.leave('the consumer unsubscribed from all topics')
    this.joinWanted = true
    this.joining = false
    this.outcome = undefined
  }

  /** Commits and waits; repeats while an error may pass. */
  async commit(offsets: readonly CommitOffset[], timeoutMs?: number): Promise<void> {
    if (offsets.length === 0) return
    await this.cluster.retry({ call: 'commitOffsets', timeoutMs }, () => this.commitOnce(offsets))
  }

  /** The positions of all partitions that have one. */
  positions(): CommitOffset[] {
    const offsets: CommitOffset[] = []
    for (const { topic, partition, position, positionEpoch } of this.subscription.all())
      if (position !== undefined) offsets.push({ topic, partition, offset: position, leaderEpoch: positionEpoch })
    return offsets
  }

  private throwFatal(): void {
    const { fatal } = this
    this.fatal = undefined
    if (fatal) throw fatal
  }

  private async release(): Promise<void> {
    if (this.config['enable.auto.commit'] && this.membership.joined)
      await this.commit(this.positions(), 5000).catch((error: unknown) => this.cluster.warn(error))
    const owned = this.subscription.assignment()
    if (owned.length > 0 && this.subscription.usesGroup) await this.revoked(owned)
  }

  private async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length > 0) await this.subscription.listener.onPartitionsRevoked?.(partitions)
  }

  private async startJoin(): Promise<void> {
    this.joinWanted = false
    this.joining = true
    await this.prepare()
    this.membership.join().then(
      (joined) => {
        this.joining = false
        if (joined) this.outcome = joined
        this.doorbell.ring()
      },
      (error: Error) => {
        this.joining = false
        this.joinWanted = true
        this.fatal = error
        this.doorbell.ring()
      },
    )
  }

  /** Before joining: eager members give up all they have, cooperative ones only what they lost or no longer want. */
  private async prepare(): Promise<void> {
    const { subscription } = this
    const owned = subscription.assignment()
    if (this.lost || !this.membership.joined) {
      this.lost = false
      const { listener } = subscription
      subscription.assign([])
      if (owned.length > 0) await (listener.onPartitionsLost ?? listener.onPartitionsRevoked)?.call(listener, owned)
      return
    }
    await this.commitBeforeRevocation()
    const leaving = this.cooperative ? owned.filter(({ topic }) => !subscription.topics.has(topic)) : owned
    for (const where of leaving) subscription.get(where).revoking = true
    await this.revoked(leaving)
    const gone = new Set(leaving.map(({ topic, partition }) => partitionKey(topic, partition)))
    subscription.assign(owned.filter(({ topic, partition }) => !gone.has(partitionKey(topic, partition))))
  }

  private async commitBeforeRevocation(): Promise<void> {
    if (!this.config['enable.auto.commit']) return
    try {
      await this.commit(this.positions(), this.config['request.timeout.ms'])
    } catch (error) {
      this.cluster.warn(error)
    }
  }

  private async takeOver({ partitions, assignor }: Joined): Promise<void> {
    this.outcome = undefined
    const { subscription } = this
    const before = new Map(subscription.assignment().map((item) => [partitionKey(item.topic, item.partition), item]))
    const after = new Map(partitions.map((item) => [partitionKey(item.topic, item.partition), item]))
    const revoked = [...before].flatMap(([key, item]) => (after.has(key) ? [] : [item]))
    const added = [...after].flatMap(([key, item]) => (before.has(key) ? [] : [item]))
    for (const where of revoked) subscription.get(where).revoking = true
    // A cooperative member went on reading what it had, up to here.
    if (revoked.length > 0) await this.commitBeforeRevocation()
    await this.revoked(revoked)
    subscription.assign(partitions)
    for (const { topic } of partitions) this.cluster.wanted.add(topic)
    this.committedAt = this.cluster.runtime.clock.monotonic()
    // What was given up here can be given to another member now (KIP-429).
    if (assignor.cooperative && revoked.length > 0) this.requestJoin()
    await subscription.listener.onPartitionsAssigned?.(assignor.cooperative ? added : [...partitions])
  }

  private async partitionCounts(topics: ReadonlySet<string>): Promise<Map<string, number>> {
    for (const topic of topics) this.cluster.wanted.add(topic)
    await this.cluster.refreshUntil({ call: 'metadata' })
    return this.countsOf(topics)
  }

  private countsOf(topics: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>()
    for (const name of topics) {
      const topic = this.cluster.metadata.topic(name)
      if (topic) counts.set(name, topic.partitions.length)
    }
    return counts
  }

  /** The leader divides anew when partitions were added; everybody joins anew when the pattern finds other topics. */
  private followMetadata(): void {
    const { metadata } = this.cluster
    if (metadata.version === this.seenVersion) return
    this.seenVersion = metadata.version
    const { pattern } = this.subscription
    if (pattern) {
      const topics = new Set<string>()
      for (const { name, internal } of metadata.allTopics())
        if (matches(pattern, name) && !(internal && this.config['exclude.internal.topics'])) topics.add(name)
      if (!sameSet(topics, this.subscription.topics)) {
        this.subscription.topics = topics
        this.requestJoin()
      }
    }
    const { dividedBy } = this.membership
    if (!dividedBy || !this.settled) return
    const now = this.countsOf(new Set([...dividedBy.keys(), ...this.subscription.topics]))
    if (now.size !== dividedBy.size || [...now].some(([topic, count]) => dividedBy.get(topic) !== count))
      this.requestJoin()
  }

  private autoCommit(): void {
    if (!this.config['enable.auto.commit'] || !this.settled) return
    const now = this.cluster.runtime.clock.monotonic()
    if (now - this.committedAt < this.config['auto.commit.interval.ms']) return
    this.committedAt = now
    const offsets = this.positions()
    if (offsets.length === 0) return
    this.commitOnce(offsets).catch((error: unknown) => {
      // The next interval commits more; a group that has moved on is noticed by the heartbeat.
      this.cluster.warn(error)
    })
  }

  private async commitOnce(offsets: readonly CommitOffset[]): Promise<void> {
    const groupId = this.config['group.id'] as string
    const { id, memberId } = this.membership.generation
    // Partitions taken by hand are committed as by somebody who is no member.
    const member = this.subscription.usesGroup
    if (member && !this.membership.joined) throw commitFailed()
    try {
      const node = await this.cluster.coordinator(groupId)
      const response = await node.send(
        OffsetCommit,
        {
          groupId,
          generationIdOrMemberEpoch: member ? id : -1,
          memberId: member ? memberId : '',
          groupInstanceId: member ? (this.config['group.instance.id'] ?? null) : null,
          topics: Array.from(groupByTopic(offsets), ([name, items]) => ({ name, partitions: items.map(commitRow) })),
        },
        { maxVersion: COMMIT_BY_NAME },
      )
      for (const { partitions } of response.topics)
        for (const { errorCode } of partitions) if (errorCode !== Errors.NONE) throw new KafkaError(errorCode)
    } catch (error) {
      throw this.commitError(groupId, error)
    }
  }

  private commitError(groupId: string, error: unknown): unknown {
    if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(groupId)
    if (!(error instanceof KafkaError) || isRetriable(error)) return error
    switch (error.error) {
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        if (!this.subscription.usesGroup) return error
        this.lost = true
        this.requestJoin()
        return commitFailed()
      case 'REBALANCE_IN_PROGRESS':
        this.requestJoin()
        return new KafkaError(
          'REBALANCE_IN_PROGRESS',
          'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. ' +
            'Poll to complete the rebalance, then commit again.',
        )
      default:
        return error
    }
  }
}

const commitFailed = (): KafkaError =>
  new KafkaError(
    'ILLEGAL_GENERATION',
    'Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; ' +
      'it is likely that the consumer was kicked out of the group.',
  )

/** A pattern has to match the whole name, as in Java. */
function matches(pattern: RegExp, name: string): boolean {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''))
  return whole.test(name)
}

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((item) => b.has(item))
