import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { JoinedCluster, lines } from '../support/joined-cluster.ts'

/** Our node and brokers of Apache's that have joined it, through crashes of each of them; and a broker that joins late. */
const missing = apacheMissing()
if (missing) console.warn(`no broker of Apache's joins our controller: ${missing}`)

const cluster = new JoinedCluster(27_340, [
  'broker.session.timeout.ms=3000',
  'broker.heartbeat.interval.ms=500',
  'replica.fetch.wait.max.ms=200',
])

beforeAll(async () => {
  if (missing) return
  await cluster.startController()
  await Promise.all([cluster.startApache(2), cluster.startApache(3)])
}, 60_000)
afterAll(() => cluster.close())

describe.skipIf(missing)('a cluster of our node and brokers of Apache', () => {
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
    expect(await cluster.ends('shared')).toBe(1000)
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
    expect(await cluster.ends('elr')).toBe(100)
  }, 60_000)
})

describe.skipIf(missing)('a dynamic quorum whose metadata begins with a snapshot', () => {
  it('is found by its address alone, and gives the snapshot first', async () => {
    const late = new JoinedCluster(
      27_320,
      ['metadata.log.max.record.bytes.between.snapshots=3000', 'metadata.max.retention.bytes=0'],
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
