import { KafkaError } from '../../protocol/errors.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { ImageChange } from '../metadata/loader.ts'
import type { LogConfig } from '../storage/log-config.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { Partition } from './partition.ts'

export interface ReplicaManagerOptions {
  readonly logs: LogManager
  readonly nodeId: number
  configFor(topic: string): LogConfig
  minInSync(topic: string): number
  onTopicDeleted?(topic: string, id: Uuid): void
}

/** The partitions that this broker holds, kept in step with the metadata. */
export class ReplicaManager {
  private readonly topics = new Map<string, (Partition | undefined)[]>()
  private readonly topicIds = new Map<Uuid, string>()
  private readonly minInSyncs = new Map<string, number>()

  constructor(private readonly options: ReplicaManagerOptions) {}

  /** Brings the logs in line with an image; `delta` says where it differs from the one before. */
  publish(delta: ImageChange, image: MetadataImage): void {
    for (const { name, id } of delta.deletedTopics) this.deleteTopic(name, id)
    for (const name of delta.changedTopics) this.updateTopic(name, image)
    if (delta.changedConfigs.size > 0) this.updateConfigs(delta.changedConfigs)
  }

  private updateTopic(name: string, image: MetadataImage): void {
    const { logs, nodeId } = this.options
    const topic = image.topics.get(name)
    if (!topic) return
    let partitions = this.topics.get(name)
    if (!partitions) this.topics.set(name, (partitions = []))
    this.topicIds.set(topic.id, name)
    for (const [index, partition] of topic.partitions.entries()) {
      if (!partition.replicas.includes(nodeId)) continue
      const present = partitions[index]
      if (present) present.update(partition)
      else {
        const existing = logs.get(name, index)
        // A log of another topic id was left behind by a topic of the same name.
        if (existing && existing.topicId !== topic.id) logs.delete(name, index)
        partitions[index] = new Partition(name, index, logs.getOrCreate(name, index, topic.id), partition, nodeId)
      }
    }
  }

  private deleteTopic(name: string, id: Uuid): void {
    this.topicIds.delete(id)
    const partitions = this.topics.get(name) ?? []
    this.topics.delete(name)
    this.minInSyncs.delete(name)
    for (const [index, partition] of partitions.entries()) {
      if (!partition) continue
      partition.close()
      this.options.logs.delete(name, index)
    }
    this.options.onTopicDeleted?.(name, id)
  }

  private updateConfigs(changed: ReadonlySet<string>): void {
    this.minInSyncs.clear()
    const brokerWide = [...changed].some((key) => key.startsWith('4:'))
    for (const [name, partitions] of this.topics) {
      if (!brokerWide && !changed.has(`2:${name}`)) continue
      const config = this.options.configFor(name)
      for (const partition of partitions) if (partition) partition.log.config = config
    }
  }

  /** Logs on disk whose topic the metadata does not know: never served. */
  *strays(image: MetadataImage): Generator<{ topic: string; partition: number }> {
    for (const log of this.options.logs.all())
      if (image.topics.get(log.topic)?.id !== log.topicId) yield { topic: log.topic, partition: log.partition }
  }

  find(topic: string, index: number): Partition | undefined {
    return this.topics.get(topic)?.[index]
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION. */
  get(topic: string, index: number): Partition {
    const partition = this.find(topic, index)
    if (!partition) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
    return partition
  }

  /** The topic's `min.insync.replicas`, looked up once until configs change. */
  minInSync(topic: string): number {
    let value = this.minInSyncs.get(topic)
    if (value === undefined) this.minInSyncs.set(topic, (value = this.options.minInSync(topic)))
    return value
  }

  topicName(id: Uuid): string | undefined {
    return this.topicIds.get(id)
  }

  *all(): Generator<Partition> {
    for (const partitions of this.topics.values()) for (const partition of partitions) if (partition) yield partition
  }
}
