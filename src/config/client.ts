/** The properties of producers, consumers and admin clients, with the names and defaults of Apache Kafka 4.3. */

import { checkSecurity, securityProperties } from './client-security.ts'
import { idleInClients } from './client-without-effect.ts'
import { isOfProviders } from './config-providers.ts'
import { bool, ConfigError, int, list, long, Property, string, type Values } from './define.ts'
import { idleSentences, slip } from './remarks.ts'

export { ConfigError } from './define.ts'

type RawValue = string | number | boolean
type Table = { readonly [name: string]: { readonly fallback: unknown; parse(name: string, text: string): unknown } }

export interface Parsed<T extends Table> {
  /** Under the properties' own names. */
  readonly values: Values<T>
  readonly given: ReadonlySet<string>
  /** Names that no property has; not an error, as in Apache's clients. */
  readonly unknown: readonly string[]
  /** Sentences about properties that do nothing, and about those whose names look like slips. */
  readonly remarks: readonly string[]
}

function parseProperties<T extends Table>(table: T, properties: Properties): Parsed<T> {
  const values: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(table)) values[name] = property.fallback
  const given = new Set<string>()
  const unknown: string[] = []
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue
    const property = Object.hasOwn(table, name) ? table[name] : undefined
    if (!property) {
      if (!isOfProviders(name)) unknown.push(name)
      continue
    }
    given.add(name)
    values[name] = property.parse(name, String(value))
  }
  const idle = idleSentences(idleInClients, table, (name) => (given.has(name) ? values[name] : undefined))
  return { values: values as Values<T>, given, unknown, remarks: [...unknown.flatMap(slips), ...idle] }
}

/** One file serves clients of several kinds, and serializers have properties that Kafka does not know: only what is close to a name of Kafka's is told. */
function slips(name: string): string[] {
  const tables = { ...producerTable, ...consumerTable, ...adminTable }
  const sentence = name in tables ? undefined : slip('Kafka', name, Object.keys(tables))
  return sentence ? [sentence] : []
}

/** One of some words. */
const word = <const V extends string>(fallback: V, words: readonly V[]): Property<V> =>
  new Property<V>('string', fallback, (text) => text as V, '').oneOf(...words)

/** One of some words in either case. */
const anyCase = <const V extends string>(fallback: V, words: readonly V[]): Property<V> =>
  new Property<V>(
    'string',
    fallback,
    (text) => words.find((candidate) => candidate.toLowerCase() === text.toLowerCase()),
    `String must be one of (case insensitive): ${words.join(', ')}`,
  )

/** Text that may be missing, but not empty. */
const optional = new Property<string | undefined>(
  'string',
  undefined,
  (text) => text || undefined,
  'String must be non-empty',
)

export interface HostPort {
  readonly host: string
  readonly port: number
}

const address = /^(?:[A-Za-z][\w+.-]*:\/\/)?(?:\[([0-9A-Fa-f:.%]*)\]|([0-9A-Za-z\-_.%]*)):(\d+)$/

/** Reads `host:port,[::1]:port`; throws for an empty list and for what is no address. */
export function parseServers(name: string, value: string): HostPort[] {
  const items = value.split(',').map((item) => item.trim())
  const servers = items.filter((item) => item !== '').map((item) => parseServer(name, item))
  if (servers.length === 0)
    throw new ConfigError(`Configuration '${name}' must not be empty. Valid values include: any non-empty value`)
  return servers
}

function parseServer(name: string, item: string): HostPort {
  const match = address.exec(item)
  const port = Number(match?.[3])
  if (!match || port > 65_535) throw new ConfigError(`Invalid url in ${name}: ${item}`)
  return { host: (match[1] ?? match[2]) || 'localhost', port }
}

/** Addresses, kept as text here: their complaints name the property in another way (see `parseServers`). */
const servers = string('')

/** Properties of every client. */
const common = {
  'bootstrap.servers': servers,
  'client.id': string(''),
  'client.dns.lookup': word('use_all_dns_ips', ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only']),
  'connections.max.idle.ms': long(540_000),
  'metadata.max.age.ms': long(300_000).min(0),
  'metadata.recovery.strategy': anyCase('REBOOTSTRAP', ['REBOOTSTRAP', 'NONE']),
  'metadata.recovery.rebootstrap.trigger.ms': long(300_000).min(0),
  'reconnect.backoff.ms': long(50).min(0),
  'reconnect.backoff.max.ms': long(1000).min(0),
  'request.timeout.ms': int(30_000).min(0),
  'retry.backoff.ms': long(100).min(0),
  'retry.backoff.max.ms': long(1000).min(0),
  ...securityProperties,
  'socket.connection.setup.timeout.ms': long(10_000),
  'socket.connection.setup.timeout.max.ms': long(30_000),
  // Without a meaning here: sockets size their buffers themselves.
  'receive.buffer.bytes': int(65_536).min(-1),
  'send.buffer.bytes': int(131_072).min(-1),
  'enable.metrics.push': bool(false),
  'metric.reporters': list([]),
  'metrics.num.samples': int(2).min(1),
  'metrics.recording.level': word('INFO', ['INFO', 'DEBUG', 'TRACE']),
  'metrics.sample.window.ms': long(30_000).min(0),
  'interceptor.classes': list([]),
  'config.providers': list([]),
} as const

const gzipLevels = [-1, 1, 2, 3, 4, 5, 6, 7, 8, 9]
const gzipLevel = new Property<number>(
  'int',
  -1,
  (text) => (/^-?\d+$/.test(text) ? Number(text) : undefined),
  'Not a number of type INT',
  [(value) => (gzipLevels.includes(value as number) ? undefined : 'Value must be between 1 and 9 or equal to -1')],
)

export const producerTable = {
  ...common,
  acks: word('all', ['all', '-1', '0', '1']),
  'batch.size': int(16_384).min(0),
  'buffer.memory': long(33_554_432).min(0),
  'compression.type': word('none', ['none', 'gzip', 'snappy', 'lz4', 'zstd']),
  'compression.gzip.level': gzipLevel,
  'compression.lz4.level': int(9).min(1).max(17),
  'compression.zstd.level': int(3).min(-131_072).max(22),
  'delivery.timeout.ms': int(120_000).min(0),
  'enable.idempotence': bool(true),
  'linger.ms': long(5).min(0),
  'max.block.ms': long(60_000).min(0),
  'max.in.flight.requests.per.connection': int(5).min(1),
  'max.request.size': int(1_048_576).min(0),
  'metadata.max.idle.ms': long(300_000).min(5000),
  'partitioner.adaptive.partitioning.enable': bool(true),
  'partitioner.availability.timeout.ms': long(0).min(0),
  'partitioner.class': optional,
  'partitioner.ignore.keys': bool(false),
  retries: int(2_147_483_647).min(0),
  'transaction.timeout.ms': int(60_000),
  'transactional.id': optional,
  'key.serializer': optional,
  'value.serializer': optional,
} as const

const duration = /^P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i

export type OffsetReset = 'earliest' | 'latest' | 'none' | { readonly durationMs: number }

function readReset(wanted: string): OffsetReset | undefined {
  if (wanted === 'earliest' || wanted === 'latest' || wanted === 'none') return wanted
  const match = wanted.startsWith('by_duration:') ? duration.exec(wanted.slice('by_duration:'.length)) : null
  if (!match) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return { durationMs: Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000) }
}

/** Apache's sentence repeats the value inside; `Property` has only one fixed complaint, so this one makes its own. */
class OffsetResetProperty extends Property<OffsetReset> {
  constructor() {
    super('string', 'latest', readReset, '')
  }

  override parse(name: string, text: string): OffsetReset {
    const reset = readReset(text.trim())
    if (reset !== undefined) return reset
    throw new ConfigError(
      `Invalid value ${text} for configuration ${name}: Invalid value \`${text}\` for configuration ${name}. ` +
        "The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.",
    )
  }
}

export const consumerTable = {
  ...common,
  'allow.auto.create.topics': bool(true),
  'auto.commit.interval.ms': int(5000).min(0),
  'auto.offset.reset': new OffsetResetProperty(),
  'check.crcs': bool(true),
  'client.rack': string(''),
  'default.api.timeout.ms': int(60_000).min(0),
  'enable.auto.commit': bool(true),
  'exclude.internal.topics': bool(true),
  'fetch.max.bytes': int(52_428_800).min(0),
  'fetch.max.wait.ms': int(500).min(0),
  'fetch.min.bytes': int(1).min(0),
  'group.id': new Property<string | undefined>('string', undefined, (text) => text, ''),
  'group.instance.id': optional,
  'group.protocol': anyCase('CLASSIC', ['CONSUMER', 'CLASSIC']),
  'group.remote.assignor': string(''),
  'heartbeat.interval.ms': int(3000),
  'isolation.level': word('read_uncommitted', ['read_committed', 'read_uncommitted']),
  'max.partition.fetch.bytes': int(1_048_576).min(0),
  'max.poll.interval.ms': int(300_000).min(1),
  'max.poll.records': int(500).min(1),
  'partition.assignment.strategy': list(['range', 'cooperative-sticky']),
  'session.timeout.ms': int(45_000),
  'share.acknowledgement.mode': word('implicit', ['implicit', 'explicit']),
  'key.deserializer': optional,
  'value.deserializer': optional,
} as const

export const adminTable = {
  ...common,
  'bootstrap.controllers': servers,
  'connections.max.idle.ms': long(300_000),
  'default.api.timeout.ms': int(60_000).min(0),
  retries: int(2_147_483_647).min(0),
} as const

export type CommonConfig = Values<typeof common>
export type ProducerConfig = Values<typeof producerTable>
export type ConsumerConfig = Values<typeof consumerTable>
export type AdminConfig = Values<typeof adminTable>

type Properties = Readonly<Record<string, RawValue | undefined>>

function checkCommon(values: CommonConfig, given: ReadonlySet<string>): void {
  if (!given.has('bootstrap.servers') && !given.has('bootstrap.controllers'))
    throw new ConfigError('Missing required configuration "bootstrap.servers" which has no default value.')
  checkSecurity(values, given)
}

export function producerConfig(properties: Properties): Parsed<typeof producerTable> {
  const parsed = parseProperties(producerTable, properties)
  checkCommon(parsed.values, parsed.given)
  return { ...parsed, values: checkIdempotence(parsed.values, parsed.given) }
}

/** Idempotence is on unless something that was set explicitly rules it out; asked for explicitly, that is an error. */
function checkIdempotence(values: ProducerConfig, given: ReadonlySet<string>): ProducerConfig {
  const wanted = given.has('enable.idempotence')
  let idempotent = values['enable.idempotence']
  const rule = (broken: boolean, sentence: string, always = false) => {
    if (!broken || !idempotent) return
    if (wanted || always || values['transactional.id'] !== undefined) throw new ConfigError(sentence)
    idempotent = false
  }
  rule(values.retries === 0, 'Must set retries to non-zero when using the idempotent producer.')
  rule(
    values.acks !== 'all' && values.acks !== '-1',
    'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
  )
  const inFlight = values['max.in.flight.requests.per.connection']
  rule(
    inFlight > 5,
    `To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is ${inFlight}.`,
    true,
  )
  if (values['transactional.id'] !== undefined && !idempotent)
    throw new ConfigError('Cannot set a transactional.id without also enabling idempotence.')
  return { ...values, 'enable.idempotence': idempotent, 'delivery.timeout.ms': deliveryTimeout(values, given) }
}

function deliveryTimeout(values: ProducerConfig, given: ReadonlySet<string>): number {
  const least = Math.min(values['linger.ms'] + values['request.timeout.ms'], 0x7fff_ffff)
  if (values['delivery.timeout.ms'] >= least) return values['delivery.timeout.ms']
  if (given.has('delivery.timeout.ms'))
    throw new ConfigError('delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms')
  return least
}

export function consumerConfig(properties: Properties): Parsed<typeof consumerTable> {
  const parsed = parseProperties(consumerTable, properties)
  checkCommon(parsed.values, parsed.given)
  const { values, given } = parsed
  checkGroupProtocol(values, given)
  const groupId = values['group.id']
  if (groupId !== undefined && groupId.trim() === '')
    throw new ConfigError('The configured group.id should not be an empty string or whitespace.')
  const isClassic = values['group.protocol'] === 'CLASSIC'
  if (isClassic && groupId !== undefined && values['heartbeat.interval.ms'] >= values['session.timeout.ms'])
    throw new ConfigError('Heartbeat must be set lower than the session timeout')
  // Without a group there is nowhere to commit to; asking for it all the same is an error.
  if (groupId === undefined && given.has('enable.auto.commit') && values['enable.auto.commit'])
    throw new ConfigError('enable.auto.commit cannot be set to true when default group id (null) is used.')
  return {
    ...parsed,
    values: { ...values, 'enable.auto.commit': values['enable.auto.commit'] && groupId !== undefined },
  }
}

/** What belongs to one of the protocols by which members make a group, and is not to be set with the other. */
const ofProtocol = {
  CLASSIC: ['partition.assignment.strategy', 'heartbeat.interval.ms', 'session.timeout.ms'],
  CONSUMER: ['group.remote.assignor'],
} as const

function checkGroupProtocol(values: ConsumerConfig, given: ReadonlySet<string>): void {
  const protocol = values['group.protocol']
  const foreign = ofProtocol[protocol === 'CLASSIC' ? 'CONSUMER' : 'CLASSIC'].filter(
    (name) => given.has(name) && String(values[name]) !== '',
  )
  if (foreign.length > 0) throw new ConfigError(`${foreign.join(', ')} cannot be set when group.protocol=${protocol}`)
}

export function adminConfig(properties: Properties): Parsed<typeof adminTable> {
  const parsed = parseProperties(adminTable, properties)
  checkCommon(parsed.values, parsed.given)
  return parsed
}
