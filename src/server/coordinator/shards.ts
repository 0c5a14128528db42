import { KafkaError } from '../../protocol/errors.ts'
import type { Partition } from '../replication/partition.ts'
import type { StateTopic } from './state-topic.ts'

export interface ShardsOptions<S> {
  readonly topic: StateTopic
  /** Makes a shard of what is in its partition. */
  load(partition: Partition): S
  /** The shard is this coordinator's from here on. */
  loaded(shard: S): void
  /** It is not any more. */
  unloaded(shard: S): void
}

/**
 * The shards of one kind of coordinator: what is in those partitions of its topic that this broker leads. A shard lasts as long as one leadership: what
 * another leader wrote in between is in the partition only.
 */
export class Shards<S extends { readonly partition: Partition }> {
  readonly #options: ShardsOptions<S>
  readonly #shards = new Map<number, { readonly shard: S; readonly leaderEpoch: number }>()

  constructor(options: ShardsOptions<S>) {
    this.#options = options
  }

  /** The shard of a partition that this broker leads. Throws NOT_COORDINATOR when the disk does not give it. */
  of(partition: Partition): S {
    const present = this.#current(partition.index)
    if (present?.partition === partition) return present
    const { loaded } = this.#options
    const shard = this.#load(partition)
    this.#shards.set(partition.index, { shard, leaderEpoch: partition.leaderEpoch })
    loaded(shard)
    return shard
  }

  #load(partition: Partition): S {
    try {
      return this.#options.load(partition)
    } catch (error) {
      if (!(error instanceof KafkaError) || error.error !== 'KAFKA_STORAGE_ERROR') throw error
      throw new KafkaError('NOT_COORDINATOR', error.message, { cause: error })
    }
  }

  /** The shard of a partition, if it is loaded. */
  find(index: number): S | undefined {
    return this.#current(index)
  }

  #current(index: number): S | undefined {
    const present = this.#shards.get(index)
    if (!present) return undefined
    const { partition } = present.shard
    if (partition.isLeader && partition.leaderEpoch === present.leaderEpoch) return present.shard
    this.#drop(index, present.shard)
    return undefined
  }

  #drop(index: number, shard: S): void {
    this.#shards.delete(index)
    this.#options.unloaded(shard)
  }

  /** Whether a shard is still this coordinator's. */
  has(shard: S): boolean {
    return this.#current(shard.partition.index) === shard
  }

  /** Every shard that is this broker's, loaded where it is not. What a disk does not give is another broker's soon. */
  *all(): Generator<S> {
    for (const partition of this.#options.topic.led()) {
      const shard = this.#ifThere(partition)
      if (shard) yield shard
    }
  }

  #ifThere(partition: Partition): S | undefined {
    try {
      return this.of(partition)
    } catch (error) {
      if (!(error instanceof KafkaError) || error.error !== 'NOT_COORDINATOR') throw error
      return undefined
    }
  }

  /** Those that are loaded. */
  *present(): Generator<S> {
    for (const index of [...this.#shards.keys()]) {
      const shard = this.#current(index)
      if (shard) yield shard
    }
  }

  /** Lets go of those that this broker does not lead any more. */
  resign(): void {
    for (const index of [...this.#shards.keys()]) this.#current(index)
  }

  clear(): void {
    for (const [index, { shard }] of [...this.#shards]) this.#drop(index, shard)
  }
}
