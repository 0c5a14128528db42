import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import {
  AlterReplicaLogDirs,
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
import { sameThrice } from '../support/compare-tools.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Apache's broker and ours with two log directories each: one is cordoned, one fails, and both nodes are to say the same of it. */
const missing = apacheMissing()
if (missing) console.warn(`log directories are not compared with Apache Kafka: ${missing}`)

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Where the node on a side's directories serves. */
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

interface Payload {
  readonly type: string
  readonly version: number
  readonly data: {
    readonly topicId?: string
    readonly partitionId?: number
    readonly brokerEpoch?: number
    readonly directories?: readonly string[]
    readonly logDirs?: readonly string[]
    readonly cordonedLogDirs?: readonly string[]
  }
}

/** What the metadata log says of directories since the first topic, in an order of its own. */
async function records(side: Side): Promise<string[]> {
  const log = join(dirOf(side, 'a'), '__cluster_metadata-0', '00000000000000000000.log')
  const { stdout } = await runTool('kafka-dump-log', ['--cluster-metadata-decoder', '--files', log])
  const payloads: Payload[] = [...stdout.matchAll(/payload: (\{.*\})$/gm)].map(([, text]) => JSON.parse(text as string))
  const registered = payloads.find(({ type }) => type === 'REGISTER_BROKER_RECORD')
  const ids = directoryIds(side)
  expect([...(registered?.data.logDirs ?? [])].sort()).toEqual([...ids.keys()].sort())
  const since = payloads.findIndex(({ type }) => type === 'TOPIC_RECORD')
  const told = payloads.slice(since)
  // How often Apache's broker tells of a move that has another one behind it depends on who is faster.
  const isLast = ({ data }: Payload, at: number) =>
    !data.directories ||
    !told
      .slice(at + 1)
      .some(
        (later) =>
          later.data.directories && later.data.topicId === data.topicId && later.data.partitionId === data.partitionId,
      )
  return told
    .filter(isLast)
    .filter(({ type }) => /^(PARTITION|BROKER_REGISTRATION)/.test(type))
    .map(({ type, version, data: { topicId: _, partitionId: __, brokerEpoch: ___, ...data } }) => {
      const names = data.cordonedLogDirs?.map((id) => ids.get(id)).sort()
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

/** What is answered to a move of a partition. */
const move = (side: Side, topic: string, partition: number, path: string) =>
  raw(side, async (client) => {
    const dirs = [{ path, topics: [{ name: topic, partitions: [partition] }] }]
    const answer = await client.call(AlterReplicaLogDirs, 2, { dirs })
    return answer?.results
  })

/** Where a topic's partitions lie, and where they are going. */
const placesIn = (side: Side, topic: string) =>
  raw(side, async (client) => {
    const answer = await client.call(DescribeLogDirs, 5, { topics: null })
    return (answer?.results ?? [])
      .flatMap(({ logDir, topics }) =>
        topics
          .filter(({ name }) => name === topic)
          .flatMap(({ partitions }) =>
            partitions.map(
              ({ partitionIndex, isFutureKey }) => `${partitionIndex} ${named(side, logDir)} ${isFutureKey}`,
            ),
          ),
      )
      .sort()
  })

async function cordonB(isCordoned: boolean): Promise<void> {
  await alike((side) => cordon(side, '1', isCordoned ? dirOf(side, 'b') : undefined))
  for (const side of sides)
    await vi.waitFor(async () => expect((await dirs(side))[1]?.isCordoned).toBe(isCordoned), 5000)
}

/** In which directory Apache's broker begins partitions is chance otherwise. */
async function createInA(topic: string, partitions: number): Promise<void> {
  await cordonB(true)
  await alike((side) => create(side, topic, partitions))
  await cordonB(false)
}

/** A plan in a file, for a node's directories. */
function planOf(side: Side, topic: string, moves: readonly (readonly [number, string])[]): string {
  const path = join(work, `${side}-plan.json`)
  const partitions = moves.map(([partition, name]) => ({
    ...{ topic, partition, replicas: [1] },
    log_dirs: [name === 'a' || name === 'b' ? dirOf(side, name) : name],
  }))
  writeFileSync(path, JSON.stringify({ version: 1, partitions }))
  return path
}

/** Six megabytes of records. */
async function fill(side: Side, topic: string, partition: number): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': `127.0.0.1:${PORTS[side]}` }, nodeRuntime)
  const value = 'x'.repeat(1000)
  const sent = Array.from({ length: 6000 }, () => producer.send({ topic, partition, key: null, value }))
  await Promise.all(sent)
  await producer.close()
}

/** How many records there are in a partition that `fill` has filled, each as it was. */
async function valuesIn(side: Side, topic: string, partition: number): Promise<number> {
  const consumer = new Consumer({ 'bootstrap.servers': `127.0.0.1:${PORTS[side]}` }, nodeRuntime)
  const place = { topic, partition }
  consumer.assign([place])
  consumer.seekToBeginning([place])
  let offset = 0
  while (offset < 6000)
    for (const record of await consumer.poll(1000)) {
      expect([record.offset, String(record.value)]).toEqual([offset, 'x'.repeat(1000)])
      offset++
    }
  await consumer.close()
  return offset
}

describe.skipIf(missing)('two log directories', () => {
  it('say how much room their volume has', async () => {
    const space = (side: Side) =>
      asking(side, async (admin) => {
        const found = (await admin.describeLogDirs([1])).get(1)
        return found instanceof Error || !found
          ? []
          : found.map(({ totalBytes, usableBytes }) => [totalBytes, usableBytes])
      })
    const [theirs, own] = await Promise.all(sides.map(space))
    expect(own).toEqual(theirs?.map(([total, usable]) => [total, expect.closeTo(usable ?? -1, -9)]))
    expect(own?.[0]?.[0]).toBeGreaterThan(0)
  })

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

  it('hand replicas over to each other', async () => {
    const long = 'l'.repeat(215)
    await createInA('m', 2)
    await createInA(long, 1)
    await cordonB(true)
    const codes = async (topic: string, partition: number, path: (side: Side) => string) =>
      (await alike((side) => move(side, topic, partition, path(side))))?.[0]?.partitions.map((one) => one.errorCode)
    const a = (side: Side) => dirOf(side, 'a')
    const b = (side: Side) => dirOf(side, 'b')
    expect(await codes('nowhere', 0, a)).toEqual([3])
    expect(await codes('m', 9, a)).toEqual([3])
    expect(await codes('__cluster_metadata', 0, a)).toEqual([3])
    for (const path of ['/nowhere', 'b']) expect(await codes('nowhere', 0, () => path)).toEqual([57])
    expect(await codes('m', 0, (side) => `${dirOf(side, 'a')}/`)).toEqual([57])
    for (const path of [a, b]) expect(await codes(long, 0, path)).toEqual([17])
    for (const topic of ['m', 'nowhere']) expect(await codes(topic, 0, b)).toEqual([39])
    expect(await codes('m', 0, a)).toEqual([0])
    await alike((side) => placesIn(side, 'm'))

    await cordonB(false)
    for (let i = 0; i < 3; i++) await alike((side) => answers(side, 'm', 1))
    for (const [path, place] of [
      [b, '1 b false'],
      [a, '1 a false'],
      [b, '1 b false'],
    ] as const) {
      expect(await codes('m', 1, path)).toEqual([0])
      for (const side of sides)
        await vi.waitFor(async () => expect(await placesIn(side, 'm')).toEqual(['0 a false', place]), 10_000)
      await alike((side) => answers(side, 'm', 1))
    }
  }, 60_000)

  it('are named in plans of kafka-reassign-partitions', async () => {
    await createInA('r', 3)
    await alike((side) => fill(side, 'r', 2))
    const run = (
      action: string,
      moves: readonly [number, 'a' | 'b' | 'any' | '/nowhere'][],
      topic = 'r',
      options = '',
    ) => {
      const step = { tool: 'reassign-partitions', args: `--${action} --reassignment-json-file plan${options}` }
      const line = (port: number, words: readonly string[]) => {
        const plan = planOf(port === PORTS.ours ? 'ours' : 'apache', topic, moves)
        return ['--bootstrap-server', `127.0.0.1:${port}`, ...words.map((word) => (word === 'plan' ? plan : word))]
      }
      const blur = (text: string) => sides.reduce((all, side) => named(side, all), text)
      return sameThrice(step, PORTS.apache, { changes: !/verify/.test(action), blur, line })
    }
    const moved = (...places: string[]) =>
      Promise.all(
        sides.map((side) =>
          vi.waitFor(async () => expect(await placesIn(side, 'r')).toEqual(expect.arrayContaining(places)), 20_000),
        ),
      )
    await run('execute', [
      [0, 'b'],
      [1, 'any'],
    ])
    await moved('0 b false')
    await run('verify', [
      [0, 'b'],
      [1, 'any'],
    ])
    await run('verify', [[0, 'a']])
    await run('execute', [[2, 'b']], 'r', ' --replica-alter-log-dirs-throttle 2000')
    await run('verify', [[2, 'b']])
    await run('verify', [[2, 'a']])
    await run('cancel', [[2, 'b']])
    await run('verify', [[2, 'b']])
    await run('cancel', [[2, 'b']])
    await run('execute', [[1, '/nowhere']])
    await run('verify', [[1, '/nowhere']])
    await run('verify', [[0, 'b']], 'missing')
  }, 120_000)

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

  it('have moves that the other node ends', async () => {
    const end = () => Promise.all([apache.stop('SIGKILL'), ours.server.close()])
    const start = async (of: { apache: Side; ours: Side }) => {
      apache = await startBroker(places[of.apache], PORTS[of.apache], properties(of.apache, PORTS[of.apache]))
      const place = { dir: places[of.ours], port: PORTS[of.ours] }
      ours = await startTestServer(properties(of.ours, PORTS[of.ours]), place)
    }
    await end()
    for (const side of sides) {
      rmSync(dirOf(side, 'b'))
      renameSync(`${dirOf(side, 'b')}.aside`, dirOf(side, 'b'))
    }
    await start({ apache: 'apache', ours: 'ours' })
    const rate = 'replica.alter.log.dirs.io.max.bytes.per.second'
    const limit = (side: Side, op: { op: 'set'; value: string } | { op: 'delete' }) =>
      asking(side, (admin) =>
        admin.incrementalAlterConfigs([{ type: 'broker', name: '1', ops: [{ ...op, name: rate }] }]),
      )
    for (const side of sides) {
      await limit(side, { op: 'set', value: '1000' })
      await vi.waitFor(async () => {
        await move(side, 'r', 2, dirOf(side, 'b'))
        expect(await placesIn(side, 'r')).toContain('2 b true')
      }, 10_000)
    }
    await end()
    PORTS.apache = 25_932
    PORTS.ours = 25_930
    await start({ apache: 'ours', ours: 'apache' })
    for (const side of sides) {
      expect(await placesIn(side, 'r')).toEqual(expect.arrayContaining(['2 a false', '2 b true']))
      await limit(side, { op: 'delete' })
      const ended = [side, '0 b false', '1 a false', '2 b false']
      await vi.waitFor(async () => expect([side, ...(await placesIn(side, 'r'))]).toEqual(ended), 20_000)
      expect(await valuesIn(side, 'r', 2)).toBe(6000)
    }
  }, 120_000)
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
