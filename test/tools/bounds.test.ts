import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { Bounds, type Range } from '../../src/tools/console/bounds.ts'
import { retentionAtOnce, startTestServer, type TestServer } from '../support/server.ts'

/** When the first record was made: too long ago, and retention would take it. */
const BEGIN = Date.now() - 200_000

/** Ten records in turn in two partitions, one a second, and a topic of which most records are gone. */
let server: TestServer
beforeAll(async () => {
  server = await startTestServer(retentionAtOnce)
  const admin = new Admin({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  await admin.createTopics([
    { name: 'orders', partitions: 2 },
    { name: 'empty', partitions: 1 },
  ])
  const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  for (let i = 0; i < 10; i++)
    await producer.send({ topic: 'orders', partition: i % 2, timestamp: BEGIN + i * 1000, value: String(i) })
  await producer.close()
  await admin.deleteRecords([{ topic: 'orders', partition: 0, offset: 1 }])
  await admin.close()
})
afterAll(() => server.close())

async function read(range: Range, topic = 'orders', partitions = 2): Promise<string[]> {
  const consumer = new Consumer(
    { 'bootstrap.servers': server.bootstrap, 'auto.offset.reset': 'earliest', 'enable.auto.commit': false },
    nodeRuntime,
  )
  const bounds = new Bounds(consumer, range)
  await bounds.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
  const values: string[] = []
  while (!(await bounds.isDone()))
    for (const record of await consumer.poll(50)) if (bounds.accepts(record)) values.push(String(record.value))
  await consumer.close()
  return values.sort()
}

const untilEnd = true

describe('bounds', () => {
  it('are the whole topic', async () => expect(await read({ untilEnd })).toEqual([...'123456789']))
  it('are the last records of all partitions together', async () => {
    expect(await read({ untilEnd, tail: 3 })).toEqual(['7', '8', '9'])
    expect(await read({ untilEnd, tail: 0 })).toEqual([])
    expect(await read({ untilEnd, tail: 100 })).toEqual([...'123456789'])
  })
  it('are times', async () => {
    expect(await read({ fromTime: BEGIN + 4000, untilEnd })).toEqual([...'456789'])
    expect(await read({ fromTime: BEGIN + 4000, toTime: BEGIN + 7000 })).toEqual(['4', '5', '6'])
    expect(await read({ toTime: BEGIN + 3000 })).toEqual(['1', '2'])
    expect(await read({ fromTime: BEGIN + 98_000, untilEnd })).toEqual([])
    expect(await read({ toTime: BEGIN + 98_000 })).toEqual([...'123456789'])
  })
  it('are an offset', async () => expect(await read({ offset: 3, untilEnd }, 'orders', 1)).toEqual(['6', '8']))
  it('hold for a topic without records', async () => {
    for (const range of [{ untilEnd }, { untilEnd, tail: 5 }, { fromTime: 1, untilEnd }, { toTime: BEGIN + 4000 }])
      expect(await read(range, 'empty', 1)).toEqual([])
  })
})
