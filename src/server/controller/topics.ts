import type { CreatePartitions, CreateTopics, DeleteTopics } from '../../protocol/apis/index.ts'
import { type ErrorName, Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import { randomUuid } from '../../runtime/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import { topicEntries } from '../metadata/effective-config.ts'
import { type MetadataImage, ResourceType } from '../metadata/image.ts'
import { recordVersions } from '../metadata/record-forms.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { directoryFor, isActive } from './broker-views.ts'
import { validateTopicConfigs } from './configs.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { manualAssignment, placeReplicas } from './placement.ts'
import { collisionKey, topicNameComplaint } from './topic-name.ts'

type CreateRequest = RequestOf<typeof CreateTopics>
type CreatableTopic = CreateRequest['topics'][number]
type CreateResult = ResponseInput<typeof CreateTopics>['topics'][number]

const failure = (error: unknown): { errorCode: number; errorMessage: string } => {
  if (!(error instanceof KafkaError)) throw error
  return { errorCode: error.code, errorMessage: error.message }
}

/** A new partition. Whoever is not there now has nothing of it, and is in sync once it has fetched that. */
function partitionRecord(
  image: MetadataImage,
  topicId: Uuid,
  partitionId: number,
  replicas: readonly number[],
): MetadataRecord {
  const isr = replicas.filter((id) => isActive(image, id))
  return metadataRecord('PartitionRecord', recordVersions.partition, {
    topicId,
    partitionId,
    replicas: [...replicas],
    isr,
    leader: isr[0] as number,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: replicas.map((id) => directoryFor(image, id)),
  })
}

/** Told of partitions that are about to be made or deleted; throws THROTTLING_QUOTA_EXCEEDED when there are too many by now. */
export type TakePartitions = (count: number) => void

/** The records of a request are one batch of the metadata log: more partitions than this would make it too large. */
const MAX_PARTITIONS_PER_REQUEST = 10_000

function refuseTooMany({ config }: ControllerContext, topics: readonly CreatableTopic[]): void {
  let total = 0
  for (const { numPartitions, assignments } of topics) {
    if (assignments.length > 0) total += assignments.length
    else total += numPartitions === -1 ? config.get('num.partitions') : Math.max(numPartitions, 0)
  }
  if (total > MAX_PARTITIONS_PER_REQUEST)
    throw new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
}

export function createTopics(
  context: ControllerContext,
  request: CreateRequest,
  take: TakePartitions = () => {},
): MetadataDecision<ResponseInput<typeof CreateTopics>> {
  refuseTooMany(context, request.topics)
  const records: MetadataRecord[] = []
  const seen = new Map<string, number>()
  for (const { name } of request.topics) seen.set(name, (seen.get(name) ?? 0) + 1)
  const taken = new Map([...context.image.topics.keys()].map((name) => [collisionKey(name), name]))
  const topics: CreateResult[] = []
  for (const [name, count] of seen) {
    if (count > 1) {
      topics.push({ name, ...failure(new KafkaError('INVALID_REQUEST', 'Duplicate topic name.')) })
      continue
    }
    const topic = request.topics.find((one) => one.name === name) as CreatableTopic
    try {
      const made = createTopic(context, topic, taken, take)
      records.push(...made.records)
      topics.push(made.result)
    } catch (error) {
      topics.push({ name, ...failure(error) })
    }
  }
  return { records: request.validateOnly ? [] : records, reply: { topics } }
}

function createTopic(
  context: ControllerContext,
  topic: CreatableTopic,
  taken: ReadonlyMap<string, string>,
  take: TakePartitions,
): { records: MetadataRecord[]; result: CreateResult } {
  const { image, config, random } = context
  const { name } = topic
  const complaint = topicNameComplaint(name)
  if (complaint) throw new KafkaError('INVALID_TOPIC_EXCEPTION', complaint)
  if (image.topics.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`)
  const other = taken.get(collisionKey(name))
  if (other !== undefined)
    throw new KafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${other}`)
  const configs = new Map<string, string>()
  for (const { name: key, value } of topic.configs) {
    if (value === null) throw new KafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${key}`)
    configs.set(key, value)
  }
  validateTopicConfigs(configs)

  const assignment = topic.assignments.length > 0 ? manual(context, topic) : placed(context, topic)
  take(assignment.length)
  const topicId = randomUuid(random)
  const records: MetadataRecord[] = [...configs].map(([key, value]) =>
    metadataRecord('ConfigRecord', 0, { resourceType: ResourceType.topic, resourceName: name, name: key, value }),
  )
  records.push(metadataRecord('TopicRecord', 0, { name, topicId }))
  for (const [index, replicas] of assignment.entries()) records.push(partitionRecord(image, topicId, index, replicas))

  const after = new MetadataDelta(image)
  for (const record of records.slice(0, configs.size)) after.replay(record)
  const entries = topicEntries(after.apply(image.offset, image.epoch), config, name)
  return {
    records,
    result: {
      name,
      topicId,
      errorCode: Errors.NONE,
      errorMessage: null,
      numPartitions: assignment.length,
      replicationFactor: assignment[0]?.length ?? -1,
      configs: entries.map(({ name: key, value, readOnly, source, sensitive }) => ({
        name: key,
        value,
        readOnly,
        configSource: source,
        isSensitive: sensitive,
      })),
    },
  }
}

function placed(context: ControllerContext, topic: CreatableTopic): number[][] {
  const { config } = context
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0)
    throw new KafkaError(
      'INVALID_REPLICATION_FACTOR',
      'Replication factor must be larger than 0, or -1 to use the default value.',
    )
  if (topic.numPartitions < -1 || topic.numPartitions === 0)
    throw new KafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.')
  const partitions = topic.numPartitions === -1 ? config.get('num.partitions') : topic.numPartitions
  const factor = topic.replicationFactor === -1 ? config.get('default.replication.factor') : topic.replicationFactor
  return placeReplicas(context, partitions, factor)
}

function manual({ image }: ControllerContext, topic: CreatableTopic): number[][] {
  const refuse = (what: string) =>
    new KafkaError('INVALID_REQUEST', `A manual partition assignment was specified, but ${what} was not set to -1.`)
  if (topic.replicationFactor !== -1) throw refuse('replication factor')
  if (topic.numPartitions !== -1) throw refuse('numPartitions')
  return manualAssignment(image, topic.assignments)
}

type DeleteRequest = RequestOf<typeof DeleteTopics>
type DeleteResult = ResponseInput<typeof DeleteTopics>['responses'][number]

export function deleteTopics(
  { image, config }: ControllerContext,
  request: DeleteRequest,
  take: TakePartitions = () => {},
): MetadataDecision<ResponseInput<typeof DeleteTopics>> {
  const named = [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))]
  const { wanted, responses } = distinctTopics(image, named)
  const records: MetadataRecord[] = []
  for (const { name, topicId } of wanted) {
    try {
      if (!config.get('delete.topic.enable')) throw new KafkaError('TOPIC_DELETION_DISABLED')
      const topic = image.topics.get(name ?? image.topicNames.get(topicId) ?? '')
      if (!topic) throw new KafkaError(name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION')
      take(topic.partitions.length)
      records.push(metadataRecord('RemoveTopicRecord', 0, { topicId: topic.id }))
      responses.push({ name: topic.name, topicId: topic.id, errorCode: Errors.NONE, errorMessage: null })
    } catch (error) {
      responses.push({ name, topicId, ...failure(error) })
    }
  }
  return { records, reply: { responses } }
}

/** The topics that a request names once, by name or by id; whatever it names twice or not at all is refused, and once. */
function distinctTopics(
  image: MetadataImage,
  named: readonly { readonly name: string | null; readonly topicId: Uuid }[],
): { wanted: (typeof named)[number][]; responses: DeleteResult[] } {
  const responses: DeleteResult[] = []
  const counts = new Map<string, number>()
  const refuse = (name: string | null, topicId: Uuid, sentence: string) =>
    responses.push({ name, topicId, ...failure(new KafkaError('INVALID_REQUEST', sentence)) })
  const candidates = named.filter(({ name, topicId }) => {
    const byId = topicId !== ZERO_UUID
    if (name === null && !byId) refuse(name, topicId, 'Neither topic name nor id were specified.')
    else if (name !== null && byId) refuse(name, topicId, 'You may not specify both topic name and topic id.')
    else {
      const key = name === null ? `id ${topicId}` : `name ${name}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return counts.get(key) === 1
    }
    return false
  })
  const twiceNamed = new Set<Uuid>()
  const wanted = candidates.filter(({ name, topicId }) => {
    const id = name === null ? topicId : (image.topics.get(name)?.id ?? ZERO_UUID)
    if (name === null ? (counts.get(`id ${id}`) ?? 0) > 1 : (counts.get(`name ${name}`) ?? 0) > 1)
      refuse(name, topicId, name === null ? 'Duplicate topic id.' : 'Duplicate topic name.')
    else if (name !== null && counts.has(`id ${id}`)) {
      refuse(name, id, 'The provided topic name maps to an ID that was already supplied.')
      twiceNamed.add(id)
    } else return true
    return false
  })
  return { wanted: wanted.filter(({ topicId }) => !twiceNamed.has(topicId)), responses }
}

export function createPartitions(
  context: ControllerContext,
  request: RequestOf<typeof CreatePartitions>,
  take: TakePartitions = () => {},
): MetadataDecision<ResponseInput<typeof CreatePartitions>> {
  const { image } = context
  const records: MetadataRecord[] = []
  const counts = new Map<string, number>()
  for (const { name } of request.topics) counts.set(name, (counts.get(name) ?? 0) + 1)
  const distinct = request.topics.filter(({ name }, at) => request.topics.findIndex((one) => one.name === name) === at)
  const results = distinct.map(({ name, count, assignments }) => {
    try {
      if ((counts.get(name) ?? 0) > 1) throw new KafkaError('INVALID_REQUEST', 'Duplicate topic name.')
      const topic = image.topics.get(name)
      if (!topic) return { name, errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION as number, errorMessage: null }
      const current = topic.partitions.length
      const added = count - current
      const invalid = (code: ErrorName, sentence: string) => new KafkaError(code, sentence)
      if (added === 0) throw invalid('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`)
      if (added < 0)
        throw invalid(
          'INVALID_PARTITIONS',
          `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
        )
      if (assignments !== null && assignments.length !== added)
        throw invalid(
          'INVALID_REPLICA_ASSIGNMENT',
          `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
        )
      if (records.length + added > MAX_PARTITIONS_PER_REQUEST)
        throw invalid('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
      const factor = topic.partitions[0]?.replicas.length ?? 1
      const replicas = assignments
        ? manualAssignment(
            image,
            assignments.map(({ brokerIds }, partitionIndex) => ({ partitionIndex, brokerIds })),
            { factor, first: current },
          )
        : placeReplicas(context, added, factor)
      take(added)
      for (const [index, list] of replicas.entries())
        records.push(partitionRecord(image, topic.id, current + index, list))
      return { name, errorCode: Errors.NONE as number, errorMessage: null }
    } catch (error) {
      return { name, ...failure(error) }
    }
  })
  return { records: request.validateOnly ? [] : records, reply: { throttleTimeMs: 0, results } }
}
