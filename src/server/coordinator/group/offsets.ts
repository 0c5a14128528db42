import type { Uuid } from '../../../std/uuid.ts'

export interface CommittedOffset {
  readonly offset: number
  /** -1 when the client did not say. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Wall time in milliseconds. */
  readonly commitTimestamp: number
  /** -1, or the time that an old client (before OffsetCommit 5) set for it to end. */
  readonly expireTimestamp: number
  readonly topicId: Uuid
}

/** A committed offset with the offset of its record: the later record counts, whenever a transaction ends. */
export interface KeptOffset extends CommittedOffset {
  readonly recordOffset: number
}

/** What one group has committed: topic -> partition -> offset. */
export class GroupOffsets {
  private readonly topics = new Map<string, Map<number, KeptOffset>>()

  get isEmpty(): boolean {
    return this.topics.size === 0
  }

  get(topic: string, partition: number): KeptOffset | undefined {
    return this.topics.get(topic)?.get(partition)
  }

  set(topic: string, partition: number, value: KeptOffset): void {
    let partitions = this.topics.get(topic)
    if (!partitions) this.topics.set(topic, (partitions = new Map()))
    partitions.set(partition, value)
  }

  delete(topic: string, partition: number): void {
    const partitions = this.topics.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) this.topics.delete(topic)
  }

  *entries(): Generator<{ topic: string; partition: number; value: KeptOffset }> {
    for (const [topic, partitions] of this.topics)
      for (const [partition, value] of partitions) yield { topic, partition, value }
  }

  of(topic: string): ReadonlyMap<number, KeptOffset> | undefined {
    return this.topics.get(topic)
  }

  get topicNames(): string[] {
    return [...this.topics.keys()]
  }
}
