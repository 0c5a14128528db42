import type { BrokerConfig } from '../../../config/broker.ts'
import { Errors, KafkaError } from '../../../protocol/errors.ts'
import type { Runtime, Timer } from '../../../runtime/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { type Decision, run } from '../../machine/runner.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { Partition } from '../../replication/partition.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import type { ClassicGroup } from './classic-group.ts'
import { Membership } from './membership.ts'
import { expireOffsets } from './offset-decisions.ts'
import type { CommittedOffset } from './offsets.ts'
import type { GroupRecord } from './records.ts'
import { GroupShard } from './shard.ts'

export const OFFSETS_TOPIC = '__consumer_offsets'

export interface GroupCoordinatorOptions {
  readonly runtime: Runtime
  readonly config: BrokerConfig
  readonly replicas: ReplicaManager
  image(): MetadataImage
  /** Makes `__consumer_offsets` when it is missing. */
  createOffsetsTopic(): Promise<void>
}

/** `String.hashCode` of Java: it decides which partition keeps a group. */
function javaHash(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0
  return hash
}

/** Finds the shard of a group, loads shards when they become this broker's, and keeps house. */
export class GroupCoordinator {
  private readonly shards = new Map<number, GroupShard>()
  readonly membership: Membership
  private housekeeping: Timer | undefined
  private closed = false

  constructor(private readonly options: GroupCoordinatorOptions) {
    const { runtime, config } = options
    this.membership = new Membership({
      clock: runtime.clock,
      random: runtime.random,
      initialDelayMs: config.get('group.initial.rebalance.delay.ms'),
      maxSize: config.get('group.max.size'),
      persist: (group, assignments) => this.persist(group, assignments),
    })
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
    this.unload()
  }

  private partitionFor(groupId: string): number {
    const count = this.options.image().topics.get(OFFSETS_TOPIC)?.partitions.length
    if (!count) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return (javaHash(groupId) & 0x7fff_ffff) % count
  }

  /** The broker that coordinates a group; makes the offsets topic when there is none. */
  async leaderFor(groupId: string): Promise<number> {
    if (!this.options.image().topics.has(OFFSETS_TOPIC)) await this.options.createOffsetsTopic()
    const index = this.partitionFor(groupId)
    const leader = this.options.image().topics.get(OFFSETS_TOPIC)?.partitions[index]?.leader ?? -1
    if (leader < 0) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return leader
  }

  /** The shard that keeps a group. Throws NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE or INVALID_GROUP_ID. */
  shard(groupId: string, allowEmptyId = false): GroupShard {
    if (groupId === '' && !allowEmptyId) throw new KafkaError('INVALID_GROUP_ID')
    const index = this.partitionFor(groupId)
    const partition = this.options.replicas.find(OFFSETS_TOPIC, index)
    if (!partition?.isLeader) throw new KafkaError('NOT_COORDINATOR')
    return this.shardOf(partition)
  }

  private shardOf(partition: Partition): GroupShard {
    const present = this.shards.get(partition.index)
    if (present?.partition === partition) return present
    if (present) this.unloadShard(present)
    const shard = new GroupShard(partition, this.options.runtime.clock)
    this.shards.set(partition.index, shard)
    // Members of a restored group have a whole session time to make themselves heard.
    for (const group of shard.groups.values())
      for (const member of group.members.values()) this.membership.keepAlive(group, member)
    this.forgetMissing(shard)
    return shard
  }

  private unload(): void {
    for (const shard of this.shards.values()) this.unloadShard(shard)
    this.shards.clear()
  }

  /** Members that wait for an answer are sent to look for their coordinator. */
  private unloadShard(shard: GroupShard): void {
    for (const group of shard.groups.values()) this.membership.stop(group, Errors.NOT_COORDINATOR)
  }

  /** Every shard that is this broker's. */
  *allShards(): Generator<GroupShard> {
    const { image, replicas } = this.options
    for (const index of image().topics.get(OFFSETS_TOPIC)?.partitions.keys() ?? []) {
      const partition = replicas.find(OFFSETS_TOPIC, index)
      if (partition?.isLeader) yield this.shardOf(partition)
    }
  }

  /** Runs one decision over a shard. */
  submit<Reply>(shard: GroupShard, decide: () => Decision<GroupRecord, Reply>): Promise<Reply> {
    return run(shard.journal, decide, (records) => {
      for (const record of records) shard.replay(record)
    })
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
        this.submit(shard, () =>
          expireOffsets(group, shard.offsets.get(group.id), runtime.clock.now(), retentionMs),
        ).then(
          ({ groupIsGone }) => {
            if (groupIsGone) this.membership.stop(group)
          },
          () => {},
        )
  }

  /** Offsets of a topic that is gone go too; without the topic of the offsets themselves there is nothing to coordinate. */
  forgetTopic(topic: string): void {
    if (topic === OFFSETS_TOPIC) return this.unload()
    for (const shard of this.allShards()) this.forgetOffsets(shard, (name) => name === topic)
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
    for (const [group, offsets] of shard.offsets)
      for (const { topic, partition, value } of offsets.entries())
        if (isGone(topic, value)) records.push({ type: 'offset', group, topic, partition, value: undefined })
    if (records.length > 0) void this.submit(shard, () => ({ records, reply: undefined })).catch(() => {})
  }
}
