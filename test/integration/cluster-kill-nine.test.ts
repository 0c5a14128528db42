import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/index.ts'
import { ProcessCluster } from '../support/cluster.ts'
import { logBytes, placesOf } from '../support/replica-logs.ts'

const PER_ROUND = 1500
/** Who is killed, in turn. */
const VICTIMS = [2, 1, 3]
let cluster: ProcessCluster | undefined
afterEach(() => cluster?.close())

it.each([1, 3])(
  'keeps every acknowledged record, once and in place, while one node of three after the other is killed (controllers: %d)',
  async (controllers) => {
    cluster = await ProcessCluster.start(3, controllers, ['min.insync.replicas=2'])
    const bootstrap = { 'bootstrap.servers': cluster.bootstrap }
    const admin = new Admin(bootstrap)
    await inSync(admin, undefined)
    await admin.createTopics([{ name: 't', partitions: 3, replicationFactor: 3 }])
    const producer = new Producer({
      ...{ ...bootstrap, 'linger.ms': 1, 'retry.backoff.ms': 20, 'delivery.timeout.ms': 300_000 },
      ...{ 'reconnect.backoff.ms': 20, 'reconnect.backoff.max.ms': 100 },
    })
    const places = new Map<string, string>()
    for (const [round, victim] of VICTIMS.entries()) {
      const underway: Promise<void>[] = []
      let again: Promise<unknown> | undefined
      for (let n = 0; n < PER_ROUND; n++) {
        const value = `${round}-${n}`
        underway.push(
          producer.send({ topic: 't', partition: n % 3, value }).then(({ partition, offset }) => {
            places.set(value, `${partition}@${offset}`)
          }),
        )
        if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
        if (n === PER_ROUND / 2) {
          await cluster.kill(victim)
          again = cluster.startNode(victim)
        }
      }
      await Promise.all([...underway, again])
      // Only one at a time is away.
      await inSync(admin, 't')
    }
    await producer.close()
    expect(places.size).toBe(VICTIMS.length * PER_ROUND)

    const found = await placesOf(bootstrap, 't', 3)
    expect(found.size).toBe(places.size)
    for (const [value, place] of places) if (!place.endsWith('@-1')) expect(found.get(value)).toBe(place)
    await admin.close()
    for (const id of [3, 2, 1]) await cluster.stop(id)
    for (const partition of [0, 1, 2]) {
      const [first, ...others] = [1, 2, 3].map((id) =>
        logBytes(join((cluster as ProcessCluster).folderOf(id), 'logs', `t-${partition}`)),
      )
      expect(first?.length).toBeGreaterThan(0)
      for (const other of others) expect(other.equals(first as Buffer)).toBe(true)
    }
  },
  180_000,
)

/** Resolves when all three nodes are there, and all replicas of a topic in sync. */
async function inSync(admin: Admin, topic: string | undefined): Promise<void> {
  for (;;) {
    const { nodes } = await admin.describeCluster()
    const described = topic === undefined ? undefined : (await admin.describeTopics([topic])).get(topic)
    const partitions = described && !(described instanceof Error) ? described.partitions : []
    const whole = partitions.every(({ isr }) => isr.length === 3)
    if (nodes.length === 3 && whole && (topic === undefined || partitions.length > 0)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
