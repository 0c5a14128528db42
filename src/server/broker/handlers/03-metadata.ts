import { Metadata } from '../../../protocol/apis/index.ts'
import { MIGRATING } from '../../../protocol/directory-ids.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { isInternal, topicNameComplaint } from '../../controller/topic-name.ts'
import { hasLeader } from '../../metadata/delta.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/image.ts'
import { hasOnlineDir } from '../../metadata/replica-directories.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler, type RequestContext } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'

type Request = RequestOf<typeof Metadata>
type TopicResponse = ResponseInput<typeof Metadata>['topics'][number]

export interface BrokerAddress {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The brokers as a client of the given listener reaches them: those that serve, and the fenced ones where they are asked for. */
export function brokerAddresses(image: MetadataImage, listener: string, withFenced = false): BrokerAddress[] {
  return [...image.brokers.values()].flatMap(({ id, fenced, endpoints, rack }) => {
    const endpoint = endpoints.find(({ name }) => name === listener) ?? endpoints[0]
    const isTold = endpoint && (withFenced || !fenced)
    return isTold ? [{ nodeId: id, host: endpoint.host, port: endpoint.port, rack }] : []
  })
}

/** Whom clients send what a controller decides: this node where it is one, or else any broker, for all of them hand it on (KIP-590). */
export function controllerFor({
  image,
  config,
  runtime,
}: Pick<BrokerServices, 'image' | 'config' | 'runtime'>): number {
  if (!config.isBrokerOnly) return config.nodeId
  const alive = [...image.brokers.values()].filter(({ fenced }) => !fenced)
  return alive[runtime.random.int(Math.max(1, alive.length))]?.id ?? -1
}

/** Replicas on brokers that are not there, and in directories that are out of use. */
export const offlineReplicas = (image: MetadataImage, partition: PartitionImage): number[] =>
  partition.replicas.filter((id, at) => {
    const broker = image.brokers.get(id)
    return !broker || broker.fenced || !hasOnlineDir(broker, partition.directories[at] ?? MIGRATING)
  })

export function metadata(broker: BrokerServices): Handler {
  return handler(Metadata, (request, context) => {
    const missing = autoCreated(broker, request, context)
    const refused = new Set(missing.filter((name) => !mayCreate(context.access, name)))
    const created = missing.filter((name) => !refused.has(name))
    if (created.length === 0) return respond(broker, request, context, refused)
    return Promise.all(created.map((name) => broker.topicCreator.create(name).catch(() => {}))).then(() =>
      respond(broker, request, context, refused),
    )
  })
}

/** Topics to be made because somebody asked for them, who may know whether they are there. */
function autoCreated(
  { image, config }: BrokerServices,
  request: Request,
  { version, access }: RequestContext,
): string[] {
  const allowed = config.get('auto.create.topics.enable') && (version < 4 || request.allowAutoTopicCreation)
  if (!allowed) return []
  return (request.topics ?? []).flatMap(({ name }) =>
    name !== null &&
    name !== '' &&
    !image.topics.has(name) &&
    !topicNameComplaint(name) &&
    access.may('DESCRIBE', 'TOPIC', name)
      ? [name]
      : [],
  )
}

const mayCreate = (access: Access, name: string): boolean =>
  access.may('CREATE', 'CLUSTER') || access.refusal('CREATE', 'TOPIC', name) === undefined

function respond(
  broker: BrokerServices,
  request: Request,
  { version, peer, access }: RequestContext,
  notCreated: ReadonlySet<string>,
): ResponseInput<typeof Metadata> {
  const { image, clusterId } = broker
  const operations = (name: string) =>
    request.includeTopicAuthorizedOperations ? access.operations('TOPIC', name) : OPERATIONS_NOT_ASKED
  const described = (topic: TopicImage) => describe(image, topic, operations(topic.name))
  const one = (name: string | null, topicId: string): TopicResponse => {
    const known = name ?? image.topicNames.get(topicId)
    const topic = known === undefined ? undefined : image.topics.get(known)
    const mayKnow = known === undefined || access.refusal('DESCRIBE', 'TOPIC', known) === undefined
    if (topic && mayKnow) return described(topic)
    // Whoever may not know a topic is not told the name that belongs to an id, nor the id of a name.
    const isRefused = !mayKnow || notCreated.has(name ?? '')
    const errorCode = isRefused
      ? Errors.TOPIC_AUTHORIZATION_FAILED
      : name === null
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
      topicAuthorizedOperations: isRefused || name === null ? OPERATIONS_NOT_ASKED : operations(name),
    }
  }
  // In version 0 an empty list stands for all topics; later that is null.
  const all = request.topics === null || (version === 0 && request.topics.length === 0)
  const topics = all
    ? [...image.topics.values()].filter(({ name }) => access.may('DESCRIBE', 'TOPIC', name)).map(described)
    : (request.topics ?? []).map(({ name, topicId }) => one(name, topicId))
  return {
    brokers: brokerAddresses(image, peer.listener),
    clusterId,
    controllerId: controllerFor(broker),
    topics,
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? clusterOperations(access)
      : OPERATIONS_NOT_ASKED,
  }
}

/** Only whoever may describe the cluster learns what else may be done with it. */
export const clusterOperations = (access: Access): number =>
  access.may('DESCRIBE', 'CLUSTER') ? access.operations('CLUSTER') : 0

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
