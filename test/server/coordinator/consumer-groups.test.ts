import { beforeEach, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from '../../../src/protocol/stored/consumer-protocol.ts'
import { GroupCoordinator, OFFSETS_TOPIC } from '../../../src/server/coordinator/group/group-coordinator.ts'
import { balance } from '../../../src/server/coordinator/group/modern/assignors/balance.ts'
import type { Subscriber } from '../../../src/server/coordinator/group/modern/assignors/types.ts'
import { uniform } from '../../../src/server/coordinator/group/modern/assignors/uniform.ts'
import type { ConsumerGroup } from '../../../src/server/coordinator/group/modern/consumer/consumer-group.ts'
import { MemberEpoch } from '../../../src/server/coordinator/group/modern/member.ts'
import { configKey, emptyImage, type MetadataImage, ResourceType } from '../../../src/server/metadata/image.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import type { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { openLog } from '../storage/batches.ts'
import { placed } from './placed.ts'

/** Consumer groups (KIP-848) over one partition of `__consumer_offsets`, on a clock that is moved by hand. */
const ORDERS = 'b3JkZXJzb3JkZXJzb3JkZQ'
let runtime: ReturnType<typeof memoryRuntime>
let image: MetadataImage
let partition: Partition
let coordinator: GroupCoordinator

function start(): void {
  partition = new Partition(OFFSETS_TOPIC, 0, openLog(runtime, { dir: '/logs/o-0' }), placed, 1)
  coordinator = new GroupCoordinator({
    runtime,
    config: new BrokerConfig({}),
    replicas: { find: () => partition, minInSync: () => 1 } as unknown as ReplicaManager,
    image: () => image,
    shareStates: { initialize: async () => {}, remove: async () => {} },
    createOffsetsTopic: async () => {},
    createInternalTopics: async () => new Map(),
  })
}

beforeEach(() => {
  runtime = memoryRuntime()
  image = {
    ...emptyImage,
    topics: new Map([
      [OFFSETS_TOPIC, { name: OFFSETS_TOPIC, id: 'o', partitions: [placed] }],
      ['orders', { name: 'orders', id: ORDERS, partitions: [placed, placed] }],
    ]),
    topicNames: new Map([[ORDERS, 'orders']]),
    configs: new Map([[configKey(ResourceType.group, 'g'), new Map([['consumer.session.timeout.ms', '50000']])]]),
  }
  start()
})

const group = (): ConsumerGroup => coordinator.shard('g').get('g') as ConsumerGroup
const members = (): string[] => [...group().members.keys()]

function beat(memberId: string, memberEpoch: number, partitions: number[] | null = null, rebalanceTimeoutMs = -1) {
  return coordinator.consumers.heartbeat(coordinator.shard('g'), {
    ...{ groupId: 'g', memberId, memberEpoch, instanceId: null, rackId: null, rebalanceTimeoutMs },
    ...{ subscribedTopicNames: ['orders'], subscribedTopicRegex: null, serverAssignor: null },
    topicPartitions: partitions && [{ topicId: ORDERS, partitions }],
    ...{ clientId: 'c', clientHost: '/h', seesTopic: () => true },
  })
}
const join = (memberId: string) => beat(memberId, 0, null, 20_000)

it('takes out who is silent for the session that the group has of its own', async () => {
  await join('a')
  await runtime.clock.advance(30_000)
  await beat('a', 2)
  await runtime.clock.advance(49_999)
  expect(members()).toEqual(['a'])
  await runtime.clock.advance(1)
  expect(members()).toEqual([])
  expect(group().state).toBe('Empty')
  await expect(beat('a', 2)).rejects.toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
})

it('does not take for done what could not be written', async () => {
  partition.update({ ...placed, isr: [] })
  const shard = coordinator.shard('s')
  const of = { rackId: null, subscribedTopicNames: ['orders'], clientId: 'c', clientHost: '/h' }
  const joins = [join('a'), coordinator.shares.heartbeat(shard, { groupId: 's', memberId: 'b', memberEpoch: 0, ...of })]
  const refused = { status: 'rejected', reason: { error: 'COORDINATOR_NOT_AVAILABLE' } }
  expect(await Promise.allSettled(joins)).toMatchObject([refused, refused])
  expect(shard.groups.size).toBe(0)
  partition.update({ ...placed })
  expect((await join('a')).errorCode).toBe(0)
})

it('takes out who is silent as soon as that can be written', async () => {
  await join('a')
  partition.update({ ...placed, isr: [] })
  await runtime.clock.advance(60_000)
  expect(members()).toEqual(['a'])
  partition.update({ ...placed })
  await runtime.clock.advance(500)
  expect(members()).toEqual([])
})

it('takes out who does not give up in time what another is to have', async () => {
  await join('a')
  await runtime.clock.advance(1000)
  await join('b')
  await beat('a', 2)
  expect(group().state).toBe('Reconciling')
  await runtime.clock.advance(19_999)
  await beat('a', 2, [0, 1])
  await beat('b', 3)
  await runtime.clock.advance(1)
  expect(members()).toEqual(['b'])
  await beat('b', 3)
  expect((await beat('b', 4)).memberEpoch).toBe(4)
  expect(group().state).toBe('Stable')
})

it('waits with a new target, so that many who join together are assigned to at once', async () => {
  await join('a')
  await join('b')
  expect([group().epoch, group().assignmentEpoch, group().state]).toEqual([3, 2, 'Assigning'])
  await join('c')
  await runtime.clock.advance(1000)
  await beat('a', 2)
  expect([group().epoch, group().assignmentEpoch]).toEqual([4, 4])
})

it('is the same group when it is read from the log, and gives its members their time again', async () => {
  await join('a')
  await beat('a', 2)
  const before = group()
  start()
  expect(group()).not.toBe(before)
  for (const what of ['members', 'target', 'epoch', 'assignmentEpoch', 'metadataHash', 'state'] as const)
    expect(group()[what], what).toEqual(before[what])
  await runtime.clock.advance(50_000)
  expect(members()).toEqual([])
})

/** A member of the classic protocol, which has both partitions. */
async function joinClassic(): Promise<string> {
  const version = Buffer.of(0, 1)
  const subscription = { topics: ['orders'], userData: null, ownedPartitions: [] }
  const metadata = Buffer.concat([version, ConsumerProtocolSubscription.encode(1, subscription)])
  const assigned = { assignedPartitions: [{ topic: 'orders', partitions: [0, 1] }], userData: null }
  const shard = coordinator.shard('g')
  const joining = coordinator.membership.join(shard.obtain('g'), {
    ...{
      memberId: '',
      groupInstanceId: null,
      clientId: 'c',
      clientHost: '/h',
      seesTopic: () => true,
      requiresMemberId: false,
    },
    ...{ sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 15_000, protocolType: 'consumer', canSkipAssignment: false },
    protocols: [{ name: 'range', metadata }],
  })
  await runtime.clock.advance(3000)
  const { memberId, generationId } = await joining
  await coordinator.membership.sync(shard.classic('g'), {
    ...{ memberId, groupInstanceId: null, generationId, protocolType: null, protocolName: null },
    assignments: new Map([[memberId, Buffer.concat([version, ConsumerProtocolAssignment.encode(1, assigned)])]]),
  })
  return memberId
}

it('takes members of the classic protocol over with their sessions, and out when they do not come back to give things up', async () => {
  const memberId = await joinClassic()
  await join('n')
  expect(members()).toEqual([memberId, 'n'])
  const beatClassic = () =>
    coordinator.consumers.classic.heartbeat(coordinator.shard('g'), group(), {
      ...{ memberId, groupInstanceId: null, generationId: 1 },
    })
  await runtime.clock.advance(9000)
  expect(beatClassic).toThrow('rebalancing')
  await runtime.clock.advance(9000)
  expect(beatClassic).toThrow('rebalancing')
  await runtime.clock.advance(5999)
  expect(members()).toEqual([memberId, 'n'])
  await runtime.clock.advance(1)
  expect(members()).toEqual(['n'])
})

it('becomes a classic group again when only members of that are left, whose sessions go on there', async () => {
  const memberId = await joinClassic()
  await join('n')
  await beat('n', MemberEpoch.leave)
  const turned = coordinator.shard('g').classic('g')
  expect([turned.state, [...turned.members.keys()]]).toEqual(['PreparingRebalance', [memberId]])
  await runtime.clock.advance(15_000)
  expect(turned.state).toBe('Empty')
})

const reader = (memberId: string, topics: string[], target: Record<string, number[]> = {}): Subscriber => ({
  ...{ memberId, instanceId: null, topics: new Set(topics) },
  target: new Map(Object.entries(target).map(([topic, partitions]) => [topic, new Set(partitions)])),
})
const counts = (assignment: ReturnType<typeof uniform>) =>
  Object.fromEntries(
    Array.from(assignment, ([id, topics]) => [id, [...topics.values()].reduce((sum, { size }) => sum + size, 0)]),
  )

it('lets members keep what they have', () => {
  const readers = [reader('a', ['t'], { t: [0, 1, 2, 3, 4] }), reader('b', ['t']), reader('c', ['t'], { t: [5] })]
  const assignment = uniform(readers, () => 6)
  expect(counts(assignment)).toEqual({ a: 2, b: 2, c: 2 })
  expect(assignment.get('a')?.get('t')).toEqual(new Set([0, 1]))
  expect(assignment.get('c')?.get('t')?.has(5)).toBe(true)
})

it('is even among members that read different topics', () => {
  const readers = [reader('a', ['t', 'u']), reader('b', ['t'], { t: [0, 1, 2, 3] }), reader('c', ['u'])]
  const assignment = balance(readers, () => 4)
  const sizes = Object.values(counts(assignment))
  expect(sizes.reduce((sum, size) => sum + size)).toBe(8)
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  expect(assignment.get('b')?.has('u')).toBe(false)
})
