import type { BrokerConfig } from '../../config/broker.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/index.ts'
import { Seldom } from '../../std/seldom.ts'
import { isInternal } from '../controller/topic-name.ts'
import { OFFSETS_TOPIC } from '../coordinator/group/group-coordinator.ts'
import type { InternalTopic } from '../coordinator/group/modern/streams/partition-counts.ts'
import { SHARE_STATE_TOPIC } from '../coordinator/share/share-coordinator.ts'
import { TRANSACTION_TOPIC } from '../coordinator/transaction/transaction-coordinator.ts'
import type { ControllerLink } from '../membership/controller-link.ts'
import type { MetadataImage } from '../metadata/image.ts'

interface Plain {
  readonly name: string
  readonly assignments: never[]
}

/** Between two lines about topics that cannot be made; milliseconds. */
const SAY_AGAIN_MS = 30_000

export interface TopicCreatorOptions {
  readonly controller: Pick<ControllerLink, 'createTopics'>
  readonly config: BrokerConfig
  readonly clock: Clock
  image(): MetadataImage
  log(line: string): void
}

/** Makes topics that are there for the asking: those of `auto.create.topics.enable`, and Kafka's own. One request a name at a time. */
export class TopicCreator {
  private readonly underway = new Map<string, Promise<void>>()
  private readonly complaints: Seldom

  constructor(private readonly options: TopicCreatorOptions) {
    this.complaints = new Seldom(options.clock, SAY_AGAIN_MS)
  }

  create(name: string): Promise<void> {
    let promise = this.underway.get(name)
    if (!promise) {
      promise = this.request(name).finally(() => this.underway.delete(name))
      this.underway.set(name, promise)
    }
    return promise
  }

  private async request(name: string): Promise<void> {
    try {
      const [result] = await this.options.controller.createTopics([this.definition(name)])
      if (result && result.errorCode !== Errors.NONE && result.errorCode !== Errors.TOPIC_ALREADY_EXISTS)
        throw new KafkaError(result.errorCode, result.errorMessage ?? undefined)
    } catch (error) {
      if (!(error instanceof KafkaError) || !isInternal(name)) throw error
      this.complain(name, error)
      // Until there are enough brokers for its replicas, say: clients come again.
      throw new KafkaError('COORDINATOR_NOT_AVAILABLE', undefined, { cause: error })
    }
  }

  private complain(name: string, { message }: KafkaError): void {
    if (this.complaints.isTime()) this.options.log(`The topic ${name}, which is needed now, cannot be made: ${message}`)
  }

  /** Makes topics of an application of Kafka Streams. Gives the name of each that cannot be made, and why. */
  async createInternal(topics: readonly InternalTopic[]): Promise<Map<string, string>> {
    const wanted = topics.map(({ name, partitions, replicationFactor, configs }) => ({
      ...{ name, numPartitions: partitions, assignments: [] },
      replicationFactor: replicationFactor > 0 ? replicationFactor : -1,
      configs: configs.map(({ key, value }) => ({ name: key, value })),
    }))
    const rows = await this.options.controller.createTopics(wanted)
    const failed = rows.filter(({ errorCode }) => errorCode !== Errors.NONE)
    return new Map(failed.map(({ name, errorMessage, errorCode }) => [name, errorMessage ?? `${errorCode}`]))
  }

  private definition(name: string) {
    const plain = { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }
    if (name === OFFSETS_TOPIC) return this.offsetsTopic(plain)
    if (name === SHARE_STATE_TOPIC) return this.shareStateTopic(plain)
    return name === TRANSACTION_TOPIC ? this.transactionTopic(plain) : plain
  }

  private offsetsTopic(plain: Plain) {
    const { config } = this.options
    return {
      ...plain,
      numPartitions: config.get('offsets.topic.num.partitions'),
      replicationFactor: this.atMost(config.get('offsets.topic.replication.factor')),
      configs: [
        { name: 'compression.type', value: 'producer' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: String(config.get('offsets.topic.segment.bytes')) },
      ],
    }
  }

  private transactionTopic(plain: Plain) {
    const { config } = this.options
    const replicationFactor = this.atMost(config.get('transaction.state.log.replication.factor'))
    const minInSync = Math.min(config.get('transaction.state.log.min.isr'), replicationFactor)
    return {
      ...plain,
      numPartitions: config.get('transaction.state.log.num.partitions'),
      replicationFactor,
      configs: [
        { name: 'compression.type', value: 'uncompressed' },
        { name: 'min.insync.replicas', value: String(minInSync) },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: String(config.get('transaction.state.log.segment.bytes')) },
        { name: 'unclean.leader.election.enable', value: 'false' },
      ],
    }
  }

  private shareStateTopic(plain: Plain) {
    const { config } = this.options
    const replicationFactor = this.atMost(config.get('share.coordinator.state.topic.replication.factor'))
    const minInSync = Math.min(config.get('share.coordinator.state.topic.min.isr'), replicationFactor)
    return {
      ...plain,
      numPartitions: config.get('share.coordinator.state.topic.num.partitions'),
      replicationFactor,
      configs: [
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'compression.type', value: 'producer' },
        { name: 'segment.bytes', value: String(config.get('share.coordinator.state.topic.segment.bytes')) },
        { name: 'min.insync.replicas', value: String(minInSync) },
        { name: 'retention.ms', value: '-1' },
      ],
    }
  }

  /** A broker that is alone in its cluster serves groups and transactions even where the property asks for three replicas. */
  private atMost(replicas: number): number {
    return this.options.image().brokers.size === 1 ? 1 : replicas
  }
}
