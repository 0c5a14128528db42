import { ConfigError } from '../../config/define.ts'
import { javaPattern } from '../../std/java-pattern.ts'
import type { ConnectorConfig } from '../connector.ts'
import { keyErrors, listOf, type SentenceKey } from './key-errors.ts'
import { withPrefix } from './worker-config.ts'

/** How the topics of a group are made (KIP-158). */
export interface TopicGroup {
  readonly name: string
  /** -1 is the broker's default, of both. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
  matches(topic: string): boolean
}

const PREFIX = 'topic.creation.'
const GROUPS = `${PREFIX}groups`
const DEFAULT = 'default'

/** Whether a connector wants topics to be made. */
export const wantsTopics = (config: ConnectorConfig): boolean =>
  Object.keys(config).some((name) => name.startsWith(PREFIX))

/**
 * The groups of a connector in the order in which they are looked through, the default one last, which matches all. Throws `ConfigError` in
 * Apache's words.
 */
export function topicGroups(config: ConnectorConfig): TopicGroup[] {
  const fallback = readGroup(DEFAULT, config, {})
  const defaults = { partitions: String(fallback.partitions), factor: String(fallback.replicationFactor) }
  const names = listOf(config[GROUPS] ?? '').filter((name) => name !== DEFAULT)
  return [...names.map((name) => readGroup(name, config, defaults)), { ...fallback, matches: () => true }]
}

function readGroup(
  name: string,
  config: ConnectorConfig,
  defaults: { readonly partitions?: string; readonly factor?: string },
): TopicGroup {
  const prefix = `${PREFIX}${name}.`
  const given = withPrefix(config, prefix)
  for (const key of keysOf(defaults))
    for (const error of keyErrors(key, given[key.name], prefix + key.name)) throw new ConfigError(error)
  const { include = '', exclude = '', partitions, 'replication.factor': factor, ...configs } = given
  const included = eitherOf(include)
  const excluded = eitherOf(exclude)
  return {
    name,
    partitions: Number(partitions ?? defaults.partitions),
    replicationFactor: Number(factor ?? defaults.factor),
    configs,
    matches: (topic) => !excluded.test(topic) && included.test(topic),
  }
}

/** No pattern at all matches no topic. */
const eitherOf = (patterns: string): RegExp => javaPattern(listOf(patterns).join('|'))

const keysOf = (defaults: { readonly partitions?: string; readonly factor?: string }): SentenceKey[] => [
  key('include', 'LIST', '', patternsIn('include')),
  key('exclude', 'LIST', '', patternsIn('exclude')),
  key(
    'replication.factor',
    'SHORT',
    defaults.factor,
    positive(
      'replication.factor',
      "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default",
    ),
  ),
  key(
    'partitions',
    'INT',
    defaults.partitions,
    positive('partitions', "Number of partitions must be positive, or -1 to use the broker's default"),
  ),
]

function key(
  name: string,
  type: SentenceKey['type'],
  defaultValue: string | undefined,
  sentence: SentenceKey['sentence'] & {},
): SentenceKey {
  const fallback = defaultValue === undefined ? {} : { defaultValue }
  return { name, type, ...fallback, importance: 'LOW', documentation: '', sentence }
}

const positive = (name: string, why: string) => (value: string | undefined) => {
  const number = Number(value)
  return value === undefined || number > 0 || number === -1
    ? undefined
    : `Invalid value ${value} for configuration ${name}: ${why}`
}

const patternsIn = (name: string) => (value: string | undefined) => {
  const items = listOf(value ?? '')
  try {
    for (const item of items) javaPattern(item)
    return undefined
  } catch (error) {
    return `Invalid value [${items.join(', ')}] for configuration ${name}: Syntax error in regular expression: ${(error as Error).message}`
  }
}
