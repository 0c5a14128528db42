import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, type KafkaError, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { transactionDialog } from '../support/java-dialog.ts'
import { startTestServer } from '../support/server.ts'

/** A data directory with transactions that are committed, aborted and open goes from Apache's broker to ours and back. */
const missing = apacheMissing()
if (missing) console.warn(`directories with transactions are not exchanged with Apache Kafka: ${missing}`)

const APACHE_PORT = 25_030
const OUR_PORT = 25_040
const work = mkdtempSync(path.join(tmpdir(), 'transaction-directories-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const properties = { 'transaction.state.log.num.partitions': '3', 'offsets.topic.num.partitions': '3' }
const ourProperties = {
  ...properties,
  'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
  'controller.listener.names': 'CONTROLLER',
}
const bootstrap = (port: number) => ({ 'bootstrap.servers': `127.0.0.1:${port}` })

async function read(port: number): Promise<string[]> {
  const consumer = new Consumer({ ...bootstrap(port), 'isolation.level': 'read_committed' }, nodeRuntime)
  const where = { topic: 't', partition: 0 }
  consumer.assign([where])
  consumer.seek(where, 0)
  const end = (await consumer.endOffsets([where])).get('t-0') as number
  const values: string[] = []
  while ((await consumer.position(where)) < end)
    for (const { value } of await consumer.poll(200)) values.push(String(value))
  await consumer.close()
  return values
}

/** What a coordinator says of a transactional id; Apache's needs a while until it has read its partition. */
async function standing(port: number, id: string): Promise<unknown> {
  const admin = new Admin(bootstrap(port), nodeRuntime)
  const found = (await admin.describeTransactions([id])).get(id)
  await admin.close()
  const { state, producerId, producerEpoch, partitions } = found as Exclude<typeof found, KafkaError | undefined>
  return { state, producerId, producerEpoch, partitions }
}

async function send(port: number, id: string, value: string, ends: 'commit' | 'abort'): Promise<void> {
  const producer = new Producer({ ...bootstrap(port), 'transactional.id': id }, nodeRuntime)
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic: 't', partition: 0, value })
  await (ends === 'commit' ? producer.commitTransaction() : producer.abortTransaction())
  await producer.close()
}

async function dumpsWithoutComplaint(dir: string): Promise<string> {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^t-0\/\d{20}\.(log|index|timeindex|txnindex|snapshot)$/.test(name),
  )
  expect(names.some((name) => name.endsWith('.txnindex'))).toBe(true)
  const files = names.map((name) => path.join(dir, name)).join(',')
  const { stdout, stderr, exitCode } = await runTool('kafka-dump-log', ['--files', files])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).not.toMatch(/isvalid: false|Mismatches in|out of order/)
  return stdout
}

describe.skipIf(missing)('a data directory with transactions', () => {
  it('goes from Apache to us and back', async () => {
    const dir = path.join(work, 'shared')
    const apache = await startBroker(dir, APACHE_PORT, properties)
    const admin = new Admin(bootstrap(APACHE_PORT), nodeRuntime)
    await admin.createTopics([{ name: 't', partitions: 1, replicationFactor: 1 }])
    await admin.close()
    await send(APACHE_PORT, 'one', 'committed there', 'commit')
    await send(APACHE_PORT, 'two', 'aborted there', 'abort')
    const java = await transactionDialog(bootstrap(APACHE_PORT))
    for (const words of [['open', 'three'], ['init'], ['begin'], ['send', 't', 0, 'open-there']])
      expect(await java.say('three', ...words)).toBe('ok')
    await java.end('SIGKILL')
    await send(APACHE_PORT, 'one', 'behind it', 'commit')
    expect(await read(APACHE_PORT)).toEqual(['committed there'])
    const left = await standing(APACHE_PORT, 'three')
    await apache.stop()

    const node = await startTestServer(ourProperties, { dir, port: OUR_PORT })
    expect(await standing(OUR_PORT, 'three')).toEqual(left)
    expect(await read(OUR_PORT)).toEqual(['committed there'])
    // Fences the producer that was killed, and aborts what it left.
    await send(OUR_PORT, 'three', 'committed here', 'commit')
    const committed = ['committed there', 'behind it', 'committed here']
    expect(await read(OUR_PORT)).toEqual(committed)
    await send(OUR_PORT, 'two', 'aborted here', 'abort')
    const four = { 'transactional.id': 'four', 'transaction.timeout.ms': 600_000 }
    const open = new Producer({ ...bootstrap(OUR_PORT), ...four }, nodeRuntime)
    await open.initTransactions()
    open.beginTransaction()
    await open.send({ topic: 't', partition: 0, value: 'open here' })
    await send(OUR_PORT, 'one', 'last', 'commit')
    expect(await read(OUR_PORT)).toEqual(committed)
    const ours = { three: await standing(OUR_PORT, 'three'), four: await standing(OUR_PORT, 'four') }
    await node.server.close()
    // Nobody is there any more with whom it could end its transaction.
    await open.close({ timeoutMs: 0 }).catch(() => {})
    const dump = await dumpsWithoutComplaint(path.join(dir, 'logs'))
    expect(dump).toMatch(/currentTxnFirstOffset: OptionalLong\[\d+\]/)

    const again = await startBroker(dir, APACHE_PORT, properties)
    await expect
      .poll(() => standing(APACHE_PORT, 'four').catch(() => undefined), { timeout: 10_000 })
      .toEqual(ours.four)
    expect(await standing(APACHE_PORT, 'three')).toEqual(ours.three)
    expect(await read(APACHE_PORT)).toEqual(committed)
    await send(APACHE_PORT, 'four', 'and there', 'commit')
    expect(await read(APACHE_PORT)).toEqual([...committed, 'last', 'and there'])
    await again.stop()
  }, 120_000)
})
