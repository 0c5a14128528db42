import type { ConsumerConfig } from '../../config/client.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Cluster } from '../cluster.ts'
import { topicError } from '../errors.ts'
import { type ListedOffset, listOffsets, type OffsetSpec } from '../list-offsets.ts'
import type { PartitionInfo, TopicPartition } from '../types.ts'

/** Questions about topics and offsets that have nothing to do with what the consumer reads. */
export class Lookups {
  constructor(
    private readonly cluster: Cluster,
    private readonly config: ConsumerConfig,
  ) {}

  async offsetsForTimes(
    items: readonly (TopicPartition & { readonly timestamp: number })[],
  ): Promise<Map<string, ListedOffset | undefined>> {
    const asked = items.map(({ topic, partition, timestamp }) => ({ topic, partition, spec: { timestamp } }))
    const found = await this.listed(asked)
    return new Map(Array.from(found, ([key, listed]) => [key, listed.offset < 0 ? undefined : listed]))
  }

  async partitionsFor(topic: string): Promise<PartitionInfo[]> {
    const known = this.cluster.wanted.has(topic)
    this.cluster.wanted.add(topic)
    try {
      await this.cluster.retry({ call: 'partitionsFor' }, async () => {
        await this.cluster.refresh()
        const error = this.cluster.metadata.errorOf(topic)
        if (error !== 0) throw topicError(error, topic)
      })
      return (this.cluster.metadata.topic(topic)?.partitions ?? []).filter((partition) => partition !== undefined)
    } finally {
      if (!known) this.cluster.wanted.delete(topic)
    }
  }

  async listTopics(): Promise<Map<string, PartitionInfo[]>> {
    const { wantAll } = this.cluster
    this.cluster.wantAll = true
    try {
      await this.cluster.refreshUntil({ call: 'listTopics' })
    } finally {
      this.cluster.wantAll = wantAll
    }
    const topics = new Map<string, PartitionInfo[]>()
    for (const { name, partitions } of this.cluster.metadata.allTopics())
      topics.set(
        name,
        partitions.filter((partition) => partition !== undefined),
      )
    return topics
  }

  async offsetsAt(partitions: readonly TopicPartition[], spec: OffsetSpec): Promise<Map<string, number>> {
    const found = await this.listed(partitions.map(({ topic, partition }) => ({ topic, partition, spec })))
    return new Map(Array.from(found, ([key, { offset }]) => [key, offset]))
  }

  private async listed(
    items: readonly (TopicPartition & { readonly spec: OffsetSpec })[],
  ): Promise<Map<string, ListedOffset>> {
    const isolationLevel = this.config['isolation.level']
    const results = new Map<string, ListedOffset>()
    for (const [key, listed] of await listOffsets(this.cluster, items, { isolationLevel })) {
      if (listed instanceof KafkaError) throw listed
      results.set(key, listed)
    }
    return results
  }
}
