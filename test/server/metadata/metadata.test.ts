import { describe, expect, it } from 'vitest'
import { Writer } from '../../../src/protocol/schema/index.ts'
import { configsOf, ResourceType } from '../../../src/server/metadata/image.ts'
import { MetadataLoader } from '../../../src/server/metadata/loader.ts'
import {
  decodeMetadataRecord,
  encodeMetadataRecord,
  type MetadataRecord,
  metadataRecord,
} from '../../../src/server/metadata/records.ts'
import { imageRecords } from '../../../src/server/metadata/snapshot.ts'

const T1 = 'AQIDBAUGBwgJCgsMDQ4PEA'
const T2 = 'AgMEBQYHCAkKCwwNDg8QEQ'
const DIR = 'AwQFBgcICQoLDA0ODxAREg'

const topic = (name: string, topicId: string) => metadataRecord('TopicRecord', 0, { name, topicId })
const partition = (topicId: string, partitionId: number, over = {}) =>
  metadataRecord('PartitionRecord', 2, {
    ...{ topicId, partitionId, replicas: [1, 2], isr: [1, 2], leader: 1, leaderEpoch: 0, partitionEpoch: 0 },
    directories: [DIR, DIR],
    ...over,
  })
const config = (resourceName: string, name: string, value: string | null) =>
  metadataRecord('ConfigRecord', 0, { resourceType: ResourceType.topic, resourceName, name, value })

/** One of everything that an image has. */
const records: MetadataRecord[] = [
  metadataRecord('FeatureLevelRecord', 0, { name: 'group.version', featureLevel: 1 }),
  metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }),
  metadataRecord('RegisterBrokerRecord', 3, {
    ...{ brokerId: 1, incarnationId: DIR, brokerEpoch: 7, rack: 'r1', fenced: true, logDirs: [DIR] },
    endPoints: [{ name: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 0 }],
  }),
  metadataRecord('BrokerRegistrationChangeRecord', 0, { brokerId: 1, brokerEpoch: 7, fenced: -1 }),
  topic('a', T1),
  partition(T1, 0),
  partition(T1, 1, { isr: [], eligibleLeaderReplicas: [1], lastKnownElr: [2], leader: -1 }),
  config('a', 'retention.ms', '5'),
  config('a', 'cleanup.policy', 'compact'),
  config('a', 'cleanup.policy', null),
  topic('b', T2),
  partition(T2, 0),
  metadataRecord('PartitionChangeRecord', 2, { topicId: T2, partitionId: 0, isr: [2], leader: 2 }),
  metadataRecord('ProducerIdsRecord', 0, { brokerId: 1, brokerEpoch: 7, nextProducerId: 3000 }),
  metadataRecord('AccessControlEntryRecord', 0, {
    ...{ id: DIR, resourceType: 2, resourceName: 'a', patternType: 3, principal: 'User:x', host: '*' },
    ...{ operation: 3, permissionType: 3 },
  }),
  metadataRecord('ClientQuotaRecord', 0, {
    ...{ entity: [{ entityType: 'user', entityName: null }], key: 'producer_byte_rate', value: 5, remove: false },
  }),
]

function load(given: readonly MetadataRecord[], batch = given.length): MetadataLoader {
  const loader = new MetadataLoader()
  for (let at = 0; at < given.length; at += batch)
    loader.load(given.slice(at, at + batch).map(encodeMetadataRecord), Math.min(at + batch, given.length), 1)
  return loader
}

describe('images', () => {
  it('are the fold of the log, whatever its batches', () => {
    const whole = load(records).image
    for (const batch of [1, 2, 5]) expect(load(records, batch).image).toEqual(whole)
    expect(whole.topics.get('a')?.partitions).toHaveLength(2)
    expect(whole.topics.get('b')?.partitions[0]).toMatchObject({
      isr: [2],
      leader: 2,
      leaderEpoch: 1,
      partitionEpoch: 1,
    })
    expect([...configsOf(whole, ResourceType.topic, 'a')]).toEqual([['retention.ms', '5']])
    expect(whole.brokers.get(1)).toMatchObject({ epoch: 7, fenced: false })
    expect([...whole.acls.keys()]).toEqual([DIR])
    expect([...whole.quotas.keys()]).toEqual(['user=null:producer_byte_rate'])
  })

  it('come back the same from their snapshot', () => {
    const whole = load(records).image
    const again = load([...imageRecords(whole)]).image
    const { record: _, ...broker } = whole.brokers.get(1) as NonNullable<ReturnType<typeof whole.brokers.get>>
    expect(again.brokers.get(1)).toMatchObject(broker)
    for (const part of [
      'features',
      'topics',
      'topicNames',
      'configs',
      'nextProducerId',
      'acls',
      'quotas',
      'kept',
    ] as const)
      expect(again[part]).toEqual(whole[part])
    // metadata.version leads: it says how the rest is to be read.
    expect([...imageRecords(whole)][0]?.fields).toMatchObject({ name: 'metadata.version' })
    expect([...imageRecords(again)]).toEqual([...imageRecords(whole)])
  })

  it('lose with a topic all that it had', () => {
    const { image } = load([...records, metadataRecord('RemoveTopicRecord', 0, { topicId: T1 })])
    expect([[...image.topics.keys()], [...image.topicNames.values()], image.configs.size]).toEqual([['b'], ['b'], 0])
  })

  it('do not change under those who hold them', () => {
    const loader = load(records)
    const before = loader.image
    const text = JSON.stringify([...before.topics])
    loader.load([encodeMetadataRecord(partition(T1, 2)), encodeMetadataRecord(config('a', 'x', 'y'))], 99, 2)
    expect(JSON.stringify([...before.topics])).toBe(text)
    expect([before.offset, loader.image.offset]).toEqual([records.length, 99])
  })
})

describe('metadata transactions (KIP-868)', () => {
  const begin = metadataRecord('BeginTransactionRecord', 0, { name: 'many' })
  const end = metadataRecord('EndTransactionRecord', 0, {})
  const abort = metadataRecord('AbortTransactionRecord', 0, { reason: 'why not' })
  const names = (given: readonly MetadataRecord[], batch: number) => [...load(given, batch).image.topics.keys()]

  it.each([1, 2, 10])('count as a whole when they end, in batches of %i', (batch) => {
    expect(names([topic('before', T1), begin, topic('inside', T2)], batch)).toEqual(['before'])
    expect(names([begin, topic('inside', T2), end], batch)).toEqual(['inside'])
    expect(names([begin, topic('inside', T2), abort, topic('after', T1)], batch)).toEqual(['after'])
  })
})

describe('records of a newer Kafka', () => {
  const framed = (...varints: number[]): Buffer => {
    const writer = new Writer(16)
    for (const one of varints) writer.unsignedVarint(one)
    return writer.concat()
  }

  it.each([
    ['frame', framed(2, 0, 0)],
    ['type', framed(1, 999, 0)],
    ['version', framed(1, 2, 99)],
  ])('stop the node: unknown %s', (_, bytes) => {
    expect(() => decodeMetadataRecord(bytes)).toThrow(/^metadata record (with frame version|of type) /)
    expect(() => new MetadataLoader().load([bytes], 1, 1)).toThrow(/^metadata record (with frame version|of type) /)
  })
})
