import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apacheMissing } from '../support/apache.ts'
import { JoinedCluster, lines } from '../support/joined-cluster.ts'

/** Brokers of Apache's that have joined our controller: they get topics, ISRs and leaders from it, fail, stop and come back. */
const missing = apacheMissing()
if (missing) console.warn(`no broker of Apache's joins our controller: ${missing}`)

const SESSION_MS = 3000
const cluster = new JoinedCluster(27_300, [
  `broker.session.timeout.ms=${SESSION_MS}`,
  'broker.heartbeat.interval.ms=500',
  'replica.fetch.wait.max.ms=200',
])

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
    expect(await cluster.ends('t')).toBe(1000)
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
    expect(await cluster.ends('t')).toBe(2000)
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
    expect(await cluster.ends('t')).toBe(2000)
    await cluster.until('after', '2 of 2,3, 2,3 in sync')
  }, 45_000)
})
