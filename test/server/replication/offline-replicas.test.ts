import { beforeEach, describe, expect, it } from 'vitest'
import { UNASSIGNED } from '../../../src/protocol/directory-ids.ts'
import { emptyImage, type MetadataImage, type PartitionImage } from '../../../src/server/metadata/image.ts'
import type { AssignReplicasRequest } from '../../../src/server/replication/directory-assignments.ts'
import { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import { defaultLogConfig } from '../../../src/server/storage/log-config.ts'
import { LogManager } from '../../../src/server/storage/log-manager.ts'
import { errorOf } from '../../support/error-of.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { batchOf, TOPIC_ID } from '../storage/batches.ts'

const OTHER_ID = 'nOgH1fHBTOmfgnVjn0s3XA'
const [A, B] = ['AAAAAAAAAAAAAAAAAAAA_w', 'AAAAAAAAAAAAAAAAAAAB_w'] as const
const directoryIds = new Map([
  ['/logs/a', A],
  ['/logs/b', B],
])
const produced = { origin: 'client', requiredAcks: -1, minInSync: 1 } as const
const none = { changedTopics: new Set<string>(), deletedTopics: [], changedConfigs: new Set<string>() }

let runtime: ReturnType<typeof memoryRuntime>
let asked: AssignReplicasRequest[]
let answer: (request: AssignReplicasRequest) => number
let image: MetadataImage
let logs: LogManager
let replicas: ReplicaManager

function start() {
  const manager: LogManager = new LogManager({
    ...{ runtime, dirs: ['/logs/a', '/logs/b'], directoryIds, nodeId: 1, clusterId: 'c' },
    configFor: () => defaultLogConfig,
    onDirFailure: ({ logs, id }) => replicas?.takeOffline(logs, id),
  })
  logs = manager
  logs.load()
  replicas = new ReplicaManager({
    ...{ logs, nodeId: 1, clock: runtime.clock, log: () => {} },
    settings: { lagTimeMaxMs: 300, fetchBackoffMs: 40 } as never,
    configFor: () => defaultLogConfig,
    minInSync: () => 1,
    alterPartition: () => new Promise(() => {}),
    leader: () => ({ send: () => new Promise(() => {}) }),
    assignReplicas: async (request) => {
      asked.push(request)
      const errorCode = answer(request)
      const placed = request.directories.map(({ id, topics }) => ({
        id,
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
        })),
      }))
      return { throttleTimeMs: 0, errorCode: 0, directories: placed }
    },
  })
}

beforeEach(() => {
  runtime = memoryRuntime()
  asked = []
  answer = () => 0
  image = emptyImage
  start()
})

type Place = Partial<PartitionImage> & { readonly directory: string }

function topic(name: string, id: string, places: readonly Place[]): void {
  const partitions = places.map(({ directory, replicas: all = [1], ...more }) => ({
    ...{ replicas: all, isr: all, leader: 1, leaderEpoch: 0, partitionEpoch: 0 },
    ...{ removingReplicas: [], addingReplicas: [], elr: [], lastKnownElr: [], leaderRecoveryState: 0 },
    ...{ directories: all.map((broker) => (broker === 1 ? directory : B)), ...more },
  }))
  const topics = new Map(image.topics).set(name, { name, id, partitions })
  const topicNames = new Map(image.topicNames).set(id, name)
  const features = new Map([['metadata.version', 30]])
  image = { ...image, topics, topicNames, features }
  replicas.publish({ ...none, changedTopics: new Set([name]) }, image)
}

const fail = (path: string) => {
  runtime.disk.faults.add({ operation: 'write', path, code: 'EIO', times: 1 })
  return errorOf(() => logs.checkpoint())
}

describe('replicas whose directory fails', () => {
  it('are answered for with KAFKA_STORAGE_ERROR, and whoever waits hears it', async () => {
    topic('t', TOPIC_ID, [{ directory: A, replicas: [1, 2] }, { directory: B }])
    const [lost, kept] = [replicas.get('t', 0), replicas.get('t', 1)]
    const { written } = lost.append(batchOf(), produced)
    let woken = 0
    lost.onProgress(() => woken++)
    lost.onAppend(() => woken++)
    fail('/logs/a/recovery-point')
    await expect(written).rejects.toMatchObject({ error: 'KAFKA_STORAGE_ERROR' })
    expect(woken).toBe(2)
    expect(lost.isLeader).toBe(false)
    expect(errorOf(() => lost.append(batchOf(), produced))).toBe('KAFKA_STORAGE_ERROR')
    expect(errorOf(() => lost.checkLeader(-1))).toBe('KAFKA_STORAGE_ERROR')
    expect(errorOf(() => replicas.get('t', 0))).toBe('KAFKA_STORAGE_ERROR')
    expect([replicas.find('t', 0), [...replicas.all()]]).toEqual([undefined, [kept]])
    kept.append(batchOf(), produced)
    expect(kept.log.highWatermark).toBe(1)
  })

  it('stay so whatever the metadata says of them, until they are somebody else’s', () => {
    topic('t', TOPIC_ID, [{ directory: A, replicas: [1, 2] }])
    fail('/logs/a/recovery-point')
    topic('t', TOPIC_ID, [{ directory: A, replicas: [1, 2], leader: 2, leaderEpoch: 1, partitionEpoch: 1 }])
    expect(errorOf(() => replicas.get('t', 0))).toBe('KAFKA_STORAGE_ERROR')
    topic('t', TOPIC_ID, [{ directory: A, replicas: [2, 3], leader: 2, leaderEpoch: 1, partitionEpoch: 2 }])
    expect(errorOf(() => replicas.get('t', 0))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    topic('t', TOPIC_ID, [{ directory: B, replicas: [1, 2], leader: 2, leaderEpoch: 1, partitionEpoch: 3 }])
    expect(logs.dirOf(replicas.get('t', 0).log)).toBe('/logs/b')
  })

  it('make room for a topic of the same name', () => {
    topic('t', TOPIC_ID, [{ directory: A }])
    fail('/logs/a/recovery-point')
    replicas.publish({ ...none, deletedTopics: [{ name: 't', id: TOPIC_ID }] }, emptyImage)
    expect(errorOf(() => replicas.get('t', 0))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    topic('t', OTHER_ID, [{ directory: UNASSIGNED }])
    expect(logs.dirOf(replicas.get('t', 0).log)).toBe('/logs/b')
  })

  it('do not begin anew elsewhere after a start without it', async () => {
    topic('t', TOPIC_ID, [{ directory: A }, { directory: B }])
    await logs.shutdown()
    runtime.disk.faults.add({ operation: 'list', path: '/logs/a', code: 'EIO', times: 1 })
    image = emptyImage
    start()
    topic('t', TOPIC_ID, [{ directory: A }, { directory: B }])
    expect(errorOf(() => replicas.get('t', 0))).toBe('KAFKA_STORAGE_ERROR')
    expect(replicas.get('t', 1).log.name).toBe('t-1')
    expect(runtime.disk.stat('/logs/b/t-0')).toBeUndefined()
  })

  it('do not even where nobody was told of their directory, and it is told of then', async () => {
    topic('t', TOPIC_ID, [{ directory: UNASSIGNED }])
    await logs.shutdown()
    await runtime.clock.settle()
    runtime.disk.faults.add({ operation: 'list', path: '/logs/a', code: 'EIO', times: 1 })
    image = emptyImage
    asked = []
    start()
    topic('t', TOPIC_ID, [{ directory: UNASSIGNED }])
    expect(errorOf(() => replicas.get('t', 0))).toBe('KAFKA_STORAGE_ERROR')
    await runtime.clock.settle()
    expect(asked.map(({ directories }) => directories.map(({ id }) => id))).toEqual([[A]])
    topic('new', OTHER_ID, [{ directory: UNASSIGNED }])
    expect(logs.dirOf(replicas.get('new', 0).log)).toBe('/logs/b')
  })
})

describe('the directories of replicas', () => {
  const told = () =>
    asked.map(({ directories }) =>
      directories.map(({ id, topics }) => [
        id,
        topics.flatMap(({ partitions }) => partitions.map((p) => p.partitionIndex)),
      ]),
    )

  it('are told in one request where the metadata has others', async () => {
    topic('t', TOPIC_ID, [
      { directory: UNASSIGNED },
      { directory: UNASSIGNED },
      { directory: B },
      { directory: UNASSIGNED },
    ])
    await runtime.clock.settle()
    expect(told()).toEqual([
      [
        [A, [0, 3]],
        [B, [1]],
      ],
    ])
    expect(asked[0]).toMatchObject({ brokerId: 1, brokerEpoch: -1 })
    topic('t', TOPIC_ID, [{ directory: A }, { directory: B }, { directory: B }, { directory: A }])
    await runtime.clock.advance(60_000)
    expect(asked).toHaveLength(1)
  })

  it('are told again, later each time, until they are taken', async () => {
    answer = () => -1
    topic('t', TOPIC_ID, [{ directory: UNASSIGNED }])
    await runtime.clock.advance(90)
    expect(asked).toHaveLength(1)
    await runtime.clock.advance(20)
    expect(asked).toHaveLength(2)
    await runtime.clock.advance(150)
    expect(asked).toHaveLength(2)
    await runtime.clock.advance(60_000)
    expect(asked.length).toBeGreaterThan(8)
    expect(asked.length).toBeLessThan(14)
    answer = () => 0
    await runtime.clock.advance(10_000)
    const { length } = asked
    await runtime.clock.advance(60_000)
    expect(asked).toHaveLength(length)
  })

  it('are not told of topics that are gone', async () => {
    answer = () => -1
    topic('t', TOPIC_ID, [{ directory: UNASSIGNED }])
    await runtime.clock.advance(50)
    image = emptyImage
    replicas.publish({ ...none, deletedTopics: [{ name: 't', id: TOPIC_ID }] }, image)
    await runtime.clock.advance(60_000)
    expect(asked).toHaveLength(1)
  })

  it('are told where a log was found elsewhere than the metadata says', async () => {
    topic('t', TOPIC_ID, [{ directory: B }])
    await logs.shutdown()
    image = emptyImage
    start()
    topic('t', TOPIC_ID, [{ directory: A }])
    await runtime.clock.settle()
    expect(told()).toEqual([[[B, [0]]]])
  })
})
