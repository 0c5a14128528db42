import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

let node: TestServer
let kafka: Kafka
beforeAll(async () => {
  node = await startTestServer()
  kafka = new Kafka({ brokers: [node.bootstrap], logLevel: logLevel.NOTHING })
})
afterAll(() => node.close())

it('serves kafkajs: admin, producer, and a group of two consumers', async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'words', numPartitions: 4 }] })
  expect(await admin.listTopics()).toContain('words')

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const sent = Array.from({ length: 200 }, (_, at) => `word-${at}`)
  await producer.send({
    topic: 'words',
    messages: sent.map((value, at) => ({ key: `key-${at % 17}`, value, headers: { at: String(at) } })),
  })

  const seen: string[] = []
  const consumers = ['a', 'b'].map(() =>
    kafka.consumer({
      groupId: 'readers',
      sessionTimeout: 6000,
      heartbeatInterval: 300,
      rebalanceTimeout: 6000,
      maxWaitTimeInMs: 200,
    }),
  )
  const all = new Promise<void>((resolve) => {
    for (const consumer of consumers)
      void consumer
        .connect()
        .then(() => consumer.subscribe({ topic: 'words', fromBeginning: true }))
        .then(() =>
          consumer.run({
            eachMessage: async ({ message }) => {
              seen.push(String(message.value))
              if (new Set(seen).size === sent.length) resolve()
            },
          }),
        )
  })
  await all
  const [group] = (await admin.describeGroups(['readers'])).groups
  expect(group?.members.length).toBeGreaterThan(0)
  await Promise.all(consumers.map((consumer) => consumer.disconnect()))
  expect(new Set(seen)).toEqual(new Set(sent))

  const offsets = await admin.fetchOffsets({ groupId: 'readers', topics: ['words'] })
  const ends = await admin.fetchTopicOffsets('words')
  expect(ends.reduce((sum, { high }) => sum + Number(high), 0)).toBe(200)
  expect(
    offsets[0]?.partitions.every(
      ({ offset, partition }) => offset === ends.find((end) => end.partition === partition)?.high || offset === '-1',
    ),
  ).toBe(true)
  await admin.deleteTopics({ topics: ['words'] })
  expect(await admin.listTopics()).not.toContain('words')
  await producer.disconnect()
  await admin.disconnect()
}, 60_000)

it('serves transactions of kafkajs, whose protocol is from before KIP-890', async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'moves', numPartitions: 2 }] })
  const settings = { transactionalId: 'moves', maxInFlightRequests: 1, idempotent: true }
  const producer = kafka.producer(settings)
  await producer.connect()
  const messages = (value: string) => [0, 1].map((partition) => ({ partition, value: `${value}.${partition}` }))
  const offsets = (offset: string) => [{ topic: 'moves', partitions: [{ partition: 0, offset }] }]
  for (const [value, commits] of [
    ['a', true],
    ['b', false],
    ['c', true],
  ] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic: 'moves', messages: messages(value) })
    await transaction.sendOffsets({ consumerGroupId: 'movers', topics: offsets(value === 'b' ? '99' : '7') })
    await (commits ? transaction.commit() : transaction.abort())
  }
  const [committed] = await admin.fetchOffsets({ groupId: 'movers', topics: ['moves'] })
  expect(committed?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('7')
  // A second one with its id fences it, and aborts what it left open.
  const left = await producer.transaction()
  await left.send({ topic: 'moves', messages: messages('d') })
  const rival = kafka.producer(settings)
  await rival.connect()
  const next = await rival.transaction()
  await next.send({ topic: 'moves', messages: messages('e') })
  await next.commit()
  await expect(left.commit()).rejects.toThrow(/fenced|epoch|newer/i)

  const seen: string[] = []
  const consumer = kafka.consumer({ groupId: 'readers-of-moves', readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic: 'moves', fromBeginning: true })
  await new Promise<void>((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(String(message.value))
        if (seen.filter((value) => value.startsWith('e')).length === 2) resolve()
      },
    })
  })
  await consumer.disconnect()
  expect(seen.sort()).toEqual(['a.0', 'a.1', 'c.0', 'c.1', 'e.0', 'e.1'])
  await producer.disconnect()
  await rival.disconnect()
  await admin.disconnect()
}, 60_000)
