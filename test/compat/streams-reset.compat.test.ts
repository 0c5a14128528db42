import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as reset from '../../src/cli/classic/streams-application-reset.ts'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { runClassic } from '../support/test-console.ts'

/** kafka-streams-application-reset, Apache's and ours, each with an application of its own at one of Apache's brokers. */
const missing = apacheMissing()
if (missing) console.warn(`kafka-streams-application-reset is not held against Apache's: ${missing}`)

const PORT = 23_800
const CLASS = 'org.apache.kafka.tools.StreamsResetter'
const work = mkdtempSync(path.join(tmpdir(), 'streams-reset-'))
const file = (name: string, text: string) => {
  writeFileSync(path.join(work, name), text)
  return path.join(work, name)
}
const plan = file('plan.csv', 'in,0,3\nin,1,2\nin,2,1\n')
const noPlan = file('none.csv', 'in;0;3\n')
const config = file('client.properties', 'client.id=me\n')
let broker: ApacheBroker
let admin: Admin

/** What Kafka Streams makes for an application, and topics that only look like it. */
const made = [
  'store-changelog',
  'by-repartition',
  'fk-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000001-topic',
  'user',
  'changelog-x',
]

describe.skipIf(missing !== undefined)('kafka-streams-application-reset', () => {
  beforeAll(async () => {
    broker = await startBroker(work, PORT)
    const base = { 'bootstrap.servers': broker.bootstrap }
    admin = new Admin(base, nodeRuntime)
    const names = ['appTheirs', 'appOurs'].flatMap((who) => made.map((name) => `${who}-${name}`))
    await admin.createTopics([
      { name: 'in', partitions: 3, replicationFactor: 1, configs: { 'retention.ms': '-1' } },
      ...['mid', ...names].map((name) => ({ name, partitions: 1, replicationFactor: 1 })),
    ])
    const producer = new Producer(base, nodeRuntime)
    for (let i = 0; i < 12; i++)
      producer.enqueue({ topic: 'in', partition: i % 3, value: `${i}`, timestamp: Date.UTC(2024, 0, 1 + i) })
    producer.enqueue({ topic: 'mid', value: 'x' })
    await producer.close()
    for (const group of ['appTheirs', 'appOurs'])
      await admin.alterConsumerGroupOffsets(group, [{ topic: 'in', partition: 0, offset: 3 }])
  }, 120_000)
  afterAll(async () => {
    await admin.close()
    await broker.stop()
    rmSync(work, { recursive: true, force: true })
  }, 60_000)

  const committed = async (group: string) => {
    const offsets = (await admin.listConsumerGroupOffsets([group])).get(group) as Map<string, { offset: number }>
    return Array.from(offsets, ([key, at]) => `${key}:${at.offset}`).sort()
  }

  async function both(args: string) {
    const words = (who: string) =>
      args.replaceAll('WHO', who).replace('SERVER', `--bootstrap-server ${broker.bootstrap}`).split(' ').filter(Boolean)
    const theirs = await runTool(CLASS, words('appTheirs'))
    const ours = await runClassic(reset, words('appOurs'))
    // Partitions and topics stand in the order of a hash table.
    const text = (out: string, who: string) =>
      out
        .replaceAll(who, 'WHO')
        .replace(/internal topics \[(.*)\]/, (_, list: string) => `internal topics ${list.split(', ').sort()}`)
        .split('\n')
        .sort()
    const first = (err: string, who: string) =>
      err.replaceAll(who, 'WHO').replace(/\n(\tat|[\w.$]+(Exception|Error):)[\s\S]*/, '\n')
    return {
      ours: { code: ours.code, out: text(ours.out, 'appOurs'), err: first(ours.err, 'appOurs') },
      theirs: { code: theirs.exitCode, out: text(theirs.stdout, 'appTheirs'), err: first(theirs.stderr, 'appTheirs') },
    }
  }

  it.each([
    '',
    '--help',
    'SERVER',
    'SERVER --application-id WHO --to-latest --to-earliest --input-topics in',
    'SERVER --application-id WHO --dry-run',
    'SERVER --application-id WHO --dry-run --input-topics in,nosuch',
    'SERVER --application-id WHO --dry-run --input-topics nosuch --intermediate-topics mid,nosuch2',
    'SERVER --application-id WHO --dry-run --input-topics in --to-offset 99',
    'SERVER --application-id WHO --dry-run --input-topics in --to-offset 0',
    'SERVER --application-id WHO --dry-run --input-topics in --to-offset 2',
    'SERVER --application-id WHO --dry-run --input-topics in --shift-by -2',
    'SERVER --application-id WHO --dry-run --input-topics in --to-latest',
    'SERVER --application-id WHO --dry-run --input-topics in --to-datetime 2024-01-08T00:00:00.000',
    'SERVER --application-id WHO --dry-run --input-topics in --to-datetime 2034-01-08T00:00:00.000',
    'SERVER --application-id WHO --dry-run --input-topics in --to-datetime xx',
    'SERVER --application-id WHO --dry-run --input-topics in --by-duration P20000D',
    `SERVER --application-id WHO --dry-run --input-topics in --from-file ${plan}`,
    `SERVER --application-id WHO --dry-run --input-topics in --from-file ${noPlan}`,
    'SERVER --application-id WHO --dry-run --internal-topics WHO-user',
    'SERVER --application-id WHO --dry-run --internal-topics WHO-store-changelog',
    `SERVER --application-id WHO --dry-run --config-file ${config}`,
  ])(
    '%s',
    async (args) => {
      const { ours, theirs } = await both(args)
      expect(ours).toEqual(theirs)
    },
    40_000,
  )

  it('sets offsets and deletes topics', async () => {
    const { ours, theirs } = await both('SERVER --application-id WHO --input-topics in --intermediate-topics mid')
    expect(ours).toEqual(theirs)
    expect(await committed('appOurs')).toEqual(await committed('appTheirs'))
    expect(await committed('appOurs')).toEqual(['in-0:0', 'in-1:0', 'in-2:0', 'mid-0:1'])
    const left = (await admin.listTopics()).map(({ name }) => name)
    for (const who of ['appTheirs', 'appOurs'])
      expect(left.filter((name) => name.startsWith(who)).sort()).toEqual([`${who}-changelog-x`, `${who}-user`])
  }, 40_000)

  it('leaves a running application alone, unless it is forced', async () => {
    const base = { 'bootstrap.servers': broker.bootstrap, 'group.id': 'running' }
    const member = new Consumer(base, nodeRuntime)
    member.subscribe(['in'])
    while (member.assignment().length === 0) await member.poll(100)
    const args = ['--bootstrap-server', broker.bootstrap, '--application-id', 'running']
    const refused = await runClassic(reset, args)
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(
      /^ERROR: java.lang.IllegalStateException: Consumer group 'running' is still active and has following members: \[.+\]. Make sure to stop/,
    )
    const forced = await runClassic(reset, [...args, '--force'])
    expect(forced).toMatchObject({ code: 0, err: '' })
    expect(forced.out).toContain('Force deleting all active members in the group: running\n')
    await member.close()
  }, 40_000)
})
