import { beforeEach, describe, expect, test } from 'vitest'
import { Producer } from '../../src/client/producer/producer.ts'
import type { ClientProperties, RecordMetadata } from '../../src/client/types.ts'
import { InitProducerId, Produce } from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../src/protocol/records/record.ts'
import type { RequestOf } from '../../src/protocol/schema/index.ts'
import { type FakeBroker, FakeCluster, topicId } from '../support/fake-cluster.ts'

interface Stored {
  readonly value: string
  readonly sequence: number
}

/** What a broker keeps of one partition: records, and the epoch and the next sequence of each producer. */
class PartitionLog {
  readonly records: Stored[] = []
  readonly batches: { first: number; epoch: number; baseOffset: number }[] = []

  constructor(private readonly producers = new Map<number, { epoch: number; next: number }>()) {}

  /** Appends as Kafka does: the last five batches are known again, gaps refused; of a producer that is not known any sequence is taken. */
  append(bytes: Buffer): { errorCode: number; baseOffset: number } {
    expect(batch.crcMatches(bytes)).toBe(true)
    const sequence = batch.baseSequence(bytes)
    if (sequence >= 0) {
      const id = batch.producerId(bytes)
      const epoch = batch.producerEpoch(bytes)
      const known = this.producers.get(id)
      const next = known?.epoch === epoch ? known.next : 0
      const before = this.batches.slice(-5).find((one) => one.first === sequence && one.epoch === epoch)
      if (sequence < next && before) return { errorCode: 0, baseOffset: before.baseOffset }
      if (known && sequence !== next) return { errorCode: Errors.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 }
      this.producers.set(id, { epoch, next: sequence + batch.recordCount(bytes) })
    }
    const baseOffset = this.records.length
    this.batches.push({ first: sequence, epoch: batch.producerEpoch(bytes), baseOffset })
    for (const { value } of decodeRecords(bytes)) this.records.push({ value: String(value), sequence })
    return { errorCode: 0, baseOffset }
  }

  get values(): string[] {
    return this.records.map(({ value }) => value)
  }
}

type Verdict = 'append' | 'append then close' | 'append then silence' | 'close' | 'silence' | number

let cluster: FakeCluster
let logs: Map<string, PartitionLog>
/** What happens to the next requests, one after the other; `append` when there is nothing left. */
let script: Verdict[]
let held: (() => void)[] | undefined

const log = (key: string): PartitionLog => {
  let found = logs.get(key)
  if (!found) logs.set(key, (found = new PartitionLog()))
  return found
}

async function produce(broker: FakeBroker, request: RequestOf<typeof Produce>) {
  if (held) await new Promise<void>((resolve) => held?.push(resolve))
  const verdict = script.shift() ?? 'append'
  if (verdict === 'close' || verdict === 'silence') return verdict
  const responses = request.topicData.map((topic) => ({
    name: topic.name,
    topicId: topic.topicId,
    partitionResponses: topic.partitionData.map(({ index, records }) => {
      const name = [...cluster.topics.keys()].find((candidate) => topicId(candidate) === topic.topicId) as string
      if (cluster.leaderOf(name, index) !== broker.id)
        return { index, errorCode: Errors.NOT_LEADER_OR_FOLLOWER, baseOffset: -1 }
      if (typeof verdict === 'number') return { index, errorCode: verdict, baseOffset: -1 }
      return { index, ...log(`${name}-${index}`).append(records as Buffer) }
    }),
  }))
  if (verdict === 'append then close') return 'close' as const
  return verdict === 'append then silence' ? ('silence' as const) : { responses }
}

beforeEach(() => {
  cluster = new FakeCluster(2)
  cluster.topics.set('t', 1).set('many', 4)
  logs = new Map()
  script = []
  held = undefined
  for (const broker of cluster.brokers) {
    broker.on(Produce, (request) => produce(broker, request))
    broker.on(InitProducerId, () => ({ errorCode: 0, producerId: 7, producerEpoch: 0 }))
  }
})

const producer = (properties: ClientProperties = {}): Producer =>
  new Producer({ 'bootstrap.servers': 'broker:9092', ...properties }, cluster.runtime)

const sendAll = (target: Producer, count: number, topic = 't'): Promise<PromiseSettledResult<RecordMetadata>[]> =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => target.send({ topic, partition: 0, value: `v${i}` })))

const expected = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`)

describe('every record arrives once and in order', () => {
  const small = { 'batch.size': 100, 'linger.ms': 1 }

  test.each<[string, Verdict[]]>([
    ['without trouble', []],
    ['when an answer is lost', ['append', 'append then close', 'append then close']],
    ['when a request is lost', ['append', 'close', 'append', 'close']],
    [
      'when a broker says no for a while',
      ['append', Errors.NOT_ENOUGH_REPLICAS, 'append', Errors.NOT_LEADER_OR_FOLLOWER],
    ],
    ['when the broker does not answer', ['append', 'silence']],
    ['when the leader has not yet heard that it leads', [Errors.NOT_LEADER_OR_FOLLOWER]],
  ])('%s', async (_, verdicts) => {
    script = verdicts
    const target = producer(small)
    const results = await cluster.drive(sendAll(target, 200))
    expect(log('t-0').values).toEqual(expected(200))
    const offsets = results.map((result) => (result.status === 'fulfilled' ? result.value.offset : result.reason))
    expect(offsets).toEqual(Array.from({ length: 200 }, (_, i) => i))
    await cluster.drive(target.close())
  })

  test('when the leader moves', async () => {
    const target = producer(small)
    await cluster.drive(sendAll(target, 10))
    cluster.leaders.set('t-0', 2)
    cluster.leaderEpoch = 1
    await cluster.drive(sendAll(target, 10))
    expect(log('t-0').values).toEqual([...expected(10), ...expected(10)])
    expect(cluster.brokers[1]?.count('Produce')).toBeGreaterThan(0)
  })

  test('when the leader moves and the former one never tells what it has appended', async () => {
    const target = producer(small)
    await cluster.drive(sendAll(target, 10))
    script = Array.from({ length: 5 }, () => 'append then silence')
    const sent = sendAll(target, 200)
    await cluster.clock.advance(20)
    cluster.leaders.set('t-0', 2)
    cluster.leaderEpoch = 1
    // Metadata of another topic tells of the new leader, long before the answers are given up.
    await cluster.drive(target.send({ topic: 'many', partition: 1, value: 'x' }))
    const results = await cluster.drive(sent)
    expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(log('t-0').values).toEqual([...expected(10), ...expected(200)])
  })

  test('with one request in flight and without idempotence', async () => {
    script = ['append', 'close', 'append', Errors.NOT_ENOUGH_REPLICAS]
    const target = producer({ ...small, 'enable.idempotence': false, 'max.in.flight.requests.per.connection': 1 })
    await cluster.drive(sendAll(target, 100))
    expect(log('t-0').values).toEqual(expected(100))
  })

  test('under random trouble, for many seeds', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      logs = new Map()
      const choices: Verdict[] = [
        'append',
        'append',
        'append',
        'append then close',
        'close',
        Errors.NOT_ENOUGH_REPLICAS,
      ]
      script = Array.from({ length: 30 }, (_, i) => choices[(i * seed * 7 + seed) % choices.length] as Verdict)
      const target = producer(small)
      const results = await cluster.drive(sendAll(target, 60))
      expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
      expect(log('t-0').values).toEqual(expected(60))
      await cluster.drive(target.close())
    }
  })
})

test('a lost producer state makes a new epoch, in which nothing is lost', async () => {
  const target = producer({ 'batch.size': 100, 'linger.ms': 1 })
  await cluster.drive(sendAll(target, 20))
  // The broker loses the end of the log: what comes next is out of order although nothing is missing.
  logs.set('t-0', new PartitionLog(new Map([[7, { epoch: 0, next: 3 }]])))
  const results = await cluster.drive(sendAll(target, 20))
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(log('t-0').values).toEqual(expected(20))
})

test('a topic that is made anew while records go to it gets them all', async () => {
  const target = producer({ 'batch.size': 100, 'linger.ms': 1 })
  await cluster.drive(sendAll(target, 20))
  // What is refused first finds the sequences behind it taken.
  logs.set('t-0', new PartitionLog())
  script = [Errors.NOT_LEADER_OR_FOLLOWER, Errors.NOT_LEADER_OR_FOLLOWER]
  const results = await cluster.drive(sendAll(target, 40))
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(log('t-0').values.toSorted()).toEqual(expected(40).toSorted())
})

test('a batch that is too large for the broker is sent in parts', async () => {
  script = [Errors.MESSAGE_TOO_LARGE, Errors.MESSAGE_TOO_LARGE]
  const target = producer()
  const results = await cluster.drive(sendAll(target, 10))
  expect(results.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(log('t-0').values).toEqual(expected(10))
  expect(log('t-0').batches.length).toBeGreaterThan(1)
})

test('a final error rejects the records of its batch and no others', async () => {
  script = ['append', Errors.INVALID_RECORD, 'append']
  const target = producer({ 'batch.size': 0, 'linger.ms': 0 })
  const results = await cluster.drive(sendAll(target, 3))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(log('t-0').values).toEqual(['v0', 'v2'])
})

test('records expire after delivery.timeout.ms, with the sentence of Apache Kafka', async () => {
  script = Array.from({ length: 1000 }, () => Errors.NOT_ENOUGH_REPLICAS)
  const target = producer({ 'delivery.timeout.ms': 3000, 'request.timeout.ms': 1000 })
  const [result] = await cluster.drive(sendAll(target, 1))
  expect((result as PromiseRejectedResult).reason.message).toBe(
    'Expiring 1 record(s) for t-0:3000 ms has passed since batch creation',
  )
})

test('an unknown topic rejects after max.block.ms', async () => {
  const target = producer({ 'max.block.ms': 2000 })
  await expect(cluster.drive(target.send({ topic: 'nope', value: 'x' }))).rejects.toThrow(
    'Topic nope not present in metadata after 2000 ms.',
  )
  await expect(cluster.drive(target.send({ topic: 't', partition: 5, value: 'x' }))).rejects.toThrow(
    'Partition 5 of topic t with partition count 1 is not present in metadata after 2000 ms.',
  )
})

test('a record that is too large is refused at once', async () => {
  const target = producer({ 'max.request.size': 100 })
  await cluster.drive(target.partitionsFor('t'))
  await expect(target.send({ topic: 't', value: 'x'.repeat(200) })).rejects.toThrow(
    'which is the value of the max.request.size configuration.',
  )
})

describe('memory', () => {
  const tight = { 'buffer.memory': 4000, 'batch.size': 1000, 'linger.ms': 0 }

  test('a full buffer gives a promise that resolves when there is room', async () => {
    const target = producer(tight)
    await cluster.drive(target.partitionsFor('t'))
    held = []
    let waits: Promise<void> | undefined
    let sent = 0
    for (; !waits && sent < 1000; sent++) waits = target.enqueue({ topic: 't', value: 'x'.repeat(90) })
    expect(sent).toBeLessThan(50)
    expect(sent).toBeGreaterThan(20)
    await cluster.clock.advance(50)
    const release = held
    held = undefined
    for (const go of release) go()
    await cluster.drive(waits as Promise<void>)
    await cluster.drive(target.flush())
    expect(log('t-0').values.length).toBe(sent)
  })

  test('waiting ends after max.block.ms', async () => {
    const target = producer({ ...tight, 'max.block.ms': 500 })
    await cluster.drive(target.partitionsFor('t'))
    held = []
    const results = Array.from({ length: 100 }, () => target.send({ topic: 't', value: 'x'.repeat(90) }))
    const failed = cluster.drive(
      Promise.any(
        results.map((result) =>
          result.then(
            () => Promise.reject(),
            (error) => error,
          ),
        ),
      ),
    )
    expect((await failed).message).toMatch(
      /^Failed to allocate memory within the configured max blocking time 500 ms\./,
    )
    await Promise.race([Promise.allSettled(results), cluster.clock.advance(1)])
  })
})

describe('partitions', () => {
  test('keys go where the other clients send them', async () => {
    const target = producer()
    const sent = ['a', 'b', 'c', 'hello', 'key-17'].map((key) => target.send({ topic: 'many', key, value: 'v' }))
    const found = await cluster.drive(Promise.all(sent))
    // Computed by Apache's BuiltInPartitioner.partitionForKey for four partitions.
    expect(found.map(({ partition }) => partition)).toEqual([0, 0, 2, 1, 0])
  })

  test('records without a key fill one batch after the other, in all partitions', async () => {
    const target = producer({ 'batch.size': 500 })
    await cluster.drive(target.partitionsFor('many'))
    const results = await cluster.drive(
      Promise.all(Array.from({ length: 500 }, (_, i) => target.send({ topic: 'many', value: `v${i}` }))),
    )
    const counts = [0, 0, 0, 0]
    for (const { partition } of results) counts[partition] = (counts[partition] as number) + 1
    expect(Math.min(...counts)).toBeGreaterThan(50)
    const switches = results.filter(({ partition }, i) => i > 0 && partition !== results[i - 1]?.partition).length
    expect(switches).toBeLessThan(40)
  })
})

test('null values, headers and timestamps arrive as they were', async () => {
  const seen: unknown[] = []
  cluster.broker.on(Produce, (request) => {
    for (const record of decodeRecords(request.topicData[0]?.partitionData[0]?.records as Buffer))
      seen.push({
        ...record,
        key: record.key?.toString(),
        value: record.value?.toString() ?? null,
        headers: record.headers.map(({ key, value }) => [key, value?.toString() ?? null]),
      })
    return {
      responses: [
        { topicId: topicId('t'), name: 't', partitionResponses: [{ index: 0, errorCode: 0, baseOffset: 5 }] },
      ],
    }
  })
  const target = producer()
  const headers = [
    { key: 'h', value: 'x' },
    { key: 'n', value: null },
  ]
  const metadata = await cluster.drive(target.send({ topic: 't', key: 'k', value: null, timestamp: 123, headers }))
  expect(seen).toEqual([
    {
      offset: 0,
      timestamp: 123,
      key: 'k',
      value: null,
      headers: [
        ['h', 'x'],
        ['n', null],
      ],
    },
  ])
  expect(metadata).toEqual({
    topic: 't',
    partition: 0,
    offset: 5,
    timestamp: 123,
    serializedKeySize: 1,
    serializedValueSize: -1,
  })
})

test('acks=0 resolves without an answer', async () => {
  cluster.broker.on(Produce, () => 'silence')
  const target = producer({ acks: '0' })
  const metadata = await cluster.drive(target.send({ topic: 't', value: 'x' }), 1000)
  expect(metadata.offset).toBe(-1)
})

test('failures that nobody listens to are thrown by flush', async () => {
  script = [Errors.INVALID_RECORD]
  const target = producer()
  await cluster.drive(target.partitionsFor('t'))
  target.enqueue({ topic: 't', value: 'x' })
  await expect(cluster.drive(target.flush())).rejects.toThrow()
  await cluster.drive(target.flush())
})

test('close sends what is left, and fails what it cannot send in time', async () => {
  const first = producer({ 'linger.ms': 10_000, 'delivery.timeout.ms': 120_000 })
  const kept = first.send({ topic: 't', value: 'x' })
  await cluster.drive(first.close())
  expect((await kept).offset).toBe(0)
  const second = producer()
  await cluster.drive(second.partitionsFor('t'))
  held = []
  const lost = second.send({ topic: 't', value: 'y' }).catch((error: Error) => error.message)
  await cluster.drive(second.close({ timeoutMs: 100 }))
  expect(await lost).toBe('Producer is closed forcefully.')
})

describe('metrics', () => {
  const totals = (target: Producer, ...names: string[]) => {
    const told = target.metrics().filter(({ group }) => group === 'producer-metrics')
    return names.map((wanted) => told.find(({ name }) => name === `${wanted}-total`)?.value)
  }

  test('tell of records that were sent again, and of those that were lost', async () => {
    script = ['append', Errors.NOT_ENOUGH_REPLICAS, Errors.NOT_ENOUGH_REPLICAS, 'append', Errors.INVALID_RECORD]
    const target = producer({ 'linger.ms': 1 })
    const results: PromiseSettledResult<RecordMetadata>[] = []
    for (const count of [5, 7, 3]) results.push(...(await cluster.drive(sendAll(target, count))))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(totals(target, 'record-send', 'record-retry', 'record-error')).toEqual([15, 14, 3])
    await cluster.drive(target.close())
  })

  test('tell of batches that were halved', async () => {
    script = [Errors.MESSAGE_TOO_LARGE]
    const target = producer({ 'linger.ms': 1 })
    await cluster.drive(sendAll(target, 8))
    expect(totals(target, 'batch-split', 'record-error')).toEqual([1, 0])
    await cluster.drive(target.close())
  })
})
