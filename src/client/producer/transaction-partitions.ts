import { AddPartitionsToTxn } from '../../protocol/apis/index.ts'
import { Errors } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { TimeoutError } from '../errors.ts'
import { groupByTopic, partitionKey, type TopicPartition } from '../types.ts'
import type { Identity } from './identity.ts'

/** The last version for clients: later ones are for brokers. */
const CLIENT_VERSION = 3
/** The coordinator may still be writing the markers of the transaction before, which does not take long. Milliseconds. */
const FIRST_RETRY = 20

export interface PartitionEvents {
  /** Partitions came into the transaction. */
  onAdded(): void
  onFailure(error: Error): void
}

/** The partitions of a transaction, for clusters where the coordinator must know of each before a record of it is sent (KIP-98). */
export class TransactionPartitions {
  private readonly added = new Set<string>()
  private readonly missing = new Map<string, TopicPartition>()
  private adding: Promise<void> | undefined

  constructor(
    private readonly cluster: Cluster,
    private readonly transactionalId: string,
    private readonly identity: Identity,
    private readonly events: PartitionEvents,
  ) {}

  /** Whether the coordinator knows of the partition; if not, it will be told. */
  admits({ topic, partition }: TopicPartition): boolean {
    const key = partitionKey(topic, partition)
    if (this.added.has(key)) return true
    this.missing.set(key, { topic, partition })
    this.adding ??= this.addMissing()
    return false
  }

  /** Adds no more partitions. */
  giveUp(): void {
    this.missing.clear()
  }

  /** Resolves when no call is under way. */
  async idle(): Promise<void> {
    await this.adding
  }

  /** The transaction has ended. */
  clear(): void {
    this.missing.clear()
    this.added.clear()
  }

  private async addMissing(): Promise<void> {
    // Whatever else is ready in this turn goes along.
    await Promise.resolve()
    try {
      while (this.missing.size > 0) await this.addThose([...this.missing])
    } catch (error) {
      this.missing.clear()
      this.events.onFailure(error as Error)
    } finally {
      this.adding = undefined
    }
  }

  private async addThose(partitions: readonly (readonly [string, TopicPartition])[]): Promise<void> {
    try {
      await this.add(partitions.map(([, partition]) => partition))
    } catch (error) {
      // Records that wait for it have a time limit of their own.
      if (error instanceof TimeoutError) return
      throw error
    }
    for (const [key] of partitions) {
      this.added.add(key)
      this.missing.delete(key)
    }
    this.events.onAdded()
  }

  private async add(partitions: readonly TopicPartition[]): Promise<void> {
    const { id, epoch } = this.identity.current
    await this.cluster.call(
      AddPartitionsToTxn,
      {
        v3AndBelowTransactionalId: this.transactionalId,
        v3AndBelowProducerId: id,
        v3AndBelowProducerEpoch: epoch,
        v3AndBelowTopics: Array.from(groupByTopic(partitions), ([name, rows]) => ({
          name,
          partitions: rows.map(({ partition }) => partition),
        })),
      },
      {
        call: 'AddPartitionsToTxn',
        to: { transactionalId: this.transactionalId },
        maxVersion: CLIENT_VERSION,
        backoffMs: FIRST_RETRY,
        errorOf: ({ resultsByTopicV3AndBelow: topics }) =>
          firstError(topics.flatMap((topic) => topic.resultsByPartition.map((row) => row.partitionErrorCode))),
      },
    )
  }
}

/** The error that tells most: partitions that were not looked at stand beside the one that is to blame. */
function firstError(codes: readonly number[]): number {
  const errors = codes.filter((code) => code !== Errors.NONE)
  return errors.find((code) => code !== Errors.OPERATION_NOT_ATTEMPTED) ?? errors[0] ?? Errors.NONE
}
