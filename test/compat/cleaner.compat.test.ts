import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/**
 * The same batches in compacted topics of Apache's broker and of ours: what both cleaners leave of them must be the same, batch by batch, and
 * either broker must go on with the other's directory.
 */
const missing = apacheMissing()
if (missing) console.warn(`log cleaners are not compared with Apache Kafka's: ${missing}`)

const APACHE_PORT = 22_510
const OUR_PORT = 22_530
const work = mkdtempSync(path.join(tmpdir(), 'cleaner-compat-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const properties = {
  'log.cleaner.backoff.ms': '100',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
}
const ourProperties = {
  ...properties,
  'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
  'controller.listener.names': 'CONTROLLER',
}

/** Topics by how long they keep tombstones, in milliseconds. */
const TOPICS = { kept: 86_400_000, brief: 0 } as const
type Topic = keyof typeof TOPICS
/** Segments are rolled by the records' timestamps, which lie ahead of those of markers. */
const START = Date.now() + 120_000

type Said = readonly [key: string | null, value: string | null]

/** A teller writes the same story to either broker. */
class Teller {
  private readonly plain = new Map<string, Producer>()
  private readonly transactional = new Map<string, Producer>()

  constructor(
    private readonly bootstrap: string,
    private second: number,
  ) {}

  /** What follows stands in a segment of its own. */
  turn(): void {
    this.second += 10
  }

  /** One batch. */
  async say(topic: Topic, records: readonly Said[], codec = 'none', idempotent = false): Promise<void> {
    const name = `${codec} ${idempotent}`
    let producer = this.plain.get(name)
    if (!producer) {
      const settings = { 'compression.type': codec, 'enable.idempotence': idempotent, 'linger.ms': 50 }
      this.plain.set(name, (producer = new Producer({ 'bootstrap.servers': this.bootstrap, ...settings }, nodeRuntime)))
    }
    await this.send(producer, topic, records)
  }

  /** One transaction of one batch. */
  async transact(id: string, topic: Topic, records: readonly Said[], ends: 'commit' | 'abort'): Promise<void> {
    let producer = this.transactional.get(id)
    if (!producer) {
      const settings = { 'transactional.id': id, 'linger.ms': 50 }
      this.transactional.set(
        id,
        (producer = new Producer({ 'bootstrap.servers': this.bootstrap, ...settings }, nodeRuntime)),
      )
      await producer.initTransactions()
    }
    producer.beginTransaction()
    await this.send(producer, topic, records)
    await (ends === 'commit' ? producer.commitTransaction() : producer.abortTransaction())
  }

  private async send(producer: Producer, topic: Topic, records: readonly Said[]): Promise<void> {
    const timestamp = START + this.second * 1000
    const sent = records.map(([key, value], i) =>
      producer.send({ topic, partition: 0, key, value, timestamp: timestamp + i }),
    )
    await Promise.all(sent)
  }

  async close(): Promise<void> {
    for (const producer of [...this.plain.values(), ...this.transactional.values()]) await producer.close()
  }
}

async function firstPart(teller: Teller, topic: Topic): Promise<void> {
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    await teller.say(
      topic,
      [
        ['a', `a ${codec}`],
        ['b', `b ${codec}`],
        [codec, 'once'],
      ],
      codec,
    )
    await teller.say(topic, [['only old', codec]], codec)
    teller.turn()
  }
  await teller.say(
    topic,
    [
      ['a', 'idempotent 1'],
      ['c', 'c 1'],
    ],
    'none',
    true,
  )
  await teller.say(topic, [['a', 'idempotent 2']], 'none', true)
  teller.turn()
  await teller.transact(
    'one',
    topic,
    [
      ['t', 'committed'],
      ['u', 'committed, and newer later'],
    ],
    'commit',
  )
  teller.turn()
  await teller.transact(
    'two',
    topic,
    [
      ['t', 'aborted'],
      ['b', 'aborted'],
    ],
    'abort',
  )
  teller.turn()
  await teller.transact('one', topic, [['u', 'newer']], 'commit')
  teller.turn()
  await teller.say(topic, [
    ['gone', 'soon'],
    ['stays', 'here'],
  ])
  await teller.say(topic, [
    ['gone', null],
    ['never there', null],
  ])
  await teller.say(
    topic,
    [
      ['gzip', null],
      ['d', 'd 1'],
      ['e', 'e 1'],
    ],
    'gzip',
  )
  teller.turn()
  await teller.transact('three', topic, [['v', 'of three']], 'commit')
  teller.turn()
  await teller.say(topic, [
    ['a', 'last'],
    ['only old', 'newer'],
  ])
}

async function secondPart(teller: Teller, topic: Topic): Promise<void> {
  teller.turn()
  await teller.say(
    topic,
    [
      ['d', 'd 2'],
      ['v', 'plain now'],
    ],
    'lz4',
  )
  teller.turn()
  await teller.transact(
    'one',
    topic,
    [
      ['u', 'newest'],
      ['w', null],
    ],
    'commit',
  )
  teller.turn()
  await teller.say(topic, [['stays', 'here still']], 'none', true)
}

async function withAdmin<T>(bootstrap: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  try {
    return await work(admin)
  } finally {
    await admin.close()
  }
}

const createTopics = (bootstrap: string) =>
  withAdmin(bootstrap, async (admin) => {
    const topics = Object.entries(TOPICS).map(([name, retention]) => ({
      name,
      partitions: 1,
      replicationFactor: 1,
      configs: {
        'cleanup.policy': 'compact',
        'segment.ms': '1000',
        'delete.retention.ms': `${retention}`,
        // Nothing is ever dirtier than that: the cleaner waits for its word.
        'min.cleanable.dirty.ratio': '1.0',
      },
    }))
    for (const error of (await admin.createTopics(topics)).values()) if (error instanceof Error) throw error
  })

const setDirtyRatio = (bootstrap: string, value: string) =>
  withAdmin(bootstrap, async (admin) => {
    const ops = [{ op: 'set', name: 'min.cleanable.dirty.ratio', value }] as const
    const changes = Object.keys(TOPICS).map((name) => ({ type: 'topic' as const, name, ops }))
    for (const error of (await admin.incrementalAlterConfigs(changes)).values()) if (error) throw error
  })

/** The active segment's first offset, to which a cleaning goes. */
const activeOf = (logs: string, topic: Topic): number =>
  Number(
    readdirSync(path.join(logs, `${topic}-0`))
      .findLast((name) => name.endsWith('.log'))
      ?.slice(0, 20),
  )

function cleanedUpTo(logs: string, topic: Topic): number {
  const text = readFileSync(path.join(logs, 'cleaner-offset-checkpoint'), 'utf8')
  return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? -1)
}

async function clean(bootstrap: string, logs: string): Promise<void> {
  await setDirtyRatio(bootstrap, '0.0')
  for (const topic of Object.keys(TOPICS) as Topic[])
    await expect.poll(() => cleanedUpTo(logs, topic), { timeout: 20_000 }).toBe(activeOf(logs, topic))
  await setDirtyRatio(bootstrap, '1.0')
}

/** Files of segments that are not written to any more; the active one's indexes are on disk when it is closed. */
const sealed = (logs: string, topic: Topic): string[] =>
  readdirSync(path.join(logs, `${topic}-0`)).filter(
    (name) =>
      /\.(log|index|timeindex|txnindex|snapshot)$/.test(name) && Number(name.slice(0, 20)) < activeOf(logs, topic),
  )

/** Whether nothing in a batch is time, chance or the work of a codec: then not a byte may differ. */
const isSameByByte = (line: string): boolean =>
  /producerId: -1 .*isControl: false deleteHorizonMs: OptionalLong.empty .*compresscodec: none/.test(line)

/** Apache's dump of all files of a topic's partition; what is chance in it, or time, is made equal. */
async function dump(logs: string, topic: Topic): Promise<string[]> {
  const files = sealed(logs, topic).map((name) => path.join(logs, `${topic}-0`, name))
  const { stdout, stderr, exitCode } = await runTool('kafka-dump-log', ['--print-data-log', '--files', files.join(',')])
  expect(exitCode).toBe(0)
  // Compaction leaves holes, and the tool tells of them.
  expect(stderr.replace(/^ {2}-?\d+ is followed by.*\n|^Non-consecutive offsets in.*\n/gm, '')).toBe('')
  expect(stdout).not.toMatch(/isvalid: false|Mismatches in|out of order/)
  const ids = new Map<string, string>()
  const idOf = (id: string) => ids.get(id) ?? ids.set(id, `${ids.size}`).get(id)
  return (
    stdout
      .split('\n')
      .map((line) => line.replaceAll(logs, ''))
      .map((line) => line.replace(/(producerId: )(\d+)/g, (_, name, id) => `${name}#${idOf(id)}`))
      .map((line) => line.replace(/OptionalLong\[\d+\]/, 'OptionalLong[then]'))
      // A marker is written when it is, and with its time go the bytes of its batch.
      .map((line) =>
        /isControl: true|endTxnMarker/.test(line) ? line.replace(/CreateTime: \d+/, 'CreateTime: now') : line,
      )
      .map((line) => (isSameByByte(line) ? line : line.replace(/ size: \d+| crc: \d+/g, '')))
      .map((line) => line.replace(/ position: \d+|lastTimestamp: \d+|coordinatorEpoch: \d+/g, ''))
      .filter((line) => !/^(offset: \d+ position|timestamp: \d+)/.test(line))
      .flatMap(inOrder)
  )
}

/** Lines of a snapshot stand in the order of a hash table. */
function inOrder(line: string, at: number, lines: readonly string[]): string[] {
  const isProducer = (one: string | undefined) => one?.startsWith('producerId: ') === true
  if (!isProducer(line)) return [line]
  if (isProducer(lines[at - 1])) return []
  const end = lines.findIndex((one, i) => i > at && !isProducer(one))
  return lines.slice(at, end).sort()
}

interface Read {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}

async function read(
  bootstrap: string,
  topic: Topic,
  isolation: 'read_committed' | 'read_uncommitted',
): Promise<Read[]> {
  const consumer = new Consumer(
    { 'bootstrap.servers': bootstrap, 'isolation.level': isolation, 'check.crcs': true },
    nodeRuntime,
  )
  const where = { topic, partition: 0 }
  consumer.assign([where])
  consumer.seek(where, 0)
  const end = (await consumer.endOffsets([where])).get(`${topic}-0`) as number
  const found: Read[] = []
  while ((await consumer.position(where)) < end)
    for (const { offset, key, value } of await consumer.poll(200))
      found.push({ offset, key: key && String(key), value: value && String(value) })
  await consumer.close()
  return found
}

const readAll = async (bootstrap: string) => {
  const found: Record<string, Read[]> = {}
  for (const topic of Object.keys(TOPICS) as Topic[])
    for (const isolation of ['read_committed', 'read_uncommitted'] as const)
      found[`${topic} ${isolation}`] = await read(bootstrap, topic, isolation)
  return found
}

async function tell(bootstrap: string, second: number, part: (teller: Teller, topic: Topic) => Promise<void>) {
  for (const topic of Object.keys(TOPICS) as Topic[]) {
    const teller = new Teller(bootstrap, second)
    await part(teller, topic)
    await teller.close()
  }
}

describe.skipIf(missing)('the log cleaner', () => {
  let apache: ApacheBroker
  let ours: TestServer
  const theirLogs = path.join(work, 'theirs', 'logs')
  const ourLogs = path.join(work, 'ours', 'logs')
  const brokers = () =>
    [
      [apache.bootstrap, theirLogs],
      [ours.bootstrap, ourLogs],
    ] as const

  beforeAll(async () => {
    apache = await startBroker(path.join(work, 'theirs'), APACHE_PORT, properties)
    ours = await startTestServer(ourProperties, { dir: path.join(work, 'ours'), port: OUR_PORT })
    for (const [bootstrap] of brokers()) await createTopics(bootstrap)
  }, 60_000)
  afterAll(async () => {
    await apache?.stop()
    await ours?.server.close()
  })

  async function expectSame(): Promise<void> {
    for (const topic of Object.keys(TOPICS) as Topic[]) {
      expect(sealed(ourLogs, topic)).toEqual(sealed(theirLogs, topic))
      expect(await dump(ourLogs, topic)).toEqual(await dump(theirLogs, topic))
    }
    expect(await readAll(ours.bootstrap)).toEqual(await readAll(apache.bootstrap))
  }

  it('leaves what Apache leaves', async () => {
    for (const [bootstrap, logs] of brokers()) {
      await tell(bootstrap, 0, firstPart)
      await clean(bootstrap, logs)
    }
    await expectSame()
    // One of them in the active segment.
    expect((await read(ours.bootstrap, 'kept', 'read_committed')).filter(({ key }) => key === 'a')).toHaveLength(2)
  }, 60_000)

  it('leaves the same the second time, when tombstones and markers may go', async () => {
    for (const [bootstrap, logs] of brokers()) {
      await tell(bootstrap, 500, secondPart)
      await clean(bootstrap, logs)
    }
    await expectSame()
    const dumped = (await dump(ourLogs, 'kept')).join('\n')
    for (const seen of [/ count: 0 /, /OptionalLong\[then\]/, /endTxnMarker: ABORT/]) expect(dumped).toMatch(seen)
    const tombstones = (records: Read[]) => records.filter(({ value }) => value === null).map(({ key }) => key)
    expect(tombstones(await read(ours.bootstrap, 'kept', 'read_committed'))).toContain('gone')
    expect(tombstones(await read(ours.bootstrap, 'brief', 'read_committed'))).not.toContain('gone')
  }, 60_000)

  it("goes on with the other broker's directory", async () => {
    const before = await readAll(ours.bootstrap)
    await apache.stop()
    await ours.server.close()
    apache = await startBroker(path.join(work, 'ours'), OUR_PORT, properties)
    ours = await startTestServer(
      {
        ...ourProperties,
        'controller.quorum.voters': `1@127.0.0.1:${APACHE_PORT + 1}`,
        listeners: ourProperties.listeners
          .replaceAll(`${OUR_PORT}`, `${APACHE_PORT}`)
          .replaceAll(`${OUR_PORT + 1}`, `${APACHE_PORT + 1}`),
      },
      { dir: path.join(work, 'theirs'), port: APACHE_PORT },
    )
    expect(await readAll(apache.bootstrap)).toEqual(before)
    expect(await readAll(ours.bootstrap)).toEqual(before)
    for (const [bootstrap, logs] of [
      [apache.bootstrap, ourLogs],
      [ours.bootstrap, theirLogs],
    ] as const) {
      await tell(bootstrap, 1000, secondPart)
      await clean(bootstrap, logs)
    }
    for (const topic of Object.keys(TOPICS) as Topic[])
      expect(await dump(ourLogs, topic)).toEqual(await dump(theirLogs, topic))
    expect(await readAll(ours.bootstrap)).toEqual(await readAll(apache.bootstrap))
    // Apache's consumer reads over what was emptied, too.
    const records = await read(ours.bootstrap, 'brief', 'read_committed')
    const { stdout } = await runTool('kafka-console-consumer', [
      ...['--bootstrap-server', ours.bootstrap, '--topic', 'brief', '--from-beginning', '--timeout-ms', '3000'],
      ...['--command-property', 'isolation.level=read_committed', '--formatter-property', 'print.key=true'],
      ...['--formatter-property', 'print.offset=true'],
    ])
    expect(stdout.trimEnd().split('\n')).toEqual(
      records.map(({ offset, key, value }) => `Offset:${offset}\t${key}\t${value}`),
    )
  }, 60_000)
})
