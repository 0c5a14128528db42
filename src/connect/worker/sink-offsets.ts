import { type CommitOffset, partitionKey, type TopicPartition } from '../../client/types.ts'

interface Progress extends TopicPartition {
  /** The offset of the next record that the task has not been given. */
  put: number
  /** What was committed last; at first where reading began. */
  committed: number
}

/** How far a sink task is in each of its partitions: offsets are committed only behind what was put. */
export class SinkOffsets {
  private readonly partitions = new Map<string, Progress>()

  /** A record was read; the first one of a partition tells where that began. */
  sawRecord({ topic, partition }: TopicPartition, offset: number): void {
    const key = partitionKey(topic, partition)
    if (!this.partitions.has(key)) this.partitions.set(key, { topic, partition, put: offset, committed: offset })
  }

  /** The record, and all before it, has been put or left out. */
  putUpTo({ topic, partition }: TopicPartition, offset: number): void {
    const progress = this.partitions.get(partitionKey(topic, partition))
    if (progress) progress.put = offset + 1
  }

  /** What may be committed, of some partitions or all. */
  committable(of?: readonly TopicPartition[]): CommitOffset[] {
    const wanted = of && new Set(of.map(({ topic, partition }) => partitionKey(topic, partition)))
    return [...this.partitions]
      .filter(([key, { put, committed }]) => put !== committed && (wanted?.has(key) ?? true))
      .map(([, { topic, partition, put }]) => ({ topic, partition, offset: put }))
  }

  committed(offsets: readonly CommitOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      const progress = this.partitions.get(partitionKey(topic, partition))
      if (progress) progress.committed = offset
    }
  }

  /** Goes back to what was committed, and tells where that is. */
  rewind(): CommitOffset[] {
    return Array.from(this.partitions.values(), (progress) => {
      progress.put = progress.committed
      return { topic: progress.topic, partition: progress.partition, offset: progress.committed }
    })
  }

  /** The task goes on somewhere else. */
  moved({ topic, partition, offset }: CommitOffset): void {
    const progress = this.partitions.get(partitionKey(topic, partition))
    if (progress) progress.put = offset
    else this.partitions.set(partitionKey(topic, partition), { topic, partition, put: offset, committed: offset })
  }

  forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.partitions.delete(partitionKey(topic, partition))
  }
}
