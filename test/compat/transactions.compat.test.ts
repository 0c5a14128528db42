import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as producerPerf from '../../src/cli/classic/producer-perf-test.ts'
import { Admin, Consumer, KafkaError, Producer, type TransactionError } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { type TransactionDialog, transactionDialog } from '../support/java-dialog.ts'
import { startTestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Transactions of this client and of Apache's at one broker: each sees, waits for and fences the other. */
const missing = apacheMissing()
if (missing) console.warn(`transactions are not held against Apache's: ${missing}`)

const APACHE_PORT = 23_500

/** A broker, and where its logs are. */
type Peer = Pick<ApacheBroker, 'bootstrap' | 'logDir' | 'stop'>

async function ourBroker(dir: string, port: number, properties: Record<string, string>): Promise<Peer> {
  const { bootstrap, close } = await startTestServer(properties, { dir, port })
  return { bootstrap, logDir: path.join(dir, 'logs'), stop: close }
}

describe.skipIf(missing !== undefined).each([
  ["Apache's broker, transaction.version 2", startBroker, APACHE_PORT, 2],
  ["Apache's broker, transaction.version 1", startBroker, APACHE_PORT + 20, 1],
  ['our broker, transaction.version 2', ourBroker, APACHE_PORT + 40, 2],
  ['our broker, transaction.version 1', ourBroker, APACHE_PORT + 60, 1],
])('on %s', (_, start, port, version) => {
  let dir: string
  let broker: Peer
  let admin: Admin
  let java: TransactionDialog
  let count = 0

  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'transactions-compat-'))
    broker = await start(dir, port, { 'transaction.state.log.num.partitions': '3' })
    admin = new Admin({ 'bootstrap.servers': broker.bootstrap }, nodeRuntime)
    const feature = 'transaction.version'
    if (version === 1) await admin.updateFeatures([{ feature, level: 1, change: 'safe-downgrade' }])
    const { features } = await admin.describeFeatures()
    expect(features.find(({ name }) => name === feature)?.finalized).toBe(version)
    java = await transactionDialog({ 'bootstrap.servers': broker.bootstrap })
  }, 120_000)
  afterAll(async () => {
    await java.end()
    await admin.close()
    await broker.stop()
    rmSync(dir, { recursive: true, force: true })
  }, 60_000)

  async function newTopic(): Promise<string> {
    const name = `transactions-${++count}`
    const created = (await admin.createTopics([{ name, partitions: 2, replicationFactor: 1 }])).get(name)
    if (created instanceof KafkaError) throw created
    return name
  }

  const producer = (id: string, properties = {}) =>
    new Producer({ 'bootstrap.servers': broker.bootstrap, 'transactional.id': id, ...properties }, nodeRuntime)

  /** All values of partition 0 up to its end as the isolation level has it. */
  async function read(topic: string, isolation: 'read_committed' | 'read_uncommitted'): Promise<string[]> {
    const consumer = new Consumer({ 'bootstrap.servers': broker.bootstrap, 'isolation.level': isolation }, nodeRuntime)
    const where = { topic, partition: 0 }
    consumer.assign([where])
    consumer.seek(where, 0)
    const end = (await consumer.endOffsets([where])).get(`${topic}-0`) as number
    const values: string[] = []
    while ((await consumer.position(where)) < end)
      for (const { value } of await consumer.poll(200)) values.push(String(value))
    await consumer.close()
    return values
  }

  test('what is committed is seen by readers of committed data, what is aborted is not', async () => {
    const topic = await newTopic()
    const ours = producer('ours')
    await ours.initTransactions()
    expect(await java.say('theirs', 'open', 'theirs')).toBe('ok')
    expect(await java.say('theirs', 'init')).toBe('ok')
    for (const [round, commits] of [true, false, true, false].entries()) {
      ours.beginTransaction()
      await java.say('theirs', 'begin')
      // Both write in turn, so that an aborted transaction of one lies between the records of the other.
      for (let i = 0; i < 3; i++) {
        await ours.send({ topic, partition: 0, value: `ours ${round}.${i}` })
        expect(await java.say('theirs', 'send', topic, 0, `theirs-${round}.${i}`)).toBe('ok')
      }
      if (commits) await ours.commitTransaction()
      else await ours.abortTransaction()
      expect(await java.say('theirs', commits ? 'abort' : 'commit')).toBe('ok')
    }
    const committed = await read(topic, 'read_committed')
    const of = (who: string, rounds: number[]) => rounds.flatMap((round) => [0, 1, 2].map((i) => `${who}${round}.${i}`))
    expect(committed.filter((value) => value.startsWith('ours'))).toEqual(of('ours ', [0, 2]))
    expect(committed.filter((value) => value.startsWith('theirs'))).toEqual(of('theirs-', [1, 3]))
    expect(await read(topic, 'read_uncommitted')).toHaveLength(24)
    await ours.close()
  }, 60_000)

  test('an open transaction holds back readers of committed data, and no others', async () => {
    const topic = await newTopic()
    const ours = producer('holder')
    await ours.initTransactions()
    ours.beginTransaction()
    await ours.send({ topic, partition: 0, value: 'open' })
    await java.say('plain', 'open', 'other')
    await java.say('plain', 'init')
    await java.say('plain', 'begin')
    await java.say('plain', 'send', topic, 0, 'after')
    expect(await java.say('plain', 'commit')).toBe('ok')
    expect(await read(topic, 'read_committed')).toEqual([])
    expect(await read(topic, 'read_uncommitted')).toEqual(['open', 'after'])
    await ours.commitTransaction()
    expect(await read(topic, 'read_committed')).toEqual(['open', 'after'])
    await ours.close()
  }, 60_000)

  test('offsets are committed with the transaction, or not at all', async () => {
    const topic = await newTopic()
    const ours = producer('offsets')
    await ours.initTransactions()
    const group = { groupId: `group-${version}`, generationId: -1, memberId: '', groupInstanceId: undefined }
    const committed = async () => {
      const offsets = (await admin.listConsumerGroupOffsets([group.groupId])).get(group.groupId)
      return offsets instanceof Map ? offsets.get(`${topic}-0`) : offsets
    }
    ours.beginTransaction()
    await ours.sendOffsetsToTransaction([{ topic, partition: 0, offset: 5, metadata: 'm' }], group)
    expect(await committed()).toBeUndefined()
    await ours.commitTransaction()
    await expect.poll(committed).toMatchObject({ offset: 5, metadata: 'm' })
    ours.beginTransaction()
    await ours.sendOffsetsToTransaction([{ topic, partition: 0, offset: 9 }], group)
    await ours.abortTransaction()
    expect(await committed()).toMatchObject({ offset: 5 })
    // A member that the group does not know is fenced, and the transaction can be aborted (KIP-447).
    ours.beginTransaction()
    const stranger = { ...group, generationId: 4, memberId: 'stranger' }
    const refused = await ours
      .sendOffsetsToTransaction([{ topic, partition: 0, offset: 11 }], stranger)
      .catch((error: TransactionError) => error)
    expect(refused).toMatchObject({ name: 'TransactionError', abortable: true })
    await ours.abortTransaction()
    await ours.close()
  }, 60_000)

  test('a producer fences those with the same id, and aborts what they left open', async () => {
    const topic = await newTopic()
    const ours = producer('shared')
    await ours.initTransactions()
    ours.beginTransaction()
    await ours.send({ topic, partition: 0, value: 'left open' })
    await java.say('rival', 'open', 'shared')
    expect(await java.say('rival', 'init')).toBe('ok')
    expect(await ours.commitTransaction().catch((error: KafkaError) => error)).toMatchObject({
      error: 'PRODUCER_FENCED',
      abortable: false,
    })
    expect(await read(topic, 'read_committed')).toEqual([])
    await ours.close()
    await java.say('rival', 'begin')
    expect(await java.say('rival', 'send', topic, 0, 'theirs')).toBe('ok')
    const next = producer('shared')
    await next.initTransactions()
    expect(await java.say('rival', 'commit')).toMatch(/ProducerFenced|InvalidProducerEpoch/)
    await next.close()
  }, 60_000)

  test('a transaction that takes too long is aborted, and its producer fenced', async () => {
    const topic = await newTopic()
    const ours = producer('slow', { 'transaction.timeout.ms': 1000 })
    await ours.initTransactions()
    ours.beginTransaction()
    await ours.send({ topic, partition: 0, value: 'slow' })
    // Apache's coordinator looks for such transactions every ten seconds.
    const state = async () =>
      (await ours.send({ topic, partition: 0, value: 'more' }).catch((error) => error.error)) as unknown
    await expect.poll(state, { timeout: 20_000, interval: 300 }).toMatch(/INVALID_PRODUCER_EPOCH|INVALID_TXN_STATE/)
    await expect(ours.commitTransaction()).rejects.toMatchObject({ name: 'TransactionError', abortable: true })
    const aborted = await ours.abortTransaction().catch((error: KafkaError) => error)
    if (aborted) expect(aborted).toMatchObject({ error: 'PRODUCER_FENCED', abortable: false })
    expect(await read(topic, 'read_committed')).toEqual([])
    await ours.close()
  }, 60_000)

  test("kafka-producer-perf-test sends in transactions, as Apache's does", async () => {
    const topic = await newTopic()
    const args = [
      '--bootstrap-server',
      broker.bootstrap,
      '--topic',
      topic,
      '--num-records',
      '300',
      '--record-size',
      '50',
    ]
    args.push('--throughput', '500', '--transaction-duration-ms', '100')
    const figures = (text: string) => text.replace(/\d+(\.\d+)?/g, 'N')
    const theirs = await runTool('kafka-producer-perf-test', [...args, '--transactional-id', 'perf-theirs'])
    const ours = await runClassic(producerPerf, [...args, '--transactional-id', 'perf-ours'])
    expect([figures(ours.out), ours.err, ours.code]).toEqual([figures(theirs.stdout), '', 0])
    const logs = [0, 1].map((partition) => path.join(broker.logDir, `${topic}-${partition}`, `${'0'.repeat(20)}.log`))
    const { stdout } = await runTool('kafka-dump-log', ['--print-data-log', '--files', logs.join(',')])
    const commits = stdout.split('\n').filter((line) => line.includes('endTxnMarker: COMMIT'))
    // Both have written half a second in pieces of a tenth.
    expect(commits.length).toBeGreaterThan(4)
    expect(stdout).not.toContain('endTxnMarker: ABORT')
  }, 60_000)

  test.skipIf(!isBuilt())(
    'console-producer makes its input one transaction',
    async () => {
      const topic = await newTopic()
      const kafka = (args: string, input: string) =>
        runBuilt(broker.bootstrap, `console-producer ${topic} ${args}`, input)
      const whole = await kafka(
        '--transactional-id console --input json --keep-partition',
        '{"value":"a","partition":0}\n',
      )
      expect(whole).toMatchObject({ code: 0, err: '' })
      const broken = await kafka(
        '--transactional-id console --input json --keep-partition --property linger.ms=0 --sync',
        '{"value":"b","partition":0}\nno record\n',
      )
      expect(broken.code).toBe(1)
      expect(broken.err).toMatch(/^The transaction was aborted: nothing of the input counts.\nLine 2 is no record/)
      const shown = await runTool('kafka-console-consumer', [
        ...['--bootstrap-server', broker.bootstrap, '--topic', topic, '--from-beginning', '--max-messages', '2'],
        ...['--isolation-level', 'read_committed', '--timeout-ms', '3000'],
      ])
      expect(shown.stdout).toBe('a\n')
      expect(await read(topic, 'read_uncommitted')).toEqual(['a', 'b'])
    },
    60_000,
  )
})
