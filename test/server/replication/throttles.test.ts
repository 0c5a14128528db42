import { expect, it } from 'vitest'
import { Fetch } from '../../../src/protocol/apis/index.ts'
import { ReplicationQuota } from '../../../src/server/replication/replication-quota.ts'
import { World } from '../../sim/world.ts'
import { ManualClock } from '../../support/memory-runtime.ts'
import { ReplicaCluster } from '../../support/replicas/replica-cluster.ts'
import { batchOf } from '../storage/batches.ts'

const TOPIC = 2
const BROKER = 4
const NOW = Date.UTC(2026, 0, 1)
/** Bytes a second. */
const RATE = 20_000
const SIZE = 160_000

/** Leader 1 has a partition that is throttled, and one that is not; replica 2 of both is new. */
function moving(configs: Readonly<Record<string, string>>, rates: Readonly<Record<string, string>>) {
  const world = new World(1)
  const cluster = new ReplicaCluster(world, { brokers: [1, 2], minInSync: 1 })
  const { controller } = cluster
  controller.createTopic('t', [[1], [1]])
  controller.setConfig(TOPIC, 't', configs)
  for (const id of ['1', '2']) controller.setConfig(BROKER, id, rates)
  const logOf = (id: number, partition: number) => cluster.partition(id, 't', partition)?.log
  const sizeOf = (id: number, partition: number) => logOf(id, partition)?.size ?? 0
  const fill = (partition: number) => {
    for (let n = 0; sizeOf(1, partition) < SIZE; n++)
      cluster.partition(1, 't', partition)?.append(batchOf({ values: [`${n}`], timestamp: NOW, padding: 1000 }), {
        ...{ origin: 'client', requiredAcks: 1, minInSync: 1 },
      })
  }
  const move = async () => {
    await world.run(() => logOf(1, 1) !== undefined, 1000)
    fill(0)
    fill(1)
    for (const partition of [0, 1]) controller.reassign('t', partition, [1, 2])
  }
  const inSync = (partition: number) =>
    controller.image.topics.get('t')?.partitions[partition]?.isr.includes(2) === true
  return { world, cluster, sizeOf, move, inSync }
}

const both = { 'leader.replication.throttled.rate': String(RATE), 'follower.replication.throttled.rate': String(RATE) }

it.each([
  ['leader', { 'leader.replication.throttled.replicas': '0:1' }],
  ['follower', { 'follower.replication.throttled.replicas': '0:2' }],
  [
    'leader of all',
    { 'leader.replication.throttled.replicas': '0:1,0:7', 'follower.replication.throttled.replicas': '0:2' },
  ],
])(
  '%s: a throttled partition is copied at the rate, others at once, and clients read all the while',
  async (_, configs) => {
    const { world, cluster, sizeOf, move, inSync } = moving(configs, both)
    await move()
    const begun = world.now
    await world.run(() => inSync(1), begun + 2000)
    expect(world.now - begun).toBeLessThan(1000)
    const reads: number[] = []
    for (let second = 1; second <= 5; second++) {
      await world.run(() => world.now >= begun + second * 1000, begun + 20_000)
      // An answer may be one of 10,000 bytes beyond the rate.
      expect(sizeOf(2, 0)).toBeLessThan(second * RATE + 12_000)
      expect(sizeOf(2, 0)).toBeGreaterThan((second - 1) * RATE * 0.8)
      reads.push(await readByClient(cluster, world))
    }
    expect(reads.every((ms) => ms < 10)).toBe(true)
    expect(inSync(0)).toBe(false)
    await world.run(() => inSync(0), begun + 20_000)
    expect(world.now - begun).toBeGreaterThan((SIZE / RATE - 1) * 1000)
    expect(world.now - begun).toBeLessThan((SIZE / RATE + 2) * 1000)
  },
)

it('copies on at once when the throttle is taken away', async () => {
  const { world, cluster, sizeOf, move, inSync } = moving({ 'leader.replication.throttled.replicas': '*' }, both)
  await move()
  const begun = world.now
  await world.run(() => world.now > begun + 2500, begun + 3000)
  expect(sizeOf(2, 0) + sizeOf(2, 1)).toBeLessThan(4 * RATE)
  cluster.controller.setConfig(TOPIC, 't', { 'leader.replication.throttled.replicas': '' })
  await world.run(() => inSync(0) && inSync(1), begun + 5000)
})

/** Milliseconds of the world that a consumer waits for records of the throttled partition. */
async function readByClient(cluster: ReplicaCluster, world: World): Promise<number> {
  const topicId = cluster.controller.image.topics.get('t')?.id as string
  const begun = world.now
  let bytes = 0
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 20_000 }]
  const request = { maxWaitMs: 500, minBytes: 1, topics: [{ topicId, partitions }], forgottenTopicsData: [] }
  void cluster.send(undefined, 1, Fetch, request).then(({ responses }) => {
    bytes = responses[0]?.partitions[0]?.records?.length ?? 0
  })
  await world.run(() => bytes > 0, begun + 2000)
  return world.now - begun
}

/** What Kafka's SimpleRate says of the same: bytes in the windows by the time since the oldest began, and by one window at least. */
it('measures as Kafka does', async () => {
  const clock = new ManualClock()
  const quota = new ReplicationQuota(clock, { count: 11, ms: 1000 })
  quota.limit = 1000
  quota.record(1000)
  expect(quota.excessMs).toBe(0)
  quota.record(2000)
  expect(quota.excessMs).toBe(3000)
  await clock.advance(2999)
  expect(quota.excessMs).toBe(1)
  await clock.advance(1)
  expect(quota.excessMs).toBe(0)
  // More than all windows may have is forgotten with the oldest of them.
  quota.record(100_000)
  expect(quota.excessMs).toBe(8000)
  await clock.advance(8000)
  expect(quota.excessMs).toBe(3000)
  await clock.advance(3000)
  expect(quota.excessMs).toBe(0)
})
