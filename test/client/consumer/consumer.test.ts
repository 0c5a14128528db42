import { beforeEach, expect, test } from 'vitest'
import { Consumer } from '../../../src/client/consumer/consumer.ts'
import type { ClientProperties, ConsumerRecord } from '../../../src/client/types.ts'
import { Fetch, ListOffsets, OffsetForLeaderEpoch } from '../../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import type { RequestOf, ResponseInput } from '../../../src/protocol/schema/index.ts'
import { FakeCluster, topicId } from '../../support/fake-cluster.ts'

let cluster: FakeCluster
/** The first and the next offset of each partition. */
let start: number
let end: number
let requests: RequestOf<typeof Fetch>[]
let sessions: Map<number, Map<number, number>>
let override: ((request: RequestOf<typeof Fetch>) => ResponseInput<typeof Fetch> | 'close' | undefined) | undefined

const T = { topic: 't', partition: 0 }

/** A broker with fetch sessions: it remembers what it is not told again. */
function fetch(request: RequestOf<typeof Fetch>): ResponseInput<typeof Fetch> | 'close' {
  requests.push(request)
  const special = override?.(request)
  if (special) return special
  const sessionId = request.sessionId || sessions.size + 1
  const session = sessions.get(sessionId) ?? new Map<number, number>()
  sessions.set(sessionId, session)
  for (const { partitions } of request.forgottenTopicsData)
    for (const partition of partitions) session.delete(partition)
  for (const { partitions } of request.topics)
    for (const { partition, fetchOffset } of partitions) session.set(partition, fetchOffset)
  const partitions = [...session].map(([partitionIndex, offset]) => answer(partitionIndex, offset))
  return { errorCode: 0, sessionId, responses: [{ topic: 't', topicId: topicId('t'), partitions }] }
}

function answer(partitionIndex: number, offset: number) {
  const base = { partitionIndex, highWatermark: end, logStartOffset: start, abortedTransactions: null }
  if (offset < start || offset > end) return { ...base, errorCode: 1, records: null }
  const values = Array.from({ length: Math.min(5, end - offset) }, (_, i) => `p${partitionIndex}o${offset + i}`)
  if (values.length === 0) return { ...base, errorCode: 0, records: Buffer.alloc(0) }
  const records = encodeBatch(
    values.map((value) => ({ key: null, value: Buffer.from(value), timestamp: 1 })),
    { baseOffset: offset, leaderEpoch: offset < 5 ? 0 : cluster.leaderEpoch },
  )
  return { ...base, errorCode: 0, records }
}

beforeEach(() => {
  cluster = new FakeCluster(1)
  cluster.topics.set('t', 2)
  start = 0
  end = 12
  requests = []
  sessions = new Map()
  override = undefined
  cluster.broker.on(Fetch, async (request) => {
    const reply = fetch(request)
    // A broker holds back an empty answer.
    const empty =
      reply !== 'close' &&
      reply.responses.every(({ partitions }) => partitions.every(({ records }) => !records?.length))
    if (empty) await cluster.clock.sleep(request.maxWaitMs)
    return reply
  })
  cluster.broker.on(ListOffsets, ({ topics }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => ({
        partitionIndex,
        errorCode: 0,
        timestamp: -1,
        leaderEpoch: 0,
        offset: timestamp === -2 ? start : end,
      })),
    })),
  }))
})

const consumer = (properties: ClientProperties = {}): Consumer =>
  new Consumer({ 'bootstrap.servers': 'broker:9092', 'auto.offset.reset': 'earliest', ...properties }, cluster.runtime)

async function read(target: Consumer, count: number): Promise<string[]> {
  const values: string[] = []
  while (values.length < count) {
    const batch = await cluster.drive(target.poll(1000))
    if (batch.isEmpty) break
    for (const { value } of batch) values.push(String(value))
  }
  return values
}

const expected = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `p0o${from + i}`)

test('reads everything in order, whatever max.poll.records', async () => {
  for (const max of [1, 3, 500]) {
    const target = consumer({ 'max.poll.records': max })
    target.assign([T])
    expect(await read(target, 12)).toEqual(expected(0, 12))
    expect(await target.position(T)).toBe(12)
    await target.close()
  }
})

test('an empty poll takes its time and no longer', async () => {
  end = 0
  const target = consumer()
  target.assign([T])
  const before = cluster.clock.monotonic()
  expect((await cluster.drive(target.poll(250))).count).toBe(0)
  expect(cluster.clock.monotonic() - before).toBeGreaterThanOrEqual(250)
  expect(cluster.clock.monotonic() - before).toBeLessThan(260)
})

test('a fetch session says only what has changed', async () => {
  const target = consumer()
  target.assign([T, { topic: 't', partition: 1 }])
  await read(target, 24)
  const [first, ...later] = requests.filter(({ topics }) => topics.length > 0)
  expect([first?.sessionId, first?.sessionEpoch]).toEqual([0, 0])
  expect(later.every(({ sessionId }) => sessionId === 1)).toBe(true)
  expect(requests.map(({ sessionEpoch }) => sessionEpoch)).toEqual(requests.map((_, index) => index))
})

test('a session that the broker has lost is begun anew, without a gap', async () => {
  override = (request) =>
    requests.length === 2 && request.sessionId !== 0 ? { errorCode: 70, sessionId: 0, responses: [] } : undefined
  const target = consumer()
  target.assign([T])
  expect(await read(target, 12)).toEqual(expected(0, 12))
})

test('a broken connection leaves no gap and no duplicate', async () => {
  override = () => (requests.length % 2 === 0 ? 'close' : undefined)
  const target = consumer()
  target.assign([T])
  expect(await read(target, 12)).toEqual(expected(0, 12))
})

test('the answer to a question from before a seek is dropped', async () => {
  const target = consumer()
  target.assign([T])
  await read(target, 5)
  target.seek(T, 3)
  expect((await read(target, 9)).slice(0, 9)).toEqual(expected(3, 12))
  target.seekToEnd([T])
  expect(await cluster.drive(target.position(T))).toBe(12)
  target.seekToBeginning([T])
  expect(await cluster.drive(target.position(T))).toBe(0)
})

test('an offset that is gone is reset by policy, or thrown without one', async () => {
  start = 8
  const target = consumer()
  target.assign([T])
  target.seek(T, 2)
  expect(await read(target, 4)).toEqual(expected(8, 12))
  const strict = consumer({ 'auto.offset.reset': 'none' })
  strict.assign([T])
  strict.seek(T, 2)
  await expect(read(strict, 1)).rejects.toThrow('Fetch position 2 is out of range for partition t-0')
})

test('a position that is being checked against a new leader does not move meanwhile', async () => {
  // Offsets below 5 were written under epoch 0, the others under epoch 1.
  cluster.leaderEpoch = 1
  const asked: number[] = []
  cluster.broker.on(OffsetForLeaderEpoch, async ({ topics }) => {
    asked.push(topics[0]?.partitions[0]?.leaderEpoch ?? -1)
    await cluster.clock.sleep(50)
    const partitions = [{ errorCode: 0, partition: 0, leaderEpoch: 0, endOffset: 5 }]
    return { topics: [{ topic: 't', partitions }] }
  })
  const target = consumer({ 'max.poll.records': '7' })
  target.assign([T])
  const values = await read(target, end)
  await cluster.clock.advance(60)
  for (const { value } of await cluster.drive(target.poll(1000))) values.push(String(value))
  expect(values).toEqual(expected(0, end))
  expect(asked).toEqual([0])
  await cluster.drive(target.close())
})

test('a paused partition is silent, and goes on where it was', async () => {
  const target = consumer({ 'max.poll.records': 5 })
  target.assign([T])
  await read(target, 5)
  target.pause([T])
  expect(target.paused()).toEqual([T])
  expect((await cluster.drive(target.poll(100))).count).toBe(0)
  target.resume([T])
  expect(await read(target, 7)).toEqual(expected(5, 12))
})

test('wakeup and signals end a poll', async () => {
  end = 0
  const target = consumer()
  target.assign([T])
  const poll = target.poll(60_000)
  cluster.clock.timer(50, () => target.wakeup())
  await expect(cluster.drive(poll, 1000)).rejects.toThrow('woken')
  const controller = new AbortController()
  const second = target.poll(60_000, controller.signal)
  cluster.clock.timer(50, () => controller.abort(new Error('enough')))
  await expect(cluster.drive(second, 1000)).rejects.toThrow('enough')
})

test('leaving a loop keeps what was not reached', async () => {
  const target = consumer()
  target.assign([T])
  const some: ConsumerRecord[] = []
  const loop = async () => {
    for await (const record of target) if (some.push(record) === 3) break
  }
  await cluster.drive(loop())
  expect(await read(target, 9)).toEqual(expected(3, 12))
})

test('damaged data is thrown, not skipped', async () => {
  override = () => {
    const partition = answer(0, 0)
    const records = Buffer.from(partition.records as Buffer)
    records[records.length - 1] = 0xff
    return {
      errorCode: 0,
      sessionId: 0,
      responses: [{ topic: 't', topicId: topicId('t'), partitions: [{ ...partition, records }] }],
    }
  }
  const target = consumer()
  target.assign([T])
  await expect(read(target, 1)).rejects.toThrow('t-0 at offset 0 is invalid')
})

test('misuse is told in a sentence', async () => {
  const target = consumer()
  await expect(target.poll(0)).rejects.toThrow('Consumer is not subscribed to any topics or assigned any partitions')
  expect(() => target.subscribe(['t'])).toThrow('you must provide a valid group.id')
  target.assign([T])
  expect(() => target.seek({ topic: 'x', partition: 0 }, 1)).toThrow('No current assignment for partition x-0')
  await target.close()
  await expect(target.poll(0)).rejects.toThrow('closed')
})
