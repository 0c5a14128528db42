import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { AlterClientQuotas, Fetch, Metadata, Produce } from '../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { encodeRequest, RawClient } from '../support/raw-client.ts'
import { retentionAtOnce, startTestServer, type TestServer } from '../support/server.ts'

/** Quotas at a node with two windows of a second, which begin to count after one. */
let node: TestServer
let admin: RawClient
beforeAll(async () => {
  node = await startTestServer({ ...retentionAtOnce, 'quota.window.num': '2', 'controller.quota.window.num': '1' })
  admin = await RawClient.connect(node.port)
  const client = new Admin({ 'bootstrap.servers': node.bootstrap, 'client.id': 'admin' }, nodeRuntime)
  await client.createTopics(['raw', 'own', 'read'].map((name) => ({ name, partitions: 1 })))
  await client.close()
})
afterAll(async () => {
  admin?.destroy()
  await node?.close()
})

const entityOf = (entity: Record<string, string>) =>
  Object.entries(entity).map(([entityType, entityName]) => ({ entityType, entityName }))

async function set(entity: Record<string, string>, key: string, value: number | undefined): Promise<void> {
  const ops = [{ key, value: value ?? 0, remove: value === undefined }]
  const answer = await admin.call(AlterClientQuotas, 1, {
    entries: [{ entity: entityOf(entity), ops }],
    validateOnly: false,
  })
  expect(answer?.entries[0]?.errorCode).toBe(0)
}

const batchOf = (bytes: number) => encodeBatch([{ key: null, value: Buffer.alloc(bytes), timestamp: Date.now() }])
const produceOf = (topic: string, bytes: number, acks = -1) => ({
  ...{ acks, timeoutMs: 1000 },
  topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf(bytes) }] }],
})

describe('a client beyond its quota', () => {
  it('is answered at once, told to be silent, and not heard meanwhile', async () => {
    await set({ 'client-id': 'raw' }, 'producer_byte_rate', 10_000)
    const client = await RawClient.connect(node.port)
    const begun = performance.now()
    const answer = await client.call(Produce, 9, produceOf('raw', 13_000))
    expect(answer?.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
    expect(answer?.throttleTimeMs).toBeGreaterThan(250)
    expect(answer?.throttleTimeMs).toBeLessThan(450)
    expect(performance.now() - begun).toBeLessThan(200)
    expect(await client.call(Metadata, 12, { topics: [] })).toBeDefined()
    expect(performance.now() - begun).toBeGreaterThanOrEqual((answer?.throttleTimeMs as number) - 1)
    client.destroy()
    await set({ 'client-id': 'raw' }, 'producer_byte_rate', undefined)
  })

  it('is not heard after a produce without an answer', async () => {
    await set({ 'client-id': 'raw' }, 'producer_byte_rate', 10_000)
    const client = await RawClient.connect(node.port)
    const begun = performance.now()
    client.write(encodeRequest(Produce, 9, 1, produceOf('raw', 15_000, 0)))
    await client.call(Metadata, 12, { topics: [] })
    expect(performance.now() - begun).toBeGreaterThan(300)
    client.destroy()
    await set({ 'client-id': 'raw' }, 'producer_byte_rate', undefined)
  })

  it('gets nothing of a fetch until the silence is over, but a batch that is larger than the quota once', async () => {
    const client = await RawClient.connect(node.port)
    for (let i = 0; i < 2; i++) await client.call(Produce, 9, produceOf('read', 3000))
    await set({ 'client-id': 'raw' }, 'consumer_byte_rate', 4000)
    const fetch = async (fetchOffset: number) => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1000 }]
      const answer = await client.call(Fetch, 12, {
        ...{ maxWaitMs: 0, minBytes: 0, maxBytes: 100_000, sessionEpoch: -1, forgottenTopicsData: [] },
        topics: [{ topic: 'read', partitions }],
      })
      return { bytes: answer?.responses[0]?.partitions[0]?.records?.length, silence: answer?.throttleTimeMs as number }
    }
    expect(await fetch(0)).toMatchObject({ silence: 0, bytes: 3070 })
    const refused = await fetch(1)
    expect(refused.bytes).toBeUndefined()
    expect(refused.silence).toBeGreaterThan(300)
    await expect.poll(async () => (await fetch(1)).bytes, { timeout: 10_000 }).toBe(3070)
    await set({ 'client-id': 'raw' }, 'consumer_byte_rate', 1000)
    await expect.poll(async () => (await fetch(0)).bytes, { timeout: 10_000 }).toBe(3070)
    client.destroy()
    await set({ 'client-id': 'raw' }, 'consumer_byte_rate', undefined)
  }, 40_000)

  it('is slowed down to it, with our clients', async () => {
    await set({ 'client-id': 'slow' }, 'producer_byte_rate', 100_000)
    await set({ 'client-id': 'slow' }, 'consumer_byte_rate', 100_000)
    const properties = { 'bootstrap.servers': node.bootstrap, 'client.id': 'slow', 'linger.ms': 0 }
    const producer = new Producer(properties, nodeRuntime)
    let begun = performance.now()
    for (let i = 0; i < 30; i++) await producer.send({ topic: 'own', value: Buffer.alloc(10_000) })
    // The first second's worth is free.
    expect(performance.now() - begun).toBeGreaterThan(1500)
    await producer.close()
    const consumer = new Consumer(
      { 'bootstrap.servers': node.bootstrap, 'client.id': 'slow', 'auto.offset.reset': 'earliest' },
      nodeRuntime,
    )
    consumer.assign([{ topic: 'own', partition: 0 }])
    begun = performance.now()
    for (let count = 0; count < 30; ) count += (await consumer.poll(1000)).count
    expect(performance.now() - begun).toBeGreaterThan(1000)
    await consumer.close()
  }, 30_000)
})

it('makes topics as fast as a quota of changes allows', async () => {
  await set({ 'client-id': 'maker' }, 'controller_mutation_rate', 2)
  const client = new Admin({ 'bootstrap.servers': node.bootstrap, 'client.id': 'maker' }, nodeRuntime)
  const begun = performance.now()
  for (const name of ['one', 'two', 'three', 'four', 'five', 'six'])
    await client.createTopics([{ name, partitions: 1 }])
  expect(performance.now() - begun).toBeGreaterThan(1000)
  expect((await client.listTopics()).map(({ name }) => name)).toEqual(expect.arrayContaining(['one', 'six']))
  await client.close()
}, 30_000)

it('counts the time that requests take', async () => {
  await set({ 'client-id': 'raw' }, 'request_percentage', 0.01)
  const client = await RawClient.connect(node.port)
  await expect
    .poll(async () => (await client.call(Metadata, 12, { topics: null }))?.throttleTimeMs, { timeout: 10_000 })
    .toBeGreaterThan(0)
  client.destroy()
  await set({ 'client-id': 'raw' }, 'request_percentage', undefined)
})

it('holds back connections beyond the rate of their address', async () => {
  await set({ ip: '127.0.0.1' }, 'connection_creation_rate', 2)
  const ended = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))
  const sockets = Array.from({ length: 4 }, () => connect({ host: '127.0.0.1', port: node.port }).on('error', () => {}))
  const begun = performance.now()
  await Promise.race(sockets.map(ended))
  expect(performance.now() - begun).toBeGreaterThan(200)
  for (const socket of sockets) socket.destroy()
  await set({ ip: '127.0.0.1' }, 'connection_creation_rate', undefined)
})
