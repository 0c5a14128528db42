import { KafkaError } from '../../protocol/errors.ts'
import { javaHash } from '../../std/java-hash.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Partition } from '../replication/partition.ts'
import type { ReplicaManager } from '../replication/replica-manager.ts'

export interface StateTopicOptions {
  readonly replicas: ReplicaManager
  image(): MetadataImage
  /** Makes the topic when it is missing. */
  create(): Promise<void>
}

/** As Kafka makes a hash non-negative: the one that has no positive counterpart counts as 0. */
const nonNegative = (hash: number): number => (hash === -0x8000_0000 ? 0 : Math.abs(hash))

/** The internal topic under a kind of coordinator: who leads the partition that a key falls on coordinates what has this key. */
export class StateTopic {
  constructor(
    private readonly name: string,
    private readonly options: StateTopicOptions,
  ) {}

  private knownIndexFor(key: string): number {
    const count = this.options.image().topics.get(this.name)?.partitions.length
    if (!count) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return nonNegative(javaHash(key)) % count
  }

  /** The partition that a key falls on; makes the topic when there is none. */
  async indexFor(key: string): Promise<number> {
    if (!this.options.image().topics.has(this.name)) await this.options.create()
    return this.knownIndexFor(key)
  }

  /** The broker that coordinates a key; makes the topic when there is none. */
  async leaderFor(key: string): Promise<number> {
    const index = await this.indexFor(key)
    const leader = this.options.image().topics.get(this.name)?.partitions[index]?.leader ?? -1
    if (leader < 0) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
    return leader
  }

  /** This broker's partition for a key. Throws NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE. */
  partitionFor(key: string): Partition {
    const partition = this.options.replicas.find(this.name, this.knownIndexFor(key))
    if (!partition?.isLeader) throw new KafkaError('NOT_COORDINATOR')
    return partition
  }

  /** How many replicas must have what is written there: as many as the property says, or all when there are fewer. */
  get minInSync(): number {
    const { image, replicas } = this.options
    const count = image().topics.get(this.name)?.partitions[0]?.replicas.length ?? 1
    return Math.min(count, replicas.minInSync(this.name))
  }

  /** Who leads the partition of a key now; undefined while that is nobody. */
  leaderNow(key: string): number | undefined {
    const topic = this.options.image().topics.get(this.name)
    const leader = topic?.partitions[this.knownIndexFor(key)]?.leader ?? -1
    return leader < 0 ? undefined : leader
  }

  /** Every partition that this broker leads. */
  *led(): Generator<Partition> {
    const { image, replicas } = this.options
    for (const index of image().topics.get(this.name)?.partitions.keys() ?? []) {
      const partition = replicas.find(this.name, index)
      if (partition?.isLeader) yield partition
    }
  }
}
