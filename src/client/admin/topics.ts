import {
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  DescribeTopicPartitions,
  Metadata as MetadataApi,
} from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import type { Cluster } from '../cluster.ts'
import { itemError } from '../fan-out.ts'
import { unknownNode } from '../metadata.ts'
import type { Node } from '../types.ts'
import { configEntry } from './configs.ts'
import type {
  CreatedTopic,
  NewPartitions,
  NewTopic,
  TopicDescription,
  TopicListing,
  TopicPartitionInfo,
} from './types.ts'

/** What the answer holds where nobody asked for the operations. */
const NO_OPERATIONS = -2_147_483_648
export const operations = (bits: number): number | undefined => (bits === NO_OPERATIONS ? undefined : bits)

type MetadataTopic = ResponseOf<typeof MetadataApi>['topics'][number]
type Brokers = ResponseOf<typeof MetadataApi>['brokers']

async function askMetadata(
  cluster: Cluster,
  call: string,
  topics: readonly { readonly name: string | null; readonly topicId?: Uuid }[] | null,
  withOperations: boolean,
): Promise<ResponseOf<typeof MetadataApi>> {
  return cluster.call(
    MetadataApi,
    (version) => {
      if (topics?.some(({ name }) => name === null) && version < 12)
        throw new KafkaError('UNSUPPORTED_VERSION', 'The broker cannot describe topics by id.')
      return { topics, allowAutoTopicCreation: false, includeTopicAuthorizedOperations: withOperations && version >= 8 }
    },
    { call, errorOf: ({ errorCode }) => errorCode },
  )
}

export async function listTopics(cluster: Cluster, includeInternal: boolean): Promise<TopicListing[]> {
  const { topics } = await askMetadata(cluster, 'listTopics', null, false)
  return topics.flatMap(({ name, topicId, isInternal }) =>
    name === null || (isInternal && !includeInternal) ? [] : [{ name, topicId, internal: isInternal }],
  )
}

const nodeLookup = (brokers: Brokers): ((id: number) => Node) => {
  const nodes = new Map(
    brokers.map(({ nodeId: id, host, port, rack }) => [id, { id, host, port, rack: rack ?? undefined }]),
  )
  return (id) => nodes.get(id) ?? unknownNode(id)
}

function describeFromMetadata(topic: MetadataTopic, node: (id: number) => Node): TopicDescription | KafkaError {
  if (topic.errorCode !== Errors.NONE) return new KafkaError(topic.errorCode)
  return {
    name: topic.name ?? '',
    topicId: topic.topicId,
    internal: topic.isInternal,
    authorizedOperations: operations(topic.topicAuthorizedOperations),
    partitions: topic.partitions
      .map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId < 0 ? undefined : node(partition.leaderId),
        replicas: partition.replicaNodes.map(node),
        isr: partition.isrNodes.map(node),
        elr: undefined,
        lastKnownElr: undefined,
      }))
      .sort(byPartition),
  }
}

const byPartition = (a: TopicPartitionInfo, b: TopicPartitionInfo) => a.partition - b.partition

export interface DescribeTopicsOptions {
  readonly partitionSizeLimitPerResponse?: number
  readonly includeAuthorizedOperations?: boolean
}

/** By DescribeTopicPartitions (KIP-966), page by page; by Metadata where the broker has it not. */
export async function describeTopics(
  cluster: Cluster,
  names: readonly string[],
  options: DescribeTopicsOptions,
): Promise<Map<string, TopicDescription | KafkaError>> {
  if (names.length === 0) return new Map()
  try {
    return await describeByPages(cluster, names, options.partitionSizeLimitPerResponse ?? 2000)
  } catch (error) {
    if (!(error instanceof KafkaError) || error.error !== 'UNSUPPORTED_VERSION') throw error
  }
  const wanted = names.map((name) => ({ name }))
  const response = await askMetadata(cluster, 'describeTopics', wanted, options.includeAuthorizedOperations ?? true)
  const node = nodeLookup(response.brokers)
  return new Map(response.topics.map((topic) => [topic.name ?? '', describeFromMetadata(topic, node)]))
}

export async function describeTopicsById(
  cluster: Cluster,
  ids: readonly Uuid[],
): Promise<Map<Uuid, TopicDescription | KafkaError>> {
  if (ids.length === 0) return new Map()
  const wanted = ids.map((topicId) => ({ name: null, topicId }))
  const response = await askMetadata(cluster, 'describeTopics', wanted, true)
  const node = nodeLookup(response.brokers)
  return new Map(response.topics.map((topic) => [topic.topicId, describeFromMetadata(topic, node)]))
}

type Cursor = ResponseOf<typeof DescribeTopicPartitions>['nextCursor']

async function describeByPages(
  cluster: Cluster,
  names: readonly string[],
  responsePartitionLimit: number,
): Promise<Map<string, TopicDescription | KafkaError>> {
  const call = 'describeTopics'
  // The answer names brokers by id alone.
  await cluster.refreshUntil({ call })
  const node = (id: number) => cluster.metadata.node(id) ?? unknownNode(id)
  const nodes = (ids: readonly number[]) => ids.map(node)
  const found = new Map<string, TopicDescription | KafkaError>()
  // The broker walks topics by name, and a cursor means all before it are done.
  let open = [...new Set(names)].sort()
  let cursor: Cursor = null
  do {
    const request = { topics: open.map((name) => ({ name })), responsePartitionLimit, cursor }
    const response: ResponseOf<typeof DescribeTopicPartitions> = await cluster.call(DescribeTopicPartitions, request, {
      call,
    })
    for (const topic of response.topics) {
      const name = topic.name ?? ''
      const error = itemError(topic.errorCode, null)
      if (error) {
        found.set(name, error)
        continue
      }
      const partitions = topic.partitions.map((partition) => ({
        partition: partition.partitionIndex,
        leader: partition.leaderId < 0 ? undefined : node(partition.leaderId),
        replicas: nodes(partition.replicaNodes),
        isr: nodes(partition.isrNodes),
        elr: partition.eligibleLeaderReplicas === null ? undefined : nodes(partition.eligibleLeaderReplicas),
        lastKnownElr: partition.lastKnownElr === null ? undefined : nodes(partition.lastKnownElr),
      }))
      const before = found.get(name)
      const earlier = before && !(before instanceof KafkaError) ? before.partitions : []
      found.set(name, {
        name,
        topicId: topic.topicId,
        internal: topic.isInternal,
        authorizedOperations: operations(topic.topicAuthorizedOperations),
        partitions: [...earlier, ...partitions].sort(byPartition),
      })
    }
    cursor = response.nextCursor
    const from = cursor?.topicName ?? ''
    open = open.filter((name) => name >= from)
  } while (cursor !== null)
  return new Map(names.map((name) => [name, found.get(name) ?? new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')]))
}

export interface CreateTopicsOptions {
  readonly validateOnly?: boolean
  readonly timeoutMs?: number
}

/** Throws the whole answer's NOT_CONTROLLER, so that the call is made again at the right place. */
const movedController =
  <T>(rows: (response: T) => readonly { readonly errorCode: number }[]) =>
  (response: T): number =>
    rows(response).find(({ errorCode }) => errorCode === Errors.NOT_CONTROLLER)?.errorCode ?? Errors.NONE

/**
 * Makes a call again for the items that were beyond the quota of changes (KIP-599), while time is left. The broker's answer says how long it
 * does not listen, which the connection waits for.
 */
async function withinQuota<I, R>(
  cluster: Cluster,
  items: readonly I[],
  nameOf: (item: I) => string,
  timeoutMs: number | undefined,
  call: (items: readonly I[]) => Promise<Map<string, R>>,
): Promise<Map<string, R>> {
  const deadline = cluster.deadline(timeoutMs)
  const results = await call(items)
  const isExceeded = (item: I): boolean => {
    const result = results.get(nameOf(item))
    return result instanceof KafkaError && result.error === 'THROTTLING_QUOTA_EXCEEDED'
  }
  for (;;) {
    const exceeded = items.filter(isExceeded)
    if (exceeded.length === 0 || deadline.left <= 0) return results
    await cluster.runtime.clock.sleep(cluster.config['retry.backoff.ms'])
    for (const [name, result] of await call(exceeded)) results.set(name, result)
  }
}

export function createTopics(
  cluster: Cluster,
  topics: readonly NewTopic[],
  options: CreateTopicsOptions,
): Promise<Map<string, CreatedTopic | KafkaError>> {
  return withinQuota(
    cluster,
    topics,
    ({ name }) => name,
    options.timeoutMs,
    (some) => createOnce(cluster, some, options),
  )
}

async function createOnce(
  cluster: Cluster,
  topics: readonly NewTopic[],
  { validateOnly = false, timeoutMs }: CreateTopicsOptions,
): Promise<Map<string, CreatedTopic | KafkaError>> {
  const request = {
    topics: topics.map((topic) => ({
      name: topic.name,
      numPartitions: topic.assignments ? -1 : (topic.partitions ?? -1),
      replicationFactor: topic.assignments ? -1 : (topic.replicationFactor ?? -1),
      assignments: (topic.assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
      configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
    })),
    timeoutMs: timeoutMs ?? cluster.config['request.timeout.ms'],
    validateOnly,
  }
  const response = await cluster.call(CreateTopics, request, {
    call: 'createTopics',
    timeoutMs,
    errorOf: movedController((answer: ResponseOf<typeof CreateTopics>) => answer.topics),
  })
  return new Map(
    response.topics.map((topic) => [
      topic.name,
      itemError(topic.errorCode, topic.errorMessage) ?? {
        topicId: topic.topicId,
        partitions: topic.numPartitions,
        replicationFactor: topic.replicationFactor,
        configs: (topic.configs ?? []).map((entry) =>
          configEntry({ ...entry, synonyms: [], configType: 0, documentation: null }),
        ),
      },
    ]),
  )
}

export function deleteTopics(
  cluster: Cluster,
  names: readonly string[],
  timeoutMs?: number,
): Promise<Map<string, KafkaError | undefined>> {
  return withinQuota(
    cluster,
    names,
    (name) => name,
    timeoutMs,
    (some) => deleteOnce(cluster, some, timeoutMs),
  )
}

async function deleteOnce(
  cluster: Cluster,
  names: readonly string[],
  timeoutMs: number | undefined,
): Promise<Map<string, KafkaError | undefined>> {
  const wait = timeoutMs ?? cluster.config['request.timeout.ms']
  const response = await cluster.call(
    DeleteTopics,
    (version) => ({
      topics: version >= 6 ? names.map((name) => ({ name, topicId: ZERO_UUID })) : [],
      topicNames: [...names],
      timeoutMs: wait,
    }),
    {
      call: 'deleteTopics',
      timeoutMs,
      errorOf: movedController((answer: ResponseOf<typeof DeleteTopics>) => answer.responses),
    },
  )
  return new Map(response.responses.map((row) => [row.name ?? '', itemError(row.errorCode, row.errorMessage)]))
}

export function createPartitions(
  cluster: Cluster,
  topics: readonly NewPartitions[],
  options: CreateTopicsOptions,
): Promise<Map<string, KafkaError | undefined>> {
  return withinQuota(
    cluster,
    topics,
    ({ topic }) => topic,
    options.timeoutMs,
    (some) => addPartitionsOnce(cluster, some, options),
  )
}

async function addPartitionsOnce(
  cluster: Cluster,
  topics: readonly NewPartitions[],
  { validateOnly = false, timeoutMs }: CreateTopicsOptions,
): Promise<Map<string, KafkaError | undefined>> {
  const request = {
    topics: topics.map(({ topic, count, assignments }) => ({
      name: topic,
      count,
      assignments: assignments ? assignments.map((brokerIds) => ({ brokerIds })) : null,
    })),
    timeoutMs: timeoutMs ?? cluster.config['request.timeout.ms'],
    validateOnly,
  }
  const response = await cluster.call(CreatePartitions, request, {
    call: 'createPartitions',
    timeoutMs,
    errorOf: movedController((answer: ResponseOf<typeof CreatePartitions>) => answer.results),
  })
  return new Map(response.results.map((row) => [row.name, itemError(row.errorCode, row.errorMessage)]))
}
