import { KafkaError } from '../../protocol/errors.ts'
import { partitionKey } from '../types.ts'
import { findAssignors } from './assignors/assignor.ts'
import { ClassicMember, type Joined } from './classic-member.ts'
import { commitFailed, type MemberIdentity, type Membership, type MembershipContext } from './membership.ts'

/** The classic protocol as the application sees it: gives up partitions before a rebalance and takes over what comes of it. */
export class ClassicMembership implements Membership {
  private readonly member: ClassicMember
  private readonly cooperative: boolean
  private joinWanted = true
  private lost = false
  private joining = false
  private outcome: Joined | undefined
  private fatal: Error | undefined
  private seenVersion = -1

  constructor(private readonly context: MembershipContext) {
    const { cluster, config, subscription, doorbell, metrics } = context
    const assignors = findAssignors(config['partition.assignment.strategy'])
    // Members keep partitions over a rebalance only when whatever the group chooses lets them.
    this.cooperative = assignors.every(({ cooperative }) => cooperative)
    this.member = new ClassicMember(
      cluster,
      config,
      assignors,
      {
        subscription: () => ({ topics: subscription.topics, owned: subscription.assignment() }),
        partitionCounts: (topics) => this.partitionCounts(topics),
        onRebalance: () => this.rejoin(),
        onLost: () => {
          this.lost = true
          this.rejoin()
        },
        onFatal: (error) => {
          this.fatal = error
          doorbell.ring()
        },
      },
      metrics,
    )
  }

  get identity(): MemberIdentity {
    const { id, memberId } = this.member.generation
    return { memberId, epoch: id }
  }

  get isMember(): boolean {
    return this.member.joined
  }

  /** Whether the assignment is that of the current generation. */
  get settled(): boolean {
    return this.member.joined && !this.joining && this.outcome === undefined
  }

  get dividedBy(): ReadonlyMap<string, number> | undefined {
    return this.member.dividedBy
  }

  rejoin(): void {
    this.joinWanted = true
    this.context.doorbell.ring()
  }

  async poll(): Promise<void> {
    this.member.polledAt = this.context.cluster.runtime.clock.monotonic()
    this.throwFatal()
    this.followTopics()
    if (this.outcome) await this.takeOver(this.outcome)
    if (this.joinWanted && !this.joining) await this.startJoin()
  }

  refused(error: KafkaError): KafkaError {
    switch (error.error) {
      case 'UNKNOWN_MEMBER_ID':
      case 'ILLEGAL_GENERATION':
        this.lost = true
        this.rejoin()
        return commitFailed('ILLEGAL_GENERATION')
      case 'REBALANCE_IN_PROGRESS':
        this.rejoin()
        return new KafkaError(
          'REBALANCE_IN_PROGRESS',
          'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. ' +
            'Poll to complete the rebalance, then commit again.',
        )
      default:
        return error
    }
  }

  async leave(reason: string): Promise<void> {
    await this.member.leave(reason)
    this.joinWanted = true
    this.joining = false
    this.outcome = undefined
  }

  private throwFatal(): void {
    const { fatal } = this
    this.fatal = undefined
    if (fatal) throw fatal
  }

  private async startJoin(): Promise<void> {
    this.joinWanted = false
    this.joining = true
    this.context.metrics.rebalancing()
    await this.prepare()
    this.member.join().then(
      (joined) => {
        this.joining = false
        if (joined) this.outcome = joined
        this.context.doorbell.ring()
      },
      (error: Error) => {
        this.joining = false
        this.joinWanted = true
        this.fatal = error
        this.context.doorbell.ring()
      },
    )
  }

  /** Before joining: eager members give up all they have, cooperative ones only what they lost or no longer want. */
  private async prepare(): Promise<void> {
    const { subscription } = this.context
    if (this.lost || !this.member.joined) {
      this.lost = false
      await subscription.lose()
      return
    }
    const owned = subscription.assignment()
    await this.context.commitBeforeRevocation()
    const leaving = this.cooperative ? owned.filter(({ topic }) => !subscription.topics.has(topic)) : owned
    for (const where of leaving) subscription.get(where).revoking = true
    await subscription.revoked(leaving)
    const gone = new Set(leaving.map(({ topic, partition }) => partitionKey(topic, partition)))
    subscription.assign(owned.filter(({ topic, partition }) => !gone.has(partitionKey(topic, partition))))
  }

  private async takeOver({ partitions, assignor }: Joined): Promise<void> {
    this.outcome = undefined
    const { subscription, cluster } = this.context
    const { revoked, added } = subscription.compare(partitions)
    for (const where of revoked) subscription.get(where).revoking = true
    // A cooperative member went on reading what it had, up to here.
    if (revoked.length > 0) await this.context.commitBeforeRevocation()
    await subscription.revoked(revoked)
    subscription.assign(partitions)
    for (const { topic } of partitions) cluster.wanted.add(topic)
    this.context.onAssigned()
    // What was given up here can be given to another member now (KIP-429).
    if (assignor.cooperative && revoked.length > 0) this.rejoin()
    await subscription.listener.onPartitionsAssigned?.(assignor.cooperative ? added : [...partitions])
  }

  private async partitionCounts(topics: ReadonlySet<string>): Promise<Map<string, number>> {
    const { cluster } = this.context
    for (const topic of topics) cluster.wanted.add(topic)
    await cluster.refreshUntil({ call: 'metadata' })
    return this.countsOf(topics)
  }

  private countsOf(topics: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>()
    for (const name of topics) {
      const topic = this.context.cluster.metadata.topic(name)
      if (topic) counts.set(name, topic.partitions.length)
    }
    return counts
  }

  /** The leader divides anew when topics have come or gone, or partitions were added. */
  private followTopics(): void {
    const { metadata } = this.context.cluster
    if (metadata.version === this.seenVersion) return
    this.seenVersion = metadata.version
    const { dividedBy } = this.member
    if (!dividedBy || !this.settled) return
    const topics = new Set([...dividedBy.keys(), ...this.context.subscription.topics])
    const now = this.countsOf(topics)
    if ([...topics].some((topic) => (dividedBy.get(topic) ?? 0) !== (now.get(topic) ?? 0))) this.rejoin()
  }
}
