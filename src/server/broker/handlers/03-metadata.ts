import { Metadata } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { isInternal, topicNameComplaint } from '../../controller/topic-name.ts'
import { hasLeader } from '../../metadata/delta.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/image.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import { type BrokerServices, clusterOperations, OPERATIONS_NOT_ASKED, topicOperations } from '../services.ts'

type Request = RequestOf<typeof Metadata>
type TopicResponse = ResponseInput<typeof Metadata>['topics'][number]

export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The brokers as a client of the given listener reaches them. */
export function brokerAddresses(image: MetadataImage, listener: string): BrokerAddress[] {
  return [...image.brokers.values()].flatMap(({ id, fenced, endpoints, rack }) => {
    const endpoint = endpoints.find(({ name }) => name === listener) ?? endpoints[0]
    return fenced || !endpoint ? [] : [{ nodeId: id, host: endpoint.host, port: endpoint.port, rack }]
  })
}

/** Replicas on brokers that are not there. */
export const offlineReplicas = (image: MetadataImage, partition: PartitionImage): number[] =>
  partition.replicas.filter((id) => image.brokers.get(id)?.fenced ?? true)

export function metadata(broker: BrokerServices): Handler {
  return handler(Metadata, (request, context) => {
    const missing = autoCreated(broker, request, context.version)
    if (missing.length === 0) return respond(broker, request, context)
    return Promise.all(missing.map((name) => broker.topicCreator.create(name).catch(() => {}))).then(() =>
      respond(broker, request, context),
    )
  })
}

function autoCreated({ image, config }: BrokerServices, request: Request, version: number): string[] {
  const allowed = config.get('auto.create.topics.enable') && (version < 4 || request.allowAutoTopicCreation)
  if (!allowed) return []
  return (request.topics ?? []).flatMap(({ name }) =>
    name !== null && name !== '' && !image.topics.has(name) && !topicNameComplaint(name) ? [name] : [],
  )
}

function respond(
  { image, clusterId, config }: BrokerServices,
  request: Request,
  { version, peer }: RequestContext,
): ResponseInput<typeof Metadata> {
  const asked = request.includeTopicAuthorizedOperations ? topicOperations : OPERATIONS_NOT_ASKED
  const one = (name: string | null, topicId: string): TopicResponse => {
    const known = name ?? image.topicNames.get(topicId)
    const topic = known === undefined ? undefined : image.topics.get(known)
    if (topic) return describe(image, topic, asked)
    const errorCode =
      name === null
        ? Errors.UNKNOWN_TOPIC_ID
        : topicNameComplaint(name)
          ? Errors.INVALID_TOPIC_EXCEPTION
          : Errors.UNKNOWN_TOPIC_OR_PARTITION
    return {
      errorCode,
      name: name ?? (version < 12 ? '' : null),
      topicId,
      isInternal: name !== null && isInternal(name),
      partitions: [],
    }
  }
  // In version 0 an empty list stands for all topics; later that is null.
  const all = request.topics === null || (version === 0 && request.topics.length === 0)
  const topics = all
    ? [...image.topics.values()].map((topic) => describe(image, topic, asked))
    : (request.topics ?? []).map(({ name, topicId }) => one(name, topicId))
  return {
    brokers: brokerAddresses(image, peer.listener),
    clusterId,
    controllerId: config.nodeId,
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? clusterOperations : OPERATIONS_NOT_ASKED,
  }
}

function describe(image: MetadataImage, topic: TopicImage, topicAuthorizedOperations: number): TopicResponse {
  return {
    errorCode: Errors.NONE,
    name: topic.name,
    topicId: topic.id ?? ZERO_UUID,
    isInternal: isInternal(topic.name),
    partitions: topic.partitions.map((partition, partitionIndex) => ({
      errorCode: hasLeader(partition) ? Errors.NONE : Errors.LEADER_NOT_AVAILABLE,
      partitionIndex,
      leaderId: partition.leader,
      leaderEpoch: partition.leaderEpoch,
      replicaNodes: partition.replicas,
      isrNodes: partition.isr,
      offlineReplicas: offlineReplicas(image, partition),
    })),
    topicAuthorizedOperations,
  }
}
