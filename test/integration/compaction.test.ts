import { expect, it } from 'vitest'
import { Admin, KafkaError, Producer, ShareConsumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Coordinators read their state from topics that were compacted. */
const TURNS = 30
const GROUP = { groupId: 'transacted', generationId: -1, memberId: '', groupInstanceId: undefined }
const properties = {
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  // Segments roll with every few milliseconds, and there is always something to clean.
  'log.roll.ms': '5',
  'log.cleaner.backoff.ms': '20',
  'log.cleaner.min.cleanable.ratio': '0.01',
}

const withAdmin = async <T>({ bootstrap }: TestServer, work: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}

/** Everything that coordinators say, for comparisons. */
const stateOf = (server: TestServer) =>
  withAdmin(server, async (admin) => {
    const offsets = await admin.listConsumerGroupOffsets(['plain', 'transacted'])
    const transactions = await admin.describeTransactions(['one', 'two'])
    const plain = (value: unknown) => (value instanceof Map ? [...value].map(([key, one]) => [key, one]) : value)
    return [...offsets, ...transactions].map(([name, value]) => [name, plain(value)])
  })

const cleanings = ({ lines }: TestServer, topic: string) =>
  lines.filter((line) => line.startsWith(`Compacted ${topic}-0`)).length

it('keeps offsets, transactional ids and their state through compaction and a restart', async () => {
  let server = await startTestServer(properties)
  await withAdmin(server, (admin) => admin.createTopics([{ name: 't', partitions: 1, replicationFactor: 1 }]))
  const writers = await Promise.all(
    ['one', 'two'].map(async (id) => {
      const producer = new Producer({ 'bootstrap.servers': server.bootstrap, 'transactional.id': id }, nodeRuntime)
      await producer.initTransactions()
      return producer
    }),
  )
  for (let turn = 0; turn < TURNS; turn++) {
    await withAdmin(server, (admin) =>
      admin.alterConsumerGroupOffsets('plain', [{ topic: 't', partition: 0, offset: turn }]),
    )
    for (const [i, producer] of writers.entries()) {
      producer.beginTransaction()
      await producer.send({ topic: 't', partition: 0, value: `${turn}` })
      const offsets = [{ topic: 't', partition: 0, offset: turn * 10 + i }]
      await producer.sendOffsetsToTransaction(offsets, GROUP)
      // What the last of them commits is what counts.
      if ((turn + i) % 3 === 0) await producer.abortTransaction()
      else await producer.commitTransaction()
    }
  }
  const topics = ['__consumer_offsets', '__transaction_state']
  for (const topic of topics) await expect.poll(() => cleanings(server, topic), { timeout: 10_000 }).toBeGreaterThan(0)
  for (const producer of writers) await producer.close()
  const before = await stateOf(server)
  expect(JSON.stringify(before)).not.toMatch(/error/i)
  expect(before.some(([, value]) => value instanceof KafkaError)).toBe(false)

  server = await server.restart()
  expect(await stateOf(server)).toEqual(before)
  // And once more, after what was loaded was compacted again.
  for (let turn = 0; turn < 5; turn++)
    await withAdmin(server, (admin) =>
      admin.alterConsumerGroupOffsets('plain', [{ topic: 't', partition: 0, offset: 1000 + turn }]),
    )
  await expect.poll(() => cleanings(server, '__consumer_offsets'), { timeout: 10_000 }).toBeGreaterThan(0)
  const after = await stateOf(server)
  server = await server.restart()
  expect(await stateOf(server)).toEqual(after)
  expect(JSON.stringify(after)).toContain('1004')
  await server.close()
}, 60_000)

it('lets a share group read over what was compacted away', async () => {
  const server = await startTestServer(properties)
  const { bootstrap } = server
  await withAdmin(server, async (admin) => {
    await admin.createTopics([
      { name: 'k', partitions: 1, replicationFactor: 1, configs: { 'cleanup.policy': 'compact' } },
    ])
    const ops = [{ op: 'set', name: 'share.auto.offset.reset', value: 'earliest' }] as const
    await admin.incrementalAlterConfigs([{ type: 'group', name: 'sharers', ops }])
  })
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  const sharer = new ShareConsumer({ 'bootstrap.servers': bootstrap, 'group.id': 'sharers' }, nodeRuntime)
  sharer.subscribe(['k'])
  const seen: string[] = []
  const readUntil = async (value: string) => {
    const deadline = Date.now() + 20_000
    while (!seen.includes(value)) {
      if (Date.now() > deadline) throw new Error(`${value} does not come: ${seen}`)
      const records = (await sharer.poll(200)).cursor()
      while (records.next()) seen.push(String(records.value()))
    }
  }
  const send = async (from: number, to: number) => {
    for (let i = from; i < to; i++)
      await producer.send({
        topic: 'k',
        key: `${i % 3}`,
        value: i % 5 === 4 ? null : `v${i}`,
        timestamp: Date.now() + i * 100,
      })
  }
  await send(0, 30)
  await expect.poll(() => cleanings(server, 'k'), { timeout: 10_000 }).toBeGreaterThan(0)
  await readUntil('v28')
  const before = cleanings(server, 'k')
  await send(30, 61)
  await expect.poll(() => cleanings(server, 'k'), { timeout: 10_000 }).toBeGreaterThan(before)
  await readUntil('v60')
  expect(new Set(seen).size).toBe(seen.filter((value) => value !== 'null').length + (seen.includes('null') ? 1 : 0))
  await sharer.close()
  await producer.close()
  await server.close()
}, 60_000)
