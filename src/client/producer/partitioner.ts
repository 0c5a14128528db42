import type { Random } from '../../runtime/index.ts'
import { murmur2 } from '../../std/murmur2.ts'
import type { PartitionInfo } from '../types.ts'

/** Picks the partition of a record that names none. */
export interface Partitioner {
  /** Whether records without a key stay with one partition for a batch. */
  readonly sticks: boolean
  /** `partitions` has a hole where the broker said nothing of a partition. */
  partition(topic: string, key: Uint8Array | null, partitions: readonly (PartitionInfo | undefined)[]): number
  /** Told of each record that went where `partition` said; `batchEnded` when it began a new batch or filled one. */
  appended(topic: string, bytes: number, batchEnded: boolean): void
}

/** The partition of a key, the same in all of Kafka's clients. */
const partitionOfKey = (key: Uint8Array, count: number): number => (murmur2(key) & 0x7fff_ffff) % count

interface Sticky {
  partition: number
  /** Bytes given to it so far. */
  bytes: number
}

interface BuiltInOptions {
  readonly ignoreKeys: boolean
  /** Bytes after which a topic's records without a key go to another partition (KIP-794). */
  readonly stickyBytes: number
  /** Batches waiting for a partition; undefined to choose without looking at them. */
  readonly queueLength: ((topic: string, partition: number) => number) | undefined
}

/** Keys by hash; the others stick to one partition for a batch's worth of bytes, and prefer partitions whose queue is short. */
export class BuiltInPartitioner implements Partitioner {
  readonly sticks = true
  private readonly sticky = new Map<string, Sticky>()

  constructor(
    private readonly random: Random,
    private readonly options: BuiltInOptions,
  ) {}

  partition(topic: string, key: Uint8Array | null, partitions: readonly (PartitionInfo | undefined)[]): number {
    if (key !== null && !this.options.ignoreKeys) return partitionOfKey(key, partitions.length)
    const current = this.sticky.get(topic)
    if (current && current.partition >= 0 && partitions[current.partition]?.leader) return current.partition
    const partition = this.choose(topic, partitions)
    this.sticky.set(topic, { partition, bytes: 0 })
    return partition
  }

  appended(topic: string, bytes: number, batchEnded: boolean): void {
    const current = this.sticky.get(topic)
    if (!current) return
    current.bytes += bytes
    const { stickyBytes } = this.options
    // Better to change at the end of a batch than to leave half a batch behind, but not at any price.
    if (current.bytes >= stickyBytes * 2 || (batchEnded && current.bytes >= stickyBytes)) current.partition = -1
  }

  private choose(topic: string, partitions: readonly (PartitionInfo | undefined)[]): number {
    const available: number[] = []
    for (const [index, info] of partitions.entries()) if (info?.leader) available.push(index)
    if (available.length === 0) return this.random.int(partitions.length)
    const { queueLength } = this.options
    if (!queueLength) return available[this.random.int(available.length)] as number
    const lengths = available.map((partition) => queueLength(topic, partition))
    const longest = Math.max(...lengths)
    const total = lengths.reduce((sum, length) => sum + longest + 1 - length, 0)
    let drawn = this.random.int(total)
    for (const [index, partition] of available.entries()) {
      drawn -= longest + 1 - (lengths[index] as number)
      if (drawn < 0) return partition
    }
    return available[0] as number
  }
}

/** Each record of a topic goes to the next partition, keys or not. */
export class RoundRobinPartitioner implements Partitioner {
  readonly sticks = false
  private readonly next = new Map<string, number>()

  partition(topic: string, _key: Uint8Array | null, partitions: readonly (PartitionInfo | undefined)[]): number {
    const start = this.next.get(topic) ?? 0
    this.next.set(topic, (start + 1) % 0x7fff_ffff)
    for (let i = 0; i < partitions.length; i++) {
      const candidate = (start + i) % partitions.length
      if (partitions[candidate]?.leader) return candidate
    }
    return start % partitions.length
  }

  appended(): void {}
}
