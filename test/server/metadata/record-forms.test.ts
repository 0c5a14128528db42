import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { MIGRATING } from '../../../src/protocol/directory-ids.ts'
import { holdsMore, METADATA_VERSION } from '../../../src/protocol/metadata-version.ts'
import { updateFeatures } from '../../../src/server/controller/features.ts'
import type { MetadataImage } from '../../../src/server/metadata/image.ts'
import { recordsAtLevel } from '../../../src/server/metadata/record-forms.ts'
import { decodeMetadataRecord, encodeMetadataRecord, metadataRecord } from '../../../src/server/metadata/records.ts'
import { imageRecords } from '../../../src/server/metadata/snapshot.ts'
import { clusterWith, contextOf, dirOf, replayed } from '../controller/cluster-of-three.ts'

const levelRecord = (featureLevel: number) =>
  metadataRecord('FeatureLevelRecord', 0, { name: METADATA_VERSION, featureLevel })

const atLevel = (image: MetadataImage, level: number): MetadataImage => replayed(image, [levelRecord(level)])

describe('records of an older metadata.version', () => {
  it('are those of its snapshots, and name no directories', () => {
    const image = atLevel(clusterWith([{}]), 14)
    const written = [...imageRecords(image)]
    const forms = written.map(({ type, version }) => `${type} ${version}`)
    expect(forms).toContain('PartitionRecord 0')
    expect(forms.filter((form) => form === 'RegisterBrokerRecord 2')).toHaveLength(3)
    const read = replayed(
      { ...image, topics: new Map(), brokers: new Map() },
      written.map(encodeMetadataRecord).map(decodeMetadataRecord),
    )
    expect(read.topics.get('t')?.partitions[0]).toMatchObject({
      replicas: [1, 2, 3],
      directories: Array(3).fill(MIGRATING),
    })
    // Once the metadata can name them, what is not known stays so until the broker tells.
    const [raised] = [...imageRecords(atLevel(read, 17))].filter(({ type }) => type === 'PartitionRecord')
    expect(raised).toMatchObject({ version: 1, fields: { directories: Array(3).fill(MIGRATING) } })
  })

  it('never lose who is eligible to lead', () => {
    const change = metadataRecord('PartitionChangeRecord', 2, { partitionId: 0, directories: [dirOf(1)] })
    expect(recordsAtLevel([change], 14)).toMatchObject([{ version: 0 }])
    const eligible = metadataRecord('PartitionChangeRecord', 2, { partitionId: 0, eligibleLeaderReplicas: [1] })
    expect(() => recordsAtLevel([eligible], 22)).toThrow('eligibleLeaderReplicas cannot be said in version 1')
  })

  it('can hold more at the levels at which those of Apache Kafka 4.3 can', () => {
    const levels = Array.from({ length: 23 }, (_, at) => at + 8)
    expect(levels.filter((level) => holdsMore(level - 1, level))).toEqual([8, 11, 13, 14, 15, 17, 23, 30])
  })
})

describe('a level of metadata.version', () => {
  const raise = (image: MetadataImage, level: number, config = new BrokerConfig({ 'node.id': '9' })) =>
    updateFeatures(
      { ...contextOf(image), config, quorumLevel: 1 },
      {
        featureUpdates: [{ feature: METADATA_VERSION, maxVersionLevel: level, upgradeType: 1, allowDowngrade: false }],
        ...{ timeoutMs: 0, validateOnly: false },
      },
    )
  const ranges = (name: string, maxSupportedVersion: number) => [{ name, minSupportedVersion: 7, maxSupportedVersion }]
  const broker = (brokerId: number, highest: number) =>
    metadataRecord('RegisterBrokerRecord', 3, { brokerId, features: ranges(METADATA_VERSION, highest) })

  it('waits for nodes that do not know it', () => {
    const image = replayed(atLevel(clusterWith([]), 23), [broker(1, 30), broker(2, 25), broker(3, 30)])
    const refusal = `Invalid update version 29 for feature metadata.version. Broker 2 only supports versions 7-25`
    expect(raise(image, 29).reply.errorMessage).toContain(refusal)
    expect(raise(image, 25).records).toEqual([levelRecord(25)])
    const voters = new BrokerConfig({
      'node.id': '9',
      'process.roles': 'controller',
      'controller.listener.names': 'CONTROLLER',
      listeners: 'CONTROLLER://127.0.0.1:9',
      'controller.quorum.voters': '8@127.0.0.1:8,9@127.0.0.1:9',
    })
    const unheard = 'controller 8 has not registered, and may not support this feature'
    expect(raise(image, 25, voters).reply.errorMessage).toContain(unheard)
    const old = metadataRecord('RegisterControllerRecord', 0, {
      controllerId: 8,
      features: ranges(METADATA_VERSION, 24),
    })
    const refused = 'Controller 8 only supports versions 7-24'
    expect(raise(replayed(image, [old]), 25, voters).reply.errorMessage).toContain(refused)
  })
})
