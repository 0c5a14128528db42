import { KafkaError } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'

/** Replicas that this broker has by the metadata, and cannot serve: their log is, or may be, in a directory that is out of use. */
export class OfflineReplicas {
  readonly #topics = new Map<string, { readonly id: Uuid; readonly partitions: Set<number> }>()

  add(topic: string, topicId: Uuid, index: number): void {
    const known = this.#topics.get(topic)
    const entry = known?.id === topicId ? known : { id: topicId, partitions: new Set<number>() }
    this.#topics.set(topic, entry)
    entry.partitions.add(index)
  }

  has(topic: string, topicId: Uuid, index: number): boolean {
    const entry = this.#topics.get(topic)
    return entry?.id === topicId && entry.partitions.has(index)
  }

  /** Throws KAFKA_STORAGE_ERROR for one of them. */
  check(topic: string, index: number): void {
    if (this.#topics.get(topic)?.partitions.has(index)) throw inOfflineDirectory(topic, index)
  }

  forget(topic: string, index: number): void {
    this.#topics.get(topic)?.partitions.delete(index)
  }

  forgetTopic(topic: string): void {
    this.#topics.delete(topic)
  }
}

/** What clients are told of a replica whose log directory is out of use. */
export const inOfflineDirectory = (topic: string, index: number): KafkaError =>
  new KafkaError('KAFKA_STORAGE_ERROR', `Partition ${topic}-${index} is in an offline log directory`)
