import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Consumer, KafkaError, resourceKey } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { StreamsHarness, spell } from '../streams/harness.ts'
import { twinOutputs, twinTopology } from '../streams/twin-program.ts'
import { type ApacheBroker, apacheMissing, javaLine, startBroker } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** An application of Apache's Kafka Streams and the same one of ours, on the same input at the same broker, which is Apache's and then ours. */
const missing = apacheMissing()
if (missing) console.warn(`applications are not compared with Apache's: ${missing}`)

const work = mkdtempSync(join(tmpdir(), 'streams-twin-'))
const source = fileURLToPath(new URL('../support/java/StreamsTwin.java', import.meta.url))
/** Older records would be deleted while they are compared. */
const start = Date.now() - 100_000
let apache: ApacheBroker
let node: TestServer

beforeAll(async () => {
  if (missing) return
  ;[apache, node] = await Promise.all([startBroker(join(work, 'apache'), 26_610), startTestServer()])
}, 120_000)
afterAll(async () => {
  await node?.close()
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

const users = ['ann', 'bert', null, 'xaver', 'carla', 'bo']
const orders = ['tea-milk', 'none', 'tea', 'milk-milk', 'none', 'jam-tea']

async function prepare(harness: StreamsHarness, ids: readonly string[], round = 0): Promise<void> {
  // Sessions of one key go to the same of several partitions.
  const outputs = ids.flatMap((id) =>
    twinOutputs.map((name) => [`${id}-out-${name}`, name === 'sessions' || name === 'ended' ? 3 : 1]),
  )
  await harness.topics({ users: 1, orders: 1, facts: 2, ...Object.fromEntries(outputs) })
  const records = Array.from({ length: 60 }, (_, at) => {
    const isUser = at % 3 === 0
    const list = isUser ? users : orders
    return {
      topic: isUser ? 'users' : 'orders',
      key: at % 20 === 19 ? null : `k${at % 5}`,
      value: list[at % list.length] ?? null,
      // Some are late.
      timestamp: start + round * 1000 + at * 10 - (at % 7 === 0 ? 35 : 0),
    }
  })
  const facts = ['tea', 'milk-milk', 'jam-tea', 'none'].map((key, at) => ({
    topic: 'facts',
    key,
    value: `${at + round}`,
  }))
  await harness.produce(...facts)
  await harness.produce(...records)
}

/** How many answers there are in a join by foreign keys depends on what comes first: a change of one table, or a subscription of the other. */
const isOfChance = (topic: string): boolean => /response.*-topic$/i.test(topic)

/** All that an application has written, topic by topic; the application's id is taken out. */
async function written(harness: StreamsHarness, id: string): Promise<Record<string, string[]>> {
  const consumer = new Consumer({ 'bootstrap.servers': harness.bootstrap, 'fetch.max.wait.ms': 5 }, nodeRuntime)
  // What is held back is in its changelog as it was at each commit, and those come when they come.
  const topics = (await harness.admin.listTopics()).filter(
    ({ name }) => name.startsWith(`${id}-`) && !name.includes('SUPPRESS') && !isOfChance(name),
  )
  const result: Record<string, string[]> = {}
  for (const { name } of topics) {
    const partitions = await consumer.partitionsFor(name)
    for (const where of partitions) {
      const place = `${name.slice(id.length)}-${where.partition}`
      const lines = (await readAll(consumer, where)).map((record) => {
        // The numbers of a join's records begin anew in each life of a Java application.
        const key = /(JOIN(THIS|OTHER)|(this|other)-join)\S*-changelog$/.test(name)
          ? record.key?.subarray(0, -4)
          : record.key
        return `${spell({ ...record, key: key ?? null })} @${record.timestamp - start}`
      })
      // Two tasks write to it, each in its own order.
      result[place] = name.endsWith('-out-last') ? lines.sort() : lines
      // What comes of changes soon after each other, by way of two topics, is chance but for the last of it.
      if (/-(foreign|lefts|left-results-changelog)$/.test(name))
        result[place] = [...new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line])).values()].sort()
    }
  }
  await consumer.close()
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function readAll(consumer: Consumer, { topic, partition }: { topic: string; partition: number }) {
  const where = { topic, partition }
  const end = [...(await consumer.endOffsets([where])).values()][0] ?? 0
  consumer.assign([where])
  consumer.seekToBeginning([where])
  const records = []
  while ((await consumer.position(where)) < end) records.push(...(await consumer.poll(200)))
  return records
}

/** Topics with their partitions and configs, the application's id taken out. */
async function topicsOf({ admin }: StreamsHarness, id: string) {
  const names = (await admin.listTopics())
    .map(({ name }) => name)
    .filter((name) => /-(changelog|repartition)$/.test(name))
  const own = names.filter((name) => name.startsWith(`${id}-`)).sort()
  const configs = await admin.describeConfigs(own.map((name) => ({ type: 'topic' as const, name })))
  const described = await admin.describeTopics(own)
  return own.map((name) => {
    const topic = described.get(name)
    const found = configs.get(resourceKey({ type: 'topic', name }))
    if (!topic || topic instanceof KafkaError || !found || found instanceof KafkaError) throw new Error(name)
    const set = found.entries
      .filter(({ source }) => source === 'DYNAMIC_TOPIC_CONFIG')
      .map((entry) => `${entry.name}=${entry.value}`)
    return { name: name.slice(id.length), partitions: topic.partitions.length, configs: set.sort() }
  })
}

async function committed({ admin }: StreamsHarness, id: string): Promise<Record<string, number>> {
  const offsets = (await admin.listConsumerGroupOffsets([id])).get(id)
  if (!offsets || offsets instanceof KafkaError) throw new Error(`no offsets of ${id}`)
  const known = [...offsets].filter(([key]) => !isOfChance(key.replace(/-\d+$/, '')))
  // With an offset Java commits by which times windows have gone on, for all partitions of the task: also those of which nothing was read.
  const rows = known.flatMap(([key, value]) => {
    if (value === undefined || value instanceof KafkaError) throw new Error(key)
    return value.offset === 0 ? [] : [[key.replace(id, ''), value.offset] as const]
  })
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The ends of an application's outputs, of which some are chance while it runs. */
async function endsOf({ admin }: StreamsHarness, id: string, isSure = false): Promise<string> {
  const outputs = isSure ? twinOutputs.filter((name) => name !== 'foreign' && name !== 'lefts') : twinOutputs
  const items = outputs.map((name) => ({ topic: `${id}-out-${name}`, partition: 0, spec: 'latest' as const }))
  const rows = await admin.listOffsets(items)
  return Array.from(rows.values(), (row) => (row instanceof KafkaError ? -1 : row.offset)).join()
}

/** With a cache nothing shows what goes on behind the application's own topics, and machines may be busy. */
const QUIET_MS = 4000

/** Waits until an application has written something beyond these ends, and no more for a while. */
async function settled(harness: StreamsHarness, id: string, first: string): Promise<void> {
  for (let before = first; ; ) {
    const now = await endsOf(harness, id)
    if (now === before && now !== first) return
    before = now
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  }
}

/** `end` is how far its outputs go; Java may make a pause of many seconds before it goes on with the first of its tasks. */
async function runTheirs(
  harness: StreamsHarness,
  properties: Readonly<Record<string, string | number>>,
  end?: string,
): Promise<void> {
  const id = String(properties['application.id'])
  const first = await endsOf(harness, id)
  const all = { ...properties, 'bootstrap.servers': harness.bootstrap, 'state.dir': mkdtempSync(join(work, 'state-')) }
  const args = Object.entries(all).map(([name, value]) => `${name}=${value}`)
  const program = execa('java', [...javaLine('-Xmx256M'), source, ...args], { reject: false })
  await Promise.race([program, new Promise((resolve) => program.stdout.on('data', resolve))])
  if (end !== undefined)
    await expect.poll(() => endsOf(harness, id, true), { timeout: 60_000, interval: 200 }).toBe(end)
  await settled(harness, id, first)
  program.stdin.end()
  const { exitCode, stderr } = await program
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
}

/** Gives how far its outputs went before it was closed. */
async function runOurs(
  harness: StreamsHarness,
  properties: Readonly<Record<string, string | number>>,
): Promise<string> {
  const id = String(properties['application.id'])
  const first = await endsOf(harness, id)
  const app = harness.application(id, twinTopology(`${id}-out-`), properties)
  await app.start()
  await settled(harness, id, first)
  const end = await endsOf(harness, id, true)
  await app.close()
  return end
}

const places = [
  ["Apache's broker", 0],
  ['our broker', 0],
  ['our broker', 10_485_760],
] as const

describe.skipIf(missing)('the same program by Apache and by us', () => {
  it.each(places)(
    'does the same at %s with %i bytes of cache',
    async (where, cacheBytes) => {
      const harness = new StreamsHarness(where === 'our broker' ? node.bootstrap : apache.bootstrap)
      const [theirs, ours] = [`java-${cacheBytes}`, `own-${cacheBytes}`] as const
      await prepare(harness, [theirs, ours])
      const properties = {
        'auto.offset.reset': 'earliest',
        'statestore.cache.max.bytes': cacheBytes,
        'commit.interval.ms': cacheBytes ? 600_000 : 200,
        'producer.linger.ms': 5,
        '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
        'replication.factor': 1,
      }
      const end = await runOurs(harness, { ...properties, 'application.id': ours })
      await runTheirs(harness, { ...properties, 'application.id': theirs }, end)
      expect(await topicsOf(harness, ours)).toEqual(await topicsOf(harness, theirs))
      expect(await committed(harness, ours)).toEqual(await committed(harness, theirs))
      expect(await written(harness, ours)).toEqual(await written(harness, theirs))
      await harness.close()
    },
    120_000,
  )

  it('takes over from the other with all that was counted, and back', async () => {
    const harness = new StreamsHarness(node.bootstrap)
    const properties = {
      'auto.offset.reset': 'earliest',
      'statestore.cache.max.bytes': 0,
      'commit.interval.ms': 200,
      'producer.linger.ms': 5,
      '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
      'consumer.session.timeout.ms': 6000,
      'consumer.heartbeat.interval.ms': 1000,
    }
    const lives = [runTheirs, runOurs, runTheirs] as const
    for (const [round, run] of lives.entries()) {
      await prepare(harness, ['control', 'shared'], round)
      await runTheirs(harness, { ...properties, 'application.id': 'control' })
      await run(harness, { ...properties, 'application.id': 'shared' })
      // A Java application says no good-bye: its member has to time out.
      for (const id of ['control', 'shared']) {
        const group = async () => (await harness.admin.describeConsumerGroups([id])).get(id)
        await expect.poll(group, { timeout: 20_000, interval: 200 }).toMatchObject({ state: 'Empty' })
      }
    }
    expect(await committed(harness, 'shared')).toEqual(await committed(harness, 'control'))
    expect(await written(harness, 'shared')).toEqual(await written(harness, 'control'))
    await harness.close()
  }, 180_000)
})
