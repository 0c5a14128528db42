import {
  type Admin,
  KafkaError,
  type PartitionInfo,
  type ReplicaFetchOptions,
  type ReplicaRecords,
} from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { compareCopies, type Mismatch } from './compare.ts'

/** How far the replica that is furthest behind what was compared lags. */
export interface LagReport {
  readonly lag: number
  readonly partition: string
  readonly offset: number
  readonly partitions: number
}

/** How far a partition has been compared. */
export interface VerifiedPartition {
  readonly topic: string
  readonly partition: number
  readonly replicas: readonly number[]
  readonly offset: number
  readonly highWatermark: number
}

type Verified = { -readonly [K in keyof VerifiedPartition]: VerifiedPartition[K] }

/** Reads partitions from all of their replicas at once and compares what they have. */
export class ReplicaVerification {
  private readonly partitions = new Map<string, Verified>()

  constructor(
    private readonly admin: Admin,
    partitions: readonly PartitionInfo[],
    offsets: ReadonlyMap<string, number>,
    private readonly options: ReplicaFetchOptions,
    private readonly onMismatch: (partition: string, mismatch: Mismatch) => void,
  ) {
    for (const { topic, partition, replicas } of partitions) {
      const key = partitionKey(topic, partition)
      const offset = offsets.get(key) ?? 0
      this.partitions.set(key, { topic, partition, replicas: replicas.map(({ id }) => id), offset, highWatermark: -1 })
    }
  }

  /** Compares what comes next in every partition. A replica that does not answer is waited for: its partitions stay where they are. */
  async round(): Promise<void> {
    const brokers = new Set([...this.partitions.values()].flatMap(({ replicas }) => replicas))
    const answers = new Map(await Promise.all(Array.from(brokers, async (id) => [id, await this.ask(id)] as const)))
    for (const [key, where] of this.partitions) {
      const copies = where.replicas.flatMap((replica) => {
        const answer = answers.get(replica)?.get(key)
        if (!answer || answer instanceof KafkaError) return []
        where.highWatermark = Math.max(where.highWatermark, answer.highWatermark)
        return [{ replica, records: answer.records }]
      })
      if (copies.length < where.replicas.length || copies.length === 0) continue
      const { verified, mismatch } = compareCopies(copies, where.offset)
      where.offset = verified
      if (mismatch) this.onMismatch(key, mismatch)
    }
  }

  /** All partitions, by key. */
  get progress(): ReadonlyMap<string, VerifiedPartition> {
    return this.partitions
  }

  report(): LagReport {
    let worst: LagReport = { lag: -1, partition: '', offset: -1, partitions: this.partitions.size }
    for (const [partition, { offset, highWatermark }] of this.partitions) {
      const lag = highWatermark - offset
      if (lag > worst.lag) worst = { ...worst, lag, partition, offset }
    }
    return worst
  }

  private async ask(broker: number): Promise<ReadonlyMap<string, ReplicaRecords | KafkaError>> {
    const wanted = [...this.partitions.values()].filter(({ replicas }) => replicas.includes(broker))
    try {
      return await this.admin.fetchFromReplica(broker, wanted, this.options)
    } catch (error) {
      if (error instanceof KafkaError) return new Map()
      throw error
    }
  }
}
