import {
  type CommitOffset,
  type Consumer,
  type ConsumerRecord,
  partitionKey,
  type RebalanceListener,
  type TopicPartition,
} from '../../client/index.ts'
import type { EventLines } from './events.ts'

export interface VerifiableConsumeOptions {
  readonly topic: string
  /** Below 0 without end. */
  readonly maxMessages: number
  /** Tells of every record. */
  readonly verbose: boolean
  /** Offsets are committed after every poll, unless the consumer does so by itself. */
  readonly commits: boolean
}

interface Seen extends TopicPartition {
  count: number
  readonly minOffset: number
  maxOffset: number
}

/** Reads a topic as a member of a group, and tells of assignments, records and commits. */
export class VerifiableConsume {
  private consumed = 0

  constructor(
    private readonly consumer: Consumer,
    private readonly events: EventLines,
    private readonly options: VerifiableConsumeOptions,
  ) {}

  /** Ends when enough was read or the signal is aborted; leaves the group and closes the consumer. */
  async run(stop: AbortSignal): Promise<void> {
    const requested = () => this.events.emit('shutdown_requested')
    stop.addEventListener('abort', requested, { once: true })
    try {
      this.events.emit('startup_complete')
      this.consumer.subscribe([this.options.topic], this.listener())
      while (!stop.aborted && !this.isDone) await this.poll(stop)
    } catch (error) {
      if (!stop.aborted) throw error
    } finally {
      await this.consumer.close()
      this.events.emit('shutdown_complete')
      stop.removeEventListener('abort', requested)
      // A process of Apache's that has ended by itself tells of that, too.
      if (!stop.aborted) requested()
    }
  }

  private get isDone(): boolean {
    const { maxMessages } = this.options
    return maxMessages >= 0 && this.consumed >= maxMessages
  }

  private listener(): RebalanceListener {
    const plain = (partitions: readonly TopicPartition[]) => ({
      partitions: partitions.map(({ topic, partition }) => ({ topic, partition })),
    })
    return {
      onPartitionsAssigned: (partitions) => this.events.emit('partitions_assigned', plain(partitions)),
      onPartitionsRevoked: (partitions) => this.events.emit('partitions_revoked', plain(partitions)),
    }
  }

  private async poll(stop: AbortSignal): Promise<void> {
    const records = [...(await this.consumer.poll(0x7fff_ffff, stop))]
    if (records.length === 0) return
    const seen = this.take(records)
    const partitions = [...seen.values()]
    this.events.emit('records_consumed', { count: records.length, partitions })
    if (this.options.commits && partitions.length > 0) await this.commit(partitions)
  }

  /** Counts records, up to the number wanted, and tells of each when that is asked for. */
  private take(records: readonly ConsumerRecord[]): Map<string, Seen> {
    const seen = new Map<string, Seen>()
    for (const { topic, partition, offset, key, value } of records) {
      if (this.isDone) break
      this.consumed++
      const text = (bytes: Buffer | null) => bytes?.toString() ?? null
      if (this.options.verbose)
        this.events.emit('record_data', { key: text(key), value: text(value), topic, partition, offset })
      const id = partitionKey(topic, partition)
      const known = seen.get(id)
      if (known) {
        known.count++
        known.maxOffset = offset
      } else seen.set(id, { topic, partition, count: 1, minOffset: offset, maxOffset: offset })
    }
    return seen
  }

  private async commit(partitions: readonly Seen[]): Promise<void> {
    const offsets: CommitOffset[] = partitions.map(({ topic, partition, maxOffset }) => ({
      topic,
      partition,
      offset: maxOffset + 1,
    }))
    try {
      await this.consumer.commit(offsets)
      this.events.emit('offsets_committed', { offsets, success: true })
    } catch (error) {
      this.events.emit('offsets_committed', { offsets, error: (error as Error).message, success: false })
    }
  }
}
