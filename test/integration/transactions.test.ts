import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Admin, Consumer, KafkaError, Producer, type TransactionError } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'

/** Transactions of this project's clients at a node, which stops and starts in the middle of them. */
let node: TestServer
let admin: Admin
let producers: Producer[]

beforeEach(async () => {
  node = await startTestServer({
    'transaction.state.log.num.partitions': '3',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100',
  })
  producers = []
  admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  await admin.createTopics([{ name: 't', partitions: 2, replicationFactor: 1 }])
})
afterEach(async () => {
  for (const one of producers) await one.close().catch(() => {})
  await admin.close()
  await node.close()
})

async function producer(id: string, properties = {}): Promise<Producer> {
  const base = { 'bootstrap.servers': node.bootstrap, 'transactional.id': id, 'reconnect.backoff.ms': 20 }
  const made = new Producer({ ...base, ...properties }, nodeRuntime)
  producers.push(made)
  await made.initTransactions()
  return made
}

/** Values of partition 0 up to its end as readers of this isolation level have it. */
async function read(isolation: 'read_committed' | 'read_uncommitted', from = 0): Promise<string[]> {
  const consumer = new Consumer({ 'bootstrap.servers': node.bootstrap, 'isolation.level': isolation }, nodeRuntime)
  const where = { topic: 't', partition: 0 }
  consumer.assign([where])
  consumer.seek(where, from)
  const end = (await consumer.endOffsets([where])).get('t-0') as number
  const values: string[] = []
  while ((await consumer.position(where)) < end)
    for (const { value } of await consumer.poll(100)) values.push(String(value))
  await consumer.close()
  return values
}

const send = (by: Producer, value: string) => by.send({ topic: 't', partition: 0, value })

/** What holds when a transaction has ended. Apache's coordinator says so before the partitions have heard of it, and ours when they have. */
async function holds<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  if (atApache) await expect.poll(ask, { timeout: 10_000 }).toEqual(wanted)
  else expect(await ask()).toEqual(wanted)
}

const restarts = async () => {
  node = await node.restart()
}

describe('transactions', () => {
  it('show what is committed, and nothing of what is aborted or open, before a restart and after it', async () => {
    const [a, b] = [await producer('a'), await producer('b')]
    a.beginTransaction()
    b.beginTransaction()
    await send(a, 'a1')
    await send(b, 'b1')
    await send(a, 'a2')
    await a.commitTransaction()
    // The transaction of b began before a's ended.
    await holds(() => read('read_committed'), ['a1'])
    await send(b, 'b2')
    await b.abortTransaction()
    await holds(() => read('read_committed'), ['a1', 'a2'])
    a.beginTransaction()
    await send(a, 'a3')
    for (let round = 0; round < 2; round++) {
      expect(await read('read_committed')).toEqual(['a1', 'a2'])
      expect(await read('read_committed', 1)).toEqual(['a2'])
      expect(await read('read_uncommitted')).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
      if (round === 0) await restarts()
    }
    await a.commitTransaction()
    await holds(() => read('read_committed'), ['a1', 'a2', 'a3'])
  })

  it('commit offsets of a group with their records, across a restart', async () => {
    const a = await producer('a')
    const group = { groupId: 'g', generationId: -1, memberId: '', groupInstanceId: undefined }
    const committed = async () => {
      const found = (await admin.listConsumerGroupOffsets(['g'])).get('g')
      const offset = found instanceof Map ? found.get('t-0') : found
      return offset instanceof KafkaError ? offset : offset?.offset
    }
    a.beginTransaction()
    await a.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: 5 }], group)
    expect(await committed()).toBeUndefined()
    await restarts()
    expect(await committed()).toBeUndefined()
    await a.commitTransaction()
    await holds(committed, 5)
    a.beginTransaction()
    await a.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: 9 }], group)
    await a.abortTransaction()
    expect(await committed()).toBe(5)
    await restarts()
    expect(await committed()).toBe(5)
  })

  it('are aborted when they take too long, and when another producer comes', async () => {
    const slow = await producer('slow', { 'transaction.timeout.ms': 200 })
    slow.beginTransaction()
    await send(slow, 'slow')
    await expect
      .poll(async () => (await admin.describeTransactions(['slow'])).get('slow'))
      .toMatchObject({
        state: 'CompleteAbort',
      })
    await expect(slow.commitTransaction()).rejects.toMatchObject({ name: 'TransactionError' })
    const first = await producer('shared')
    first.beginTransaction()
    await send(first, 'first')
    const second = await producer('shared')
    const fenced = await first.commitTransaction().catch((error: TransactionError) => error)
    expect(fenced).toMatchObject({ error: 'PRODUCER_FENCED', abortable: false })
    second.beginTransaction()
    await send(second, 'second')
    await second.commitTransaction()
    await holds(() => read('read_committed'), ['second'])
  })
})
