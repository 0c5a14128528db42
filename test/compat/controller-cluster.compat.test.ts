import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { JoinedCluster } from '../support/joined-cluster.ts'

/** Brokers of Apache's that have joined our controller: they get topics, ISRs and leaders from it, fail, stop and come back. */
const missing = apacheMissing()
if (missing) console.warn(`no broker of Apache's joins our controller: ${missing}`)

const SESSION_MS = 4000
const cluster = new JoinedCluster(27_300, [
  `broker.session.timeout.ms=${SESSION_MS}`,
  'broker.heartbeat.interval.ms=500',
  'replica.fetch.wait.max.ms=200',
])

const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, n) => `line ${from + n}\n`).join('')

beforeAll(async () => {
  if (missing) return
  await cluster.startController()
  await Promise.all([cluster.startApache(2), cluster.startApache(3)])
}, 60_000)
afterAll(() => cluster.close())

describe.skipIf(missing)('a cluster of our controller and brokers of Apache', () => {
  it('replicates a topic, and knows who follows the metadata', async () => {
    await cluster.tool(2, 'kafka-topics', '--create --topic t --replica-assignment 2:3,3:2')
    const described = await cluster.tool(3, 'kafka-topics', '--describe --topic t')
    expect(described.match(/Leader.*/g)).toEqual([
      'Leader: 2\tReplicas: 2,3\tIsr: 2,3\tElr: \tLastKnownElr: ',
      'Leader: 3\tReplicas: 3,2\tIsr: 3,2\tElr: \tLastKnownElr: ',
    ])
    await cluster.tool(2, 'kafka-console-producer', '--topic t --command-property acks=all', lines(0, 1000))
    expect(await ends()).toBe(1000)
    const replication = await cluster.tool(3, 'kafka-metadata-quorum', 'describe --replication')
    const rows = replication.match(/^\d .*/gm)?.map((row) => [row[0], /(Leader|Observer)\s*$/.exec(row)?.[1]])
    expect(rows?.sort()).toEqual([
      ['1', 'Leader'],
      ['2', 'Observer'],
      ['3', 'Observer'],
    ])
  }, 30_000)

  it('fences who is silent, and takes them back', async () => {
    await cluster.stopApache(3, 'SIGKILL')
    const killed = Date.now()
    await cluster.until('t', '2 of 2,3, 2 in sync', '2 of 3,2, 2 in sync')
    expect(Date.now() - killed).toBeLessThan(2 * SESSION_MS)
    await cluster.tool(2, 'kafka-console-producer', '--topic t --command-property acks=all', lines(1000, 1000))
    await cluster.startApache(3)
    await cluster.until('t', '2 of 2,3, 2,3 in sync', '2 of 3,2, 2,3 in sync')
    await cluster.tool(2, 'kafka-leader-election', '--election-type preferred --all-topic-partitions')
    await cluster.until('t', '2 of 2,3, 2,3 in sync', '3 of 3,2, 2,3 in sync')
    expect(await ends()).toBe(2000)
  }, 45_000)

  it('moves a partition to another broker', async () => {
    await cluster.tool(3, 'kafka-topics', '--create --topic moving --replica-assignment 2')
    await cluster.tool(3, 'kafka-console-producer', '--topic moving', lines(0, 100))
    const file = join(cluster.dirOf(2), 'move.json')
    writeFileSync(file, '{"version":1,"partitions":[{"topic":"moving","partition":0,"replicas":[3]}]}')
    await cluster.tool(3, 'kafka-reassign-partitions', `--execute --reassignment-json-file ${file}`)
    await cluster.until('moving', '3 of 3, 3 in sync')
    const verified = await cluster.tool(3, 'kafka-reassign-partitions', `--verify --reassignment-json-file ${file}`)
    expect(verified).toContain('Reassignment of partition moving-0 is completed.')
  }, 30_000)

  it('shares partitions between our broker and those of Apache', async () => {
    await cluster.tool(3, 'kafka-topics', '--create --topic shared --replica-assignment 1:2,2:1')
    await cluster.tool(3, 'kafka-console-producer', '--topic shared --command-property acks=all', lines(0, 500))
    await cluster.killController()
    await cluster.startController()
    await cluster.until('shared', '2 of 1,2, 1,2 in sync', '2 of 2,1, 1,2 in sync')
    await cluster.tool(2, 'kafka-leader-election', '--election-type preferred --topic shared --partition 0')
    await cluster.tool(3, 'kafka-console-producer', '--topic shared --command-property acks=all', lines(500, 500))
    await cluster.stopController()
    await cluster.startController()
    await cluster.until('shared', '2 of 1,2, 1,2 in sync', '2 of 2,1, 1,2 in sync')
    expect(await ends('shared')).toBe(1000)
  }, 45_000)

  it('gives the place to the last leader where all that were eligible may have lost records', async () => {
    await cluster.tool(
      3,
      'kafka-topics',
      '--create --topic elr --replica-assignment 2:3 --config min.insync.replicas=2',
    )
    await cluster.tool(3, 'kafka-console-producer', '--topic elr --command-property acks=all', lines(0, 100))
    await cluster.stopApache(3, 'SIGKILL')
    await cluster.until('elr', '2 of 2,3, 2 in sync')
    expect(await cluster.tool(1, 'kafka-topics', '--describe --topic elr')).toContain('Isr: 2\tElr: 3\t')
    await cluster.stopApache(2, 'SIGKILL')
    await cluster.until('elr', '-1 of 2,3,  in sync')
    await cluster.startApache(3)
    expect(await cluster.partitions('elr')).toEqual(['-1 of 2,3,  in sync'])
    await cluster.startApache(2)
    await cluster.until('elr', '2 of 2,3, 2,3 in sync')
    expect(await ends('elr')).toBe(100)
  }, 60_000)

  it('has the leaders moved before a broker stops, and keeps all through a crash of the controller', async () => {
    const stopped = cluster.stopApache(2, 'SIGTERM')
    await cluster.until('t', '3 of 2,3, 3 in sync', '3 of 3,2, 3 in sync')
    await stopped
    await cluster.killController()
    await cluster.startController()
    await cluster.until('t', '3 of 2,3, 3 in sync', '3 of 3,2, 3 in sync')
    await cluster.startApache(2)
    await cluster.until('t', '3 of 2,3, 2,3 in sync', '3 of 3,2, 2,3 in sync')
    await cluster.tool(2, 'kafka-topics', '--create --topic after --replica-assignment 2:3')
    await cluster.tool(3, 'kafka-console-producer', '--topic after --command-property acks=all', lines(0, 10))
    expect(await ends()).toBe(2000)
    await cluster.until('after', '2 of 2,3, 2,3 in sync')
  }, 45_000)
})

describe.skipIf(missing)('a dynamic quorum whose metadata begins with a snapshot', () => {
  it('is found by its address alone, and gives the snapshot first', async () => {
    const late = new JoinedCluster(
      27_320,
      ['metadata.log.max.record.bytes.between.snapshots=3000'],
      'controller.quorum.bootstrap.servers',
    )
    try {
      await late.startController()
      const names = Array.from({ length: 40 }, (_, n) => `topic-${n}`)
      for (const name of names) await late.createTopic(name)
      expect(readdirSync(join(late.dirOf(1), 'logs', '__cluster_metadata-0')).join()).toContain('.checkpoint')
      await late.startApache(2)
      expect((await late.tool(2, 'kafka-topics', '--list')).trim().split('\n').sort()).toEqual(names.sort())
      const status = await late.tool(2, 'kafka-metadata-quorum', 'describe --status')
      expect(status).toMatch(/LeaderId: +1/)
      expect(status).toMatch(/CurrentObservers: +\[\{"id": 2/)
    } finally {
      await late.close()
    }
  }, 60_000)
})

/** How many records the topic has by now. */
async function ends(topic = 't'): Promise<number> {
  const told = await cluster.tool(2, 'kafka-get-offsets', `--topic ${topic}`)
  return (told.match(/\d+$/gm) ?? []).reduce((sum, end) => sum + Number(end), 0)
}
