import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Admin, Producer, ShareConsumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer } from '../support/server.ts'

/** A share group whose directory changes hands: what was accepted is never delivered again, everything else is, as often as it should. */
const missing = apacheMissing()
if (missing) console.warn(`share groups are not exchanged with Apache Kafka: ${missing}`)

const APACHE_PORT = 25_110
const OUR_PORT = 25_120
const RECORDS = 60
const work = mkdtempSync(join(tmpdir(), 'share-directories-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

const properties = {
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '3',
  'share.coordinator.snapshot.update.records.per.snapshot': '2',
  'group.share.min.heartbeat.interval.ms': '300',
  'group.share.heartbeat.interval.ms': '300',
  'offsets.topic.num.partitions': '3',
}
const ourProperties = {
  ...properties,
  'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
  'controller.listener.names': 'CONTROLLER',
}

type Verdict = 'accept' | 'release' | 'reject'

/** What was said of each record last, and how often it had been delivered then. */
const known = new Map<number, { readonly verdict: Verdict; readonly deliveries: number }>()

/** Joins the group, and judges records until `isOver`; then leaves. */
async function judge(port: number, verdictOn: (offset: number) => Verdict, isOver: (count: number) => boolean) {
  const settings = { 'share.acknowledgement.mode': 'explicit', 'max.poll.records': 10 }
  const consumer = new ShareConsumer(
    { ...settings, 'bootstrap.servers': `127.0.0.1:${port}`, 'group.id': 'jobs' },
    nodeRuntime,
  )
  consumer.subscribe(['data'])
  for (let count = 0; !isOver(count); ) {
    const record = (await consumer.poll(500)).cursor()
    while (record.next()) {
      count++
      const { offset, deliveryCount: deliveries } = record
      const before = known.get(offset)
      expect(before?.verdict ?? 'release', `${offset} comes again`).toBe('release')
      expect(deliveries).toBeGreaterThan(before?.deliveries ?? 0)
      const verdict = verdictOn(offset)
      known.set(offset, { verdict, deliveries })
      consumer.acknowledge(record, verdict)
    }
  }
  await consumer.commit()
  await consumer.close()
}

const where = async (port: number) => {
  const { stdout } = await runTool('org.apache.kafka.tools.consumer.group.ShareGroupCommand', [
    ...['--bootstrap-server', `127.0.0.1:${port}`, '--describe', '--group', 'jobs'],
  ])
  return stdout.replaceAll(/ +/g, ' ')
}

async function fill(port: number): Promise<void> {
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${port}` }
  const admin = new Admin(bootstrap, nodeRuntime)
  await admin.createTopics([{ name: 'data', partitions: 1 }])
  const reset = { name: 'share.auto.offset.reset', op: 'set', value: 'earliest' } as const
  await admin.incrementalAlterConfigs([{ type: 'group', name: 'jobs', ops: [reset] }])
  await admin.close()
  const producer = new Producer({ ...bootstrap, 'batch.size': 100 }, nodeRuntime)
  for (let i = 0; i < RECORDS; i++) void producer.send({ topic: 'data', partition: 0, value: `record ${i}` })
  await producer.close()
}

async function dumpsWithoutComplaint(dir: string): Promise<void> {
  const logs = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /^__(share_group_state|consumer_offsets)-\d\/\d{20}\.log$/.test(name),
  )
  for (const [decoder, topic] of [
    ['--share-group-state-decoder', '__share_group_state'],
    ['--offsets-decoder', '__consumer_offsets'],
  ] as const) {
    const files = logs.filter((name) => name.startsWith(topic)).map((name) => join(dir, name))
    const { stdout, stderr, exitCode } = await runTool('kafka-dump-log', [decoder, '--files', files.join(',')])
    expect([stderr, exitCode]).toEqual(['', 0])
    expect(stdout).toMatch(topic === '__share_group_state' ? /SNAPSHOT|"type":"0"|snapshotEpoch/ : /jobs/)
    expect(stdout).not.toMatch(/isvalid: false|unexpected|Failed to/)
  }
}

describe.skipIf(missing)('a share group', () => {
  it('goes from Apache to us and back', async () => {
    const dir = join(work, 'shared')
    const apache = await startBroker(dir, APACHE_PORT, properties)
    await fill(APACHE_PORT)
    const byRest = (offset: number): Verdict =>
      offset % 5 === 3 ? 'reject' : offset % 2 === 0 || known.has(offset) ? 'accept' : 'release'
    await judge(APACHE_PORT, byRest, (count) => count >= 24)
    const left = await where(APACHE_PORT)
    await apache.stop()

    const node = await startTestServer(ourProperties, { dir, port: OUR_PORT })
    expect(await where(OUR_PORT)).toBe(left)
    await judge(OUR_PORT, byRest, (count) => count >= 24)
    const leftAtOurs = await where(OUR_PORT)
    await node.server.close()
    await dumpsWithoutComplaint(join(dir, 'logs'))

    const back = await startBroker(dir, APACHE_PORT, properties)
    expect(await where(APACHE_PORT)).toBe(leftAtOurs)
    const isDone = () => known.size === RECORDS && [...known.values()].every(({ verdict }) => verdict !== 'release')
    await judge(APACHE_PORT, () => 'accept', isDone)
    // Apache's broker may write the start later than the verdicts; nothing is left to do in any case.
    expect(await where(APACHE_PORT)).toMatch(/jobs data 0 \d+ 0$/m)
    await back.stop()
  }, 120_000)
})
