import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Admin } from '../../src/index.ts'
import { apacheMissing, runTool } from '../support/apache.ts'
import { ProcessCluster } from '../support/cluster.ts'

/** Apache's clients and tools at a quorum of three of our nodes, while one is killed or stopped under them. */
const missing = apacheMissing()
if (missing) console.warn(`the test of Java's clients at a cluster is skipped: ${missing}`)
const withoutKcat = (await execa('kcat', ['-V'], { reject: false })).exitCode !== 0

let cluster: ProcessCluster
let admin: Admin

beforeAll(async () => {
  if (missing) return
  cluster = await ProcessCluster.start(3, 3, ['min.insync.replicas=2'])
  admin = new Admin({ 'bootstrap.servers': cluster.bootstrap })
  await vi.waitUntil(async () => (await admin.describeCluster()).nodes.length === 3, { timeout: 10_000 })
}, 60_000)

afterAll(async () => {
  await admin?.close()
  await cluster?.close()
})

async function tool(name: string, args: string, input?: string): Promise<string> {
  const given = ['--bootstrap-server', cluster.bootstrap, ...args.split(' ')]
  const { stdout, stderr, exitCode } = await runTool(name, given, { input, timeoutMs: 80_000 })
  expect(exitCode, stderr + stdout).toBe(0)
  return stdout
}

const make = (name: string) => admin.createTopics([{ name, partitions: 6, replicationFactor: 3 }])

/** All replicas of all partitions of a topic are in sync. */
const whole = (topic: string) =>
  expect
    .poll(
      async () => {
        const described = (await admin.describeTopics([topic])).get(topic)
        if (!described || described instanceof Error) return [described]
        return described.partitions.filter(({ isr }) => isr.length < 3)
      },
      { timeout: 20_000 },
    )
    .toEqual([])

interface Said {
  readonly name: string
  readonly partition?: number
  readonly offset?: number
  readonly partitions?: readonly { partition: number; minOffset: number; maxOffset: number }[]
  readonly offsets?: readonly { partition: number; offset: number }[]
}
const said = (text: string): Said[] =>
  text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Said] : []))

/** Reads so many records of a topic as a member of a group, and gives what it read, each record as `partition@offset`; offsets may not go back. */
async function member(topic: string, protocol: string, count: number): Promise<string[]> {
  const group = `--group-id g-${protocol} --group-protocol ${protocol} --reset-policy earliest`
  const lines = said(await tool('kafka-verifiable-consumer', `--topic ${topic} ${group} --max-messages ${count}`))
  const committed = new Map<number, number>()
  for (const { partition, offset } of lines.flatMap(({ offsets }) => offsets ?? [])) {
    expect(offset).toBeGreaterThanOrEqual(committed.get(partition) ?? 0)
    committed.set(partition, offset)
  }
  const ranges = lines.flatMap(({ name, partitions }) => (name === 'records_consumed' ? (partitions ?? []) : []))
  return ranges.flatMap(({ partition, minOffset, maxOffset }) =>
    Array.from({ length: maxOffset - minOffset + 1 }, (_, at) => `${partition}@${minOffset + at}`),
  )
}

describe.skipIf(missing)("Java's clients at three of our nodes", () => {
  it('are told of all controllers by each of them', async () => {
    for (const id of [1, 2, 3]) {
      const args = ['--bootstrap-controller', cluster.controllerOf(id)]
      const { stdout } = await runTool('kafka-metadata-quorum', [...args, 'describe', '--status'])
      expect(stdout).toMatch(/^LeaderId: +[123]$/m)
    }
    const endpoints = await runTool('kafka-cluster', [
      'list-endpoints',
      '--bootstrap-controller',
      cluster.controllerOf(2),
    ])
    for (const id of [1, 2, 3]) expect(endpoints.stdout).toContain(`${cluster.controllerOf(id).split(':')[1]} `)
  }, 60_000)

  it('lose no record and no offset while one node after the other is stopped and comes back', async () => {
    const [topic, count] = ['rolled', 12_000]
    await make(topic)
    const producing = tool(
      'kafka-verifiable-producer',
      `--topic ${topic} --max-messages ${count} --throughput 1000 --acks -1`,
    )
    const reading = ['classic', 'consumer'].map((protocol) => member(topic, protocol, count))
    for (const id of [1, 2, 3]) {
      await cluster.stop(id)
      await cluster.startNode(id)
      await whole(topic)
    }
    // This producer tries nothing twice, and yet a node that goes in order costs it little: what was acknowledged is there, once.
    const acknowledged = said(await producing).filter(({ name }) => name === 'producer_send_success')
    const failed = count - acknowledged.length
    await tool('kafka-verifiable-producer', `--topic ${topic} --max-messages ${Math.max(1, failed)} --acks -1`)
    for (const read of await Promise.all(reading)) {
      expect(new Set(read).size).toBe(read.length)
      const found = new Set(read)
      expect(acknowledged.filter(({ partition, offset }) => !found.has(`${partition}@${offset}`))).toEqual([])
    }
  }, 90_000)

  it('have their transactions whole while the coordinator is killed', async () => {
    await make('paid')
    const underway = tool(
      'kafka-producer-perf-test',
      '--topic paid --num-records 9000 --throughput 1500 --record-size 50 --transactional-id perf --transaction-duration-ms 200',
    )
    const coordinator = async () => {
      const described = (await admin.describeTransactions(['perf'])).get('perf')
      return described && !(described instanceof Error) ? described.coordinator : -1
    }
    await expect.poll(() => coordinator().catch(() => -1), { timeout: 20_000 }).toBeGreaterThan(0)
    const victim = await coordinator()
    await cluster.kill(victim)
    await cluster.startNode(victim)
    await underway
    await whole('paid')
    for (const id of [1, 2, 3])
      expect((await tool('kafka-transactions', `find-hanging --broker-id ${id}`)).trim().split('\n').length).toBe(1)
    const args = '--topic paid --from-beginning --timeout-ms 4000 --command-property isolation.level=read_committed'
    const { stdout } = await runTool('kafka-console-consumer', [
      '--bootstrap-server',
      cluster.bootstrap,
      ...args.split(' '),
    ])
    expect(stdout.split('\n').length - 1).toBe(9000)
  }, 90_000)

  it.skipIf(withoutKcat)(
    'and kcat have a transaction at any of them',
    async () => {
      await make('kcat')
      for (const id of [1, 2, 3]) {
        const args = ['-P', '-b', cluster.bootstrap, '-t', 'kcat', '-X', `transactional.id=kcat-${id}`]
        await execa('kcat', args, { input: `${id}.1\n${id}.2\n` })
      }
      const args = ['-C', '-b', cluster.bootstrap, '-t', 'kcat', '-e', '-q', '-X', 'isolation.level=read_committed']
      const { stdout } = await execa('kcat', args)
      expect(stdout.split('\n').sort()).toEqual(['1.1', '1.2', '2.1', '2.2', '3.1', '3.2'])
    },
    30_000,
  )
})
