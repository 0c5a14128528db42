import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, type ClientMetric, Consumer, Producer } from '../../../src/client/index.ts'
import { nodeRuntime } from '../../../src/runtime/node/index.ts'
import { startTestServer, type TestServer } from '../../support/server.ts'

let node: TestServer

beforeAll(async () => {
  node = await startTestServer()
  const admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
  await admin.createTopics([
    { name: 'a', partitions: 2 },
    { name: 'b', partitions: 1 },
  ])
  admin.close()
})
afterAll(() => node.close())

/** The figure of a name and these tags, the client's id aside. */
function figure(metrics: readonly ClientMetric[], path: string, tags: Record<string, string> = {}): number {
  const found = metrics.filter(({ group, name, tags: { 'client-id': _, ...own } }) => {
    const isSame = JSON.stringify(own) === JSON.stringify(tags)
    return `${group}:${name}` === path && isSame
  })
  expect(found.map(({ name }) => name)).toHaveLength(1)
  return found[0]!.value as number
}

describe('a producer and a consumer', () => {
  it('tell of the same records', async () => {
    const producer = new Producer({ 'bootstrap.servers': node.bootstrap, 'client.id': 'writer' }, nodeRuntime)
    const value = 'x'.repeat(1000)
    for (let i = 0; i < 60; i++)
      void producer.send({ topic: i < 40 ? 'a' : 'b', partition: i % (i < 40 ? 2 : 1), value })
    await producer.flush()
    const sent = producer.metrics()
    const wrote = (path: string, tags = {}) => figure(sent, `producer-${path}`, tags)
    await producer.close()

    const consumer = new Consumer(
      { 'bootstrap.servers': node.bootstrap, 'group.id': 'readers', 'auto.offset.reset': 'earliest' },
      nodeRuntime,
    )
    consumer.subscribe(['a', 'b'])
    for (let count = 0; count < 60; ) count += (await consumer.poll(1000)).count
    await consumer.commit()
    const got = consumer.metrics()
    const read = (path: string, tags = {}) => figure(got, `consumer-${path}`, tags)
    await consumer.close()

    expect(sent.every(({ tags }) => tags['client-id'] === 'writer')).toBe(true)
    expect(wrote('metrics:record-send-total')).toBe(60)
    expect(wrote('topic-metrics:record-send-total', { topic: 'a' })).toBe(40)
    expect(wrote('topic-metrics:record-send-total', { topic: 'b' })).toBe(20)
    expect(wrote('metrics:record-error-total')).toBe(0)
    expect(wrote('metrics:requests-in-flight')).toBe(0)
    expect(wrote('metrics:request-total')).toBe(wrote('metrics:response-total'))
    expect(wrote('metrics:network-io-total')).toBe(2 * wrote('metrics:request-total'))
    expect(wrote('metrics:buffer-available-bytes')).toBe(wrote('metrics:buffer-total-bytes'))
    // The value, six small numbers of one byte, and two of two bytes.
    expect(wrote('metrics:record-size-max')).toBe(1009)
    expect(wrote('metrics:record-size-avg')).toBeCloseTo(1009, 0)
    expect(wrote('metrics:batch-size-max')).toBeLessThanOrEqual(16_384)
    expect(wrote('metrics:request-latency-max')).toBeGreaterThan(0)

    expect(read('fetch-manager-metrics:records-consumed-total')).toBe(60)
    expect(read('fetch-manager-metrics:records-consumed-total', { topic: 'b' })).toBe(20)
    for (const topic of ['a', 'b'])
      expect(read('fetch-manager-metrics:bytes-consumed-total', { topic })).toBe(
        wrote('topic-metrics:byte-total', { topic }),
      )
    expect(read('coordinator-metrics:assigned-partitions')).toBe(3)
    expect(read('coordinator-metrics:rebalance-total')).toBe(1)
    expect(read('coordinator-metrics:sync-total')).toBe(1)
    expect(read('coordinator-metrics:commit-total')).toBe(1)
    for (const [topic, partition, records] of [
      ['a', '0', 20],
      ['a', '1', 20],
      ['b', '0', 20],
    ] as const) {
      expect(read('fetch-manager-metrics:records-lag', { topic, partition })).toBe(0)
      expect(read('fetch-manager-metrics:records-lead', { topic, partition })).toBe(records)
    }
  })

  it('tell of their brokers under the names of the brokers', async () => {
    const producer = new Producer({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
    await producer.send({ topic: 'b', value: 'x' })
    const metrics = producer.metrics()
    await producer.close()
    const all = figure(metrics, 'producer-metrics:request-total')
    const nodes = metrics.filter(({ group, name }) => group === 'producer-node-metrics' && name === 'request-total')
    const sum = nodes.reduce((total, { value }) => total + (value as number), 0)
    expect(sum).toBe(all)
    const known = { 'node-id': 'node-1' }
    expect(figure(metrics, 'producer-node-metrics:request-latency-avg', known)).toBeGreaterThan(0)
    expect(figure(metrics, 'producer-node-metrics:response-total', known)).toBeGreaterThan(0)
  })

  it('tell of an administrator as well', async () => {
    const admin = new Admin({ 'bootstrap.servers': node.bootstrap, 'client.id': 'admin' }, nodeRuntime)
    await admin.listTopics()
    const before = figure(admin.metrics(), 'admin-client-metrics:response-total')
    await admin.listTopics()
    expect(figure(admin.metrics(), 'admin-client-metrics:response-total')).toBe(before + 1)
    expect(figure(admin.metrics(), 'admin-client-metrics:connection-count')).toBe(1)
    admin.close()
  })

  it('count what they tell', async () => {
    const producer = new Producer({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
    const metrics = producer.metrics()
    expect(figure(metrics, 'kafka-metrics-count:count')).toBe(metrics.length)
    await producer.close()
  })
})
