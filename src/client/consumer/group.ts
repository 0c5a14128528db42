import type { ConsumerConfig } from '../../config/client.ts'
import { OffsetCommit } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { groupError, isRetriable, meansLostCoordinator, notAuthorized, topicError } from '../errors.ts'
import { commitRow } from '../group-offsets.ts'
import { GroupMetrics } from '../metrics/group-metrics.ts'
import { type CommitOffset, type GroupMetadata, groupByTopic } from '../types.ts'
import { ClassicMembership } from './classic-membership.ts'
import type { Doorbell } from './doorbell.ts'
import { commitFailed, type MemberIdentity, type Membership, type MembershipContext, NO_MEMBER } from './membership.ts'
import type { ModernMembership } from './modern/membership.ts'
import type { Subscription } from './subscription.ts'

/** The highest version of OffsetCommit that names topics; later ones use ids. */
const COMMIT_BY_NAME = 9

/** What a broker says of a topic that may be there soon. */
const awaitedErrors: ReadonlySet<number> = new Set([Errors.UNKNOWN_TOPIC_OR_PARTITION, Errors.LEADER_NOT_AVAILABLE])

let modern: typeof ModernMembership | undefined

/** The membership of KIP-848, which is loaded when the first consumer needs it. */
export async function loadModern(): Promise<typeof ModernMembership> {
  modern ??= (await import('./modern/membership.ts')).ModernMembership
  return modern
}

/** The consumer's side of its group: commits, follows a pattern, and has a membership by the protocol that was chosen. */
export class Group {
  private readonly context: MembershipContext
  private readonly metrics: GroupMetrics
  /** Undefined until the first poll has loaded the one of KIP-848. */
  private membership: Membership | undefined
  private committedAt: number
  private seenVersion = -1
  private checkedVersion = -1
  /** The last answer to `awaitsTopics`, and the version of the metadata that it is of; -1 when the topics have changed. */
  private awaited = { version: -1, some: false }

  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
    private readonly subscription: Subscription,
    doorbell: Doorbell,
  ) {
    this.committedAt = cluster.runtime.clock.monotonic()
    this.metrics = new GroupMetrics(cluster.metrics, () => subscription.assignment().length)
    this.context = {
      ...{ cluster, config, subscription, doorbell, metrics: this.metrics },
      commitBeforeRevocation: () => this.commitBeforeRevocation(),
      onAssigned: () => {
        this.committedAt = cluster.runtime.clock.monotonic()
        this.awaited = { version: -1, some: false }
        this.metrics.rebalanced()
      },
    }
    if (!this.isModern) this.membership = new ClassicMembership(this.context)
  }

  get metadata(): GroupMetadata {
    const { epoch, memberId } = this.identity
    return {
      groupId: this.config['group.id'] as string,
      generationId: epoch,
      memberId,
      groupInstanceId: this.config['group.instance.id'],
    }
  }

  /** Whether offsets of the assigned partitions can be asked for. */
  get settled(): boolean {
    return this.membership?.settled === true
  }

  /** Who asks for committed offsets; undefined for nobody in particular, as everybody is in the classic protocol. */
  get reader(): MemberIdentity | undefined {
    return this.isModern && this.subscription.usesGroup && this.membership?.isMember ? this.identity : undefined
  }

  /** Whether a topic is not there whose partitions members wait for: nobody tells of it but the next answer to Metadata. */
  get awaitsTopics(): boolean {
    const { metadata } = this.cluster
    if (this.awaited.version === metadata.version) return this.awaited.some
    const topics = [...this.subscription.topics, ...(this.membership?.dividedBy?.keys() ?? [])]
    const some = topics.some((topic) => awaitedErrors.has(metadata.errorOf(topic)))
    this.awaited = { version: metadata.version, some }
    return some
  }

  requestJoin(): void {
    this.awaited = { version: -1, some: false }
    this.membership?.rejoin()
  }

  /** Called by every poll: takes over what has happened and starts what is to be done. Runs the listener. */
  async poll(): Promise<void> {
    this.membership ??= new (await loadModern())(this.context)
    this.followPattern()
    this.checkTopics()
    await this.membership.poll()
    this.autoCommit()
  }

  /** Who subscribes to topics that it may not read hears of it with each news about them. Throws TOPIC_AUTHORIZATION_FAILED. */
  private checkTopics(): void {
    const { metadata } = this.cluster
    if (metadata.version === this.checkedVersion) return
    this.checkedVersion = metadata.version
    const refused = [...this.subscription.topics].filter(
      (topic) => metadata.errorOf(topic) === Errors.TOPIC_AUTHORIZATION_FAILED,
    )
    if (refused.length > 0) throw notAuthorized(refused)
  }

  /** Leaves for good: commits when that is automatic, tells the listener, says good-bye. */
  async close(): Promise<void> {
    await this.release()
    await this.membership?.leave('the consumer is being closed')
  }

  /** The same for `unsubscribe`: the consumer may subscribe again. */
  async unsubscribe(): Promise<void> {
    await this.release()
    await this.membership?.leave('the consumer unsubscribed from all topics')
  }

  /** Commits and waits; repeats while an error may pass. */
  async commit(offsets: readonly CommitOffset[], timeoutMs?: number): Promise<void> {
    if (offsets.length === 0) return
    const mayPass = (error: unknown) => this.mayCommitAgain(error, offsets)
    await this.cluster.retry({ call: 'commitOffsets', timeoutMs, mayPass }, () => this.commitOnce(offsets))
  }

  /** The positions of all partitions that have one. */
  positions(): CommitOffset[] {
    const offsets: CommitOffset[] = []
    for (const { topic, partition, position, positionEpoch } of this.subscription.all())
      if (position !== undefined) offsets.push({ topic, partition, offset: position, leaderEpoch: positionEpoch })
    return offsets
  }

  private get isModern(): boolean {
    return this.config['group.protocol'] === 'CONSUMER'
  }

  private get identity(): MemberIdentity {
    return this.membership?.identity ?? NO_MEMBER
  }

  private async release(): Promise<void> {
    if (this.config['enable.auto.commit'] && this.membership?.isMember)
      await this.commit(this.positions(), 5000).catch((error: unknown) => this.cluster.warn(error))
    const { subscription } = this
    if (!subscription.usesGroup) return
    if (this.membership?.isMember) await subscription.revoked(subscription.assignment())
    else await subscription.lose()
  }

  private async commitBeforeRevocation(): Promise<void> {
    if (!this.config['enable.auto.commit']) return
    try {
      await this.commit(this.positions(), this.config['request.timeout.ms'])
    } catch (error) {
      this.cluster.warn(error)
    }
  }

  /** The member subscribes anew when the pattern finds other topics. */
  private followPattern(): void {
    const { metadata } = this.cluster
    const { pattern } = this.subscription
    if (!pattern || metadata.version === this.seenVersion) return
    this.seenVersion = metadata.version
    const topics = new Set<string>()
    for (const { name, internal } of metadata.allTopics())
      if (matches(pattern, name) && !(internal && this.config['exclude.internal.topics'])) topics.add(name)
    if (sameSet(topics, this.subscription.topics)) return
    this.subscription.topics = topics
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
    // Partitions taken by hand are committed as by somebody who is no member.
    const member = this.subscription.usesGroup
    if (member && !this.membership?.isMember) throw commitFailed('ILLEGAL_GENERATION')
    const { epoch, memberId } = member ? this.identity : NO_MEMBER
    try {
      const node = await this.cluster.coordinator(groupId)
      const request = {
        groupId,
        generationIdOrMemberEpoch: epoch,
        memberId,
        groupInstanceId: member ? (this.config['group.instance.id'] ?? null) : null,
        topics: Array.from(groupByTopic(offsets), ([name, items]) => ({ name, partitions: items.map(commitRow) })),
      }
      const answer = node.send(OffsetCommit, request, { maxVersion: COMMIT_BY_NAME })
      const response = await this.metrics.time('commit', answer)
      for (const { name, partitions } of response.topics)
        for (const { errorCode } of partitions) {
          if (errorCode === Errors.GROUP_AUTHORIZATION_FAILED) throw groupError(errorCode, groupId)
          if (errorCode !== Errors.NONE) throw topicError(errorCode, name)
        }
    } catch (error) {
      if (meansLostCoordinator(error)) this.cluster.forgetCoordinator(groupId)
      if (!member || !(error instanceof KafkaError) || isRetriable(error)) throw error
      throw this.membership?.refused(error) ?? error
    }
  }

  /** The member's epoch may have moved on: what it still has it may commit by the new one. */
  private mayCommitAgain(error: unknown, offsets: readonly CommitOffset[]): boolean {
    if (!(error instanceof KafkaError) || error.error !== 'STALE_MEMBER_EPOCH') return false
    return this.membership?.isMember === true && offsets.every((where) => this.subscription.find(where))
  }
}

/** A pattern has to match the whole name, as in Java. */
function matches(pattern: RegExp, name: string): boolean {
  const whole = new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, ''))
  return whole.test(name)
}

const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((item) => b.has(item))
