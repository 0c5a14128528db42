import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../src/protocol/errors.ts'
import { BrokerSessions } from '../../../src/server/controller/broker-sessions.ts'
import { unregisterBroker } from '../../../src/server/controller/brokers.ts'
import { brokerHeartbeat, fenceSilent } from '../../../src/server/controller/heartbeats.ts'
import { placeReplicas } from '../../../src/server/controller/placement.ts'
import { brokerRegistration } from '../../../src/server/controller/registration.ts'
import { assignReplicasToDirs } from '../../../src/server/controller/replica-dirs.ts'
import { emptyImage, type MetadataImage } from '../../../src/server/metadata/image.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { imageRecords } from '../../../src/server/metadata/snapshot.ts'
import { clusterWith, contextOf, decided, dirOf, incarnationOf, replayed, states, TOPIC } from './cluster-of-three.ts'

/** How brokers come, serve, stop and are given up (KIP-631): states in, records out. */
const CLUSTER = 'CAQFBgcICQoLDA0ODxAREg'
const NEW = 'DAQFBgcICQoLDA0ODxAREg'

const level = { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 }
const request = (over = {}) => ({
  ...{ brokerId: 2, clusterId: CLUSTER, incarnationId: NEW, rack: 'r', isMigratingZkBroker: false },
  ...{ listeners: [{ name: 'P', host: 'h', port: 1, securityProtocol: 0 }], logDirs: [dirOf(2)] },
  features: [
    { name: 'metadata.version', minSupportedVersion: 7, maxSupportedVersion: 30 },
    { name: 'eligible.leader.replicas.version', minSupportedVersion: 0, maxSupportedVersion: 1 },
  ],
  previousBrokerEpoch: 2,
  ...over,
})
const register = (image: MetadataImage, over = {}, alive: readonly number[] = [1]) =>
  decided(image, (context) =>
    brokerRegistration(context, request(over), { clusterId: CLUSTER, isAlive: (id) => alive.includes(id) }),
  )

describe('a registration', () => {
  const cluster = clusterWith([{}, { replicas: [2, 3] }, { replicas: [2] }])
  it('gives a new incarnation the offset of its record as epoch, and is fenced', () => {
    const { reply, image } = register(cluster)
    expect(reply).toMatchObject({ errorCode: 0, brokerEpoch: cluster.offset })
    expect(image.brokers.get(2)).toMatchObject({ epoch: cluster.offset, fenced: true, incarnationId: NEW, rack: 'r' })
  })

  it('of the same incarnation changes what is told of it, and nothing else', () => {
    const { reply, image } = register(cluster, { incarnationId: incarnationOf(2) }, [1, 2])
    expect(reply).toMatchObject({ brokerEpoch: 2 })
    expect(image.brokers.get(2)).toMatchObject({ epoch: 2, fenced: false, rack: 'r' })
    expect(states(image)).toEqual(states(cluster))
  })

  it.each<[string, object, readonly number[], string]>([
    ['another cluster', { clusterId: NEW }, [1], 'INCONSISTENT_CLUSTER_ID'],
    ['a broker that lives', {}, [1, 2], 'DUPLICATE_BROKER_REGISTRATION'],
    ['no directory', { logDirs: [] }, [1], 'INVALID_REGISTRATION'],
    ['a directory twice', { logDirs: [dirOf(2), dirOf(2)] }, [1], 'INVALID_REGISTRATION'],
    ['a directory that is none', { logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ'] }, [1], 'INVALID_REGISTRATION'],
    ["another's directory", { logDirs: [dirOf(3)] }, [1], 'INVALID_REGISTRATION'],
    ['no level of the metadata', { features: [] }, [1], 'INVALID_REGISTRATION'],
    ['too old a version', { features: [{ ...level, maxSupportedVersion: 29 }] }, [1], 'UNSUPPORTED_VERSION'],
    ['a ZooKeeper of its own', { isMigratingZkBroker: true }, [1], 'BROKER_ID_NOT_REGISTERED'],
  ])('with %s is refused', (_, over, alive, error) => {
    expect(() => register(cluster, over, alive)).toThrow(expect.objectContaining({ error }))
  })

  it('after a stop in good order takes the broker out of ISRs, for it is fenced, and leaves it eligible', () => {
    expect(states(register(cluster).image)).toEqual(['1 of 1,3', '3 of 3', '-1 of 2'])
    expect(states(register(clusterWith([{ replicas: [2] }], 1)).image)).toEqual(['-1 of  or 2'])
  })

  it('after any other takes the broker out of ISR and ELR (KIP-966)', () => {
    const withElr = clusterWith([{}, { replicas: [2, 3] }, { replicas: [2] }, { replicas: [2, 3], isr: [3] }], 1)
    const { image } = register(withElr, { previousBrokerEpoch: -1 })
    expect(states(image)).toEqual(['1 of 1,3', '3 of 3', '-1 of ', '3 of 3'])
    expect(image.topics.get('t')?.partitions[2]?.lastKnownElr).toEqual([2])
    const without = register(cluster, { previousBrokerEpoch: -1 }).image
    expect(states(without)).toEqual(['1 of 1,3', '3 of 3', '-1 of 2'])
  })
})

const progress = { lowestOffset: () => 100, shutdownOffset: () => undefined as number | undefined }
const beat = (image: MetadataImage, over = {}, known = progress) =>
  decided(image, (context) =>
    brokerHeartbeat(
      context,
      {
        ...{ brokerId: 2, brokerEpoch: 2, currentMetadataOffset: 50, wantFence: false, wantShutDown: false },
        ...{ offlineLogDirs: [], cordonedLogDirs: null },
        ...over,
      },
      known,
    ),
  )

describe('a heartbeat', () => {
  const cluster = clusterWith([{ replicas: [2, 3] }, { replicas: [2] }, { replicas: [1, 2] }])
  const fenced = decided(cluster, (context) => fenceSilent(context, [2])).image

  it('tells which directories are cordoned: a broker with no other gets nothing new', () => {
    const ids = [dirOf(2)]
    const { records, image } = beat(cluster, { cordonedLogDirs: ids })
    expect(records).toMatchObject([
      { type: 'BrokerRegistrationChangeRecord', version: 3, fields: { brokerId: 2, cordonedLogDirs: ids } },
    ])
    expect(beat(image, { cordonedLogDirs: ids }).records).toEqual([])
    expect(beat(image).records).toEqual([])
    const kept = replayed(emptyImage, [...imageRecords(image)])
    expect(kept.brokers.get(2)?.record).toMatchObject({ version: 4, fields: { cordonedLogDirs: ids } })
    const placed = (from: MetadataImage) => new Set(placeReplicas(contextOf(from), 30, 2).flat())
    expect([placed(cluster), placed(kept)]).toEqual([new Set([1, 2, 3]), new Set([1, 3])])
    expect(() => placeReplicas(contextOf(kept), 1, 3)).toThrow(
      'The target replication factor of 3 cannot be reached because only 2 broker(s) are registered or some brokers have all their log directories cordoned.',
    )
    expect(placed(beat(kept, { cordonedLogDirs: [] }).image)).toEqual(new Set([1, 2, 3]))
  })

  it('of a broker that serves says so, without a record', () => {
    const { records, reply } = beat(cluster)
    expect(records).toEqual([])
    expect(reply.response).toMatchObject({ isCaughtUp: true, isFenced: false, shouldShutDown: false })
  })

  it('that did not come has the broker fenced, and others lead', () => {
    expect(fenced.brokers.get(2)?.fenced).toBe(true)
    expect(states(fenced)).toEqual(['3 of 3', '-1 of 2', '1 of 1'])
    expect(decided(fenced, (context) => fenceSilent(context, [2])).records).toEqual([])
  })

  it('of a fenced broker lets it serve once it knows its own registration', () => {
    const { image, reply } = beat(fenced)
    expect(reply.response).toMatchObject({ isFenced: false })
    expect(image.brokers.get(2)?.fenced).toBe(false)
    expect(states(image)).toEqual(['3 of 3', '2 of 2', '1 of 1'])
    expect(beat(fenced, { currentMetadataOffset: 1 }).reply.response).toMatchObject({
      isCaughtUp: false,
      isFenced: true,
    })
    expect(beat(fenced, { wantFence: true })).toMatchObject({ records: [] })
    expect(beat(fenced, { wantShutDown: true }).reply.response).toMatchObject({ shouldShutDown: true, isFenced: true })
  })

  it('of one that wants to stop moves its leaders, and lets it go when all know', () => {
    const moving = clusterWith([{ replicas: [2, 3] }, { replicas: [1, 2] }])
    const begun = beat(moving, { wantShutDown: true })
    expect(begun.reply).toMatchObject({ isStopping: true, response: { shouldShutDown: false, isFenced: false } })
    expect(begun.image.brokers.get(2)).toMatchObject({ fenced: false, inControlledShutdown: true })
    expect(states(begun.image)).toEqual(['3 of 3', '1 of 1'])
    const early = { ...progress, shutdownOffset: () => 101 }
    expect(beat(begun.image, { wantShutDown: true }, early).reply.response.shouldShutDown).toBe(false)
    const known = { ...progress, shutdownOffset: () => 100 }
    const ended = beat(begun.image, { wantShutDown: true }, known)
    expect(ended.reply.response).toMatchObject({ shouldShutDown: true, isFenced: true })
    expect(ended.image.brokers.get(2)?.fenced).toBe(true)
  })

  it('of one that leads nothing, or does not care, lets it stop at once', () => {
    const idle = clusterWith([{ replicas: [1, 2] }])
    expect(beat(idle, { wantShutDown: true }).reply.response.shouldShutDown).toBe(true)
    const both = beat(cluster, { wantShutDown: true, wantFence: true })
    expect([both.reply.response.shouldShutDown, states(both.image)]).toEqual([true, ['3 of 3', '-1 of 2', '1 of 1']])
  })

  it('tells of directories that are gone: what lay there is led elsewhere', () => {
    const other = dirOf(0)
    const twoDirs = replayed(cluster, [
      metadataRecord('BrokerRegistrationChangeRecord', 2, { brokerId: 2, brokerEpoch: 2, logDirs: [dirOf(2), other] }),
    ])
    const { image } = beat(twoDirs, { offlineLogDirs: [dirOf(2)] })
    expect(states(image)).toEqual(['3 of 3', '-1 of 2', '1 of 1'])
    expect(image.brokers.get(2)?.record.fields).toMatchObject({ logDirs: [other] })
    expect(beat(image, { offlineLogDirs: [dirOf(2)] }).records).toEqual([])
  })

  it.each([
    ['another incarnation', { brokerEpoch: 1 }],
    ['a stranger', { brokerId: 9 }],
  ])('of %s is refused', (_, over) => {
    expect(() => beat(cluster, over)).toThrow(expect.objectContaining({ error: 'STALE_BROKER_EPOCH' }))
  })
})

describe('sessions', () => {
  it('end with silence, never that of the own broker, and begin anew with the controller', () => {
    let now = 0
    const cluster = clusterWith([])
    const sessions = new BrokerSessions({ monotonic: () => now }, 1, 1000)
    expect(sessions.silent(cluster)).toEqual([2, 3])
    sessions.begin(cluster)
    expect(sessions.silent(cluster)).toEqual([])
    now = 600
    sessions.touch(2, 2, 40)
    expect(sessions.untilFirstEnd).toBe(400)
    now = 1001
    expect(sessions.silent(cluster)).toEqual([3])
    expect(sessions.untilFirstEnd).toBe(599)
    expect([sessions.isAlive(2, 2), sessions.isAlive(2, 7), sessions.isAlive(1, 99)]).toEqual([true, false, true])
  })

  it('know how far all are that serve', () => {
    const cluster = clusterWith([])
    const sessions = new BrokerSessions({ monotonic: () => 0 }, 1, 1000)
    expect(sessions.lowestOffset(cluster)).toBe(-1)
    sessions.touch(2, 2, 40)
    sessions.touch(3, 3, 30)
    expect(sessions.lowestOffset(cluster)).toBe(30)
    sessions.beginShutdown(3, 3, 45)
    sessions.beginShutdown(3, 3, 50)
    sessions.touch(3, 3, 46)
    expect([sessions.shutdownOffset(3), sessions.shutdownOffset(2)]).toEqual([45, undefined])
    const stopping = replayed(cluster, [
      metadataRecord('BrokerRegistrationChangeRecord', 2, { brokerId: 3, brokerEpoch: 3, inControlledShutdown: 1 }),
    ])
    expect(sessions.lowestOffset(stopping)).toBe(40)
  })
})

it('forgets a broker that is gone for good, with its place in ISRs', () => {
  const cluster = clusterWith([{ replicas: [2, 3] }])
  const { image } = decided(cluster, (context) => unregisterBroker(context, 2))
  expect([image.brokers.has(2), states(image)]).toEqual([false, ['3 of 3']])
  expect(() => unregisterBroker(contextOf(cluster), 1)).toThrow(KafkaError)
})

it('records where a broker put its replicas, and does not count on what lies in a directory that is gone', () => {
  const cluster = clusterWith([{ replicas: [2, 3] }, { replicas: [1, 3] }])
  const gone = 'DwUGBwgJCgsMDQ4PEBESAw'
  const partitions = [{ partitionIndex: 0 }, { partitionIndex: 1 }, { partitionIndex: 2 }]
  const directories = [{ id: gone, topics: [{ topicId: TOPIC, partitions }] }]
  const { reply, image } = decided(cluster, (context) =>
    assignReplicasToDirs(context, { brokerId: 2, brokerEpoch: 2, directories }),
  )
  const codes = reply.directories[0]?.topics[0]?.partitions.map(({ errorCode }) => new KafkaError(errorCode).error)
  expect(codes).toEqual(['NONE', 'NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION'])
  expect(image.topics.get('t')?.partitions[0]).toMatchObject({ directories: [gone, dirOf(3)], leader: 3, isr: [3] })
})
