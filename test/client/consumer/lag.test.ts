import { afterAll, beforeAll, expect, test } from 'vitest'
import { Admin, Consumer, Producer } from '../../../src/client/index.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let node: TestServer

beforeAll(async () => {
  node = await startTestServer()
})
afterAll(() => node.close())

test('the lag of a partition is known that was given up and taken again at the same offset', async () => {
  const properties = { 'bootstrap.servers': node.bootstrap }
  const admin = new Admin(properties, nodeRuntime)
  await admin.createTopics([{ name: 'lags', partitions: 2 }])
  admin.close()
  const kept = { topic: 'lags', partition: 0 }
  const taken = { topic: 'lags', partition: 1 }
  const producer = new Producer(properties, nodeRuntime)
  for (const where of [kept, taken]) void producer.send({ ...where, value: 'x' })
  await producer.flush()
  await producer.close()
  const consumer = new Consumer({ ...properties, 'fetch.max.wait.ms': 100 }, nodeRuntime)
  const poll = async () => {
    for (let at = 0; at < 5; at++) await consumer.poll(100)
  }
  consumer.assign([kept, taken])
  consumer.seekToBeginning()
  await poll()
  expect([consumer.currentLag(kept), consumer.currentLag(taken)]).toEqual([0, 0])
  // Between the two nothing is asked: the broker's session has the partition all the time, and has no news of it.
  consumer.assign([kept])
  consumer.assign([kept, taken])
  consumer.seek(taken, 1)
  await poll()
  expect([consumer.currentLag(kept), consumer.currentLag(taken)]).toEqual([0, 0])
  await consumer.close()
})
