import type { BrokerConfig } from '../../../config/broker.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import { codecOf } from '../../../protocol/records/compression.ts'
import type { Runtime, Timer } from '../../../runtime/index.ts'
import { within } from '../../../runtime/within.ts'
import type { Uuid } from '../../../std/uuid.ts'
import type { Decision } from '../../machine/runner.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import type { ReplicaManager } from '../../replication/replica-manager.ts'
import {
  coordinatorKey,
  type SharePartitionKey,
  type SharePartitionState,
  type SharePartitionWrite,
} from '../../replication/share/persister.ts'
import { Shards } from '../shards.ts'
import { StateTopic } from '../state-topic.ts'
import * as decisions from './decisions.ts'
import type { ShareStateRecord } from './records.ts'
import { ShareShard } from './shard.ts'

export const SHARE_STATE_TOPIC = '__share_group_state'

/** How often records that snapshots stand for are deleted, and share partitions that are quiet for so long are written anew; milliseconds. */
const HOUSEKEEPING_MS = 300_000

export interface ShareCoordinatorOptions {
  readonly runtime: Runtime
  readonly config: BrokerConfig
  readonly replicas: ReplicaManager
  image(): MetadataImage
  /** Makes `__share_group_state` when it is missing. */
  createTopic(): Promise<void>
}

/** What is known of a share partition, without its records. */
export interface ShareSummary {
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
}

const nothingKnown: ShareSummary = { stateEpoch: 0, leaderEpoch: 0, startOffset: -1, deliveryCompleteCount: -1 }

/** Keeps what the leaders of partitions know of share groups (KIP-932). */
export class ShareCoordinator {
  private readonly shards: Shards<ShareShard>
  private readonly topic: StateTopic
  private housekeeping: Timer | undefined
  private closed = false

  constructor(private readonly options: ShareCoordinatorOptions) {
    const { replicas, image, createTopic } = options
    const topic = new StateTopic(SHARE_STATE_TOPIC, { replicas, image, create: createTopic })
    const { clock } = options.runtime
    this.topic = topic
    const codec = codecOf(options.config.get('share.coordinator.state.topic.compression.codec'))
    this.shards = new Shards({
      topic,
      load: (partition) => new ShareShard({ partition, clock, codec, minInSync: () => topic.minInSync }),
      loaded: () => {},
      unloaded: () => {},
    })
  }

  start(): void {
    this.housekeeping = this.options.runtime.clock.timer(HOUSEKEEPING_MS, () => {
      this.keepHouse()
      if (!this.closed) this.start()
    })
  }

  close(): void {
    this.closed = true
    this.housekeeping?.cancel()
    this.shards.clear()
  }

  /** Lets go of what is in partitions that this broker leads no more. */
  resign(): void {
    this.shards.resign()
  }

  /** The broker that keeps a share partition; makes the topic when there is none. */
  leaderFor(key: SharePartitionKey): Promise<number> {
    return this.topic.leaderFor(coordinatorKey(key))
  }

  async initialize(
    key: SharePartitionKey,
    start: Pick<SharePartitionState, 'stateEpoch' | 'startOffset'>,
  ): Promise<void> {
    const shard = await this.shard(key)
    return this.submit(shard, () => decisions.initialize(this.checked(shard, key), key, start, this.context))
  }

  async read(key: SharePartitionKey, leaderEpoch: number): Promise<SharePartitionState> {
    const shard = await this.shard(key)
    return this.submit(shard, () => decisions.read(this.known(shard, key), key, leaderEpoch, this.context))
  }

  async write(key: SharePartitionKey, change: SharePartitionWrite): Promise<void> {
    const shard = await this.shard(key)
    return this.submit(shard, () => decisions.write(this.known(shard, key), key, change, this.context))
  }

  async remove(key: SharePartitionKey): Promise<void> {
    const shard = await this.shard(key)
    return this.submit(shard, () => decisions.remove(this.checked(shard, key), key))
  }

  async summary(key: SharePartitionKey): Promise<ShareSummary> {
    const shard = await this.shard(key)
    const reply = this.checked(shard, key) ?? nothingKnown
    return this.submit(shard, () => ({ records: [], reply }))
  }

  /** Rejects with COORDINATOR_NOT_AVAILABLE when it is on too few replicas after `share.coordinator.write.timeout.ms`: leaders ask again. */
  private submit<Reply>(shard: ShareShard, decide: () => Decision<ShareStateRecord, Reply>): Promise<Reply> {
    const { config, runtime } = this.options
    const ms = config.get('share.coordinator.write.timeout.ms')
    return within(runtime.clock, ms, shard.submit(decide), () => {
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    })
  }

  private get context(): decisions.ShareDecisionContext {
    const { runtime, config } = this.options
    return {
      now: runtime.clock.now(),
      updatesPerSnapshot: config.get('share.coordinator.snapshot.update.records.per.snapshot'),
    }
  }

  /** The state, of a partition that is there. Throws INVALID_REQUEST or UNKNOWN_TOPIC_OR_PARTITION. */
  private checked(shard: ShareShard, key: SharePartitionKey): decisions.KnownState | undefined {
    if (key.partition < 0) throw new KafkaError('INVALID_REQUEST', 'The partition id cannot be a negative number.')
    const image = this.options.image()
    const name = image.topicNames.get(key.topicId)
    if (name === undefined || !image.topics.get(name)?.partitions[key.partition])
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    return shard.get(key)
  }

  /** The same, of what was initialized: of what was not, that is said first. */
  private known(shard: ShareShard, key: SharePartitionKey): decisions.KnownState | undefined {
    return shard.get(key) && this.checked(shard, key)
  }

  /** Rejects with NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE. */
  private async shard(key: SharePartitionKey): Promise<ShareShard> {
    const id = coordinatorKey(key)
    await this.topic.indexFor(id)
    return this.shards.of(this.topic.partitionFor(id))
  }

  /** The state of a topic goes with it. */
  forgetTopic(name: string, id: Uuid): void {
    if (name === SHARE_STATE_TOPIC) return this.shards.clear()
    for (const shard of this.shards.all()) {
      const keys = [...shard.all()].flatMap(([key]) => (key.topicId === id ? [key] : []))
      for (const key of keys) shard.submit(() => decisions.remove(shard.get(key), key)).catch(() => {})
    }
  }

  private keepHouse(): void {
    const now = this.options.runtime.clock.now()
    for (const shard of this.shards.all()) {
      const records = decisions.snapshotCold(shard.all(), now, HOUSEKEEPING_MS)
      shard
        .submit(() => ({ records, reply: undefined }))
        .then(() => shard.prune())
        // The disk's failure has been told to the log's owner.
        .catch(() => {})
    }
  }
}
