import { DescribeConfigs, IncrementalAlterConfigs, ListConfigResources } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ResponseOf } from '../../protocol/schema/index.ts'
import type { Cluster, Target } from '../cluster.ts'
import { itemError } from '../fan-out.ts'
import type {
  ConfigAlteration,
  ConfigDescription,
  ConfigEntry,
  ConfigOperation,
  ConfigResource,
  ConfigResourceType,
  ConfigSource,
  ConfigType,
} from './types.ts'

const typeIds: Readonly<Record<ConfigResourceType, number>> = {
  topic: 2,
  broker: 4,
  'broker-logger': 8,
  'client-metrics': 16,
  group: 32,
}
const typeById = new Map(Object.entries(typeIds).map(([type, id]) => [id, type as ConfigResourceType]))

const sources: readonly ConfigSource[] = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
]
const types: readonly ConfigType[] = [
  'UNKNOWN',
  'BOOLEAN',
  'STRING',
  'INT',
  'SHORT',
  'LONG',
  'DOUBLE',
  'LIST',
  'CLASS',
  'PASSWORD',
]
const operationIds: Readonly<Record<ConfigOperation['op'], number>> = { set: 0, delete: 1, append: 2, subtract: 3 }

type WireEntry = ResponseOf<typeof DescribeConfigs>['results'][number]['configs'][number]

export const configEntry = (entry: WireEntry): ConfigEntry => ({
  name: entry.name,
  value: entry.value,
  source: sources[entry.configSource] ?? 'UNKNOWN',
  readOnly: entry.readOnly,
  sensitive: entry.isSensitive,
  type: types[entry.configType] ?? 'UNKNOWN',
  documentation: entry.documentation,
  synonyms: entry.synonyms.map(({ name, value, source }) => ({ name, value, source: sources[source] ?? 'UNKNOWN' })),
})

/** `type:name`, the key of results by resource. */
export const resourceKey = ({ type, name }: ConfigResource): string => `${type}:${name}`

/** One broker alone knows its own settings and loggers; everybody knows the rest. */
function targetOf({ type, name }: ConfigResource): Target {
  const local = (type === 'broker' && name !== '') || type === 'broker-logger'
  return local && /^\d+$/.test(name) ? { node: Number(name) } : 'any'
}

/** Puts together what one broker is asked. */
function byTarget<R extends ConfigResource>(resources: readonly R[]): Map<string, { to: Target; resources: R[] }> {
  const groups = new Map<string, { to: Target; resources: R[] }>()
  for (const resource of resources) {
    const to = targetOf(resource)
    const key = JSON.stringify(to)
    const group = groups.get(key)
    if (group) group.resources.push(resource)
    else groups.set(key, { to, resources: [resource] })
  }
  return groups
}

export interface DescribeConfigsOptions {
  readonly includeSynonyms?: boolean
  readonly includeDocumentation?: boolean
  /** Only these properties. */
  readonly names?: readonly string[]
}

export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  { includeSynonyms = false, includeDocumentation = false, names }: DescribeConfigsOptions,
): Promise<Map<string, ConfigDescription | KafkaError>> {
  const results = new Map<string, ConfigDescription | KafkaError>()
  for (const { to, resources: part } of byTarget(resources).values()) {
    const request = {
      resources: part.map(({ type, name }) => ({
        resourceType: typeIds[type],
        resourceName: name,
        configurationKeys: names ? [...names] : null,
      })),
      includeSynonyms,
      includeDocumentation,
    }
    const response = await cluster.call(
      DescribeConfigs,
      (version) => ({ ...request, includeDocumentation: includeDocumentation && version >= 3 }),
      { call: 'describeConfigs', to },
    )
    for (const row of response.results) {
      const resource = { type: typeById.get(row.resourceType) ?? 'topic', name: row.resourceName }
      const error = itemError(row.errorCode, row.errorMessage)
      results.set(resourceKey(resource), error ?? { ...resource, entries: row.configs.map(configEntry) })
    }
  }
  return results
}

export async function incrementalAlterConfigs(
  cluster: Cluster,
  alterations: readonly ConfigAlteration[],
  validateOnly: boolean,
): Promise<Map<string, KafkaError | undefined>> {
  const results = new Map<string, KafkaError | undefined>()
  for (const { to, resources } of byTarget(alterations).values()) {
    const request = {
      resources: resources.map(({ type, name, ops }) => ({
        resourceType: typeIds[type],
        resourceName: name,
        configs: ops.map((op) => ({ name: op.name, configOperation: operationIds[op.op], value: op.value ?? null })),
      })),
      validateOnly,
    }
    const response = await cluster.call(IncrementalAlterConfigs, request, {
      call: 'incrementalAlterConfigs',
      to: to === 'any' ? 'controller' : to,
    })
    for (const row of response.responses) {
      const resource = { type: typeById.get(row.resourceType) ?? 'topic', name: row.resourceName }
      results.set(resourceKey(resource), itemError(row.errorCode, row.errorMessage))
    }
  }
  return results
}

/** Resources that have settings of their own; all types when none is named. */
export async function listConfigResources(
  cluster: Cluster,
  wanted: readonly ConfigResourceType[],
): Promise<ConfigResource[]> {
  const response = await cluster.call(
    ListConfigResources,
    (version) => {
      if (version === 0 && wanted.some((type) => type !== 'client-metrics'))
        throw new KafkaError('UNSUPPORTED_VERSION', 'The broker can list client-metrics resources only.')
      return { resourceTypes: version === 0 ? [] : wanted.map((type) => typeIds[type]) }
    },
    { call: 'listConfigResources', errorOf: ({ errorCode }) => errorCode },
  )
  return response.configResources.map(({ resourceName, resourceType }) => ({
    type: typeById.get(resourceType) ?? 'topic',
    name: resourceName,
  }))
}
