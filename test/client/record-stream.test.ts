import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Consumer, Producer } from '../../src/client/index.ts'
import type { SentRecords } from '../../src/client/producer/batch.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { retentionAtOnce, startTestServer, type TestServer } from '../support/server.ts'

const BEGIN = Date.now()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer(retentionAtOnce)
})
afterAll(() => server?.close())

const newProducer = (properties: Record<string, string> = {}): Producer =>
  new Producer({ 'bootstrap.servers': server.bootstrap, ...properties }, nodeRuntime)

/** Writes the texts from one buffer that is written over for each of them. */
async function write(producer: Producer, topic: string, texts: readonly string[]) {
  const told: { count: number; sizes: number[]; bytes: number; error: Error | undefined }[] = []
  const onSent = (sent: SentRecords, error: Error | undefined) => {
    const runs = sent.timestamps.filter((_, i) => i % 2 === 1)
    expect(runs.reduce((sum, run) => sum + run, 0)).toBe(sent.recordCount)
    told.push({ count: sent.recordCount, sizes: [...sent.valueSizes()], bytes: sent.valueBytes, error })
  }
  const stream = producer.stream(topic, { onSent })
  const buffer = Buffer.alloc(200_000)
  for (const [i, text] of texts.entries()) {
    stream.timestamp = BEGIN + (i >> 3)
    const length = buffer.write(text, i % 7)
    const wait = stream.append(buffer, i % 7, length)
    if (wait) await wait
  }
  await producer.flush()
  return told
}

async function readAll(topic: string, count: number): Promise<{ value: string; timestamp: number }[]> {
  const settings = { 'bootstrap.servers': server.bootstrap, 'group.id': topic, 'auto.offset.reset': 'earliest' }
  const consumer = new Consumer(settings, nodeRuntime)
  consumer.subscribe([topic])
  const read: { value: string; timestamp: number }[] = []
  while (read.length < count)
    for (const { value, timestamp } of await consumer.poll(1000)) read.push({ value: String(value), timestamp })
  await consumer.close()
  return read
}

describe('a stream of values', () => {
  const settings: Record<string, string>[] = [
    {},
    { 'linger.ms': '0' },
    { 'batch.size': '1000' },
    { 'compression.type': 'gzip' },
  ]
  for (const properties of settings)
    it(`arrives whole and in order, with ${JSON.stringify(properties)}`, async () => {
      const topic = `s-${Object.values(properties).join('') || 'usual'}`
      const texts = Array.from({ length: 20_000 }, (_, i) => `${i}:${'é'.repeat(i % 90)}`)
      texts[500] = 'x'.repeat(100_000)
      texts[501] = ''
      const producer = newProducer(properties)
      const told = await write(producer, topic, texts)
      await producer.close()
      expect(told.every(({ error }) => error === undefined)).toBe(true)
      expect(told.flatMap(({ sizes }) => sizes)).toEqual(texts.map((text) => Buffer.byteLength(text)))
      expect(told.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(texts.reduce((n, t) => n + Buffer.byteLength(t), 0))
      const read = await readAll(topic, texts.length)
      expect(read.map(({ value }) => value)).toEqual(texts)
      expect(read.map(({ timestamp }) => timestamp)).toEqual(texts.map((_, i) => BEGIN + (i >> 3)))
    })

  it('waits when memory is full, and loses nothing', async () => {
    const producer = newProducer({ 'buffer.memory': '40000' })
    const texts = Array.from({ length: 5000 }, (_, i) => `${i} ${'y'.repeat(100)}`)
    await write(producer, 'narrow', texts)
    await producer.close()
    expect((await readAll('narrow', texts.length)).map(({ value }) => value)).toEqual(texts)
  })

  it('tells of each record that cannot be sent, and of the others', async () => {
    const producer = newProducer({ 'max.request.size': '2000' })
    const told = await write(producer, 'limited', ['a', 'b'.repeat(3000), 'c'])
    await producer.close()
    expect(told.filter(({ error }) => error).map(({ sizes }) => sizes)).toEqual([[3000]])
    expect(told.filter(({ error }) => !error).flatMap(({ sizes }) => sizes)).toEqual([1, 1])
  })

  it('mixes with records that are sent one by one', async () => {
    const producer = newProducer({ 'linger.ms': '1000' })
    const onSent = () => {}
    const stream = producer.stream('mixed', { onSent })
    await producer.partitionsFor('mixed')
    stream.timestamp = BEGIN
    const sent: Promise<unknown>[] = []
    for (let i = 0; i < 10; i++) {
      const value = Buffer.from(String(i))
      if (i % 3 === 0) sent.push(producer.send({ topic: 'mixed', value }))
      else await stream.append(value, 0, value.length)
    }
    await producer.flush()
    await Promise.all(sent)
    await producer.close()
    expect((await readAll('mixed', 10)).map(({ value }) => Number(value)).sort()).toEqual([...Array(10).keys()])
  })
})
