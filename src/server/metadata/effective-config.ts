import type { BrokerConfig, BrokerProperty } from '../../config/broker.ts'
import { brokerProperties, internalProperties } from '../../config/broker-table.ts'
import { clientMetricsProperties } from '../../config/client-metrics.ts'
import { type ConnectionLimits, type ConnectionRates, connectionLimits } from '../../config/connection-limits.ts'
import { cordonedDirs } from '../../config/cordoned.ts'
import { type ConfigType, formatValue, type Property } from '../../config/define.ts'
import { brokerNameOf, type GroupProperty, groupProperties } from '../../config/group.ts'
import { listenerSuffix } from '../../config/listeners.ts'
import { type TopicProperty, topicProperties, topicSynonyms } from '../../config/topic.ts'
import type { CleanerSettings } from '../storage/cleaner/log-cleaner.ts'
import type { LogConfig } from '../storage/log-config.ts'
import { configsOf, type MetadataImage, ResourceType } from './image.ts'

/** Where a value comes from, as DescribeConfigs numbers it (KIP-226). */
const ConfigSource = {
  dynamicTopic: 1,
  dynamicBroker: 2,
  dynamicDefaultBroker: 3,
  staticBroker: 4,
  default: 5,
  clientMetrics: 7,
  group: 8,
} as const

const typeCodes: Record<ConfigType, number> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
}

export interface Synonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

export interface ConfigEntry {
  readonly name: string
  /** Null for unset and for what must not be shown. */
  readonly value: string | null
  readonly source: number
  readonly readOnly: boolean
  readonly sensitive: boolean
  readonly type: number
  /** All places that give a value, the one in force first. */
  readonly synonyms: readonly Synonym[]
}

/** Properties that a running broker takes over at once (KIP-226). */
const dynamicExtras: readonly BrokerProperty[] = [
  'background.threads',
  'cordoned.log.dirs',
  'log.cleaner.backoff.ms',
  'log.cleaner.dedupe.buffer.size',
  'log.cleaner.io.buffer.load.factor',
  'log.cleaner.io.buffer.size',
  'log.cleaner.io.max.bytes.per.second',
  'log.cleaner.threads',
  'max.connection.creation.rate',
  'max.connections',
  'max.connections.per.ip',
  'max.connections.per.ip.overrides',
  'metric.reporters',
  'num.io.threads',
  'num.network.threads',
  'num.recovery.threads.per.data.dir',
  'num.replica.fetchers',
  'producer.id.expiration.ms',
  'transaction.partition.verification.enable',
]
const readOnlySynonyms = [
  'log.flush.scheduler.interval.ms',
  'log.retention.hours',
  'log.retention.minutes',
  'log.roll.hours',
  'log.roll.jitter.hours',
]
export const dynamicBrokerProperties: ReadonlySet<string> = new Set([
  ...dynamicExtras,
  ...Object.values(topicSynonyms).flatMap((list) =>
    list.map(({ name }) => name).filter((name) => !readOnlySynonyms.includes(name)),
  ),
])

/** The value of a broker property and what stands behind it: this broker's, the cluster's, the file's, Kafka's own. */
function brokerSynonyms(image: MetadataImage, config: BrokerConfig, name: BrokerProperty): Synonym[] {
  const found: Synonym[] = []
  const own = configsOf(image, ResourceType.broker, String(config.nodeId)).get(name)
  const shared = configsOf(image, ResourceType.broker, '').get(name)
  if (own !== undefined) found.push({ name, value: own, source: ConfigSource.dynamicBroker })
  if (shared !== undefined) found.push({ name, value: shared, source: ConfigSource.dynamicDefaultBroker })
  if (config.isGiven(name))
    found.push({ name, value: formatValue(config.get(name)), source: ConfigSource.staticBroker })
  const { fallback } = brokerProperties[name]
  if (fallback !== null) found.push({ name, value: formatValue(fallback), source: ConfigSource.default })
  return found
}

/** The broker property with the dynamic values of the cluster on top. */
function brokerValue<T>(image: MetadataImage, config: BrokerConfig, name: BrokerProperty): T {
  const property = brokerProperties[name] as Property<unknown>
  const dynamic = brokerSynonyms(image, config, name)[0]
  if (dynamic && dynamic.source <= ConfigSource.dynamicDefaultBroker && dynamic.value !== null)
    return property.parse(name, dynamic.value) as T
  return config.get(name) as T
}

export function topicEntry(
  image: MetadataImage,
  config: BrokerConfig,
  topic: string,
  name: TopicProperty,
): ConfigEntry {
  const property = topicProperties[name] as Property<unknown>
  const synonyms: Synonym[] = []
  const own = configsOf(image, ResourceType.topic, topic).get(name)
  if (own !== undefined) synonyms.push({ name, value: own, source: ConfigSource.dynamicTopic })
  // The default in hours is no synonym of a value in milliseconds; one that was set is.
  for (const [at, { name: brokerName, scale = 1 }] of (topicSynonyms[name] ?? []).entries())
    for (const one of brokerSynonyms(image, config, brokerName as BrokerProperty))
      if (at === 0 || one.source !== ConfigSource.default)
        synonyms.push(scale === 1 || one.value === null ? one : { ...one, value: String(Number(one.value) * scale) })
  const inForce = synonyms.find(({ source }) => source < ConfigSource.default)
  return {
    name,
    value: inForce ? inForce.value : formatValue(property.fallback),
    source: inForce?.source ?? ConfigSource.default,
    readOnly: false,
    sensitive: false,
    type: typeCodes[property.type],
    synonyms,
  }
}

export const topicEntries = (image: MetadataImage, config: BrokerConfig, topic: string): ConfigEntry[] =>
  (Object.keys(topicProperties) as TopicProperty[]).map((name) => topicEntry(image, config, topic, name))

export const brokerEntries = (image: MetadataImage, config: BrokerConfig): ConfigEntry[] => [
  ...ownBrokerEntries(image, config),
  ...listenerEntries(image, config),
]

/** What listeners were given while the node runs. */
function listenerEntries(image: MetadataImage, config: BrokerConfig): ConfigEntry[] {
  return [...configsOf(image, ResourceType.broker, String(config.nodeId))].flatMap(([name, value]) => {
    const property = (brokerProperties as Record<string, Property<unknown>>)[listenerSuffix(name) ?? '']
    if (!property) return []
    const sensitive = property.type === 'password'
    const shown = { name, value: sensitive ? null : value, source: ConfigSource.dynamicBroker }
    return [{ ...shown, readOnly: false, sensitive, type: typeCodes[property.type], synonyms: [shown] }]
  })
}

function ownBrokerEntries(image: MetadataImage, config: BrokerConfig): ConfigEntry[] {
  const names = Object.keys(brokerProperties) as BrokerProperty[]
  const shown = names.filter((name) => !internalProperties.has(name) || config.isGiven(name))
  return shown.map((name) => {
    const synonyms = brokerSynonyms(image, config, name)
    const { type } = brokerProperties[name]
    const sensitive = type === 'password'
    return {
      name,
      value: sensitive ? null : (synonyms[0]?.value ?? null),
      source: synonyms[0]?.source ?? ConfigSource.default,
      readOnly: !dynamicBrokerProperties.has(name),
      sensitive,
      type: typeCodes[type],
      synonyms: sensitive ? synonyms.map((one) => ({ ...one, value: null })) : synonyms,
    }
  })
}

export function clientMetricsEntries(image: MetadataImage, subscription: string): ConfigEntry[] {
  const own = configsOf(image, ResourceType.clientMetrics, subscription)
  return Object.entries<Property<unknown>>(clientMetricsProperties).map(([name, property]) => {
    const set = own.get(name)
    const source = set === undefined ? ConfigSource.default : ConfigSource.clientMetrics
    const value = set ?? formatValue(property.fallback)
    const synonyms = set === undefined ? [] : [{ name, value, source }]
    return { name, value, source, readOnly: false, sensitive: false, type: typeCodes[property.type], synonyms }
  })
}

/** A group's properties: its own, then the broker's that stand behind them. */
export function groupEntries(image: MetadataImage, config: BrokerConfig, group: string): ConfigEntry[] {
  const own = configsOf(image, ResourceType.group, group)
  return Object.entries<Property<unknown>>(groupProperties).map(([name, property]) => {
    const set = own.get(name)
    const brokerName = brokerNameOf(name)
    const behind =
      brokerName in brokerProperties
        ? brokerSynonyms(image, config, brokerName as BrokerProperty)
        : [{ name, value: formatValue(property.fallback), source: ConfigSource.default }]
    const synonyms = set === undefined ? behind : [{ name, value: set, source: ConfigSource.group }, ...behind]
    const { value, source } = synonyms[0] as Synonym
    return { name, value, source, readOnly: false, sensitive: false, type: typeCodes[property.type], synonyms }
  })
}

type GroupValue<P extends GroupProperty> = (typeof groupProperties)[P] extends Property<infer T> ? T : never

type NumberOfGroups = {
  [N in GroupProperty]: (typeof groupProperties)[N] extends Property<number> ? N : never
}[GroupProperty]

/** A number that is set for one group, or the broker's for all groups. */
export const groupSetting = (image: MetadataImage, config: BrokerConfig, group: string, name: NumberOfGroups): number =>
  groupValue(image, config, group, name)

/** A group's property as it is now: its own, or the broker's that stands behind it. */
export function groupValue<P extends GroupProperty>(
  image: MetadataImage,
  config: BrokerConfig,
  group: string,
  name: P,
): GroupValue<P> {
  const property = groupProperties[name] as unknown as Property<GroupValue<P>>
  const own = configsOf(image, ResourceType.group, group).get(name)
  if (own !== undefined) return property.parse(name, own)
  const brokerName = brokerNameOf(name)
  return brokerName in brokerProperties ? brokerValue(image, config, brokerName as BrokerProperty) : property.fallback
}

/** Only what was set for all brokers at run time: DescribeConfigs of the broker with no name. */
export function clusterEntries(image: MetadataImage): ConfigEntry[] {
  return [...configsOf(image, ResourceType.broker, '')].map(([name, value]) => {
    const type = (brokerProperties as Record<string, Property<unknown>>)[name]?.type ?? 'string'
    const source = ConfigSource.dynamicDefaultBroker
    const synonyms = [{ name, value, source }]
    return { name, value, source, readOnly: false, sensitive: type === 'password', type: typeCodes[type], synonyms }
  })
}

const codecsWithLevels: readonly LogConfig['compressionType'][] = ['gzip', 'lz4', 'zstd']

/** What the storage layer needs to know of a topic. */
export function logConfigOf(image: MetadataImage, config: BrokerConfig, topic: string): LogConfig {
  const text = (name: TopicProperty) => topicEntry(image, config, topic, name).value
  const number = (name: TopicProperty) => {
    const value = Number(text(name))
    return value >= 2 ** 63 ? Number.MAX_SAFE_INTEGER : value
  }
  const compressionType = text('compression.type') as LogConfig['compressionType']
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    preallocate: text('preallocate') === 'true',
    indexIntervalBytes: number('index.interval.bytes'),
    segmentIndexBytes: number('segment.index.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    messageTimestampType: text('message.timestamp.type') as 'CreateTime' | 'LogAppendTime',
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    cleanupPolicy: (text('cleanup.policy') ?? '').split(',') as ('delete' | 'compact')[],
    compressionType,
    compressionLevel: codecsWithLevels.includes(compressionType)
      ? number(`compression.${compressionType}.level` as TopicProperty)
      : undefined,
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    producerIdExpirationMs: brokerValue<number>(image, config, 'producer.id.expiration.ms'),
  }
}

/** How many connections there may be now. A listener's own number does not change while the node runs. */
export function connectionLimitsOf(image: MetadataImage, config: BrokerConfig, listener: string): ConnectionLimits {
  const inAll = brokerValue<number>(image, config, 'max.connections')
  const atListener = (config.givenAt(listener, 'max.connections') as number | undefined) ?? Number.POSITIVE_INFINITY
  const perIp = brokerValue<number>(image, config, 'max.connections.per.ip')
  return connectionLimits({ inAll, atListener }, perIp, brokerValue(image, config, 'max.connections.per.ip.overrides'))
}

/** The largest number, which is the default, means no limit. */
const UNLIMITED = 2_147_483_647

/** How many connections may come in a second. A listener's own number does not change while the node runs. */
export function connectionRatesOf(image: MetadataImage, config: BrokerConfig, listener: string): ConnectionRates {
  const name = 'max.connection.creation.rate'
  const given = [brokerValue<number>(image, config, name), (config.givenAt(listener, name) ?? UNLIMITED) as number]
  const [inAll = UNLIMITED, atListener = UNLIMITED] = given.map((rate) => (rate === UNLIMITED ? Infinity : rate))
  return { inAll, atListener }
}

export const verifiesTransactions = (image: MetadataImage, config: BrokerConfig): boolean =>
  brokerValue(image, config, 'transaction.partition.verification.enable')

/** The log directories in which nothing new is begun, as it is now (KIP-1066). */
export const cordonedDirsOf = (image: MetadataImage, config: BrokerConfig): readonly string[] =>
  cordonedDirs(brokerValue<readonly string[]>(image, config, 'cordoned.log.dirs'), config.logDirs)

/** What the log cleaner has to know, as it is now. */
export function cleanerSettingsOf(image: MetadataImage, config: BrokerConfig): CleanerSettings {
  const number = (name: BrokerProperty) => brokerValue<number>(image, config, name)
  const threads = number('log.cleaner.threads')
  const share = (bytes: number) => Math.floor(bytes / Math.max(threads, 1))
  return {
    enabled: config.get('log.cleaner.enable') && threads > 0,
    bufferBytes: share(number('log.cleaner.dedupe.buffer.size')),
    loadFactor: number('log.cleaner.io.buffer.load.factor'),
    ioBytes: share(number('log.cleaner.io.buffer.size')),
    bytesPerSecond: number('log.cleaner.io.max.bytes.per.second'),
    backoffMs: number('log.cleaner.backoff.ms'),
  }
}
