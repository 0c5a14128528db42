import type { BrokerConfig } from '../../config/broker.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Controller } from '../controller/controller.ts'
import { createTopics } from '../controller/topics.ts'
import { OFFSETS_TOPIC } from '../coordinator/group/group-coordinator.ts'
import type { MetadataImage } from '../metadata/image.ts'

/** Makes topics that are there for the asking: those of `auto.create.topics.enable`, and Kafka's own. One request a name at a time. */
export class TopicCreator {
  private readonly underway = new Map<string, Promise<void>>()

  constructor(
    private readonly controller: Controller,
    private readonly config: BrokerConfig,
    private readonly image: () => MetadataImage,
  ) {}

  create(name: string): Promise<void> {
    let promise = this.underway.get(name)
    if (!promise) {
      promise = this.request(name).finally(() => this.underway.delete(name))
      this.underway.set(name, promise)
    }
    return promise
  }

  private async request(name: string): Promise<void> {
    const reply = await this.controller.submit((context) =>
      createTopics(context, { topics: [this.definition(name)], timeoutMs: 0, validateOnly: false }),
    )
    const result = reply.topics[0]
    if (result && result.errorCode !== Errors.NONE && result.errorCode !== Errors.TOPIC_ALREADY_EXISTS)
      throw new KafkaError(result.errorCode, result.errorMessage ?? undefined)
  }

  private definition(name: string) {
    const plain = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
    if (name !== OFFSETS_TOPIC) return plain
    const { config } = this
    // A node that is alone serves its groups even where the property asks for three replicas.
    const brokers = [...this.image().brokers.values()].filter(({ fenced }) => !fenced).length
    return {
      ...plain,
      numPartitions: config.get('offsets.topic.num.partitions'),
      replicationFactor: Math.max(1, Math.min(config.get('offsets.topic.replication.factor'), brokers)),
      configs: [
        { name: 'compression.type', value: 'producer' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: String(config.get('offsets.topic.segment.bytes')) },
      ],
    }
  }
}
