import {
  type Admin,
  type ConfigEntry,
  type ConfigResource,
  type ConfigResourceType,
  type ConfigSource,
  resourceKey,
} from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { stringHashOrder } from '../java/hash-order.ts'

/** Where the properties come from that were set on an entity itself. */
const ownSource: Readonly<Record<ConfigResourceType, ConfigSource>> = {
  topic: 'DYNAMIC_TOPIC_CONFIG',
  broker: 'DYNAMIC_BROKER_CONFIG',
  'broker-logger': 'DYNAMIC_BROKER_LOGGER_CONFIG',
  'client-metrics': 'DYNAMIC_CLIENT_METRICS_CONFIG',
  group: 'DYNAMIC_GROUP_CONFIG',
}

const sourceOf = ({ type, name }: ConfigResource): ConfigSource =>
  type === 'broker' && name === '' ? 'DYNAMIC_DEFAULT_BROKER_CONFIG' : ownSource[type]

/** Whether there is such an entity, or at least properties of one. */
export async function entityExists(admin: Admin, { type, name }: ConfigResource): Promise<boolean> {
  return (name === '' && type === 'broker') || (await entityNames(admin, type)).includes(name)
}

/** All entities of a kind, in the order of Apache's tool; for brokers their defaults too, under the empty name. */
export async function entityNames(admin: Admin, type: ConfigResourceType): Promise<string[]> {
  if (type === 'topic') {
    const topics = await admin.listTopics({ includeInternal: true })
    return stringHashOrder(topics.map(({ name }) => name))
  }
  if (type === 'broker' || type === 'broker-logger') {
    const { nodes } = await admin.describeCluster()
    const ids = nodes.map(({ id }) => String(id))
    return type === 'broker' ? [...ids, ''] : ids
  }
  const set = await admin.listConfigResources([type])
  const names = set.map(({ name }) => name)
  if (type === 'group') for (const { groupId } of await admin.listGroups()) names.push(groupId)
  return stringHashOrder(new Set(names))
}

/** The properties of an entity by name: those set on it, or all; throws the broker's error. */
export async function describeEntity(admin: Admin, resource: ConfigResource, all: boolean): Promise<ConfigEntry[]> {
  const results = await admin.describeConfigs([resource], { includeSynonyms: true })
  const result = results.get(resourceKey(resource))
  if (result instanceof KafkaError) throw result
  const source = sourceOf(resource)
  return (result?.entries ?? [])
    .filter((entry) => all || entry.source === source)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}
