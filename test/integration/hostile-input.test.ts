import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import { ApiVersions, CreateTopics, Fetch, Metadata, Produce } from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { encodeRequest, RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let node: TestServer
beforeAll(async () => {
  node = await startTestServer()
})
afterAll(() => node.close())

/** The server still serves others, on a new connection. */
async function servesOthers(): Promise<void> {
  const client = await RawClient.connect(node.port)
  const answer = await client.call(ApiVersions, 3, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
  client.destroy()
  expect(answer?.errorCode).toBe(Errors.NONE)
}

async function isClosedAfter(bytes: Uint8Array): Promise<void> {
  const client = await RawClient.connect(node.port)
  client.write(bytes)
  expect(await client.frame()).toBeUndefined()
  await servesOthers()
}

const frame = (...parts: (number[] | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const bytes = Buffer.alloc(4 + body.length)
  bytes.writeInt32BE(body.length, 0)
  body.copy(bytes, 4)
  return bytes
}
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

describe('bytes that are no request close their connection, and no other', () => {
  const cases: [string, Uint8Array][] = [
    ['a length of -1', int32(-1)],
    ['the lowest length', int32(-2147483648)],
    ['a length over socket.request.max.bytes', int32(104857601)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS hello', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
    ['an empty frame', frame()],
    ['an unknown api', frame([0x27, 0x0f, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
    ['a negative api', frame([0xff, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff])],
    ['a version that is too high', frame([0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff])],
    ['a version of -1', frame([0, 3, 0xff, 0xff, 0, 0, 0, 1, 0xff, 0xff])],
    ['a header that is cut off', frame([0, 3, 0, 1])],
    ['a client id longer than the frame', frame([0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 65, 65, 65])],
    ['a header without a body', frame([0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff])],
    ['an array of 2147483647', frame([0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 1])],
    ['tagged fields without end', frame([0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a varint that is too long', frame([0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
  ]
  it.each(cases)('%s', async (_name, bytes) => isClosedAfter(bytes))
})

describe('requests that are right in part', () => {
  it('answers an ApiVersions of the future in version 0, with what it serves', async () => {
    const client = await RawClient.connect(node.port)
    client.write(frame([0, 18, 0, 127, 0, 0, 0, 7, 0xff, 0xff, 0]))
    const answer = await client.frame()
    expect(answer?.readInt32BE(0)).toBe(7)
    expect(answer?.readInt16BE(4)).toBe(Errors.UNSUPPORTED_VERSION)
    expect(answer?.readInt32BE(6)).toBeGreaterThan(20)
    client.destroy()
  })

  it('refuses software names that no software has', async () => {
    const client = await RawClient.connect(node.port)
    for (const name of ['', '-a', 'a b', '('.repeat(300)]) {
      const answer = await client.call(ApiVersions, 3, { clientSoftwareName: name, clientSoftwareVersion: '1' })
      expect(answer?.errorCode).toBe(Errors.INVALID_REQUEST)
    }
    client.destroy()
  })

  it('takes a request in single bytes, and a hundred in one piece, answered in order', async () => {
    const client = await RawClient.connect(node.port)
    for (const byte of encodeRequest(Metadata, 12, 1, { topics: null, includeTopicAuthorizedOperations: false }))
      client.write(Buffer.from([byte]))
    expect((await client.frame())?.readInt32BE(0)).toBe(1)
    const many = Array.from({ length: 100 }, (_, id) => encodeRequest(Metadata, 4 + (id % 9), id, { topics: [] }))
    client.write(Buffer.concat(many))
    for (let id = 0; id < 100; id++) expect((await client.frame())?.readInt32BE(0)).toBe(id)
    client.destroy()
  })

  it('ignores bytes after the body', async () => {
    const client = await RawClient.connect(node.port)
    const request = encodeRequest(Metadata, 4, 5, { topics: [] })
    const longer = Buffer.concat([request, Buffer.from('trailing')])
    longer.writeInt32BE(longer.length - 4, 0)
    client.write(longer)
    expect((await client.frame())?.readInt32BE(0)).toBe(5)
    client.destroy()
  })
})

describe('produce', () => {
  const batch = (change: (bytes: Buffer) => void = () => {}): Buffer => {
    const bytes = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: 1_700_000_000_000 }])
    change(bytes)
    return bytes
  }
  async function produce(records: Buffer | null, acks = -1, topic = 'target', index = 0): Promise<number | undefined> {
    const client = await RawClient.connect(node.port)
    const answer = await client.call(Produce, 11, {
      acks,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index, records }] }],
    })
    client.destroy()
    return answer?.responses[0]?.partitionResponses[0]?.errorCode
  }
  beforeAll(async () => {
    const client = await RawClient.connect(node.port)
    const topic = { name: 'target', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    await client.call(CreateTopics, 7, { topics: [topic], timeoutMs: 1000, validateOnly: false })
    client.destroy()
  })

  const wrong: [string, () => Promise<number | undefined>, number | undefined][] = [
    ['acks of 2', () => produce(batch(), 2), Errors.INVALID_REQUIRED_ACKS],
    ['null records', () => produce(null), Errors.INVALID_RECORD],
    ['no bytes', () => produce(Buffer.alloc(0)), Errors.INVALID_RECORD],
    ['two batches', () => produce(Buffer.concat([batch(), batch()])), Errors.INVALID_RECORD],
    ['an unknown topic', () => produce(batch(), -1, 'nowhere'), Errors.UNKNOWN_TOPIC_OR_PARTITION],
    ['a partition of 7', () => produce(batch(), -1, 'target', 7), Errors.UNKNOWN_TOPIC_OR_PARTITION],
    ['a flipped bit', () => produce(batch((bytes) => bytes.writeUInt8(0xff, 63))), Errors.CORRUPT_MESSAGE],
    ['a lying length', () => produce(batch((bytes) => bytes.writeInt32BE(1_000_000, 8))), Errors.INVALID_RECORD],
    ['an internal topic', () => produce(batch(), -1, '__consumer_offsets'), Errors.INVALID_TOPIC_EXCEPTION],
    ['acks=0 and an error, by closing', () => produce(null, 0), undefined],
  ]
  it.each(wrong)('refuses %s', async (_name, act, code) => {
    expect(await act()).toBe(code)
    await servesOthers()
  })

  it('gives back what was accepted', async () => {
    expect(await produce(batch())).toBe(Errors.NONE)
    const client = await RawClient.connect(node.port)
    const partition = { partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }
    const answer = await client.call(Fetch, 12, {
      maxWaitMs: 100,
      minBytes: 1,
      maxBytes: 1 << 20,
      topics: [{ topic: 'target', partitions: [partition] }],
      forgottenTopicsData: [],
    })
    expect(answer?.responses[0]?.partitions[0]?.highWatermark).toBe(1)
    client.destroy()
  })
})

it('keeps its memory while strangers claim a hundred megabytes each', async () => {
  const before = process.memoryUsage().rss
  const clients = await Promise.all(Array.from({ length: 200 }, () => RawClient.connect(node.port)))
  for (const client of clients) client.write(Buffer.concat([int32(104857600), Buffer.alloc(100)]))
  await servesOthers()
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20)
  for (const client of clients) client.destroy()
})

it('survives noise from a fixed seed', async () => {
  let state = 42
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff)
  for (let round = 0; round < 300; round++) {
    const client = await RawClient.connect(node.port)
    const body = Buffer.from(Array.from({ length: next() % 200 }, () => next() & 0xff))
    if (body.length > 8 && round % 2 === 0) {
      body.writeInt16BE(next() % 80, 0)
      body.writeInt16BE(next() % 14, 2)
    }
    client.write(frame(body))
    client.end()
    await client.frame()
    client.destroy()
  }
  await servesOthers()
})

describe('a node lets no more connections in than it was told to', () => {
  const ask = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
  let small: TestServer
  const clients: RawClient[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    await small.close()
  })
  const start = async (properties: Record<string, string>) => {
    small = await startTestServer(properties)
  }
  /** Whether one more is let in, which then stays. */
  const isTaken = async (port = small.port) => {
    const client = await RawClient.connect(port)
    const answer = await client.call(ApiVersions, 3, ask)
    if (answer) clients.push(client)
    else client.destroy()
    return answer !== undefined
  }
  const takes = async (count: number) => {
    for (let i = 0; i < count; i++) expect(await isTaken()).toBe(true)
    // One more is closed without having said a word.
    const more = await RawClient.connect(small.port)
    expect(await more.frame()).toBeUndefined()
    more.destroy()
  }

  it('from one address', async () => {
    await start({ 'max.connections.per.ip': '3' })
    await takes(3)
    clients.shift()?.destroy()
    // The place of one that left is free again as soon as the server has heard of it.
    for (let attempt = 0; !(await isTaken()); attempt++) expect(attempt).toBeLessThan(1000)
  })

  it.each([
    ['fewer than from others', '127.0.0.1:2', '5', 2],
    ['from this one alone', '::1:4, ::FFFF:127.0.0.1:1', '0', 1],
    ['whatever others have', '10.0.0.1:100', '3', 3],
  ])('from one address: %s', async (_, overrides, others, count) => {
    await start({ 'max.connections.per.ip': others, 'max.connections.per.ip.overrides': overrides })
    await takes(count)
  })

  const twoListeners = {
    listeners: 'PLAINTEXT://127.0.0.1:0,OTHER://127.0.0.1:0',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,OTHER:PLAINTEXT',
  }

  it('from one address at several listeners', async () => {
    await start({ ...twoListeners, 'max.connections.per.ip': '3' })
    const other = (small.server.listeners[1] as { port: number }).port
    for (const port of [small.port, small.port, other]) expect(await isTaken(port)).toBe(true)
    expect(await isTaken(other)).toBe(false)
  })

  it.each([
    ['in all', { 'max.connections': '3' }, [2, 1]],
    ['at one of them', { 'listener.name.other.max.connections': '1' }, [4, 1]],
  ])('%s: more wait until one leaves', async (_, properties, [first = 0, second = 0]) => {
    await start({ ...twoListeners, ...properties })
    for (let i = 0; i < first; i++) expect(await isTaken()).toBe(true)
    const other = (small.server.listeners[1] as { port: number }).port
    for (let i = 0; i < second; i++) expect(await isTaken(other)).toBe(true)
    const heard: string[] = []
    const waiting = ['third', 'fourth'].map((name) => isTaken(other).then((taken) => heard.push(`${name} ${taken}`)))
    // What the others are answered meanwhile shows that time has passed.
    for (let i = 0; i < 20; i++) await clients[0]?.call(ApiVersions, 3, ask)
    expect(heard).toEqual([])
    clients.at(-1)?.destroy()
    await waiting[0]
    expect(heard).toEqual(['third true'])
    clients.at(-1)?.destroy()
    await waiting[1]
    expect(heard).toEqual(['third true', 'fourth true'])
  })

  it('and those that wait are gone when the node stops', async () => {
    await start({ 'max.connections': '1' })
    expect(await isTaken()).toBe(true)
    const more = await RawClient.connect(small.port)
    await clients[0]?.call(ApiVersions, 3, ask)
    await small.close()
    expect(await more.frame()).toBeUndefined()
  })

  it('in a second: more wait for the next one', async () => {
    await start({ 'max.connection.creation.rate': '2', 'quota.window.num': '2' })
    const begun = performance.now()
    for (let i = 0; i < 4; i++) expect(await isTaken()).toBe(true)
    expect(performance.now() - begun).toBeGreaterThan(400)
  })

  it('since it was told, while it runs', async () => {
    await start({})
    const admin = new Admin({ 'bootstrap.servers': small.bootstrap }, nodeRuntime)
    const ops = [{ name: 'max.connections.per.ip', op: 'set', value: '3' }] as const
    expect([...(await admin.incrementalAlterConfigs([{ type: 'broker', name: '', ops }])).values()]).toEqual([
      undefined,
    ])
    const held = new Set<RawClient>()
    await admin.close()
    // The administrator's connections count until the server has heard of their end.
    for (let attempt = 0; held.size < 3; attempt++) {
      expect(attempt).toBeLessThan(1000)
      if (await isTaken()) held.add(clients.at(-1) as RawClient)
    }
    expect(await isTaken()).toBe(false)
  })
})
