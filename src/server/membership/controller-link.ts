import type { BrokerConfig } from '../../config/broker.ts'
import { AllocateProducerIds, AlterPartition, AssignReplicasToDirs, CreateTopics } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestInput, RequestOf, ResponseInput, ResponseOf } from '../../protocol/schema/index.ts'
import { alterPartition } from '../controller/alter-partition.ts'
import { allocateProducerIds } from '../controller/brokers.ts'
import type { Controller } from '../controller/controller.ts'
import { assignReplicasToDirs } from '../controller/replica-dirs.ts'
import { createTopics } from '../controller/topics.ts'
import type { ControllerChannel } from './controller-channel.ts'

/** A block of producer ids that no other broker gives out (KIP-730). */
export interface ProducerIdBlock {
  readonly first: number
  readonly count: number
}

/** The connection for what is not a client's: what is given up there must not take anything of theirs along. */
const OWN = 'broker'
/** How long those who name a topic wait until it is made; milliseconds. They ask again. */
const TOPICS_MS = 3000
/** How long a producer waits for ids; milliseconds. */
const PRODUCER_IDS_MS = 5000

type Topics = ResponseInput<typeof CreateTopics>['topics']
type Creatable = RequestInput<typeof CreateTopics>['topics'][number]

/** What a broker asks of the active controller on its own account. */
export interface ControllerLink {
  /** Gives a row for each, in which errors are. */
  createTopics(topics: Creatable[]): Promise<Topics>
  allocateProducerIds(): Promise<ProducerIdBlock>
  /** Tells who is in sync (KIP-497). */
  alterPartition(request: RequestInput<typeof AlterPartition>): Promise<ResponseOf<typeof AlterPartition>>
  /** Tells where replicas lie (KIP-858). */
  assignReplicas(request: RequestInput<typeof AssignReplicasToDirs>): Promise<ResponseOf<typeof AssignReplicasToDirs>>
}

/** The controller in this process. */
export const linkInProcess = (controller: Controller): ControllerLink => ({
  createTopics: async (topics) => {
    const reply = await controller.submit((context) =>
      createTopics(context, { topics: topics as never, timeoutMs: 0, validateOnly: false }),
    )
    return reply.topics
  },
  allocateProducerIds: () => controller.submit(allocateProducerIds),
  alterPartition: (request) =>
    controller.submit((context) => alterPartition(context, request)) as Promise<ResponseOf<typeof AlterPartition>>,
  assignReplicas: (request) =>
    controller.submit((context) =>
      assignReplicasToDirs(context, request as RequestOf<typeof AssignReplicasToDirs>),
    ) as Promise<ResponseOf<typeof AssignReplicasToDirs>>,
})

export interface RemoteLinkOptions {
  readonly config: BrokerConfig
  readonly channel: ControllerChannel
  /** Of this broker's registration. */
  epoch(): number
  /** Resolves when this broker knows of topics, or has waited for long enough. */
  topicsKnown(names: readonly string[]): Promise<void>
}

/** A controller elsewhere. Rejects with REQUEST_TIMED_OUT when none answers. */
export class RemoteLink implements ControllerLink {
  constructor(private readonly options: RemoteLinkOptions) {}

  async createTopics(topics: Creatable[]): Promise<Topics> {
    const { channel, config, topicsKnown } = this.options
    const request = { topics, timeoutMs: config.get('request.timeout.ms'), validateOnly: false }
    const answer = await channel.send(OWN, CreateTopics, request, TOPICS_MS)
    const known = [Errors.NONE as number, Errors.TOPIC_ALREADY_EXISTS]
    await topicsKnown(answer.topics.filter(({ errorCode }) => known.includes(errorCode)).map(({ name }) => name))
    return answer.topics
  }

  /** Rejects with COORDINATOR_LOAD_IN_PROGRESS, which clients try again after, when no controller answers. */
  async allocateProducerIds(): Promise<ProducerIdBlock> {
    const { channel, config, epoch } = this.options
    const request = { brokerId: config.nodeId, brokerEpoch: epoch() }
    try {
      const answer = await channel.send(OWN, AllocateProducerIds, request, PRODUCER_IDS_MS)
      const { errorCode, producerIdStart, producerIdLen } = answer
      if (errorCode !== Errors.NONE) throw new KafkaError(errorCode)
      return { first: producerIdStart, count: producerIdLen }
    } catch (error) {
      if (error instanceof KafkaError && error.error === 'REQUEST_TIMED_OUT')
        throw new KafkaError('COORDINATOR_LOAD_IN_PROGRESS', error.message)
      throw error
    }
  }

  alterPartition(request: RequestInput<typeof AlterPartition>): Promise<ResponseOf<typeof AlterPartition>> {
    const { channel, config } = this.options
    return channel.send('alter-partition', AlterPartition, request, config.get('request.timeout.ms'))
  }

  assignReplicas(request: RequestInput<typeof AssignReplicasToDirs>): Promise<ResponseOf<typeof AssignReplicasToDirs>> {
    const { channel, config } = this.options
    return channel.send('directories', AssignReplicasToDirs, request, config.get('request.timeout.ms'))
  }
}
