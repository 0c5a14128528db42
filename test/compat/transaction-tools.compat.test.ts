import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as transactions from '../../src/cli/classic/transactions.ts'
import { Admin, Producer } from '../../src/client/index.ts'
import { InitProducerId, Produce } from '../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer } from '../support/server.ts'
import { misfits, parseShape } from '../support/shape.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-transactions, Apache's at Apache's broker, ours there and at our own: the same output, complaints and exit codes. */
const missing = apacheMissing()
if (missing) console.warn(`kafka-transactions is not held against Apache's: ${missing}`)

const PORT = 23_600
const work = mkdtempSync(path.join(tmpdir(), 'transaction-tools-'))
// Without the check a record can be in a transaction that no coordinator knows of, as with brokers before KIP-890.
const properties = {
  'transaction.partition.verification.enable': 'false',
  'transaction.state.log.num.partitions': '3',
}

/** A broker with a transaction that is left open on purpose, and one that hangs. */
class Scene {
  readonly bootstrap: string
  readonly admin: Admin

  private constructor(
    private readonly port: number,
    readonly stop: () => Promise<unknown>,
    readonly open: Producer,
  ) {
    this.bootstrap = `127.0.0.1:${port}`
    this.admin = new Admin({ 'bootstrap.servers': this.bootstrap }, nodeRuntime)
  }

  static async set(port: number, stop: () => Promise<unknown>): Promise<Scene> {
    const settings = { 'transactional.id': 'open', 'transaction.timeout.ms': 600_000 }
    const open = new Producer({ 'bootstrap.servers': `127.0.0.1:${port}`, ...settings }, nodeRuntime)
    const scene = new Scene(port, stop, open)
    await scene.admin.createTopics(['t', 'hangs'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })))
    await open.initTransactions()
    open.beginTransaction()
    await open.send({ topic: 't', value: 'x' })
    await scene.hang()
    return scene
  }

  async hang(): Promise<void> {
    const client = await RawClient.connect(this.port)
    const id = await client.call(InitProducerId, 4, { transactionalId: null, transactionTimeoutMs: 1000 })
    const { producerId, producerEpoch } = id as { producerId: number; producerEpoch: number }
    const records = encodeBatch([{ key: null, value: Buffer.from('hangs'), timestamp: Date.now() - 3_600_000 }], {
      ...{ producerId, producerEpoch, baseSequence: 0, transactional: true },
    })
    const topicData = [{ name: 'hangs', partitionData: [{ index: 0, records }] }]
    const answer = await client.call(Produce, 9, { transactionalId: 'gone', acks: -1, timeoutMs: 5000, topicData })
    expect(answer?.responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
    client.destroy()
  }

  async end(): Promise<void> {
    await this.open.close()
    await this.admin.close()
    await this.stop()
  }
}

let apache: Scene
let own: Scene

describe.skipIf(missing !== undefined)('kafka-transactions', () => {
  beforeAll(async () => {
    const broker = await startBroker(path.join(work, 'apache'), PORT, properties)
    apache = await Scene.set(PORT, () => broker.stop())
    const node = await startTestServer(properties, { dir: path.join(work, 'ours'), port: PORT + 2 })
    own = await Scene.set(PORT + 2, () => node.close())
  }, 120_000)
  afterAll(async () => {
    await apache.end()
    await own.end()
    rmSync(work, { recursive: true, force: true })
  }, 60_000)

  const normal = (text: string) =>
    text
      .replace(/(\t\d{13} *\t)\d+ +\t/, '$1AGE\t')
      .replace(/\t\d{13} *\t/g, '\tTIME\t')
      .replace('4.3.1 (Commit:26b251a451ce941d)', '4.3.1')
      .replaceAll(own.bootstrap, apache.bootstrap)
  const sorted = (text: string) => text.split('\n').sort().join('\n')

  const words = (args: string, { bootstrap }: Scene) =>
    args.replace('SERVER', `--bootstrap-server ${bootstrap}`).split(' ').filter(Boolean)

  it.each([
    '',
    '--help',
    '-v',
    'list',
    ...['list', 'describe', 'describe-producers', 'abort', 'find-hanging', 'forceTerminateTransaction'].map(
      (name) => `SERVER ${name} --help`,
    ),
    'SERVER list',
    'SERVER list --duration-filter 0',
    'SERVER list --duration-filter 3600000',
    'SERVER list --transactional-id-pattern o.*',
    'SERVER list --duration-filter x',
    'SERVER list --nope',
    'SERVER nope',
    'SERVER describe',
    'SERVER describe --transactional-id open',
    'SERVER describe --transactional-id nobody',
    'SERVER describe-producers --topic t --partition 0',
    'SERVER describe-producers --topic t --partition 0 --broker-id 1',
    'SERVER describe-producers --topic t --partition x',
    'SERVER find-hanging',
    'SERVER find-hanging --partition 0',
    'SERVER find-hanging --topic t',
    'SERVER find-hanging --topic hangs',
    'SERVER find-hanging --topic hangs --max-transaction-timeout 1000',
    'SERVER find-hanging --broker-id 1',
    'SERVER abort --topic t --partition 0',
    'SERVER abort --topic t --partition 0 --producer-id 1',
    'SERVER abort --topic t --partition 0 --producer-id 1 --producer-epoch 0',
    'SERVER abort --topic t --partition 0 --start-offset 77',
    'SERVER forceTerminateTransaction --transactionalId fresh',
  ])(
    '%s',
    async (args) => {
      const theirs = await runTool('kafka-transactions', words(args, apache))
      const expected = { code: theirs.exitCode, out: theirs.stdout, err: theirs.stderr }
      const text = (run: typeof expected) => ({ ...run, out: sorted(normal(run.out)), err: normal(run.err) })
      for (const scene of [apache, own])
        expect(text(await runClassic(transactions, words(args, scene))), scene.bootstrap).toEqual(text(expected))
    },
    30_000,
  )

  it.each([
    ["Apache's broker", () => apache],
    ['our broker', () => own],
  ])(
    'aborts what hangs at %s, and fences who holds a transaction open',
    async (_, scene) => {
      const { bootstrap, admin, open } = scene()
      const server = ['--bootstrap-server', bootstrap]
      const end = async (topic: string) => {
        const where = { topic, partition: 0, spec: 'latest' as const }
        const [found] = (await admin.listOffsets([where], { isolationLevel: 'read_committed' })).values()
        return (found as { offset: number }).offset
      }
      expect(await end('hangs')).toBe(0)
      const abort = [...server, 'abort', '--topic', 'hangs', '--partition', '0', '--start-offset', '0']
      expect(await runClassic(transactions, abort)).toEqual({ code: 0, out: '', err: '' })
      // The record, and the marker behind it.
      expect(await end('hangs')).toBe(2)
      expect(await end('t')).toBe(0)
      const fence = [...server, 'forceTerminateTransaction', '--transactionalId', 'open']
      expect(await runClassic(transactions, fence)).toEqual({ code: 0, out: '', err: '' })
      await expect(open.commitTransaction()).rejects.toMatchObject({ error: 'PRODUCER_FENCED' })
      await expect.poll(() => end('t')).toBe(2)
    },
    30_000,
  )

  it.skipIf(!isBuilt())(
    'has native commands for what needs a coordinator',
    async () => {
      const broker = own
      const documents = readFileSync(new URL('../../docs/output.md', import.meta.url), 'utf8')
      const run = async (name: string, args: string) => {
        const shape = /```ts\n(.*?)```/s.exec(documents.split(`### ${name}\n`)[1] as string)?.[1] as string
        const { code, out, err } = await runBuilt(broker.bootstrap, `${name} ${args} --json`)
        expect({ code, err }).toEqual({ code: 0, err: '' })
        expect(misfits(JSON.parse(out), parseShape(shape))).toEqual([])
        return JSON.parse(out)
      }
      await broker.hang()
      expect(await run('transactions describe', 'open')).toMatchObject({ transactionalId: 'open', coordinator: 1 })
      expect((await run('transactions list', '--id op.*')).transactions).toHaveLength(1)
      const [hanging] = (await run('transactions find-hanging', '--topic hangs')).transactions
      await run('transactions abort', `hangs:0 --start-offset ${hanging.startOffset} --yes`)
      expect((await run('transactions find-hanging', '--topic hangs')).transactions).toEqual([])
      expect((await run('transactions describe-producers', 'hangs:0')).producers).toHaveLength(2)
      await run('transactions force-terminate', 'open --yes')
    },
    60_000,
  )
})
