import { beforeEach, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { Errors, KafkaError } from '../../../src/protocol/errors.ts'
import { codecId } from '../../../src/protocol/records/batch.ts'
import { type ClassicGroup, noAssignment } from '../../../src/server/coordinator/group/classic-group.ts'
import { GroupCoordinator, OFFSETS_TOPIC } from '../../../src/server/coordinator/group/group-coordinator.ts'
import { commitOffsets } from '../../../src/server/coordinator/group/offset-decisions.ts'
import type { GroupShard } from '../../../src/server/coordinator/group/shard.ts'
import { emptyImage, type MetadataImage } from '../../../src/server/metadata/image.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import type { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import { ZERO_UUID } from '../../../src/std/uuid.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { openLog } from '../storage/batches.ts'
import { placed } from './placed.ts'

/** A coordinator over one partition of `__consumer_offsets`, on a clock that is moved by hand. */
const MINUTE = 60_000
const ORDERS = 'b3JkZXJzb3JkZXJzb3JkZQ'

let runtime: ReturnType<typeof memoryRuntime>
let image: MetadataImage
let partition: Partition
let coordinator: GroupCoordinator

const open = () => new Partition(OFFSETS_TOPIC, 0, openLog(runtime, { dir: '/logs/o-0' }), placed, 1)

function start(properties: Record<string, string> = {}): void {
  coordinator = new GroupCoordinator({
    runtime,
    config: new BrokerConfig({
      'offsets.retention.minutes': '10',
      'offsets.retention.check.interval.ms': '60000',
      ...properties,
    }),
    replicas: { find: () => partition, minInSync: () => 1 } as unknown as ReplicaManager,
    image: () => image,
    shareStates: { initialize: async () => {}, remove: async () => {} },
    createOffsetsTopic: async () => {},
    createInternalTopics: async () => new Map(),
  })
  coordinator.start()
}

beforeEach(() => {
  runtime = memoryRuntime()
  const topic = (name: string, id: string) => [name, { name, id, partitions: [placed] }] as const
  image = { ...emptyImage, topics: new Map([topic(OFFSETS_TOPIC, 'o'), topic('orders', ORDERS), topic('other', 'x')]) }
  partition = open()
  start()
})

const shard = (): GroupShard => coordinator.shard('g')
const group = (): ClassicGroup => shard().obtain('g')

async function commit(topic: string, committedOffset: number, groupId = 'g'): Promise<void> {
  const request = {
    groupId,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset, committedLeaderEpoch: -1 }] }],
    retentionTimeMs: -1,
  }
  await coordinator.submit(shard(), () =>
    commitOffsets(request as never, false, {
      now: runtime.clock.now(),
      maxMetadataBytes: 4096,
      topicId: (name) => (name === 'orders' ? ORDERS : undefined),
      topicName: () => undefined,
      hasPartition: () => true,
    }),
  )
}

async function joinAlone(sessionTimeoutMs = 10_000): Promise<string> {
  const request = {
    ...{ memberId: '', groupInstanceId: 'one', clientId: 'c', clientHost: '/h', sessionTimeoutMs },
    ...{ rebalanceTimeoutMs: 10_000, protocolType: 'consumer', requiresMemberId: true, canSkipAssignment: true },
    protocols: [
      { name: 'range', metadata: Buffer.from([0, 0, 0, 0, 0, 1, 0, 6, ...Buffer.from('orders'), 0, 0, 0, 0]) },
    ],
  }
  const joining = coordinator.membership.join(group(), request)
  await runtime.clock.advance(3000)
  const { memberId, generationId } = await joining
  const syncing = coordinator.membership.sync(group(), {
    ...{ memberId, groupInstanceId: 'one', generationId, protocolType: null, protocolName: null },
    assignments: new Map([[memberId, Buffer.from('p0')]]),
  })
  await runtime.clock.settle()
  expect((await syncing).assignment.toString()).toBe('p0')
  return memberId
}

const offsets = (id = 'g') =>
  [...(shard().offsets.get(id)?.entries() ?? [])].map(({ topic, value }) => [topic, value.offset])

it('has groups, static members and offsets after a restart, and members go on without a rebalance', async () => {
  const memberId = await joinAlone()
  await commit('orders', 7)
  coordinator.close()
  await partition.log.close()
  partition = open()
  start()
  expect(group()).toMatchObject({ state: 'Stable', generation: 1, protocol: 'range', leader: memberId })
  expect(group().staticMembers.get('one')).toBe(memberId)
  expect(group().members.get(memberId)?.assignment.toString()).toBe('p0')
  expect(offsets()).toEqual([['orders', 7]])
  await runtime.clock.advance(9999)
  coordinator.membership.heartbeat(group(), memberId, 'one', 1)
  await runtime.clock.advance(9999)
  coordinator.membership.checkCommit(group(), memberId, 'one', 1)
  await runtime.clock.advance(10_000)
  expect(group()).toMatchObject({ state: 'Empty', generation: 2 })
})

it('forgets offsets that nobody asks for (KIP-211)', async () => {
  await joinAlone(3 * 10 * MINUTE)
  await commit('orders', 1)
  await commit('other', 2)
  // A group without members and protocol counts from the commit.
  await commit('orders', 3, 'simple')
  await runtime.clock.advance(9 * MINUTE)
  expect([offsets(), offsets('simple')]).toEqual([
    [
      ['orders', 1],
      ['other', 2],
    ],
    [['orders', 3]],
  ])
  await runtime.clock.advance(2 * MINUTE)
  // What the active member reads is kept, what nobody reads is not.
  expect([offsets(), offsets('simple')]).toEqual([[['orders', 1]], []])
  expect(shard().find('simple')).toBeUndefined()
  // The session ends after half an hour; the retention counts from then.
  await runtime.clock.advance(20 * MINUTE)
  expect(group().state).toBe('Empty')
  await runtime.clock.advance(8 * MINUTE)
  expect(offsets()).toEqual([['orders', 1]])
  await runtime.clock.advance(3 * MINUTE)
  expect(shard().find('g')).toBeUndefined()
  coordinator.close()
  await partition.log.close()
  partition = open()
  start()
  expect([...shard().all()]).toEqual([])
})

it('does not keep groups that nobody ever joined', async () => {
  group()
  await runtime.clock.advance(2 * MINUTE)
  expect(shard().groups.size).toBe(0)
})

it('forgets the offsets of a topic that is deleted, also when the node ended before it could', async () => {
  await commit('orders', 1)
  await commit('other', 2)
  image = { ...image, topics: new Map([...image.topics].filter(([name]) => name !== 'other')) }
  coordinator.forgetTopic('other', ZERO_UUID)
  expect(offsets()).toEqual([['orders', 1]])
  coordinator.close()
  // Another topic of the same name came in its place.
  image = {
    ...image,
    topics: new Map(image.topics).set('orders', { name: 'orders', id: 'other', partitions: [placed] }),
  }
  start()
  expect(offsets()).toEqual([])
})

it('sends members away when its partition goes', async () => {
  const joining = coordinator.membership.join(group(), {
    ...{ memberId: '', groupInstanceId: 'one', clientId: 'c', clientHost: '/h', sessionTimeoutMs: 10_000 },
    ...{ rebalanceTimeoutMs: 10_000, protocolType: 'consumer', requiresMemberId: true, canSkipAssignment: true },
    protocols: [{ name: 'range', metadata: noAssignment }],
  })
  coordinator.forgetTopic(OFFSETS_TOPIC, ZERO_UUID)
  expect((await joining).errorCode).toBe(Errors.NOT_COORDINATOR)
})

it('knows where no group can be', () => {
  expect(() => coordinator.shard('')).toThrow(new KafkaError('INVALID_GROUP_ID'))
  image = emptyImage
  expect(() => coordinator.shard('g')).toThrow(new KafkaError('COORDINATOR_NOT_AVAILABLE'))
})

it.each([
  ['gzip', 1],
  ['lz4', 3],
])('writes %s when offsets.topic.compression.codec says so, and reads it again', async (_, id) => {
  start({ 'offsets.topic.compression.codec': String(id) })
  await commit('orders', 7)
  const batches = [...partition.log.readBatches(0)]
  expect(batches.map(({ buffer }) => codecId(buffer))).toEqual([id])
  partition = open()
  start()
  expect(shard().offsets.get('g')?.get('orders', 0)?.offset).toBe(7)
})
