import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Admin } from '../../src/client/index.ts'
import {
  DeleteRecords,
  DescribeLogDirs,
  DescribeProducers,
  Fetch,
  ListOffsets,
  Metadata,
  OffsetForLeaderEpoch,
  Produce,
} from '../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Apache's broker and ours with two log directories each: one is cordoned, one fails, and both nodes are to say the same of it. */
const missing = apacheMissing()
if (missing) console.warn(`log directories are not compared with Apache Kafka: ${missing}`)

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const PORTS = { apache: 25_930, ours: 25_932 }
const work = mkdtempSync(join(tmpdir(), 'log-dirs-compat-'))
const places = { apache: join(work, 'apache'), ours: join(work, 'ours') }
type Side = keyof typeof PORTS
const sides = ['apache', 'ours'] as const
const dirOf = (side: Side, name: 'a' | 'b') => join(places[side], name === 'a' ? 'logs' : 'b')
let apache: ApacheBroker
let ours: TestServer

const properties = (side: Side, port: number) => ({
  'controller.quorum.voters': `1@127.0.0.1:${port + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${port + 1}`,
  'controller.listener.names': 'CONTROLLER',
  'log.dirs': `${dirOf(side, 'a')},${dirOf(side, 'b')}`,
  'replica.high.watermark.checkpoint.interval.ms': '200',
})

beforeAll(async () => {
  if (missing) return
  apache = await startBroker(places.apache, PORTS.apache, properties('apache', PORTS.apache))
  ours = await startTestServer(properties('ours', PORTS.ours), { dir: places.ours, port: PORTS.ours })
}, 60_000)
afterAll(async () => {
  await Promise.all([apache?.stop('SIGKILL'), ours?.server.close()])
  rmSync(work, { recursive: true, force: true })
})

/** Paths of directories as `a` and `b`. */
const named = (side: Side, text: string): string =>
  text.replaceAll(dirOf(side, 'b'), 'b').replaceAll(dirOf(side, 'a'), 'a')

/** Does the same at both, and expects the same of both. */
async function alike<T>(look: (side: Side) => Promise<T>): Promise<T> {
  const [theirs, own] = await Promise.all(sides.map(look))
  expect(own).toEqual(theirs)
  return own as T
}

async function asking<T>(side: Side, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ 'bootstrap.servers': `127.0.0.1:${PORTS[side]}` }, nodeRuntime)
  try {
    return await ask(admin)
  } finally {
    await admin.close()
  }
}

/** Apache's broker answers before it has the logs. */
async function create(side: Side, name: string, partitions: number): Promise<string> {
  const answer = await asking(side, async (admin) => {
    const made = (await admin.createTopics([{ name, partitions, replicationFactor: 1 }])).get(name)
    return made instanceof Error ? made.message : 'made'
  })
  const there = async () => (await counts(side, name)).reduce((sum, { count }) => sum + count, 0)
  if (answer === 'made') await vi.waitFor(async () => expect(await there()).toBe(partitions), 5000)
  return answer
}

/** What is said of a topic that is not made. */
const refusal = (side: Side) =>
  asking(side, async (admin) => {
    const topic = { name: 'v', partitions: 1, replicationFactor: 1 }
    const made = (await admin.createTopics([topic], { validateOnly: true })).get('v')
    return made instanceof Error ? made.message : 'made'
  })

const cordon = (side: Side, name: string, value: string | undefined) =>
  asking(side, async (admin) => {
    const op = value === undefined ? ({ op: 'delete' } as const) : ({ op: 'set', value } as const)
    const ops = [{ ...op, name: 'cordoned.log.dirs' }]
    const errors = await admin.incrementalAlterConfigs([{ type: 'broker', name, ops }])
    return [...errors.values()].map((error) => (error ? `${error.error}: ${named(side, error.message)}` : 'done'))
  })

async function raw<T>(side: Side, ask: (client: RawClient) => Promise<T>): Promise<T> {
  const client = await RawClient.connect(PORTS[side])
  try {
    return await ask(client)
  } finally {
    client.end()
  }
}

interface Dir {
  readonly name: string
  readonly errorCode: number
  readonly isCordoned: boolean
  readonly partitions: readonly string[]
}

const dirs = (side: Side): Promise<Dir[]> =>
  raw(side, async (client) => {
    const answer = await client.call(DescribeLogDirs, 5, { topics: null })
    return (answer?.results ?? []).map(({ logDir, errorCode, isCordoned, topics }) => ({
      ...{ name: named(side, logDir), errorCode, isCordoned },
      partitions: topics
        .flatMap(({ name, partitions }) => partitions.map((one) => `${name}-${one.partitionIndex}`))
        .sort(),
    }))
  })

/** The partitions of a topic in each directory: which of them goes where is chance in Apache's. */
const counts = async (side: Side, topic: string) =>
  (await dirs(side)).map(({ partitions, ...dir }) => ({
    ...dir,
    count: partitions.filter((name) => name.startsWith(`${topic}-`)).length,
  }))

/** What is answered for a partition, request by request. */
const answers = (side: Side, topic: string, partition: number) =>
  raw(side, async (client) => {
    const records = encodeBatch([{ key: null, value: Buffer.from('x'), timestamp: 1 }])
    const produced = await client.call(Produce, 9, {
      ...{ transactionalId: null, acks: -1, timeoutMs: 1000 },
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    const fetched = await client.call(Fetch, 12, {
      ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1000, isolationLevel: 0 },
      ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
      topics: [{ topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    const listed = await client.call(ListOffsets, 7, {
      ...{ replicaId: -1, isolationLevel: 0 },
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
    })
    const deleted = await client.call(DeleteRecords, 2, {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset: 0 }] }],
      timeoutMs: 1000,
    })
    const epoch = await client.call(OffsetForLeaderEpoch, 4, {
      ...{ replicaId: -1, topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: -1, leaderEpoch: 0 }] }] },
    })
    const producers = await client.call(DescribeProducers, 0, {
      topics: [{ name: topic, partitionIndexes: [partition] }],
    })
    return {
      produced: produced?.responses[0]?.partitionResponses[0]?.errorCode,
      fetched: fetched?.responses[0]?.partitions[0]?.errorCode,
      listed: listed?.topics[0]?.partitions[0]?.errorCode,
      deleted: deleted?.topics[0]?.partitions[0]?.errorCode,
      epoch: epoch?.topics[0]?.partitions[0]?.errorCode,
      producers: producers?.topics[0]?.partitions[0]?.errorCode,
    }
  })

/** A partition as Metadata has it, but for its epoch. */
const described = (side: Side, topic: string, partition: number) =>
  raw(side, async (client) => {
    const answer = await client.call(Metadata, 12, {
      ...{ topics: [{ topicId: NO_ID, name: topic }], allowAutoTopicCreation: false },
      includeTopicAuthorizedOperations: false,
    })
    return answer?.topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  }).then((found) => ({ ...found, partitionIndex: undefined, leaderEpoch: undefined }))

const placesOf = (side: Side, topic: string) =>
  asking(side, async (admin) => {
    const found = (await admin.describeTopics([topic])).get(topic)
    if (!found || found instanceof Error) throw found ?? new Error('no answer')
    return found.partitions.map(({ leader, isr, elr }) => [
      leader?.id,
      isr.map(({ id }) => id),
      elr?.map(({ id }) => id),
    ])
  })

const tool = async (side: Side, name: string, args: string) => {
  const { stdout, exitCode } = await runTool(name, [
    '--bootstrap-server',
    `127.0.0.1:${PORTS[side]}`,
    ...args.split(' '),
  ])
  return [exitCode, named(side, stdout)] as const
}

/** What the metadata log says of directories since the first topic, in an order of its own. */
async function records(side: Side): Promise<string[]> {
  const log = join(dirOf(side, 'a'), '__cluster_metadata-0', '00000000000000000000.log')
  const { stdout } = await runTool('kafka-dump-log', ['--cluster-metadata-decoder', '--files', log])
  const payloads = [...stdout.matchAll(/payload: (\{.*\})$/gm)].map(([, text]) => JSON.parse(text as string))
  const registered = payloads.find(({ type }) => type === 'REGISTER_BROKER_RECORD')
  const ids = directoryIds(side)
  expect([...registered.data.logDirs].sort()).toEqual([...ids.keys()].sort())
  const since = payloads.findIndex(({ type }) => type === 'TOPIC_RECORD')
  return payloads
    .slice(since)
    .filter(({ type }) => /^(PARTITION|BROKER_REGISTRATION)/.test(type))
    .map(({ type, version, data: { topicId: _, partitionId: __, brokerEpoch: ___, ...data } }) => {
      const names = data.cordonedLogDirs?.map((id: string) => ids.get(id)).sort()
      const text = JSON.stringify([type, version, names ? { ...data, cordonedLogDirs: names } : data])
      return [...ids].reduce((all, [id, name]) => all.replaceAll(id, name), text)
    })
    .sort()
}

function directoryIds(side: Side): Map<string, string> {
  const idIn = (dir: string) =>
    /^directory\.id=(.*)$/m.exec(readFileSync(join(dir, 'meta.properties'), 'utf8'))?.[1]?.trim() as string
  return new Map([
    [idIn(dirOf(side, 'a')), 'a'],
    [idIn(`${dirOf(side, 'b')}.aside`), 'b'],
  ])
}

describe.skipIf(missing)('two log directories', () => {
  it('get no new replicas while they are cordoned', async () => {
    await alike((side) => cordon(side, '1', '/nowhere'))
    await alike((side) => cordon(side, '1', `*,${dirOf(side, 'b')}`))
    await alike((side) => cordon(side, '', '*'))
    await alike((side) => create(side, 't', 4))
    expect(await alike((side) => counts(side, 't'))).toMatchObject([{ count: 2 }, { count: 2 }])
    expect(await alike((side) => cordon(side, '1', dirOf(side, 'b')))).toEqual(['done'])
    for (const side of sides) await vi.waitFor(async () => expect((await dirs(side))[1]?.isCordoned).toBe(true), 5000)
    await alike((side) => create(side, 'u', 2))
    expect(await alike((side) => counts(side, 'u'))).toMatchObject([{ count: 2 }, { count: 0, isCordoned: true }])
    expect(await alike((side) => cordon(side, '1', '*'))).toEqual(['done'])
    for (const side of sides) await vi.waitFor(async () => expect(await refusal(side)).not.toBe('made'), 5000)
    await alike(refusal)
    expect(await alike((side) => cordon(side, '1', undefined))).toEqual(['done'])
  }, 60_000)

  it('are used without the one that fails', async () => {
    const before = new Map(await Promise.all(sides.map(async (side) => [side, await dirs(side)] as const)))
    const partitionIn = (side: Side, at: number) =>
      Number(
        before
          .get(side)
          ?.[at]?.partitions.find((name) => name.startsWith('t-'))
          ?.slice(2),
      )
    for (const at of [0, 1]) await alike((side) => answers(side, 't', partitionIn(side, at)))
    for (const side of sides) {
      renameSync(dirOf(side, 'b'), `${dirOf(side, 'b')}.aside`)
      writeFileSync(dirOf(side, 'b'), '')
    }
    const isLost = async (side: Side) => expect((await dirs(side))[1]?.errorCode).not.toBe(0)
    for (const side of sides) {
      // The checkpoint of a high watermark finds out.
      await answers(side, 't', partitionIn(side, 1)).catch(() => {})
      await vi.waitFor(() => isLost(side), 10_000)
      const unled = async () => (await placesOf(side, 't')).filter(([leader]) => leader === undefined).length
      await vi.waitFor(async () => expect(await unled()).toBe(2), 10_000)
    }
    expect(await alike(async (side) => (await dirs(side))[1])).toMatchObject({ errorCode: 56, partitions: [] })
    expect(await alike((side) => answers(side, 't', partitionIn(side, 1)))).toMatchObject({ produced: 56, fetched: 56 })
    expect(await alike((side) => answers(side, 't', partitionIn(side, 0)))).toMatchObject({ produced: 0, fetched: 0 })
    await alike(async (side) => (await placesOf(side, 't'))[partitionIn(side, 1)])
    await alike(async (side) => (await placesOf(side, 't'))[partitionIn(side, 0)])
    expect(await alike((side) => described(side, 't', partitionIn(side, 1)))).toMatchObject({ offlineReplicas: [1] })
    await alike((side) => described(side, 't', partitionIn(side, 0)))
    await alike((side) => create(side, 'w', 3))
    await alike((side) => counts(side, 'w'))
    await alike((side) => records(side))
    const shown = await alike(async (side) => {
      const [code, text] = await tool(side, 'kafka-log-dirs', '--describe --topic-list u')
      return [code, text.split('\n').map((line) => (line.startsWith('{') ? sorted(JSON.parse(line)) : line))]
    })
    expect(JSON.stringify(shown)).toContain('KafkaStorageException')
  }, 60_000)
})

interface Described {
  readonly brokers: readonly {
    readonly logDirs: { readonly logDir: string; readonly partitions: { readonly partition: string }[] }[]
  }[]
}

/** The order of directories and replicas is chance in Apache's. */
function sorted(described: Described): Described {
  for (const { logDirs } of described.brokers) {
    logDirs.sort((one, other) => (one.logDir < other.logDir ? -1 : 1))
    for (const { partitions } of logDirs) partitions.sort((one, other) => (one.partition < other.partition ? -1 : 1))
  }
  return described
}
