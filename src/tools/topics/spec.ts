import { InvalidRequest } from '../groups/reset.ts'
import { checkConfigs } from './change.ts'

/** A topic as a file wants it; what is left out is as it is, or the cluster's default for a new topic. */
export interface TopicSpec {
  readonly name: string
  readonly partitions: number | undefined
  readonly replicationFactor: number | undefined
  /** Null goes back to the default. */
  readonly configs: Readonly<Record<string, string | null>>
}

const topicFields = ['name', 'partitions', 'replicationFactor', 'configs']

/** Reads `topics: [{ name, partitions, replicationFactor, configs }]` of YAML or JSON; throws `InvalidRequest`, or `ConfigError` for a property. */
export async function parseTopicSpecs(text: string): Promise<TopicSpec[]> {
  const { parse } = await import('../../std/yaml.ts')
  let content: unknown
  try {
    // Properties go up to 2^63 - 1, which a number cannot hold.
    content = parse(text, { intAsBigInt: true })
  } catch (error) {
    throw new InvalidRequest(
      `The file is no YAML or JSON: ${(error as Error).message.split('\n')[0]?.replace(/:$/, '')}.`,
    )
  }
  const { topics } = fieldsOf(content, 'The file', ['topics'])
  if (!Array.isArray(topics)) throw new InvalidRequest('The file has no list `topics`.')
  const specs = topics.map((topic, index) => specOf(topic, `Topic ${index + 1}`))
  const twice = specs.find(({ name }, index) => specs.findIndex((other) => other.name === name) !== index)
  if (twice) throw new InvalidRequest(`Topic ${twice.name} is there twice.`)
  return specs
}

function fieldsOf(value: unknown, what: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidRequest(`${what} has no fields.`)
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new InvalidRequest(`${what} has the unknown field ${unknown}; known are ${known.join(', ')}.`)
  return value as Readonly<Record<string, unknown>>
}

function specOf(topic: unknown, place: string): TopicSpec {
  const fields = fieldsOf(topic, place, topicFields)
  const { name } = fields
  if (typeof name !== 'string' || name === '') throw new InvalidRequest(`${place} has no name.`)
  const count = (field: 'partitions' | 'replicationFactor'): number | undefined => {
    const value = fields[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'bigint' || value < 1n || value > 1_000_000n)
      throw new InvalidRequest(`${field} of ${name} is no number above 0.`)
    return Number(value)
  }
  const configs = configsOf(fields['configs'] ?? {}, name)
  const set = Object.entries(configs).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]))
  checkConfigs(Object.fromEntries(set))
  return { name, partitions: count('partitions'), replicationFactor: count('replicationFactor'), configs }
}

function configsOf(value: unknown, topic: string): Record<string, string | null> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidRequest(`configs of ${topic} are no properties.`)
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, configText(item, `${name} of ${topic}`)]),
  )
}

function configText(value: unknown, what: string): string | null {
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item) => configText(item, what)).join(',')
  if (typeof value === 'object') throw new InvalidRequest(`${what} is no value.`)
  return String(value)
}
