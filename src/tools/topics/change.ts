import type { Admin, NewTopic } from '../../client/index.ts'
import { ConfigError } from '../../config/define.ts'
import { topicProperties } from '../../config/topic.ts'
import { KafkaError } from '../../protocol/errors.ts'

/** Topics that a call is about, sorted. */
export async function findTopics(
  admin: Admin,
  pattern: RegExp | undefined,
  excludeInternal: boolean,
): Promise<string[]> {
  const topics = await admin.listTopics({ includeInternal: !excludeInternal })
  return topics
    .map(({ name }) => name)
    .filter((name) => pattern?.test(name) ?? true)
    .sort()
}

/** A sentence that names the topic, where the broker's code does not. */
export const topicError = (name: string, error: KafkaError | undefined): Error =>
  !error || error.error === 'UNKNOWN_TOPIC_OR_PARTITION' ? new Error(`There is no topic ${name}.`) : error

const throwFirst = (results: Iterable<unknown>): void => {
  for (const result of results) if (result instanceof KafkaError) throw result
}

/** Creates one topic; false when it was there already and that is no error. */
export async function createTopic(admin: Admin, topic: NewTopic, ifNotExists: boolean): Promise<boolean> {
  const { replicationFactor, partitions } = topic
  if (replicationFactor !== undefined && (replicationFactor < 1 || replicationFactor > 32_767))
    throw new Error('The replication factor must be between 1 and 32767 inclusive')
  if (partitions !== undefined && partitions < 1) throw new Error('The partitions must be greater than 0')
  if (topic.name === '') throw new Error("The given topic name '' cannot be represented in a request.")
  const result = (await admin.createTopics([topic])).get(topic.name)
  if (!(result instanceof KafkaError)) return true
  if (ifNotExists && result.error === 'TOPIC_ALREADY_EXISTS') return false
  throw result
}

/** Tells a wrong name or value before anything is sent; throws `ConfigError`. */
export function checkConfigs(configs: Readonly<Record<string, string>>): void {
  const known: { readonly [name: string]: { parse(name: string, text: string): unknown } } = topicProperties
  const names = Object.keys(configs).filter((name) => !name.startsWith('internal.'))
  for (const name of names) if (!Object.hasOwn(known, name)) throw new ConfigError(`Unknown topic config name: ${name}`)
  for (const name of names) known[name]?.parse(name, configs[name] as string)
}

/**
 * Raises the number of partitions of every topic. `assignments` has the broker ids of all partitions from 0 on; those of partitions that
 * are there already are passed over.
 */
export async function addPartitions(
  admin: Admin,
  topics: readonly string[],
  count: number,
  assignments: readonly (readonly number[])[] | undefined,
): Promise<void> {
  if (!assignments) {
    throwFirst((await admin.createPartitions(topics.map((topic) => ({ topic, count })))).values())
    return
  }
  const described = await admin.describeTopics(topics)
  throwFirst(described.values())
  const changes = Array.from(described, ([topic, found]) => {
    const present = found instanceof KafkaError ? 0 : found.partitions.length
    return { topic, count, assignments: assignments.slice(present) }
  })
  throwFirst((await admin.createPartitions(changes)).values())
}

export async function deleteTopics(admin: Admin, topics: readonly string[]): Promise<void> {
  throwFirst((await admin.deleteTopics(topics)).values())
}

const integer = (text: string): number => {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`For input string: "${text}"`)
  return Number(text)
}

/** Reads `0:1,1:2`: the broker ids of each partition. */
export function parseAssignment(text: string): number[][] {
  const partitions = text.split(',').map((ids) => ids.split(':').map((id) => integer(id.trim())))
  for (const [index, ids] of partitions.entries()) {
    const twice = new Set(ids.filter((id, at) => ids.indexOf(id) !== at))
    if (twice.size > 0)
      throw new Error(`Partition replica lists may not contain duplicate entries: ${[...twice].join(',')}`)
    if (ids.length !== partitions[0]?.length)
      throw new Error(`Partition ${index} has different replication factor: [${ids.join(', ')}]`)
  }
  return partitions
}
