import { afterEach, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/index.ts'
import { ProcessCluster, type ProcessClusterOptions } from '../support/cluster.ts'

const RECORDS = 3000
/** Elections that do not take longer than they must. */
const QUICK = ['controller.quorum.election.timeout.ms=500', 'controller.quorum.fetch.timeout.ms=1000']
let cluster: ProcessCluster | undefined
afterEach(() => cluster?.close())

describe('controllers that are no brokers', () => {
  it.each<[number, string, ProcessClusterOptions]>([
    [1, 'the properties', {}],
    [3, 'the properties', {}],
    [3, 'the log', { dynamic: true }],
  ])(
    '%d, named in %s, keep a cluster going while the active one is killed',
    async (controllers, _, options) => {
      cluster = await ProcessCluster.start(3, controllers, QUICK, { ...options, apart: true })
      const bootstrap = { 'bootstrap.servers': cluster.bootstrap }
      const admin = new Admin(bootstrap)
      await create(admin, 'before')
      const producer = new Producer({ ...bootstrap, 'linger.ms': 1, 'retry.backoff.ms': 20 })
      const active = (await admin.describeMetadataQuorum()).leaderId
      expect(cluster.controllers).toContain(active)

      // Whoever has its producer id needs no controller to go on.
      await producer.send({ topic: 'before', value: '0' })
      const underway: Promise<unknown>[] = []
      for (let n = 1; n < RECORDS; n++) {
        underway.push(producer.send({ topic: 'before', value: String(n) }))
        if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
        if (n === RECORDS / 2) await cluster.kill(active)
      }
      await Promise.all(underway)
      if (controllers > 1) {
        await create(admin, 'between')
        expect((await admin.describeMetadataQuorum()).leaderId).not.toBe(active)
      }
      await cluster.startNode(active)
      await create(admin, 'after')
      await caughtUp(admin, controllers)

      // The next one takes over at once, and nobody waits until the old one is missed.
      if (controllers > 1) {
        const { leaderId } = await admin.describeMetadataQuorum()
        await cluster.stop(leaderId)
        await create(admin, 'handed-over')
        await cluster.startNode(leaderId)
      }
      await producer.close()
      expect(await valuesIn(bootstrap)).toBe(RECORDS)
      await admin.close()
      for (const id of cluster.ids.reverse()) expect(await cluster.stop(id)).toBe(0)
    },
    60_000,
  )
})

async function create(admin: Admin, name: string): Promise<void> {
  // All brokers have to be there for three replicas.
  while ((await admin.describeCluster()).nodes.length < 3) await new Promise((resolve) => setTimeout(resolve, 50))
  const made = (await admin.createTopics([{ name, partitions: 3, replicationFactor: 3 }])).get(name)
  if (made instanceof Error) throw made
}

/** Resolves when all voters have all metadata. */
async function caughtUp(admin: Admin, controllers: number): Promise<void> {
  for (;;) {
    const { voters, highWatermark } = await admin.describeMetadataQuorum()
    expect(voters.length).toBe(controllers)
    if (voters.every(({ logEndOffset }) => logEndOffset >= highWatermark)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function valuesIn(bootstrap: { 'bootstrap.servers': string }): Promise<number> {
  const consumer = new Consumer({ ...bootstrap, 'auto.offset.reset': 'earliest' })
  const partitions = [0, 1, 2].map((partition) => ({ topic: 'before', partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const values = new Set<string>()
  while (values.size < RECORDS) for (const { value } of await consumer.poll(1000)) values.add(String(value))
  await consumer.close()
  return values.size
}
