import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as transactions from '../../src/cli/classic/transactions.ts'
import { Admin, Producer } from '../../src/client/index.ts'
import { InitProducerId, Produce } from '../../src/protocol/apis/index.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { RawClient } from '../support/raw-client.ts'
import { misfits, parseShape } from '../support/shape.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-transactions, Apache's and ours, at one of Apache's brokers: the same output, complaints and exit codes. */
const missing = apacheMissing()
if (missing) console.warn(`kafka-transactions is not held against Apache's: ${missing}`)

const PORT = 23_600
const work = mkdtempSync(path.join(tmpdir(), 'transaction-tools-'))
let broker: ApacheBroker
let admin: Admin
/** Left open on purpose. */
let open: Producer

describe.skipIf(missing !== undefined)('kafka-transactions', () => {
  beforeAll(async () => {
    // Without the check a record can be in a transaction that no coordinator knows of, as with brokers before KIP-890.
    const unchecked = { 'transaction.partition.verification.enable': 'false' }
    broker = await startBroker(work, PORT, { ...unchecked, 'transaction.state.log.num.partitions': '3' })
    const base = { 'bootstrap.servers': broker.bootstrap }
    admin = new Admin(base, nodeRuntime)
    await admin.createTopics(['t', 'hangs'].map((name) => ({ name, partitions: 1, replicationFactor: 1 })))
    open = new Producer({ ...base, 'transactional.id': 'open', 'transaction.timeout.ms': 600_000 }, nodeRuntime)
    await open.initTransactions()
    open.beginTransaction()
    await open.send({ topic: 't', value: 'x' })
    await hang()
  }, 120_000)
  afterAll(async () => {
    await open.close()
    await admin.close()
    await broker.stop()
    rmSync(work, { recursive: true, force: true })
  }, 60_000)

  async function hang(): Promise<void> {
    const client = await RawClient.connect(PORT)
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

  const normal = (text: string) =>
    text.replace(/(\t\d{13} +\t)\d+ +\t/, '$1AGE\t').replace('4.3.1 (Commit:26b251a451ce941d)', '4.3.1')
  const sorted = (text: string) => text.split('\n').sort().join('\n')

  const both = async (args: string) => {
    const words = args.replace('SERVER', `--bootstrap-server ${broker.bootstrap}`).split(' ').filter(Boolean)
    const theirs = await runTool('kafka-transactions', words)
    const ours = await runClassic(transactions, words)
    return { ours, theirs: { code: theirs.exitCode, out: theirs.stdout, err: theirs.stderr } }
  }

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
      const { ours, theirs } = await both(args)
      const text = (run: typeof ours) => ({ ...run, out: sorted(normal(run.out)) })
      expect(text(ours)).toEqual(text(theirs))
    },
    30_000,
  )

  it('aborts what hangs, and fences who holds a transaction open', async () => {
    const server = ['--bootstrap-server', broker.bootstrap]
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
  }, 30_000)

  it.skipIf(!isBuilt())(
    'has native commands for what needs a coordinator',
    async () => {
      const documents = readFileSync(new URL('../../docs/output.md', import.meta.url), 'utf8')
      const run = async (name: string, args: string) => {
        const shape = /```ts\n(.*?)```/s.exec(documents.split(`### ${name}\n`)[1] as string)?.[1] as string
        const { code, out, err } = await runBuilt(broker.bootstrap, `${name} ${args} --json`)
        expect({ code, err }).toEqual({ code: 0, err: '' })
        expect(misfits(JSON.parse(out), parseShape(shape))).toEqual([])
        return JSON.parse(out)
      }
      await hang()
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
