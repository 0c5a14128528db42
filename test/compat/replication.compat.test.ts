import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Consumer, Producer } from '../../src/client/index.ts'
import { NodeClient } from '../../src/client/node.ts'
import { Fetch } from '../../src/protocol/apis/index.ts'
import type { ResponseOf } from '../../src/protocol/schema/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, javaLine, runTool } from '../support/apache.ts'
import { MixedCluster } from '../support/mixed-cluster.ts'
import { RawClient } from '../support/raw-client.ts'

/** Our broker follows a leader of Apache's, and one of Apache's follows ours: the same bytes in both logs, and nothing lost when leaders die. */
const missing = apacheMissing()
if (missing) console.warn(`the test of replication with Apache's broker is skipped: ${missing}`)

const cluster = new MixedCluster([
  'replica.fetch.wait.max.ms=200',
  'min.insync.replicas=1',
  'transaction.state.log.replication.factor=2',
  'transaction.state.log.min.isr=1',
  'replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector',
])

beforeAll(async () => {
  if (!missing) await cluster.start()
}, 60_000)
afterAll(() => cluster.close())

const patient = { timeout: 20_000, interval: 100 }
const inSync = (topic: string, ...wanted: string[]) =>
  expect.poll(() => cluster.partitions(topic), patient).toEqual(wanted)

/** Waits until both brokers have the same on disk. */
async function sameOnBoth(partition: string): Promise<void> {
  await expect.poll(() => cluster.filesOf(1, partition).log.length > 0, patient).toBe(true)
  await expect
    .poll(() => cluster.filesOf(1, partition).log.equals(cluster.filesOf(2, partition).log), patient)
    .toBe(true)
  expect(cluster.filesOf(1, partition).names).toEqual(cluster.filesOf(2, partition).names)
}

async function javaWrites(topic: string, compression: string, lines: number): Promise<void> {
  const given = ['--bootstrap-server', cluster.bootstrap(), '--topic', topic, '--compression-codec', compression]
  const input = Array.from({ length: lines }, (_, n) => `${compression} ${n}\n`).join('')
  const { exitCode, stderr } = await runTool('kafka-console-producer', [...given, '--request-required-acks', 'all'], {
    input,
  })
  expect(exitCode, stderr).toBe(0)
}

describe.skipIf(missing)("a broker of ours and one of Apache's, each following the other", () => {
  it('have the same bytes, whoever leads, with transactions and segments', async () => {
    await cluster.createTopic(
      'both',
      [
        [1, 2],
        [2, 1],
      ],
      { 'segment.bytes': '1048576' },
    )
    await inSync('both', '1 of 1,2', '2 of 1,2')
    for (const compression of ['gzip', 'none']) await javaWrites('both', compression, 2000)
    const producer = new Producer({ 'bootstrap.servers': cluster.bootstrap(), 'transactional.id': 't' }, nodeRuntime)
    await producer.initTransactions()
    for (const end of ['commitTransaction', 'abortTransaction'] as const) {
      producer.beginTransaction()
      for (let partition = 0; partition < 2; partition++)
        for (let n = 0; n < 40; n++)
          await producer.send({ topic: 'both', partition, value: `${end} ${n} ${'.'.repeat(40_000)}` })
      await producer[end]()
    }
    await producer.close()
    for (const partition of ['both-0', 'both-1']) await sameOnBoth(partition)
    expect(cluster.filesOf(1, 'both-0').names.length).toBeGreaterThan(1)
    for (const partition of ['both-0', 'both-1']) {
      const dumps = await Promise.all(([1, 2] as const).map((id) => dump(id, partition)))
      expect(dumps[0]).toEqual(dumps[1])
    }
  }, 90_000)

  it('lose nothing and double nothing when the leaders die while Java writes', async () => {
    await cluster.createTopic('hard', [
      [1, 2],
      [2, 1],
    ])
    await inSync('hard', '1 of 1,2', '2 of 1,2')
    const writer = writing('hard', 24_000, 1200)
    await until(() => writer.acknowledged.length > 1000)
    await cluster.killBroker(1)
    await expect.poll(() => cluster.partitions('hard', 2), patient).toEqual(['2 of 2', '2 of 2'])
    const then = writer.acknowledged.length
    await until(() => writer.acknowledged.length > then + 1000)
    await cluster.startBroker(1)
    await inSync('hard', '2 of 1,2', '2 of 1,2')
    await cluster.killBroker(2)
    await expect.poll(() => cluster.partitions('hard', 1), patient).toEqual(['1 of 1', '1 of 1'])
    const later = writer.acknowledged.length
    await until(() => writer.acknowledged.length > later + 1000 || writer.ended)
    await cluster.startBroker(2)
    await inSync('hard', '1 of 1,2', '1 of 1,2')
    await writer.end
    expect(writer.acknowledged.length).toBe(24_000)
    for (const partition of ['hard-0', 'hard-1']) await sameOnBoth(partition)
    const read = await readAll('hard', 24_000)
    expect(read.size).toBe(24_000)
    for (const { value, partition, offset } of writer.acknowledged)
      expect(read.get(value)).toBe(`${partition}/${offset}`)
  }, 120_000)
})

const MOVED = 3_000_000
const RATE = 1_000_000

async function fillTopic(topic: string, ...replicas: number[]): Promise<void> {
  await cluster.createTopic(topic, [replicas], { 'segment.bytes': '100000000' })
  const producer = new Producer({ 'bootstrap.servers': cluster.bootstrap() }, nodeRuntime)
  const value = '.'.repeat(100_000)
  await Promise.all(Array.from({ length: MOVED / value.length }, () => producer.send({ topic, partition: 0, value })))
  await producer.close()
}

/** Reads all of a topic over and over until it is told to stop; gives the longest time that one reading took. */
async function longestRead(topic: string, over: () => boolean): Promise<number> {
  const consumer = new Consumer({ 'bootstrap.servers': cluster.bootstrap() }, nodeRuntime)
  let longest = 0
  try {
    consumer.assign([{ topic, partition: 0 }])
    while (!over()) {
      const begun = performance.now()
      await consumer.seekToBeginning([{ topic, partition: 0 }])
      for (let read = 0; read < MOVED / 100_000; ) read += [...(await consumer.poll(200))].length
      longest = Math.max(longest, performance.now() - begun)
    }
  } finally {
    await consumer.close()
  }
  return longest
}

describe.skipIf(missing)('throttled replication', () => {
  it('holds back what Apache copies from us, and what we copy from Apache, each by our own rate', async () => {
    await Promise.all([fillTopic('out', 1), fillTopic('in', 2)])
    await cluster.admin(async (admin) => {
      const set = (name: string, value: string) => ({ op: 'set' as const, name, value })
      const rates = ['leader', 'follower'].map((end) => set(`${end}.replication.throttled.rate`, String(RATE)))
      await admin.incrementalAlterConfigs([
        { type: 'broker', name: '1', ops: rates },
        { type: 'topic', name: 'out', ops: [set('leader.replication.throttled.replicas', '0:1')] },
        { type: 'topic', name: 'in', ops: [set('follower.replication.throttled.replicas', '*')] },
      ])
      await admin.alterPartitionReassignments(['out', 'in'].map((topic) => ({ topic, partition: 0, replicas: [1, 2] })))
    })
    const begun = performance.now()
    let moving = true
    const read = longestRead('out', () => !moving)
    await Promise.all([inSync('out', '1 of 1,2'), inSync('in', '2 of 1,2')])
    const seconds = (performance.now() - begun) / 1000
    moving = false
    expect(seconds).toBeGreaterThan(MOVED / RATE - 1.5)
    expect(seconds).toBeLessThan(MOVED / RATE + 4)
    expect(await read).toBeLessThan(1000)
    for (const partition of ['out-0', 'in-0']) await sameOnBoth(partition)
  }, 60_000)

  it("is what Apache's tool asks for with --throttle, until --verify", async () => {
    await fillTopic('told', 1)
    const partitions = [{ topic: 'told', partition: 0, replicas: [2] }]
    const plan = cluster.file('plan.json', JSON.stringify({ version: 1, partitions }))
    const tool = ['--bootstrap-server', cluster.bootstrap(), '--reassignment-json-file', plan]
    const begun = performance.now()
    const executed = await runTool('kafka-reassign-partitions', [...tool, '--execute', '--throttle', String(RATE)])
    expect(executed.stdout).toContain(`The inter-broker throttle limit was set to ${RATE} B/s`)
    await inSync('told', '2 of 2')
    expect((performance.now() - begun) / 1000).toBeGreaterThan(MOVED / RATE - 1.5)
    expect((await runTool('kafka-reassign-partitions', [...tool, '--verify'])).stdout).toContain(
      'Clearing broker-level throttles',
    )
  }, 60_000)
})

/** A leader and its follower, with what each answers to a consumer beside broker 1 or 2, or nowhere. */
async function answersOf(topic: string, leader: 1 | 2) {
  const topicId = (await cluster.admin((admin) => admin.describeTopics([topic]))).get(topic)
  if (!topicId || topicId instanceof Error) throw new Error(`${topic} is not there`)
  const clients = await Promise.all([leader, 3 - leader].map((id) => RawClient.connect(cluster.portOf(id as 1 | 2))))
  const answers: unknown[] = []
  for (const client of clients)
    for (const near of [leader, 3 - leader, 0, 7])
      for (const fetchOffset of [0, 20, MOVED / 100_000, 10_000]) {
        const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 100_000, currentLeaderEpoch: 0 }]
        const request = { maxWaitMs: 0, minBytes: 1, sessionEpoch: -1, rackId: near === 0 ? '' : `rack-${near}` }
        const response = await client.call(Fetch, 12, {
          ...{ ...request, topics: [{ topic, partitions }], forgottenTopicsData: [] },
        })
        const row = response?.responses[0]?.partitions[0]
        const { errorCode, highWatermark, lastStableOffset, logStartOffset, preferredReadReplica, records } = row ?? {}
        answers.push({
          ...{ near: near === leader ? 'the leader' : near === 3 - leader ? 'the follower' : near, fetchOffset },
          ...{ errorCode, highWatermark, lastStableOffset, logStartOffset, bytes: records?.length },
          isSent: preferredReadReplica === 3 - leader || preferredReadReplica,
        })
      }
  for (const client of clients) client.destroy()
  return answers
}

/** How many bytes Java's consumer in a rack gets from each broker, by its metrics. */
async function javaReads(topic: string, rack: number): Promise<Map<number, number>> {
  const config = cluster.file(`rack-${rack}.properties`, `client.rack=rack-${rack}\n`)
  const args = ['--bootstrap-server', cluster.bootstrap(), '--topic', topic, '--num-records', String(MOVED / 100_000)]
  const { stdout } = await runTool('kafka-consumer-perf-test', [...args, '--command-config', config, '--print-metrics'])
  const found = stdout.matchAll(/consumer-node-metrics:incoming-byte-total:\{[^}]*node-id=node-(\d)\}\s*:\s*([\d.]+)/g)
  return new Map([...found].map(([, id, bytes]) => [Number(id), Number(bytes)]))
}

/** How many bytes our consumer in a rack gets from each broker. */
async function weRead(topic: string, rack: number): Promise<Map<number, number>> {
  const fetched = new Map<number, number>()
  const send = NodeClient.prototype.send
  const spy = vi.spyOn(NodeClient.prototype, 'send').mockImplementation(async function (this: NodeClient, ...asked) {
    const answer = await send.apply(this, asked)
    const bytes = (answer as ResponseOf<typeof Fetch>).responses
      ?.flatMap(({ partitions }) => partitions.map(({ records }) => records?.length ?? 0))
      .reduce((sum, length) => sum + length, 0)
    const id = this.port === cluster.portOf(1) ? 1 : 2
    if (asked[0] === Fetch) fetched.set(id, (fetched.get(id) ?? 0) + bytes)
    return answer
  })
  const properties = { 'bootstrap.servers': cluster.bootstrap(), 'client.rack': `rack-${rack}` }
  const consumer = new Consumer(properties, nodeRuntime)
  try {
    consumer.assign([{ topic, partition: 0 }])
    await consumer.seekToBeginning([{ topic, partition: 0 }])
    for (let read = 0; read < MOVED / 100_000; ) read += [...(await consumer.poll(200))].length
  } finally {
    await consumer.close()
    spy.mockRestore()
  }
  return fetched
}

describe.skipIf(missing)('consumers that stand beside a follower', () => {
  it("hear of it and read there: Java's and ours, from our follower and Apache's, which answer alike", async () => {
    await Promise.all([fillTopic('ours', 1, 2), fillTopic('theirs', 2, 1)])
    await Promise.all([inSync('ours', '1 of 1,2'), inSync('theirs', '2 of 1,2')])
    let ours: unknown[] = []
    // The followers hear of the last high watermark with their next fetch.
    const same = async () => {
      ours = await answersOf('ours', 1)
      expect(ours).toEqual(await answersOf('theirs', 2))
      return ours.every(
        (one) =>
          (one as { highWatermark: number }).highWatermark === MOVED / 100_000 ||
          (one as { errorCode: number }).errorCode !== 0,
      )
    }
    await expect.poll(same, patient).toBe(true)
    expect(ours).toContainEqual(
      expect.objectContaining({ near: 'the follower', fetchOffset: 20, isSent: true, bytes: 0 }),
    )
    const [fromApache, fromOurs] = await Promise.all([javaReads('ours', 2), javaReads('theirs', 1)])
    const read = { fromApache, fromOurs, weFromApache: await weRead('ours', 2), weFromOurs: await weRead('theirs', 1) }
    const shares = Object.entries(read).map(([who, bytes]) => {
      const of = (id: number) => Math.round((bytes.get(id) ?? 0) / MOVED)
      return `${who}: ${of(1)} ${of(2)}`
    })
    expect(shares).toEqual(['fromApache: 0 1', 'fromOurs: 1 0', 'weFromApache: 0 1', 'weFromOurs: 1 0'])
  }, 30_000)
})

/** What Apache's tool prints of the batches of a log. */
async function dump(id: 1 | 2, partition: string): Promise<string[]> {
  const files = cluster.filesOf(id, partition).names.map((name) => join(cluster.dirOf(id, partition), name))
  const { stdout } = await runTool('kafka-dump-log', ['--files', files.join(',')])
  return stdout.split('\n').filter((line) => line.startsWith('baseOffset'))
}

interface Acknowledged {
  readonly value: string
  readonly partition: number
  readonly offset: number
}

/** Java's producer at work: idempotent, with acks=all. */
function writing(topic: string, count: number, perSecond: number) {
  const config = cluster.file('producer.properties', 'retries=2147483647\nenable.idempotence=true\nacks=all\n')
  const args = ['--bootstrap-server', cluster.bootstrap(), '--topic', topic, '--max-messages', String(count)]
  const tool = [...javaLine('-Xmx128M'), 'org.apache.kafka.tools.VerifiableProducer', ...args]
  const java = execa('java', [...tool, '--throughput', String(perSecond), '--command-config', config], {
    reject: false,
    buffer: false,
  })
  const state = { acknowledged: [] as Acknowledged[], ended: false, end: java.then(() => {}) }
  let rest = ''
  java.stdout?.on('data', (chunk) => {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = JSON.parse(line)
      if (event.name === 'producer_send_error') console.warn(line)
      if (event.name === 'producer_send_success') state.acknowledged.push(event)
    }
  })
  void java.then(() => {
    state.ended = true
  })
  return state
}

const until = (holds: () => boolean) => expect.poll(holds, { timeout: 30_000, interval: 50 }).toBe(true)

/** Every value with its place; throws for one that is there twice. */
async function readAll(topic: string, count: number): Promise<Map<string, string>> {
  const consumer = new Consumer({ 'bootstrap.servers': cluster.bootstrap() }, nodeRuntime)
  const found = new Map<string, string>()
  try {
    consumer.assign([0, 1].map((partition) => ({ topic, partition })))
    await consumer.seekToBeginning([0, 1].map((partition) => ({ topic, partition })))
    const end = performance.now() + 20_000
    while (found.size < count && performance.now() < end)
      for (const { value, partition, offset } of await consumer.poll(200)) {
        if (found.has(String(value))) throw new Error(`${value} is there twice`)
        found.set(String(value), `${partition}/${offset}`)
      }
  } finally {
    await consumer.close()
  }
  return found
}
