import { ConfigError, int, list, type Property, short, string, type Values } from '../../config/define.ts'
import type { ConnectorConfig } from '../connector.ts'
import { ofAllClients } from './client-properties.ts'
import type { WorkerRules } from './validate.ts'
import { readWorkerConfig, type WorkerConfig, withPrefix } from './worker-config.ts'

/** A count that may be left to the broker: more than nothing, or -1. */
function countProperty(of: Property<number>, what: string): Property<number> {
  const parse = (name: string, text: string): number => {
    const value = of.parse(name, text)
    if (value !== -1 && value < 1)
      throw new ConfigError(
        `Invalid value ${value} for configuration ${name}: ${what} must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default`,
      )
    return value
  }
  return Object.assign(Object.create(of) as Property<number>, { parse })
}

const partitions = (count: number) => countProperty(int(count), 'Number of partitions')
const replicas = () => countProperty(short(3), 'Replication factor')

const table = {
  'group.id': string(''),
  'session.timeout.ms': int(10_000),
  'rebalance.timeout.ms': int(60_000),
  'heartbeat.interval.ms': int(3000),
  'worker.sync.timeout.ms': int(3000),
  'offset.storage.topic': string(''),
  'offset.storage.partitions': partitions(25),
  'offset.storage.replication.factor': replicas(),
  'config.storage.topic': string(''),
  'config.storage.replication.factor': replicas(),
  'status.storage.topic': string(''),
  'status.storage.partitions': partitions(5),
  'status.storage.replication.factor': replicas(),
  'connect.protocol': string('sessioned'),
  'scheduled.rebalance.max.delay.ms': int(300_000).min(0),
  'inter.worker.key.ttl.ms': int(3_600_000).min(0),
  'inter.worker.key.generation.algorithm': string('HmacSHA256'),
  'inter.worker.key.size': int(null),
  'inter.worker.signature.algorithm': string('HmacSHA256'),
  'inter.worker.verification.algorithms': list(['HmacSHA256']),
  'exactly.once.source.support': string('disabled'),
} satisfies Readonly<Record<string, Property<unknown>>>

const required = ['group.id', 'offset.storage.topic', 'config.storage.topic', 'status.storage.topic'] as const

/** Properties of Apache's distributed worker that change nothing here. */
const idle = {
  'distributed workers keep offsets in a topic': ['offset.storage.file.filename'],
  'only workers with connect.protocol=eager wait so': ['worker.unsync.backoff.ms'],
  'the topics of a group are compacted, and configs in one partition': [
    'config.storage.partitions',
    'config.storage.cleanup.policy',
    'offset.storage.cleanup.policy',
    'status.storage.cleanup.policy',
  ],
}

/** Settings of the topics, and of clients that the worker has for itself. */
const others = new RegExp(`^(offset|config|status)\\.storage\\.|${ofAllClients.source}`)

export type DistributedConfig = WorkerConfig & Values<typeof table>

/** Reads the properties of a distributed worker. Throws `ConfigError` in Apache's words, and in its own for what there is not here. */
export function distributedConfig(given: Readonly<Record<string, string>>): DistributedConfig {
  const config = readWorkerConfig(given, {
    table,
    required,
    others,
    idle,
  })
  for (const name of required)
    if (config[name].trim() === '')
      throw new ConfigError(`Invalid value ${config[name]} for configuration ${name}: it must not be empty.`)
  checkProtocol(config['connect.protocol'])
  checkExactlyOnce(config['exactly.once.source.support'])
  for (const name of ['inter.worker.key.generation.algorithm', 'inter.worker.signature.algorithm'] as const)
    checkAlgorithm(name, config[name])
  for (const algorithm of config['inter.worker.verification.algorithms'])
    checkAlgorithm('inter.worker.verification.algorithms', algorithm)
  if (!config['inter.worker.verification.algorithms'].includes(config['inter.worker.signature.algorithm']))
    throw new ConfigError('Signature algorithm must be present in inter.worker.verification.algorithms list')
  return config
}

function checkProtocol(protocol: string): void {
  if (protocol === 'eager')
    throw new ConfigError(
      'Invalid value eager for configuration connect.protocol: workers rebalance incrementally here, use compatible or sessioned.',
    )
  if (protocol !== 'compatible' && protocol !== 'sessioned')
    throw new ConfigError(
      `Invalid value ${protocol} for configuration connect.protocol: Invalid Connect protocol compatibility`,
    )
}

function checkExactlyOnce(support: string): void {
  if (support === 'disabled') return
  throw new ConfigError(
    support === 'enabled' || support === 'preparing'
      ? `Invalid value ${support} for configuration exactly.once.source.support: sources write at least once here, it can only be disabled.`
      : `Invalid value ${support} for configuration exactly.once.source.support: String must be one of: disabled, preparing, enabled`,
  )
}

/** Names of Java's for what signs requests between workers, and what WebCrypto calls their hashes. */
export const signatureHashes: Readonly<Record<string, string>> = {
  HmacSHA1: 'SHA-1',
  HmacSHA256: 'SHA-256',
  HmacSHA384: 'SHA-384',
  HmacSHA512: 'SHA-512',
}

function checkAlgorithm(name: string, algorithm: string): void {
  if (algorithm in signatureHashes) return
  throw new ConfigError(
    `Invalid value ${algorithm} for configuration ${name}: there are ${Object.keys(signatureHashes).join(', ')} here.`,
  )
}

export type StorageKind = 'config' | 'offset' | 'status'

/** Settings that a user wants of one of the topics, besides those that are the worker's business. */
export function topicSettings(config: DistributedConfig, kind: StorageKind): Record<string, string> {
  const found = withPrefix(config.given, `${kind}.storage.`)
  for (const own of ['topic', 'partitions', 'replication.factor', 'cleanup.policy']) delete found[own]
  return found
}

/** What a group of workers says to connectors' properties. */
export const distributedRules = (groupId: string): WorkerRules => ({
  exactlyOnceRefusal: 'This worker does not have exactly-once source support enabled.',
  idle: {
    'sources write at least once, without transactions': [
      'exactly.once.support',
      'transaction.boundary',
      'transaction.boundary.interval.ms',
    ],
    'sources of all connectors keep offsets in offset.storage.topic': ['offsets.storage.topic'],
  },
  check: (name, config, kind) => (kind === 'sink' ? groupConflict(name, config, groupId) : undefined),
})

/** A sink that read in the workers' own group would break it. */
function groupConflict(name: string, config: ConnectorConfig, groupId: string): string | undefined {
  const own = config['consumer.override.group.id']
  if (name !== 'name') return undefined
  if (own === groupId) return `Consumer group ${own} conflicts with Connect worker group ${groupId}`
  if (own === undefined && `connect-${config['name']}` === groupId)
    return `Consumer group for sink connector named ${config['name']} conflicts with Connect worker group ${groupId}`
  return undefined
}
