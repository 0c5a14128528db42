import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Admin, Consumer, KafkaError, Producer, type TopicPartition } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** The clients against Apache's broker and against ours, side by side with Apache's clients. */
const missing = apacheMissing()
if (missing) console.warn(`the clients are not held against Apache's: ${missing}`)

interface Place {
  readonly bootstrap: string
  restart(): Promise<void>
  close(): Promise<void>
}

const APACHE_PORT = 22_010

async function apache(): Promise<Place> {
  const dir = mkdtempSync(path.join(tmpdir(), 'client-compat-'))
  let broker: ApacheBroker = await startBroker(dir, APACHE_PORT)
  return {
    bootstrap: broker.bootstrap,
    restart: async () => {
      await broker.stop('SIGKILL')
      broker = await startBroker(dir, APACHE_PORT)
    },
    close: async () => {
      await broker.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function ours(): Promise<Place> {
  let server: TestServer = await startTestServer()
  return {
    bootstrap: server.bootstrap,
    restart: async () => {
      server = await server.restart()
    },
    close: () => server.close(),
  }
}

describe.skipIf(missing !== undefined).each([
  ["Apache's broker", apache],
  ['our broker', ours],
])('on %s', (_, start) => {
  let place: Place
  let admin: Admin
  let topics = 0

  beforeAll(async () => {
    place = await start()
    admin = new Admin({ 'bootstrap.servers': place.bootstrap }, nodeRuntime)
  }, 120_000)
  afterAll(async () => {
    await admin.close()
    await place.close()
  }, 60_000)

  const base = () => ({ 'bootstrap.servers': place.bootstrap })

  async function newTopic(partitions: number): Promise<string> {
    const name = `topic-${++topics}`
    const created = (await admin.createTopics([{ name, partitions, replicationFactor: 1 }])).get(name)
    if (created instanceof KafkaError) throw created
    return name
  }

  async function readAll(topic: string, count: number, properties = {}): Promise<string[]> {
    const consumer = new Consumer({ ...base(), 'auto.offset.reset': 'earliest', ...properties }, nodeRuntime)
    consumer.assign((await consumer.partitionsFor(topic)).map(({ partition }) => ({ topic, partition })))
    const values: string[] = []
    while (values.length < count) {
      const batch = await consumer.poll(10_000)
      if (batch.isEmpty) break
      for (const { value } of batch) values.push(String(value))
    }
    await consumer.close()
    return values
  }

  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

  test('Apache reads what our producer wrote, in every codec', async () => {
    const topic = await newTopic(1)
    for (const codec of codecs) {
      const producer = new Producer({ ...base(), 'compression.type': codec }, nodeRuntime)
      const sent = Array.from({ length: 100 }, (_, i) =>
        producer.send({
          topic,
          key: `${codec}-${i}`,
          value: `value ${i} `.repeat(10),
          headers: [{ key: 'h', value: codec }],
        }),
      )
      const offsets = (await Promise.all(sent)).map(({ offset }) => offset)
      expect(offsets.every((offset, i) => i === 0 || offset === (offsets[i - 1] as number) + 1)).toBe(true)
      await producer.close()
    }
    const { stdout } = await runTool('kafka-console-consumer', [
      ...['--bootstrap-server', place.bootstrap, '--topic', topic, '--from-beginning', '--max-messages', '500'],
      ...['--formatter-property', 'print.key=true', '--formatter-property', 'print.headers=true'],
    ])
    const lines = codecs.flatMap((codec) =>
      Array.from({ length: 100 }, (_, i) => `h:${codec}\t${codec}-${i}\t${`value ${i} `.repeat(10)}`),
    )
    expect(stdout).toBe(lines.map((line) => `${line}\n`).join(''))
  }, 60_000)

  test('our consumer reads what Apache wrote, in every codec', async () => {
    const topic = await newTopic(1)
    const input = Array.from({ length: 300 }, (_, i) => `line ${i}`)
    for (const codec of codecs)
      await runTool(
        'kafka-console-producer',
        ['--bootstrap-server', place.bootstrap, '--topic', topic, '--compression-codec', codec],
        { input: `${input.join('\n')}\n` },
      )
    expect(await readAll(topic, 1500)).toEqual(codecs.flatMap(() => input))
  }, 90_000)

  test('nothing is lost, doubled or out of order when the broker is killed and comes back', async () => {
    const topic = await newTopic(1)
    const producer = new Producer({ ...base(), 'batch.size': 2000, 'linger.ms': 0 }, nodeRuntime)
    const count = 5000
    const sent: Promise<unknown>[] = []
    let restarted: Promise<void> | undefined
    for (let i = 0; i < count; i++) {
      sent.push(producer.send({ topic, value: `v${i}` }))
      if (i === 1500) {
        await sent[0]
        restarted = place.restart()
      }
      if (i % 100 === 0) await sleep(2)
    }
    await Promise.all(sent)
    await restarted
    await producer.close()
    expect(await readAll(topic, count)).toEqual(Array.from({ length: count }, (_, i) => `v${i}`))
  }, 120_000)

  test.each(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])(
    'members of both kinds share a group (%s)',
    async (strategy) => {
      const java: Record<string, string> = {
        range: 'RangeAssignor',
        roundrobin: 'RoundRobinAssignor',
        sticky: 'StickyAssignor',
        'cooperative-sticky': 'CooperativeStickyAssignor',
      }
      const topic = await newTopic(4)
      const group = `group-${topic}`
      const consumer = new Consumer(
        {
          ...base(),
          'group.id': group,
          'auto.offset.reset': 'earliest',
          'partition.assignment.strategy': strategy,
          'heartbeat.interval.ms': 300,
        },
        nodeRuntime,
      )
      const seen = new Set<string>()
      consumer.subscribe([topic])
      const poll = async () => {
        for (const { value } of await consumer.poll(200)) seen.add(String(value))
      }
      const until = async (done: () => boolean) => {
        for (let round = 0; round < 150 && !done(); round++) await poll()
        expect(done()).toBe(true)
      }
      await until(() => consumer.assignment().length === 4)
      const tool = runTool('kafka-console-consumer', [
        ...[
          '--bootstrap-server',
          place.bootstrap,
          '--topic',
          topic,
          '--group',
          group,
          '--from-beginning',
          '--max-messages',
          '10',
        ],
        ...['--command-property', `partition.assignment.strategy=org.apache.kafka.clients.consumer.${java[strategy]}`],
      ])
      await until(() => consumer.assignment().length === 2)
      const producer = new Producer(base(), nodeRuntime)
      for (let partition = 0; partition < 4; partition++)
        for (let i = 0; i < 5; i++) await producer.send({ topic, partition, value: `${partition}:${i}` })
      await producer.close()
      // The other member leaves after its ten records; then everything is ours again.
      await until(() => consumer.assignment().length === 4)
      const { stdout, exitCode } = await tool
      expect(exitCode).toBe(0)
      const theirs = stdout.trim().split('\n')
      expect(theirs.length).toBe(10)
      await until(() => seen.size >= 10)
      expect(new Set([...seen, ...theirs]).size).toBe(20)
      await consumer.close()
      const described = await admin.describeConsumerGroups([group])
      expect(described.get(group)).toMatchObject({ state: 'Empty', members: [] })
    },
    90_000,
  )

  test.each(['range', 'cooperative-sticky'])(
    'members never hold a partition together, and committed work is not done twice (%s)',
    async (strategy) => {
      const topic = await newTopic(6)
      const group = `group-${topic}`
      const producer = new Producer(base(), nodeRuntime)
      const holders = new Map<string, number>()
      const seen = new Map<string, number>()
      let clashes = 0
      const key = ({ partition }: TopicPartition) => String(partition)
      const member = async (id: number, done: () => boolean) => {
        const consumer = new Consumer(
          {
            ...base(),
            'group.id': group,
            'auto.offset.reset': 'earliest',
            'partition.assignment.strategy': strategy,
            'heartbeat.interval.ms': 200,
          },
          nodeRuntime,
        )
        consumer.subscribe([topic], {
          onPartitionsAssigned: (partitions) => {
            for (const where of partitions) {
              if (holders.has(key(where)) && holders.get(key(where)) !== id) clashes++
              holders.set(key(where), id)
            }
          },
          onPartitionsRevoked: (partitions) => {
            for (const where of partitions) if (holders.get(key(where)) === id) holders.delete(key(where))
          },
        })
        while (!done())
          for (const { value } of await consumer.poll(100)) seen.set(String(value), (seen.get(String(value)) ?? 0) + 1)
        await consumer.close()
      }
      let end = false
      const members = [member(0, () => end)]
      let sent = 0
      const work = async (ms: number) => {
        for (const until = Date.now() + ms; Date.now() < until; await sleep(5))
          await producer.send({ topic, partition: sent % 6, value: `r${sent++}` })
      }
      await work(1500)
      let left = false
      members.push(
        member(1, () => end),
        member(2, () => left),
      )
      await work(2500)
      left = true
      await members[2]
      await work(2500)
      for (let round = 0; round < 100 && seen.size < sent; round++) await sleep(100)
      end = true
      await Promise.all(members)
      await producer.close()
      expect(clashes).toBe(0)
      expect(seen.size).toBe(sent)
      expect([...seen].filter(([, times]) => times > 1)).toEqual([])
    },
    60_000,
  )

  test('offsets are committed and found again by both sides', async () => {
    const topic = await newTopic(2)
    const producer = new Producer(base(), nodeRuntime)
    for (let i = 0; i < 20; i++) await producer.send({ topic, partition: i % 2, value: `v${i}` })
    await producer.close()
    const consumer = new Consumer(
      { ...base(), 'group.id': `g-${topic}`, 'auto.offset.reset': 'earliest', 'enable.auto.commit': false },
      nodeRuntime,
    )
    const partitions = [0, 1].map((partition) => ({ topic, partition }))
    consumer.subscribe([topic])
    let count = 0
    while (count < 20) count += (await consumer.poll(5000)).count
    await consumer.commit()
    await consumer.commit([{ topic, partition: 1, offset: 4, metadata: 'hello' }])
    expect(await consumer.committed(partitions)).toMatchObject(
      new Map([
        [`${topic}-0`, { offset: 10 }],
        [`${topic}-1`, { offset: 4, metadata: 'hello' }],
      ]),
    )
    expect(await consumer.endOffsets(partitions)).toEqual(
      new Map([
        [`${topic}-0`, 10],
        [`${topic}-1`, 10],
      ]),
    )
    await consumer.close()
    const { stdout } = await runTool('kafka-consumer-groups', [
      '--bootstrap-server',
      place.bootstrap,
      '--describe',
      '--group',
      `g-${topic}`,
    ])
    const rows = stdout
      .split('\n')
      .filter((line) => line.includes(topic))
      .map((line) => line.trim().split(/\s+/).slice(2, 6))
    expect(rows.sort()).toEqual([
      ['0', '10', '10', '0'],
      ['1', '4', '10', '6'],
    ])
    const rest = await runTool('kafka-console-consumer', [
      ...[
        '--bootstrap-server',
        place.bootstrap,
        '--topic',
        topic,
        '--group',
        `g-${topic}`,
        '--max-messages',
        '6',
        '--timeout-ms',
        '20000',
      ],
    ])
    expect(rest.stdout.trim().split('\n')).toEqual([4, 5, 6, 7, 8, 9].map((i) => `v${i * 2 + 1}`))
  }, 60_000)

  test('a pattern finds topics that come later', async () => {
    const consumer = new Consumer(
      { ...base(), 'group.id': 'pattern', 'auto.offset.reset': 'earliest', 'metadata.max.age.ms': 300 },
      nodeRuntime,
    )
    consumer.subscribe(/late-\d/)
    await consumer.poll(500)
    expect(consumer.assignment()).toEqual([])
    await admin.createTopics([
      { name: 'late-1', partitions: 2 },
      { name: 'late-x', partitions: 1 },
    ])
    for (let round = 0; round < 50 && consumer.assignment().length < 2; round++) await consumer.poll(200)
    expect(consumer.assignment().map(({ topic }) => topic)).toEqual(['late-1', 'late-1'])
    await consumer.close()
  }, 60_000)

  test('a static member keeps its partitions over a restart', async () => {
    const topic = await newTopic(2)
    const properties = { ...base(), 'group.id': `g-${topic}`, 'group.instance.id': 'one' }
    const generations: number[] = []
    for (let life = 0; life < 2; life++) {
      const consumer = new Consumer(properties, nodeRuntime)
      consumer.subscribe([topic])
      for (let round = 0; round < 50 && consumer.assignment().length < 2; round++) await consumer.poll(200)
      expect(consumer.assignment().length).toBe(2)
      generations.push(consumer.groupMetadata().generationId)
      await consumer.close()
    }
    const described = (await admin.describeConsumerGroups([`g-${topic}`])).get(`g-${topic}`)
    expect(described).toMatchObject({ members: [{ groupInstanceId: 'one' }] })
    expect((await admin.removeMembers(`g-${topic}`)).get('one')).toBeUndefined()
    expect((await admin.deleteConsumerGroups([`g-${topic}`])).get(`g-${topic}`)).toBeUndefined()
  }, 60_000)
})
