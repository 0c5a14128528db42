import type { MetadataImage } from './image.ts'
import { atLevel, metadataLevel, recordVersions } from './record-forms.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'

/** The records that rebuild an image, in an order in which each finds what it refers to, in the form of its metadata.version. */
export function* imageRecords(image: MetadataImage): Generator<MetadataRecord> {
  const level = metadataLevel(image)
  for (const record of newestRecords(image)) {
    const written = atLevel(record, level)
    if (written) yield written
  }
}

function* newestRecords(image: MetadataImage): Generator<MetadataRecord> {
  // metadata.version comes first: it decides how the rest is read.
  const features = [...image.features].sort(([a], [b]) =>
    a === 'metadata.version' ? -1 : b === 'metadata.version' ? 1 : 0,
  )
  for (const [name, featureLevel] of features) yield metadataRecord('FeatureLevelRecord', 0, { name, featureLevel })
  for (const broker of image.brokers.values()) {
    const { version, fields } = broker.record as Extract<MetadataRecord, { type: 'RegisterBrokerRecord' }>
    const { fenced, inControlledShutdown } = broker
    yield { type: 'RegisterBrokerRecord', version, fields: { ...fields, fenced, inControlledShutdown } }
  }
  for (const topic of image.topics.values()) {
    yield metadataRecord('TopicRecord', 0, { name: topic.name, topicId: topic.id })
    for (const [partitionId, partition] of topic.partitions.entries()) {
      const { elr, lastKnownElr, ...fields } = partition
      yield metadataRecord('PartitionRecord', recordVersions.partition, {
        ...(fields as { -readonly [K in keyof typeof fields]: never }),
        partitionId,
        topicId: topic.id,
        eligibleLeaderReplicas: elr.length > 0 ? [...elr] : null,
        lastKnownElr: lastKnownElr.length > 0 ? [...lastKnownElr] : null,
      })
    }
  }
  for (const [key, values] of image.configs) {
    const resourceType = Number(key.slice(0, key.indexOf(':')))
    const resourceName = key.slice(key.indexOf(':') + 1)
    for (const [name, value] of values)
      yield metadataRecord('ConfigRecord', 0, { resourceType, resourceName, name, value })
  }
  if (image.nextProducerId > 0)
    yield metadataRecord('ProducerIdsRecord', 0, {
      brokerId: -1,
      brokerEpoch: -1,
      nextProducerId: image.nextProducerId,
    })
  for (const acl of image.acls.values()) yield metadataRecord('AccessControlEntryRecord', 0, acl)
  for (const quota of image.quotas.values()) yield metadataRecord('ClientQuotaRecord', 0, quota)
  yield* image.kept.values()
}
