/** The properties of an application of Kafka Streams, with the names and defaults of Apache Kafka 4.3. */
import { adminTable, ConfigError, consumerTable, producerTable } from './client.ts'
import { bool, int, list, long, string, type Values } from './define.ts'
import { idleSentences, unknownProperty } from './remarks.ts'
import { idleInStreams } from './streams-without-effect.ts'

const streamsTable = {
  'application.id': string(''),
  'client.id': string(''),
  // One of those that Kafka keeps for itself.
  '__emit.interval.ms.kstreams.windowed.aggregation__': long(1000).min(0),
  'acceptable.recovery.lag': long(10_000).min(0),
  'allow.os.group.write.access': bool(false),
  'application.server': string(''),
  'buffered.records.per.partition': int(1000).min(1),
  'built.in.metrics.version': string('latest'),
  'cache.max.bytes.buffering': long(10_485_760).min(0),
  'commit.interval.ms': long(30_000).min(0),
  'default.client.supplier': string(null),
  'default.deserialization.exception.handler': string(null),
  'default.dsl.store': string('rocksDB'),
  'default.key.serde': string(null),
  'default.production.exception.handler': string(null),
  'default.timestamp.extractor': string('org.apache.kafka.streams.processor.FailOnInvalidTimestamp'),
  'default.value.serde': string(null),
  'deserialization.exception.handler': string('org.apache.kafka.streams.errors.LogAndFailExceptionHandler'),
  'dsl.store.format': string('DEFAULT'),
  'dsl.store.suppliers.class': string(null),
  'ensure.explicit.internal.resource.naming': bool(false),
  'errors.dead.letter.queue.topic.name': string(null),
  'group.protocol': string('classic'),
  'log.summary.interval.ms': long(120_000),
  'max.task.idle.ms': long(0),
  'max.warmup.replicas': int(2).min(1),
  'num.standby.replicas': int(0),
  'num.stream.threads': int(1),
  'poll.ms': long(100),
  'probing.rebalance.interval.ms': long(600_000).min(60_000),
  'processing.exception.handler': string(null),
  'processing.exception.handler.global.enabled': bool(false),
  'processing.guarantee': string('at_least_once').oneOf('at_least_once', 'exactly_once_v2'),
  'processor.wrapper.class': string(null),
  'production.exception.handler': string(null),
  'rack.aware.assignment.non_overlap_cost': int(null),
  'rack.aware.assignment.strategy': string('none'),
  'rack.aware.assignment.tags': list([]),
  'rack.aware.assignment.traffic_cost': int(null),
  'repartition.purge.interval.ms': long(30_000).min(0),
  'replication.factor': int(-1),
  'rocksdb.config.setter': string(null),
  'state.cleanup.delay.ms': long(600_000),
  'state.cleanup.dir.max.age.ms': long(-1),
  'state.dir': string('/tmp/kafka-streams'),
  'statestore.cache.max.bytes': long(10_485_760).min(0),
  'task.assignor.class': string(null),
  'task.timeout.ms': long(300_000).min(0),
  'topology.optimization': string('none'),
  'upgrade.from': string(null),
  'window.size.ms': long(null),
  'windowed.inner.class.serde': string(null),
  'windowstore.changelog.additional.retention.ms': long(86_400_000),
} as const

type RawValue = string | number | boolean
type Properties = Readonly<Record<string, RawValue | undefined>>
export type StreamsValues = Values<typeof streamsTable>

export interface StreamsConfig {
  readonly values: StreamsValues
  /** Sentences about properties that do nothing, and about those that Kafka does not know. */
  readonly remarks: readonly string[]
  /** What each of the application's clients is given. */
  readonly clients: Readonly<Record<'consumer' | 'restore' | 'global' | 'producer' | 'admin', Properties>>
  /** Configs of the topics that the application makes: those with `topic.` before their names. */
  readonly topics: Readonly<Record<string, string>>
}

/** What an application decides itself; a value for one of these is not taken. */
const own = [
  'enable.auto.commit',
  'allow.auto.create.topics',
  'group.id',
  'partition.assignment.strategy',
  'transactional.id',
]

const prefixes = [
  'main.consumer.',
  'restore.consumer.',
  'global.consumer.',
  'consumer.',
  'producer.',
  'admin.',
  'topic.',
]

/** Throws `ConfigError`. */
export function streamsConfig(properties: Properties): StreamsConfig {
  const given = new Map(
    Object.entries(properties).filter((entry): entry is [string, RawValue] => entry[1] !== undefined),
  )
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(streamsTable)) {
    const raw = given.get(name)
    values[name] = raw === undefined ? property.fallback : property.parse(name, String(raw))
  }
  checkRequired(values as StreamsValues, given)
  // Nobody sees results before they are committed.
  if (values['processing.guarantee'] === 'exactly_once_v2' && !given.has('commit.interval.ms'))
    values['commit.interval.ms'] = 100
  return {
    values: values as StreamsValues,
    remarks: [...unknownNames(given.keys()), ...ownNames(given.keys()), ...idle(given, values)],
    clients: {
      consumer: clientProperties(given, consumerTable, ['consumer.', 'main.consumer.']),
      restore: clientProperties(given, consumerTable, ['consumer.', 'restore.consumer.']),
      global: clientProperties(given, consumerTable, ['consumer.', 'global.consumer.']),
      producer: clientProperties(given, producerTable, ['producer.']),
      admin: clientProperties(given, adminTable, ['admin.']),
    },
    topics: Object.fromEntries(Object.entries(prefixed(given, 'topic.')).map(([name, value]) => [name, String(value)])),
  }
}

function checkRequired(values: StreamsValues, given: ReadonlyMap<string, RawValue>): void {
  for (const name of ['application.id', 'bootstrap.servers'])
    if (!given.has(name)) throw new ConfigError(`Missing required configuration "${name}" which has no default value.`)
  if (!/^[\w.-]+$/.test(values['application.id']))
    throw new ConfigError(
      `Invalid value ${values['application.id']} for configuration application.id: topics are named after it, so it may have ASCII letters, digits, '.', '_' and '-' only.`,
    )
  if (values['group.protocol'].toLowerCase() !== 'classic')
    throw new ConfigError(
      `Invalid value ${values['group.protocol']} for configuration group.protocol: applications join their group by the classic protocol only.`,
    )
}

function idle(given: ReadonlyMap<string, RawValue>, values: Readonly<Record<string, unknown>>): string[] {
  return idleSentences(idleInStreams, streamsTable, (name) => (given.has(name) ? values[name] : undefined))
}

function unknownNames(names: Iterable<string>): string[] {
  const known = { ...streamsTable, ...consumerTable, ...producerTable, ...adminTable }
  return [...names]
    .filter((name) => !Object.hasOwn(known, name) && !prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => unknownProperty('Kafka', name, Object.keys(known)))
}

function ownNames(names: Iterable<string>): string[] {
  const set = [...names].filter((name) =>
    own.includes(name.replace(/^((main|restore|global)\.)?(consumer|producer)\./, '')),
  )
  return set.length === 0
    ? []
    : [`Without effect: ${set.join(', ')} (an application of Kafka Streams decides that itself).`]
}

const prefixed = (given: ReadonlyMap<string, RawValue>, prefix: string): Record<string, RawValue> =>
  Object.fromEntries(
    Array.from(given, ([name, value]): [string, RawValue] => [name.slice(prefix.length), value]).filter((_, index) =>
      [...given.keys()][index]?.startsWith(prefix),
    ),
  )

function clientProperties(
  given: ReadonlyMap<string, RawValue>,
  table: Readonly<Record<string, unknown>>,
  before: readonly string[],
): Record<string, RawValue> {
  const shared = [...given].filter(([name]) => Object.hasOwn(table, name) && name !== 'group.protocol')
  const all = Object.assign(Object.fromEntries(shared), ...before.map((prefix) => prefixed(given, prefix)))
  for (const name of own) delete all[name]
  return all
}
