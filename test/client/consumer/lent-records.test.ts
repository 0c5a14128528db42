import { afterAll, beforeAll, expect, test } from 'vitest'
import { Consumer, Producer } from '../../../src/client/index.ts'
import type { ClientProperties, ConsumerRecord } from '../../../src/client/types.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

const PARTITIONS = [0, 1, 2]
const COUNT = 12_000
const SIZE = 1000

/** The value of a record, which no other has. */
const textOf = (number: number): string =>
  String(number)
    .padStart(8, '0')
    .repeat(SIZE / 8)

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ 'num.partitions': String(PARTITIONS.length) })
  const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  const sent: Promise<unknown>[] = []
  for (let i = 0; i < COUNT; i++)
    sent.push(producer.send({ topic: 't', partition: i % PARTITIONS.length, value: Buffer.from(textOf(i)) }))
  await Promise.all(sent)
  await producer.close()
})
afterAll(() => server?.close())

/** Reads all records once, after `prepare`; `look` sees each batch before the next poll. */
async function readAll(
  properties: ClientProperties,
  prepare: (consumer: Consumer) => void,
  look: (records: readonly ConsumerRecord[]) => void,
): Promise<void> {
  const settings = { 'bootstrap.servers': server.bootstrap, 'auto.offset.reset': 'earliest', ...properties }
  const consumer = new Consumer(settings, nodeRuntime)
  prepare(consumer)
  consumer.assign(PARTITIONS.map((partition) => ({ topic: 't', partition })))
  for (let count = 0; count < COUNT; ) {
    const records = [...(await consumer.poll(1000))]
    look(records)
    count += records.length
  }
  await consumer.close()
}

/** That records are what was written, in order. */
class Checker {
  private readonly next = [...PARTITIONS]

  check = ({ partition, value }: ConsumerRecord): void => {
    const number = this.next[partition] as number
    this.next[partition] = number + PARTITIONS.length
    if (String(value) !== textOf(number)) expect(String(value)).toBe(textOf(number))
  }
}

// Polls that end within an answer and within a batch, and answers of one partition and of several.
test.each([
  { 'max.poll.records': '77' },
  { 'max.poll.records': '5000' },
  { 'max.poll.records': '1000', 'max.partition.fetch.bytes': '300000' },
])('lent records stay until the next poll: %o', async (properties) => {
  const checker = new Checker()
  const memory = new Set<ArrayBufferLike>()
  await readAll(
    properties,
    (consumer) => consumer.lendRecords(),
    (records) => {
      for (const record of records) checker.check(record)
      for (const { value } of records) if (value) memory.add(value.buffer)
    },
  )
  expect(memory.size).toBeLessThan(12)
})

test('records that are not lent stay for good', async () => {
  const kept: ConsumerRecord[] = []
  // Others come and go beside them.
  await readAll(
    { 'max.poll.records': '1000' },
    (consumer) => consumer.lendRecords(),
    () => {},
  )
  await readAll(
    { 'max.poll.records': '1000' },
    () => {},
    (records) => kept.push(...records),
  )
  await readAll(
    { 'max.poll.records': '1000' },
    (consumer) => consumer.lendRecords(),
    () => {},
  )
  const checker = new Checker()
  for (const record of kept) checker.check(record)
})
