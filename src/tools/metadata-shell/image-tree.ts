import { scramMechanisms } from '../../network/sasl/scram.ts'
import { METADATA_VERSION, releaseOf } from '../../protocol/metadata-version.ts'
import { type MetadataImage, ResourceType, type TopicImage } from '../../server/metadata/image.ts'
import type { FieldsOf, MetadataRecord } from '../../server/metadata/records.ts'
import { doubleText } from '../../std/java-numbers.ts'
import { zonedText } from '../java/time.ts'
import { aclText, brokerText, controllerText, partitionText, scramText, tokenText } from './java-text.ts'
import type { StoredMetadata } from './read.ts'

/** A file with its text, or a folder; names in the order in which they are listed. */
export type TreeNode = string | ReadonlyMap<string, TreeNode>

const folder = (entries: Iterable<readonly [string, TreeNode]>): TreeNode =>
  new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

/** The metadata as the tree of files that Apache's shell shows. */
export function metadataTree(stored: StoredMetadata, version: string): TreeNode {
  return folder([
    ['image', imageTree(stored)],
    [
      'local',
      folder([
        ['commitId', 'unknown'],
        ['version', version],
      ]),
    ],
  ])
}

function imageTree({ image, offset, epoch, timestamp }: StoredMetadata): TreeNode {
  const kept = [...image.kept.values()]
  return folder([
    ['acls', folder([['byId', aclTree(image)]])],
    ['clientQuotas', quotaTree(image)],
    ['cluster', clusterTree(image, kept)],
    ['configs', configTree(image)],
    ['delegationToken', tokenTree(kept)],
    ['features', featureTree(image)],
    ['producerIds', folder([['nextProducerId', String(image.nextProducerId || -1)]])],
    ['provenance', `offset ${offset}, epoch ${epoch}, time ${zonedText(timestamp)}`],
    ['scram', scramTree(kept)],
    ['topics', topicTree(image)],
  ])
}

function* ofType<N extends MetadataRecord['type']>(
  records: readonly MetadataRecord[],
  type: N,
): Generator<FieldsOf<N>> {
  for (const record of records) if (record.type === type) yield record.fields as FieldsOf<N>
}

const aclTree = ({ acls }: MetadataImage): TreeNode =>
  folder(Array.from(acls.values(), (acl) => [acl.id, aclText(acl)]))

function quotaTree({ quotas: records }: MetadataImage): TreeNode {
  const entities = new Map<string, [string, string][]>()
  for (const { entity, key, value } of records.values()) {
    const name = entityName(entity)
    entities.set(name, [...(entities.get(name) ?? []), [key, doubleText(value)]])
  }
  return folder(Array.from(entities, ([name, quotas]) => [name, folder(quotas)]))
}

const entityTitles: Readonly<Record<string, string>> = { 'client-id': 'clientId', ip: 'ip', user: 'user' }

/** Parts in the order of their types; the default of a type has an empty name, which nobody can have. */
function entityName(entity: FieldsOf<'ClientQuotaRecord'>['entity']): string {
  const parts = [...entity].sort((a, b) => (a.entityType < b.entityType ? -1 : 1))
  return parts.map(({ entityType, entityName: name }) => `${entityTitles[entityType]}(${name ?? ''})`).join('_')
}

function clusterTree({ brokers }: MetadataImage, records: readonly MetadataRecord[]): TreeNode {
  const controllers = [...ofType(records, 'RegisterControllerRecord')]
  return folder([
    ['brokers', folder(Array.from(brokers.values(), (broker) => [String(broker.id), brokerText(broker)]))],
    ['controllers', folder(controllers.map((one) => [String(one.controllerId), controllerText(one)]))],
  ])
}

const resourceTitles: Readonly<Record<number, string>> = {
  [ResourceType.topic]: 'TOPIC',
  [ResourceType.broker]: 'BROKER',
  [ResourceType.brokerLogger]: 'BROKER_LOGGER',
  [ResourceType.clientMetrics]: 'CLIENT_METRICS',
  [ResourceType.group]: 'GROUP',
}

const configTree = ({ configs }: MetadataImage): TreeNode =>
  folder(
    Array.from(configs, ([key, values]) => {
      const at = key.indexOf(':')
      const [type, name] = [resourceTitles[Number(key.slice(0, at))] ?? 'UNKNOWN', key.slice(at + 1)]
      return [name === '' ? type : `${type}:${name}`, folder(values)]
    }),
  )

const tokenTree = (records: readonly MetadataRecord[]): TreeNode =>
  folder(Array.from(ofType(records, 'DelegationTokenRecord'), (token) => [token.tokenId, tokenText(token)]))

function featureTree({ features }: MetadataImage): TreeNode {
  const level = features.get(METADATA_VERSION)
  const others = [...features].filter(([name]) => name !== METADATA_VERSION)
  return folder([
    ...others.map(([name, value]) => [`finalized_${name}`, String(value)] as const),
    ['metadataVersion', level === undefined ? 'Optional.empty' : `Optional[${releaseOf(level)}]`],
  ])
}

function scramTree(records: readonly MetadataRecord[]): TreeNode {
  const credentials = [...ofType(records, 'UserScramCredentialRecord')]
  return folder(
    scramMechanisms.map((mechanism, at) => {
      const own = credentials.filter((one) => one.mechanism === at + 1)
      return [mechanism, folder(own.map((one) => [one.name, scramText(one)]))]
    }),
  )
}

function topicTree({ topics }: MetadataImage): TreeNode {
  const trees = Array.from(topics.values(), (topic) => [topic, oneTopic(topic)] as const)
  return folder([
    ['byId', folder(trees.map(([{ id }, tree]) => [id, tree]))],
    ['byName', folder(trees.map(([{ name }, tree]) => [name, tree]))],
  ])
}

const oneTopic = ({ id, name, partitions }: TopicImage): TreeNode =>
  folder([...partitions.map((one, at) => [String(at), partitionText(one)] as const), ['id', id], ['name', name]])
