import { type Admin, type ConfigEntry, resourceKey, type TopicDescription } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { InvalidRequest } from '../groups/reset.ts'
import { deleteTopics, topicError } from './change.ts'
import type { TopicSpec } from './spec.ts'

/** One step from what is to what is wanted. */
export type TopicChange =
  | { readonly change: 'create'; readonly topic: string; readonly spec: TopicSpec }
  | { readonly change: 'partitions'; readonly topic: string; readonly from: number; readonly to: number }
  /** Undefined and null stand for the default. */
  | {
      readonly change: 'config'
      readonly topic: string
      readonly property: string
      readonly from: string | undefined
      readonly to: string | null
    }
  | { readonly change: 'delete'; readonly topic: string }

/** Properties that name the replicas of one topic, and mean nothing for another. */
const ofReplicas = /\.replication\.throttled\.replicas$/

/** What somebody set on a topic. */
const ownConfigs = (entries: readonly ConfigEntry[]): Map<string, string> =>
  new Map(
    entries.flatMap(({ name, value, source }) =>
      source === 'DYNAMIC_TOPIC_CONFIG' && value !== null ? [[name, value] as const] : [],
    ),
  )

/** The steps to what is wanted; throws `InvalidRequest` for what no step leads to. `prune` deletes topics that nobody wants. */
export async function planTopics(admin: Admin, specs: readonly TopicSpec[], prune: boolean): Promise<TopicChange[]> {
  const listed = await admin.listTopics({ includeInternal: true })
  const present = new Set(listed.map(({ name }) => name))
  const old = specs.filter(({ name }) => present.has(name))
  const described = await admin.describeTopics(old.map(({ name }) => name))
  const resources = old.map(({ name }) => ({ type: 'topic' as const, name }))
  const configs = resources.length > 0 ? await admin.describeConfigs(resources) : new Map()
  const changes = specs.flatMap((spec): TopicChange[] => {
    const { name } = spec
    if (!present.has(name)) return [{ change: 'create', topic: name, spec }]
    const entries = orThrow(configs.get(resourceKey({ type: 'topic', name })))
    return changesOf(spec, orThrow(described.get(name)), ownConfigs(entries?.entries ?? []))
  })
  if (!prune) return changes
  const wanted = new Set(specs.map(({ name }) => name))
  const unwanted = listed.filter(({ name, internal }) => !internal && !name.startsWith('__') && !wanted.has(name))
  const names = unwanted.map(({ name }) => name).sort()
  return [...changes, ...names.map((topic) => ({ change: 'delete' as const, topic }))]
}

function orThrow<T>(result: T | KafkaError | undefined): T {
  if (result instanceof KafkaError) throw result
  return result as T
}

function changesOf(spec: TopicSpec, topic: TopicDescription, own: ReadonlyMap<string, string>): TopicChange[] {
  const { name, replicationFactor } = spec
  const changes: TopicChange[] = []
  const partitions = topic.partitions.length
  const wanted = spec.partitions ?? partitions
  if (wanted < partitions)
    throw new InvalidRequest(`Topic ${name} has ${partitions} partitions, and none can be taken away.`)
  if (wanted > partitions) changes.push({ change: 'partitions', topic: name, from: partitions, to: wanted })
  const replicas = topic.partitions[0]?.replicas.length
  if (replicationFactor !== undefined && replicationFactor !== replicas)
    throw new InvalidRequest(
      `Topic ${name} has ${replicas} replicas a partition: \`topics alter ${name} --replication-factor ${replicationFactor}\` changes that.`,
    )
  for (const [property, to] of Object.entries(spec.configs)) {
    const from = own.get(property)
    if ((to ?? undefined) !== from) changes.push({ change: 'config', topic: name, property, from, to })
  }
  return changes
}

/** Takes the steps, in the order: create, add partitions, alter, delete. `validateOnly` lets the broker look at them, and changes nothing. */
export async function applyChanges(
  admin: Admin,
  changes: readonly TopicChange[],
  validateOnly: boolean,
): Promise<void> {
  const of = <K extends TopicChange['change']>(kind: K) =>
    changes.filter((change): change is Extract<TopicChange, { change: K }> => change.change === kind)
  const creations = of('create').map(({ spec }) => newTopic(spec))
  if (creations.length > 0) throwFirst(await admin.createTopics(creations, { validateOnly }))
  const additions = of('partitions').map(({ topic, to }) => ({ topic, count: to }))
  if (additions.length > 0) throwFirst(await admin.createPartitions(additions, { validateOnly }))
  const alterations = alterationsOf(of('config'))
  if (alterations.length > 0) throwFirst(await admin.incrementalAlterConfigs(alterations, { validateOnly }))
  const deletions = of('delete').map(({ topic }) => topic)
  if (deletions.length > 0 && !validateOnly) await deleteTopics(admin, deletions)
}

function throwFirst(results: ReadonlyMap<string, unknown>): void {
  for (const result of results.values()) if (result instanceof KafkaError) throw result
}

function newTopic({ name, partitions, replicationFactor, configs }: TopicSpec) {
  const set = Object.entries(configs).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]))
  return {
    name,
    configs: Object.fromEntries(set),
    ...(partitions === undefined ? {} : { partitions }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
  }
}

function alterationsOf(changes: readonly Extract<TopicChange, { change: 'config' }>[]) {
  const topics = new Set(changes.map(({ topic }) => topic))
  return Array.from(topics, (name) => ({
    type: 'topic' as const,
    name,
    ops: changes
      .filter(({ topic }) => topic === name)
      .map(({ property, to }) =>
        to === null ? { name: property, op: 'delete' as const } : { name: property, op: 'set' as const, value: to },
      ),
  }))
}

/** A new topic with the partitions, replicas and properties of another; throws when that is not there. */
export async function specLike(admin: Admin, source: string, name: string): Promise<TopicSpec> {
  const topic = (await admin.describeTopics([source])).get(source)
  if (!topic || topic instanceof KafkaError) throw topicError(source, topic)
  const resource = { type: 'topic' as const, name: source }
  const configs = orThrow((await admin.describeConfigs([resource])).get(resourceKey(resource)))
  const own = [...ownConfigs(configs?.entries ?? [])].filter(([property]) => !ofReplicas.test(property))
  return {
    name,
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicas.length,
    configs: Object.fromEntries(own),
  }
}
