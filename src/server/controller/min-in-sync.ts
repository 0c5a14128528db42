import type { BrokerConfig } from '../../config/broker.ts'
import { formatValue } from '../../config/define.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { configsOf, type MetadataImage, ResourceType } from '../metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'

const NAME = 'min.insync.replicas'
export const ELR = 'eligible.leader.replicas.version'

/** Whether eligible leaders outside of the ISR are kept (KIP-966). */
export const hasElr = (image: MetadataImage): boolean => (image.features.get(ELR) ?? 0) > 0

const brokerRecord = (resourceName: string, value: string | null): MetadataRecord =>
  metadataRecord('ConfigRecord', 0, { resourceType: ResourceType.broker, resourceName, name: NAME, value })

/**
 * Since ELR (KIP-966) the cluster's `min.insync.replicas` lives in the metadata, so that every controller agrees on it: where it is not set, this
 * node's own file decides. Single brokers have none any more.
 */
export function sharedMinInSync(image: MetadataImage, config: BrokerConfig): MetadataRecord[] {
  const own = [...image.brokers.keys()].map(String)
  return [
    ...(configsOf(image, ResourceType.broker, '').has(NAME) ? [] : [brokerRecord('', formatValue(config.get(NAME)))]),
    ...own.filter((id) => configsOf(image, ResourceType.broker, id).has(NAME)).map((id) => brokerRecord(id, null)),
  ]
}

/** Throws INVALID_CONFIG for what would have controllers disagree on who is eligible. */
export function checkMinInSync(
  image: MetadataImage,
  resource: { resourceType: number; resourceName: string },
  named: readonly string[],
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  if (resource.resourceType !== ResourceType.broker || !hasElr(image)) return
  if (resource.resourceName !== '' && named.includes(NAME))
    throw new KafkaError('INVALID_CONFIG', `Broker-level ${NAME} cannot be altered while ELR is enabled.`)
  if (resource.resourceName === '' && before.has(NAME) && !after.has(NAME))
    throw new KafkaError('INVALID_CONFIG', `Cluster-level ${NAME} cannot be removed while ELR is enabled.`)
}

/** Who was eligible by another `min.insync.replicas` may lack what is committed by the new one. */
export function withElrCleared(image: MetadataImage, records: readonly MetadataRecord[]): MetadataRecord[] {
  if (!hasElr(image)) return [...records]
  const cleared = records.flatMap((record) => {
    if (record.type !== 'ConfigRecord' || record.fields.name !== NAME) return []
    const { resourceType, resourceName } = record.fields
    const isOfTopics = resourceType === ResourceType.topic || resourceName === ''
    return isOfTopics ? [metadataRecord('ClearElrRecord', 0, { topicName: resourceName })] : []
  })
  return [...records, ...cleared]
}
