import { brokerProperties } from '../../config/broker-table.ts'
import { clientMetricsProperties } from '../../config/client-metrics.ts'
import { ConfigError, formatValue, type Property } from '../../config/define.ts'
import { groupProperties } from '../../config/group.ts'
import { listenerSuffix } from '../../config/listeners.ts'
import { isRenewable } from '../../config/renewable-stores.ts'
import { topicProperties } from '../../config/topic.ts'
import type { AlterConfigs, IncrementalAlterConfigs } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import { dynamicBrokerProperties } from '../metadata/effective-config.ts'
import { configKey, configsOf, ResourceType } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { validateClientMetrics } from './client-metrics.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { validateGroupConfigs } from './group-configs.ts'
import { checkMinInSync, withElrCleared } from './min-in-sync.ts'
import { topicNameComplaint } from './topic-name.ts'

const Operation = { set: 0, delete: 1, append: 2, subtract: 3 } as const
const operationNames = ['SET', 'DELETE', 'APPEND', 'SUBTRACT']

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

/** Throws INVALID_CONFIG for a topic property that is unknown or has a value it does not take. */
export function validateTopicConfigs(configs: ReadonlyMap<string, string>): void {
  for (const [name, value] of configs) {
    const property = (topicProperties as Record<string, Property<unknown>>)[name]
    if (!property) throw new KafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`)
    check(property, name, value)
    if (name.endsWith('.replication.throttled.replicas')) checkThrottledReplicas(name, value)
  }
  if (configs.get('remote.storage.enable')?.toLowerCase() === 'true')
    throw new KafkaError(
      'INVALID_CONFIG',
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    )
  const [low, high] = [configs.get('min.compaction.lag.ms'), configs.get('max.compaction.lag.ms')]
  if (low !== undefined && high !== undefined && Number(low) > Number(high))
    throw new KafkaError(
      'INVALID_CONFIG',
      `conflict topic config setting min.compaction.lag.ms (${low}) > max.compaction.lag.ms (${high})`,
    )
}

function checkThrottledReplicas(name: string, value: string): void {
  const items = value.split(',').map((item) => item.trim())
  if (value.trim() === '' || value.trim() === '*' || items.every((item) => /^\d+:\d+$/.test(item))) return
  throw new KafkaError(
    'INVALID_CONFIG',
    `Invalid value [${items.join(', ')}] for configuration ${name}: ${name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...`,
  )
}

function check(property: Property<unknown>, name: string, value: string): void {
  try {
    property.parse(name, value)
  } catch (error) {
    if (error instanceof ConfigError) throw new KafkaError('INVALID_CONFIG', error.message)
    throw error
  }
}

/** A broker refuses what it could not use itself, before the controller sees it: its error is another one than the topics'. */
function validateBrokerConfigs(configs: ReadonlyMap<string, string>): void {
  for (const [name, value] of configs) {
    const property = (brokerProperties as Record<string, Property<unknown>>)[name]
    // Kafka keeps names it does not know: a plug-in may want them.
    if (!property) continue
    try {
      property.parse(name, value)
    } catch (error) {
      if (error instanceof ConfigError) throw new KafkaError('INVALID_REQUEST', error.message)
      throw error
    }
  }
}

interface AlterContext extends ControllerContext {
  /** A controller is told of every broker's properties; a broker is asked for its own alone. */
  readonly ofAnyBroker?: boolean
}

/** The table that a resource's properties come from. Throws when the resource cannot be altered. */
function propertiesOf(
  { image, config, ofAnyBroker }: AlterContext,
  resource: Resource,
): Record<string, Property<unknown>> {
  const { resourceType, resourceName } = resource
  const refuse = (sentence: string) => new KafkaError('INVALID_REQUEST', sentence)
  switch (resourceType) {
    case ResourceType.topic: {
      if (resourceName === '') throw refuse('Default topic resources are not allowed.')
      const complaint = topicNameComplaint(resourceName)
      if (complaint) throw new KafkaError('INVALID_TOPIC_EXCEPTION', complaint)
      if (!image.topics.has(resourceName))
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${resourceName}' does not exist.`)
      return topicProperties
    }
    case ResourceType.broker:
      if (resourceName === '') return brokerProperties
      if (!/^-?\d+$/.test(resourceName)) throw refuse(`Node id must be an integer, but it is: ${resourceName}`)
      if (!ofAnyBroker && Number(resourceName) !== config.nodeId)
        throw refuse(`Unexpected broker id, expected ${config.nodeId}, but received ${resourceName}`)
      return brokerProperties
    case ResourceType.clientMetrics:
      if (resourceName === '') throw refuse("Subscription name can't be empty")
      return clientMetricsProperties
    case ResourceType.group:
      if (resourceName === '') throw refuse('Default group resources are not allowed.')
      return groupProperties
    default:
      throw refuse(`Unknown resource type ${resourceType}`)
  }
}

function validate(
  { config }: ControllerContext,
  { resourceType }: Resource,
  configs: ReadonlyMap<string, string>,
): void {
  if (resourceType === ResourceType.topic) validateTopicConfigs(configs)
  else if (resourceType === ResourceType.clientMetrics) validateClientMetrics(configs)
  else if (resourceType === ResourceType.group) validateGroupConfigs(configs, config)
  else validateBrokerConfigs(configs)
}

function mustBeDynamic({ resourceType, resourceName }: Resource, names: readonly string[]): void {
  if (resourceType !== ResourceType.broker) return
  const fixed = [...names].filter(
    // Listeners keep the users that they began with.
    (name) =>
      (name in brokerProperties && !dynamicBrokerProperties.has(name)) ||
      (listenerSuffix(name) !== undefined && !isRenewable(name)),
  )
  if (fixed.length > 0)
    throw new KafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${fixed.join(', ')}]`)
  if (resourceName === '' && names.includes('cordoned.log.dirs'))
    throw new KafkaError(
      'INVALID_REQUEST',
      'Cannot update these configs at default cluster level, broker id must be specified: [cordoned.log.dirs]',
    )
  const own = resourceName === '' ? [...names].filter(isRenewable) : []
  if (own.length > 0)
    throw new KafkaError('INVALID_REQUEST', `Cannot update these configs at default cluster level: [${own.join(', ')}]`)
}

/** The records that lead from one set of values to another. */
function* differences(
  resource: Resource,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  told: ReadonlySet<string>,
): Generator<MetadataRecord> {
  const { resourceType, resourceName } = resource
  // The file that a listener's property names may be another one by now: it is told so again.
  const isTold = (name: string) => told.has(name) && isRenewable(name)
  for (const [name, value] of after)
    if (before.get(name) !== value || isTold(name))
      yield metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value })
  for (const name of before.keys())
    if (!after.has(name)) yield metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value: null })
}

interface AlterResult extends Resource {
  readonly errorCode: number
  readonly errorMessage: string | null
}

type Change = (
  before: ReadonlyMap<string, string>,
  properties: Record<string, Property<unknown>>,
) => Map<string, string>

/** Resources that a request names more than once: none of them is changed. */
function repeated(resources: readonly Resource[]): Set<string> {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const { resourceType, resourceName } of resources) {
    const key = configKey(resourceType, resourceName)
    if (seen.has(key)) twice.add(key)
    seen.add(key)
  }
  return twice
}

/** Throws for a property that is named twice. */
function mustBeDistinct(names: readonly string[]): void {
  if (new Set(names).size !== names.length)
    throw new KafkaError('INVALID_REQUEST', 'Error due to duplicate config keys')
}

function alter(
  context: AlterContext,
  twice: ReadonlySet<string>,
  resource: Resource & { readonly configs: readonly { readonly name: string }[] },
  change: Change,
): { records: MetadataRecord[]; response: AlterResult } {
  const { resourceType, resourceName } = resource
  try {
    if (twice.has(configKey(resourceType, resourceName)))
      throw new KafkaError('INVALID_REQUEST', 'Each resource must appear at most once.')
    const properties = propertiesOf(context, resource)
    const before = configsOf(context.image, resourceType, resourceName)
    const after = change(before, properties)
    validate(context, resource, after)
    const named = resource.configs.map(({ name }) => name)
    checkMinInSync(context.image, resource, named, before, after)
    return {
      records: [...differences(resource, before, after, new Set(named))],
      response: { errorCode: Errors.NONE, errorMessage: null, resourceType, resourceName },
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { records: [], response: { errorCode: error.code, errorMessage: error.message, resourceType, resourceName } }
  }
}

type IncrementalResponse = ResponseInput<typeof IncrementalAlterConfigs>

export function incrementalAlterConfigs(
  context: AlterContext,
  request: RequestOf<typeof IncrementalAlterConfigs>,
): MetadataDecision<IncrementalResponse> {
  const twice = repeated(request.resources)
  const results = request.resources.map((resource) => {
    const names = resource.configs.map(({ name }) => name)
    return alter(context, twice, resource, (before, properties) => {
      mustBeDistinct(names)
      mustBeDynamic(resource, names)
      const after = new Map(before)
      for (const { name, configOperation, value } of resource.configs)
        applyOperation(after, properties[name], name, configOperation, value)
      return after
    })
  })
  return {
    records: request.validateOnly
      ? []
      : withElrCleared(
          context.image,
          results.flatMap(({ records }) => records),
        ),
    reply: { throttleTimeMs: 0, responses: results.map(({ response }) => response) },
  }
}

function applyOperation(
  values: Map<string, string>,
  property: Property<unknown> | undefined,
  name: string,
  operation: number,
  value: string | null,
): void {
  if (operation === Operation.delete) {
    values.delete(name)
    return
  }
  if (value === null) throw new KafkaError('INVALID_REQUEST', `Null value not supported for : ${name}`)
  if (operation === Operation.set) {
    values.set(name, value)
    return
  }
  if (operation !== Operation.append && operation !== Operation.subtract)
    throw new KafkaError('INVALID_REQUEST', `Unknown operation type ${operation}`)
  if (property?.type !== 'list')
    throw new KafkaError(
      'INVALID_CONFIG',
      `Can't ${operationNames[operation]} to key ${name} because its type is not LIST.`,
    )
  const current = (values.get(name) ?? formatValue(property.fallback) ?? '').split(',').filter((item) => item !== '')
  const given = value.split(',')
  const next =
    operation === Operation.append
      ? [...current, ...given.filter((item) => !current.includes(item))]
      : current.filter((item) => !given.includes(item))
  values.set(name, next.join(','))
}

type AlterResponse = ResponseInput<typeof AlterConfigs>

/** The older form: the given values replace all others (KIP-133). */
export function alterConfigs(
  context: AlterContext,
  request: RequestOf<typeof AlterConfigs>,
): MetadataDecision<AlterResponse> {
  const twice = repeated(request.resources)
  const results = request.resources.map((resource) =>
    alter(context, twice, resource, () => {
      const names = resource.configs.map(({ name }) => name)
      mustBeDistinct(names)
      mustBeDynamic(resource, names)
      const after = new Map<string, string>()
      for (const { name, value } of resource.configs) {
        if (value === null) throw new KafkaError('INVALID_REQUEST', `Null value not supported for : ${name}`)
        after.set(name, value)
      }
      return after
    }),
  )
  return {
    records: request.validateOnly
      ? []
      : withElrCleared(
          context.image,
          results.flatMap(({ records }) => records),
        ),
    reply: { throttleTimeMs: 0, responses: results.map(({ response }) => response) },
  }
}
