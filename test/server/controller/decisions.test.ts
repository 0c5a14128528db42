import { describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { UNASSIGNED } from '../../../src/protocol/directory-ids.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { allocateProducerIds, bootstrap, registerBroker } from '../../../src/server/controller/brokers.ts'
import { alterConfigs, incrementalAlterConfigs } from '../../../src/server/controller/configs.ts'
import type { ControllerContext, MetadataDecision } from '../../../src/server/controller/controller.ts'
import { createPartitions, createTopics, deleteTopics } from '../../../src/server/controller/topics.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { configsOf, emptyImage, type MetadataImage, ResourceType } from '../../../src/server/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/server/metadata/records.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { SeededRandom } from '../../support/memory-runtime.ts'

/** Decisions are pure: an image in, records and an answer out. What the answers say is held against Apache's in test/compat. */
const DIR = 'AwQFBgcICQoLDA0ODxAREg'
const config = new BrokerConfig({ 'num.partitions': '2' })

function replayed(image: MetadataImage, records: readonly MetadataRecord[]): MetadataImage {
  const delta = new MetadataDelta(image)
  for (const record of records) delta.replay(record)
  return delta.apply(image.offset + records.length, 1)
}

const broker = (brokerId: number, fenced = false, logDirs = [DIR]) =>
  metadataRecord('RegisterBrokerRecord', 3, { brokerId, incarnationId: DIR, brokerEpoch: brokerId, fenced, logDirs })
const cluster = replayed(emptyImage, [broker(1), broker(2), broker(3), broker(4, true)])
const contextOf = (image: MetadataImage, own = config): ControllerContext => ({
  image,
  nextOffset: image.offset,
  config: own,
  random: new SeededRandom(),
})

const topic = (name: string, over = {}) => ({
  ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] },
  ...over,
})
const create = (image: MetadataImage, ...topics: ReturnType<typeof topic>[]) =>
  createTopics(contextOf(image), { topics, timeoutMs: 0, validateOnly: false })
const assigned = [[1], [2]].map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
const one = replayed(
  cluster,
  create(cluster, topic('a.b', { numPartitions: -1, replicationFactor: -1, assignments: assigned })).records,
)
const codes = (list: readonly { errorCode?: number }[]) =>
  list.map(({ errorCode }) => new KafkaError(errorCode ?? 0).error)
const types = ({ records }: MetadataDecision<unknown>) => records.map(({ type }) => type)

describe('createTopics', () => {
  it('places replicas on brokers that are not fenced, leaders in turn', () => {
    const { records } = create(cluster, topic('t', { numPartitions: 6, replicationFactor: 3 }))
    const { partitions } = replayed(cluster, records).topics.get('t') ?? { partitions: [] }
    expect(partitions.map(({ replicas }) => new Set(replicas).size)).toEqual([3, 3, 3, 3, 3, 3])
    expect(partitions.flatMap(({ replicas }) => replicas)).not.toContain(4)
    const leaders = partitions.map(({ leader }) => leader)
    expect([leaders.slice(0, 3).sort(), leaders.slice(3).sort()]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(partitions[0]).toMatchObject({
      isr: partitions[0]?.replicas,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [DIR, DIR, DIR],
    })
  })

  it('leaves the choice of directory to a broker that has several', () => {
    const image = replayed(emptyImage, [broker(1, false, [DIR, 'BAUGBwgJCgsMDQ4PEBESEw'])])
    const { records } = create(image, topic('t'))
    expect(records.at(-1)?.fields).toMatchObject({ directories: [UNASSIGNED] })
  })

  it('writes configs, topic and partitions as one unit', () => {
    const made = create(cluster, topic('t', { numPartitions: -1, configs: [{ name: 'retention.ms', value: '5' }] }))
    expect(types(made)).toEqual(['ConfigRecord', 'TopicRecord', 'PartitionRecord', 'PartitionRecord'])
    expect(made.reply.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 2, replicationFactor: 1 })
    const asked = createTopics(contextOf(cluster), { topics: [topic('t')], timeoutMs: 0, validateOnly: true })
    expect([asked.records.length, codes(asked.reply.topics)]).toEqual([0, ['NONE']])
  })

  it.each<[string, ReturnType<typeof topic>, string]>([
    ['no name', topic(''), 'INVALID_TOPIC_EXCEPTION'],
    ['.', topic('.'), 'INVALID_TOPIC_EXCEPTION'],
    ['..', topic('..'), 'INVALID_TOPIC_EXCEPTION'],
    ['a long name', topic('x'.repeat(250)), 'INVALID_TOPIC_EXCEPTION'],
    ['a slash', topic('a/b'), 'INVALID_TOPIC_EXCEPTION'],
    ['NUL', topic('a\0'), 'INVALID_TOPIC_EXCEPTION'],
    ['a collision', topic('a_b'), 'INVALID_TOPIC_EXCEPTION'],
    ['a topic that is there', topic('a.b'), 'TOPIC_ALREADY_EXISTS'],
    ['no partitions', topic('t', { numPartitions: 0 }), 'INVALID_PARTITIONS'],
    ['less than none', topic('t', { numPartitions: -2 }), 'INVALID_PARTITIONS'],
    ['no replicas', topic('t', { replicationFactor: 0 }), 'INVALID_REPLICATION_FACTOR'],
    ['more replicas than brokers', topic('t', { replicationFactor: 5 }), 'INVALID_REPLICATION_FACTOR'],
    ['an unknown config', topic('t', { configs: [{ name: 'x', value: '1' }] }), 'INVALID_CONFIG'],
    ['a config without value', topic('t', { configs: [{ name: 'retention.ms', value: null }] }), 'INVALID_CONFIG'],
    ['a bad value', topic('t', { configs: [{ name: 'retention.ms', value: '-2' }] }), 'INVALID_CONFIG'],
  ])('refuses %s', (_, wanted, error) => {
    const made = create(one, wanted)
    expect([codes(made.reply.topics), made.records]).toEqual([[error], []])
  })

  it.each<[string, [number, number[]][], string]>([
    [
      'a hole',
      [
        [0, [1]],
        [2, [1]],
      ],
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'a partition twice',
      [
        [0, [1]],
        [0, [1]],
      ],
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    ['an empty list', [[0, []]], 'INVALID_REPLICA_ASSIGNMENT'],
    ['a broker twice', [[0, [1, 1]]], 'INVALID_REPLICA_ASSIGNMENT'],
    ['an unknown broker', [[0, [9]]], 'INVALID_REPLICA_ASSIGNMENT'],
    [
      'lists of two lengths',
      [
        [0, [1]],
        [1, [1, 2]],
      ],
      'INVALID_REPLICA_ASSIGNMENT',
    ],
    [
      'all in order',
      [
        [1, [2, 1]],
        [0, [1, 2]],
      ],
      'NONE',
    ],
  ])('judges an assignment with %s', (_, lists, error) => {
    const assignments = lists.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds }))
    const made = create(cluster, topic('t', { numPartitions: -1, replicationFactor: -1, assignments }))
    expect(codes(made.reply.topics)).toEqual([error])
  })

  it('lets one fail without the others, and a request that is too large as a whole', () => {
    const made = create(cluster, topic('t'), topic('.'), topic('u'), topic('u'))
    expect(codes(made.reply.topics)).toEqual(['NONE', 'INVALID_TOPIC_EXCEPTION', 'INVALID_REQUEST'])
    expect([...replayed(cluster, made.records).topics.keys()]).toEqual(['t'])
    const large = [topic('t', { numPartitions: 6000 }), topic('u', { numPartitions: 6000 })]
    expect(() => create(cluster, ...large)).toThrow(
      new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.'),
    )
  })
})

describe('deleteTopics and createPartitions', () => {
  const remove = (own: BrokerConfig, ...topics: { name: string | null; topicId: string }[]) =>
    deleteTopics(contextOf(one, own), { topics, topicNames: [], timeoutMs: 0 })
  const grow = (count: number, assignments: { brokerIds: number[] }[] | null = null, name = 'a.b') =>
    createPartitions(contextOf(one), { topics: [{ name, count, assignments }], timeoutMs: 0, validateOnly: false })

  it('remove a topic with all that it has', () => {
    const made = remove(config, { name: 'a.b', topicId: ZERO_UUID })
    expect(types(made)).toEqual(['RemoveTopicRecord'])
    expect(replayed(one, made.records).topics.size).toBe(0)
    const id = one.topics.get('a.b')?.id as string
    expect(remove(config, { name: 'a.b', topicId: ZERO_UUID }, { name: null, topicId: id }).records).toEqual([])
    const kept = remove(new BrokerConfig({ 'delete.topic.enable': 'false' }), { name: 'a.b', topicId: ZERO_UUID })
    expect(codes(kept.reply.responses)).toEqual(['TOPIC_DELETION_DISABLED'])
  })

  it('add partitions after those that are there', () => {
    const made = grow(4)
    expect(
      replayed(one, made.records)
        .topics.get('a.b')
        ?.partitions.map(({ leader }) => leader),
    ).toEqual([1, 2, expect.any(Number), expect.any(Number)])
    expect(made.records.map(({ fields }) => (fields as { partitionId: number }).partitionId)).toEqual([2, 3])
    expect(grow(3, [{ brokerIds: [3] }]).records.at(-1)?.fields).toMatchObject({ replicas: [3], leader: 3 })
  })

  it.each<[number, { brokerIds: number[] }[] | null, string, string]>([
    [2, null, 'a.b', 'INVALID_PARTITIONS'],
    [1, null, 'a.b', 'INVALID_PARTITIONS'],
    [3, [], 'a.b', 'INVALID_REPLICA_ASSIGNMENT'],
    [3, [{ brokerIds: [9] }], 'a.b', 'INVALID_REPLICA_ASSIGNMENT'],
    [3, null, 'x', 'UNKNOWN_TOPIC_OR_PARTITION'],
    [20_000, null, 'a.b', 'POLICY_VIOLATION'],
  ])('refuse %i partitions with %j for %s: %s', (count, assignments, name, error) => {
    expect(codes(grow(count, assignments, name).reply.results)).toEqual([error])
  })
})

describe('configs', () => {
  const change = (resourceName: string, ...changes: [string, number, string | null][]) =>
    incrementalAlterConfigs(contextOf(configured), {
      resources: [
        {
          resourceType: ResourceType.topic,
          resourceName,
          configs: changes.map(([name, configOperation, value]) => ({ name, configOperation, value })),
        },
      ],
      validateOnly: false,
    })
  const set = (name: string, value: string) =>
    metadataRecord('ConfigRecord', 0, { resourceType: ResourceType.topic, resourceName: 'a.b', name, value })
  const configured = replayed(one, [set('retention.ms', '5'), set('segment.ms', '6')])
  const result = (records: readonly MetadataRecord[]) =>
    Object.fromEntries(configsOf(replayed(configured, records), ResourceType.topic, 'a.b'))

  it('change what is named and nothing else', () => {
    expect(result(change('a.b', ['retention.ms', 0, '7']).records)).toEqual({ 'retention.ms': '7', 'segment.ms': '6' })
    expect(result(change('a.b', ['retention.ms', 1, null]).records)).toEqual({ 'segment.ms': '6' })
    expect(change('a.b', ['retention.ms', 0, '5']).records).toEqual([])
    expect(result(change('a.b', ['cleanup.policy', 2, 'compact']).records)).toMatchObject({
      'cleanup.policy': 'delete,compact',
    })
    expect(result(change('a.b', ['cleanup.policy', 2, 'delete']).records)).toMatchObject({ 'cleanup.policy': 'delete' })
  })

  it('are replaced as a whole by the older request', () => {
    const configs = [{ name: 'retention.bytes', value: '9' }]
    const resources = [{ resourceType: ResourceType.topic, resourceName: 'a.b', configs }]
    const { records } = alterConfigs(contextOf(configured), { resources, validateOnly: false })
    expect(result(records)).toEqual({ 'retention.bytes': '9' })
  })

  it('are all changed or none', () => {
    const made = change('a.b', ['retention.ms', 0, '7'], ['segment.ms', 0, 'x'])
    expect([codes(made.reply.responses), made.records]).toEqual([['INVALID_CONFIG'], []])
  })
})

describe('registerBroker', () => {
  const register = (image: MetadataImage, cleanStart: boolean) => {
    const { records, reply } = registerBroker(contextOf(image), {
      endpoints: [],
      rack: null,
      logDirs: [DIR],
      cleanStart,
    })
    return { records, reply, image: replayed(image, records) }
  }
  const id = one.topics.get('a.b')?.id as string
  const changed = (over: object) =>
    replayed(one, [metadataRecord('PartitionChangeRecord', 2, { topicId: id, partitionId: 0, ...over })])
  const first = (image: MetadataImage) => image.topics.get('a.b')?.partitions[0]

  it('takes the offset of its record as broker epoch, and is fenced no longer', () => {
    const { reply, image } = register(cluster, true)
    expect(reply).toBe(cluster.offset)
    expect(image.brokers.get(1)).toMatchObject({ epoch: cluster.offset, fenced: false })
    expect(image.brokers.get(1)?.incarnationId).not.toBe(cluster.brokers.get(1)?.incarnationId)
  })

  it('starts new leader epochs after an unclean stop only, and only where it leads', () => {
    expect(first(register(one, true).image)).toMatchObject({ leader: 1, leaderEpoch: 0 })
    const { image } = register(one, false)
    expect(image.topics.get('a.b')?.partitions.map(({ leader, leaderEpoch }) => [leader, leaderEpoch])).toEqual([
      [1, 1],
      [2, 0],
    ])
  })

  it('leads again where it was in sync, or eligible while nobody is in sync (KIP-966)', () => {
    expect(first(register(changed({ leader: -1 }), true).image)).toMatchObject({ leader: 1, isr: [1] })
    const eligible = changed({ leader: -1, isr: [], eligibleLeaderReplicas: [1], lastKnownElr: [2] })
    expect(first(register(eligible, true).image)).toMatchObject({ leader: 1, isr: [1], elr: [], lastKnownElr: [] })
    const stranger = changed({ leader: -1, isr: [], eligibleLeaderReplicas: [2] })
    expect(first(register(stranger, true).image)).toMatchObject({ leader: -1, isr: [] })
  })

  it('leads nothing in a directory that it did not come back with, and leads it again once it has it', () => {
    const [A, B] = [DIR, 'BAUGBwgJCgsMDQ4PEBESEw']
    const two = replayed(cluster, [
      metadataRecord('FeatureLevelRecord', 0, { name: 'eligible.leader.replicas.version', featureLevel: 1 }),
      metadataRecord('TopicRecord', 0, { name: 'p', topicId: DIR }),
      ...[A, B, UNASSIGNED].map((directory, partitionId) =>
        metadataRecord('PartitionRecord', 2, {
          ...{ topicId: DIR, partitionId, replicas: [1], isr: [1], leader: 1, leaderEpoch: 3, partitionEpoch: 1 },
          directories: [directory],
        }),
      ),
    ])
    const start = (image: MetadataImage, logDirs: string[], cleanStart: boolean) =>
      replayed(image, registerBroker(contextOf(image), { endpoints: [], rack: null, logDirs, cleanStart }).records)
    const places = (image: MetadataImage) =>
      image.topics.get('p')?.partitions.map(({ leader, isr, elr }) => `${leader} of ${isr} or ${elr}`)
    const without = start(two, [A], false)
    expect(places(without)).toEqual(['1 of 1 or ', '-1 of  or 1', '1 of 1 or '])
    expect(places(start(without, [A], true))).toEqual(places(without))
    expect(places(start(without, [A, B], false))).toEqual(['1 of 1 or ', '1 of 1 or ', '1 of 1 or '])
  })
})

describe('the first records', () => {
  it('are written once, as one transaction', () => {
    const levels = [
      metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }),
      metadataRecord('FeatureLevelRecord', 0, { name: 'eligible.leader.replicas.version', featureLevel: 1 }),
    ]
    expect(types(bootstrap(contextOf(emptyImage), levels))).toEqual([
      'BeginTransactionRecord',
      'FeatureLevelRecord',
      'FeatureLevelRecord',
      'ConfigRecord',
      'EndTransactionRecord',
    ])
    expect(bootstrap(contextOf(replayed(emptyImage, levels)), levels).records).toEqual([])
    // As Apache's controller: what its properties say is the cluster's from then on.
    const config = new BrokerConfig({ 'min.insync.replicas': '2' })
    expect(bootstrap({ ...contextOf(emptyImage), config }, levels).records[3]?.fields).toMatchObject({
      ...{ resourceType: 4, resourceName: '', name: 'min.insync.replicas', value: '2' },
    })
  })

  it('give producer ids in blocks that never meet', () => {
    const block = allocateProducerIds(contextOf(cluster))
    const next = allocateProducerIds(contextOf(replayed(cluster, block.records)))
    expect([block.reply.first, next.reply.first]).toEqual([0, block.reply.count])
  })
})
