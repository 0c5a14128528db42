import type { BrokerConfig } from '../../../config/broker.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import { codecOf } from '../../../protocol/records/compression.ts'
import type { Runtime, Timer } from '../../../runtime/index.ts'
import { within } from '../../../runtime/within.ts'
import { type Uuid, ZERO_UUID } from '../../../std/uuid.ts'
import type { Decision } from '../../machine/runner.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { ImageChange } from '../../metadata/loader.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import { Shards } from '../shards.ts'
import { StateTopic } from '../state-topic.ts'
import { ClassicGroup } from './classic-group.ts'
import type { Group } from './group.ts'
import { Membership } from './membership.ts'
import type { Commit } from './modern/commit.ts'
import { ConsumerGroup } from './modern/consumer/consumer-group.ts'
import { ConsumerGroups } from './modern/consumer/consumer-groups.ts'
import { ModernGroup } from './modern/modern-group.ts'
import { ShareGroup } from './modern/share/share-group.ts'
import { ShareGroups } from './modern/share/share-groups.ts'
import type { ShareStates } from './modern/share/states.ts'
import type { InternalTopic } from './modern/streams/partition-counts.ts'
import { StreamsGroup } from './modern/streams/streams-group.ts'
import { StreamsGroups } from './modern/streams/streams-groups.ts'
import { expireOffsets } from './offset-decisions.ts'
import type { CommittedOffset } from './offsets.ts'
import type { PendingOffset } from './pending-offsets.ts'
import type { GroupRecord } from './records.ts'
import { GroupShard } from './shard.ts'

export const OFFSETS_TOPIC = '__consumer_offsets'

export interface GroupCoordinatorOptions {
  readonly runtime: Runtime
  readonly config: BrokerConfig
  readonly replicas: ReplicaManager
  image(): MetadataImage
  /** The share coordinator, which keeps what share groups have read. */
  readonly shareStates: ShareStates
  /** Makes `__consumer_offsets` when it is missing. */
  createOffsetsTopic(): Promise<void>
  /** Makes topics that an application of Kafka Streams needs for itself; gives why for each that cannot be made. */
  createInternalTopics(topics: readonly InternalTopic[]): Promise<ReadonlyMap<string, string>>
}

/** Finds the shard of a group, loads shards when they become this broker's, and keeps house. */
export class GroupCoordinator {
  private readonly shards: Shards<GroupShard>
  private readonly topic: StateTopic
  readonly membership: Membership
  readonly consumers: ConsumerGroups
  readonly shares: ShareGroups
  readonly streams: StreamsGroups
  private housekeeping: Timer | undefined
  private closed = false

  constructor(private readonly options: GroupCoordinatorOptions) {
    const { runtime, config, replicas, image, shareStates, createOffsetsTopic } = options
    const topic = new StateTopic(OFFSETS_TOPIC, { replicas, image, create: createOffsetsTopic })
    const { clock } = runtime
    this.topic = topic
    const codec = codecOf(config.get('offsets.topic.compression.codec'))
    this.shards = new Shards({
      topic,
      load: (partition) => new GroupShard({ partition, clock, codec, minInSync: () => topic.minInSync }),
      loaded: (shard) => this.loaded(shard),
      unloaded: (shard) => this.unloaded(shard),
    })
    this.membership = new Membership({
      clock: runtime.clock,
      random: runtime.random,
      initialDelayMs: config.get('group.initial.rebalance.delay.ms'),
      maxSize: config.get('group.max.size'),
      persist: (group, assignments) => this.persist(group, assignments),
    })
    this.consumers = new ConsumerGroups({
      ...{ clock: runtime.clock, random: runtime.random, config, image },
      upgraded: (group) => this.membership.stop(group, Errors.REBALANCE_IN_PROGRESS),
      downgraded: (group) => this.membership.resume(group),
    })
    this.shares = new ShareGroups({ clock: runtime.clock, config, states: shareStates, image })
    const { createInternalTopics: createTopics } = options
    this.streams = new StreamsGroups({ clock: runtime.clock, config, image, createTopics })
  }

  start(): void {
    const { config, runtime } = this.options
    this.housekeeping = runtime.clock.timer(config.get('offsets.retention.check.interval.ms'), () => {
      this.expire()
      if (!this.closed) this.start()
    })
  }

  close(): void {
    this.closed = true
    this.housekeeping?.cancel()
    this.shards.clear()
  }

  /** The broker that coordinates a group; makes the offsets topic when there is none. */
  leaderFor(groupId: string): Promise<number> {
    return this.topic.leaderFor(groupId)
  }

  /** The partition that keeps a group; makes the offsets topic when there is none. */
  partitionFor(groupId: string): Promise<number> {
    return this.topic.indexFor(groupId)
  }

  /** The shard that keeps a group. Throws NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE or INVALID_GROUP_ID. */
  shard(groupId: string, allowEmptyId = false): GroupShard {
    if (groupId === '' && !allowEmptyId) throw new KafkaError('INVALID_GROUP_ID')
    return this.shards.of(this.topic.partitionFor(groupId))
  }

  private loaded(shard: GroupShard): void {
    // Members of a restored group have a whole session time to make themselves heard.
    for (const group of shard.groups.values())
      if (group instanceof ClassicGroup)
        for (const member of group.members.values()) this.membership.keepAlive(group, member)
    this.consumers.load(shard)
    this.shares.load(shard)
    this.streams.load(shard)
    this.forgetMissing(shard)
  }

  /** A transaction has ended in one partition of `__consumer_offsets`; one that is not loaded will show that when it is. */
  transactionEnded(index: number, { producerId, committed }: { producerId: number; committed: boolean }): void {
    this.shards.find(index)?.transactionEnded(producerId, committed)
  }

  /** Members that wait for an answer are sent to look for their coordinator. */
  private unloaded(shard: GroupShard): void {
    for (const group of shard.groups.values()) this.stop(group)
  }

  /** The group is gone, or not this coordinator's any more: nothing happens to it from here on. */
  stop(group: Group): void {
    if (group instanceof ClassicGroup) this.membership.stop(group, Errors.NOT_COORDINATOR)
    else if (group instanceof ShareGroup) this.shares.stop(group.id)
    else if (group instanceof StreamsGroup) this.streams.stop(group.id)
    else this.consumers.stop(group.id)
  }

  /** Whether somebody may commit offsets of a group. Throws. */
  checkCommit(group: Group, commit: Commit): void {
    const { memberId, instanceId, memberEpoch, inTransaction } = commit
    if (group instanceof ClassicGroup)
      this.membership.checkCommit(group, memberId, instanceId, memberEpoch, inTransaction)
    else if (group instanceof ConsumerGroup || group instanceof StreamsGroup) group.checkCommit(commit)
    else throw notOfConsumers(group)
  }

  /** Lets go of what is in partitions that this broker leads no more. */
  resign(): void {
    this.shards.resign()
  }

  /** Follows the metadata: groups whose topics came, changed or went have to be told. */
  publish({ changedTopics, deletedTopics }: ImageChange, image: MetadataImage): void {
    const topics = new Set([...changedTopics, ...deletedTopics.map(({ name }) => name)])
    if (topics.size === 0) return
    if (topics.has(OFFSETS_TOPIC)) this.shards.resign()
    this.consumers.topicsChanged(image.offset)
    for (const shard of this.shards.present())
      for (const group of shard.groups.values())
        if (group instanceof ModernGroup && [...topics].some((topic) => group.topics.has(topic)))
          group.noteTopics('changed')
  }

  /** Every shard that is this broker's. */
  allShards(): Generator<GroupShard> {
    return this.shards.all()
  }

  /** Gives what was written. Rejects with COORDINATOR_NOT_AVAILABLE when it is on too few replicas after `offsets.commit.timeout.ms`. */
  whenCommitted<Reply>(written: Promise<Reply>): Promise<Reply> {
    const { config, runtime } = this.options
    return within(runtime.clock, config.get('offsets.commit.timeout.ms'), written, () => {
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    })
  }

  /** Runs one decision over a shard. */
  submit<Reply>(shard: GroupShard, decide: () => Decision<GroupRecord, Reply>): Promise<Reply> {
    return shard.submit(decide)
  }

  private async persist(group: ClassicGroup, assignments?: ReadonlyMap<string, Buffer>): Promise<void> {
    const value = group.stored(assignments)
    return this.submit(this.shard(group.id), () => ({
      records: [{ type: 'group', group: group.id, value }],
      reply: undefined,
    }))
  }

  private expire(): void {
    const { config, runtime } = this.options
    const retentionMs = config.get('offsets.retention.minutes') * 60_000
    for (const shard of this.allShards())
      for (const group of [...shard.all()])
        this.submit(shard, () => expireOffsets(group, shard, runtime.clock.now(), retentionMs)).then(
          ({ groupIsGone }) => {
            if (groupIsGone) this.stop(group)
          },
          () => {},
        )
  }

  /** Offsets of a topic that is gone go too; without the topic of the offsets themselves there is nothing to coordinate. */
  forgetTopic(topic: string, id: Uuid): void {
    if (topic === OFFSETS_TOPIC) return this.shards.clear()
    for (const shard of this.allShards()) {
      this.forgetOffsets(shard, (name) => name === topic)
      this.shares.forgetTopic(shard, id)
    }
  }

  /** The topic may have gone while its offsets could not be taken back: the node ended between the two. */
  private forgetMissing(shard: GroupShard): void {
    const { topics } = this.options.image()
    this.forgetOffsets(shard, (name, { topicId }) => {
      const topic = topics.get(name)
      return topic === undefined || (topicId !== ZERO_UUID && topicId !== topic.id)
    })
  }

  private forgetOffsets(shard: GroupShard, isGone: (topic: string, offset: CommittedOffset) => boolean): void {
    const records: GroupRecord[] = []
    const forget = (group: string, { topic, partition, value }: Omit<PendingOffset, 'group'>) => {
      if (isGone(topic, value)) records.push({ type: 'offset', group, topic, partition, value: undefined })
    }
    for (const [group, offsets] of shard.offsets) for (const entry of offsets.entries()) forget(group, entry)
    for (const entry of shard.pending.entries()) forget(entry.group, entry)
    if (records.length > 0) void this.submit(shard, () => ({ records, reply: undefined })).catch(() => {})
  }
}

/** Members of share groups commit no offsets, and nobody else does for them. */
export const notOfConsumers = ({ id }: Group): KafkaError =>
  new KafkaError('GROUP_ID_NOT_FOUND', `Group ${id} is not a consumer group.`)
