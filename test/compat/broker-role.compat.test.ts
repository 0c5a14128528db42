import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, apacheMissing, runTool, startApacheNode } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode, startNode } from '../support/killable-node.ts'

/** A broker of ours in the cluster of a controller of Apache's, alone and beside a broker of Apache's. */
const missing = apacheMissing()
if (missing) console.warn(`the test of a broker in Apache's cluster is skipped: ${missing}`)

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const work = mkdtempSync(join(tmpdir(), 'broker-role-'))

let controllerPort: number
let port: number
let controller: ApacheBroker
let ours: ChildProcess

const controllerNode = (): Promise<ApacheBroker> =>
  startApacheNode(
    join(work, 'controller'),
    controllerPort,
    {
      'process.roles': 'controller',
      'node.id': '3000',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
      'broker.session.timeout.ms': '3000',
      // A new broker and one that was away begin with a snapshot.
      'metadata.log.max.record.bytes.between.snapshots': '2000',
      'metadata.max.retention.bytes': '0',
      'metadata.max.idle.interval.ms': '100',
    },
    ['-t', CLUSTER, '--standalone'],
  )

const ourNode = (): Promise<ChildProcess> =>
  startNode(join(work, 'ours'), port, [
    'process.roles=broker',
    'node.id=1',
    `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
    'controller.listener.names=CONTROLLER',
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'share.coordinator.state.topic.replication.factor=1',
  ])

async function stop(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit')
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  await gone
}

async function apacheSays(tool: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runTool(tool, ['--bootstrap-server', `127.0.0.1:${port}`, ...args])
  expect(exitCode, stdout + stderr).toBe(0)
  return stdout
}

const client = (more: Record<string, string> = {}) => ({ 'bootstrap.servers': `127.0.0.1:${port}`, ...more })

async function withAdmin<T>(action: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(client(), nodeRuntime)
  try {
    return await action(admin)
  } finally {
    await admin.close()
  }
}

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean, ms = 20_000): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const found = await look().catch((error: unknown) => error as T)
    if (holds(found)) return found
    if (performance.now() > end) throw new Error(`in vain: ${JSON.stringify(found)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readAll(topic: string, count: number, more: Record<string, string> = {}): Promise<string[]> {
  const properties = { 'group.id': `g-${topic}`, 'auto.offset.reset': 'earliest', ...more }
  const consumer = new Consumer(client(properties), nodeRuntime)
  const values: string[] = []
  try {
    consumer.subscribe([topic])
    const end = performance.now() + 20_000
    while (values.length < count && performance.now() < end)
      for (const { value } of await consumer.poll(200)) values.push(String(value))
    await consumer.commit()
  } finally {
    await consumer.close()
  }
  return values.sort()
}

beforeAll(async () => {
  if (missing) return
  controllerPort = await freePort()
  port = await freePort()
  controller = await controllerNode()
  formatDirectory(nodeRuntime, join(work, 'ours', 'logs'), { clusterId: CLUSTER, nodeId: 1 })
  ours = await ourNode()
}, 60_000)

afterAll(async () => {
  if (ours?.exitCode === null) await killNode(ours)
  await controller?.stop('SIGKILL')
  rmSync(work, { recursive: true, force: true })
})

describe.skipIf(missing)("a broker in the cluster of Apache's controller", () => {
  it('is one of the cluster, and follows its metadata', async () => {
    const versions = await apacheSays('kafka-broker-api-versions')
    expect(versions).toContain(`127.0.0.1:${port} (id: 1 rack: null isFenced: false)`)
    // What only a controller serves is not offered.
    expect(versions).not.toMatch(/BrokerHeartbeat|Envelope/)
    const replication = await apacheSays('kafka-metadata-quorum', 'describe', '--replication')
    const [, lag] = /^1\s+\S{22}\s+\d+\s+(\d+)\s.*Observer/m.exec(replication) ?? []
    expect(Number(lag)).toBeLessThan(20)
  }, 60_000)

  it("has Apache's tools create, alter, describe and delete topics", async () => {
    const created = await apacheSays('kafka-topics', '--create', '--topic', 'a', '--partitions', '2')
    expect(created).toBe('Created topic a.\n')
    await apacheSays(
      ...(['kafka-configs', '--alter', '--entity-type', 'topics', '--entity-name', 'a'] as const),
      ...['--add-config', 'retention.ms=12345'],
    )
    await apacheSays('kafka-topics', '--alter', '--topic', 'a', '--partitions', '3')
    const described = await apacheSays('kafka-topics', '--describe', '--topic', 'a')
    expect(described).toMatch(/PartitionCount: 3\tReplicationFactor: 1\tConfigs: .*retention\.ms=12345/)
    expect(described).toMatch(/Partition: 2\tLeader: 1\tReplicas: 1\tIsr: 1/)
    await apacheSays('kafka-topics', '--delete', '--topic', 'a')
    const list = () => withAdmin((admin) => admin.listTopics())
    await until(list, (topics) => !JSON.stringify(topics).includes('"a"'))
  }, 60_000)

  it('serves producers, groups and transactions, and makes their topics', async () => {
    const { exitCode } = await runTool(
      'kafka-console-producer',
      ['--bootstrap-server', `127.0.0.1:${port}`, '--topic', 'made'],
      { input: 'one\ntwo\n' },
    )
    expect(exitCode).toBe(0)
    expect(await readAll('made', 2)).toEqual(['one', 'two'])
    const offsets = await apacheSays('kafka-consumer-groups', '--describe', '--group', 'g-made')
    expect(offsets).toMatch(/g-made\s+made\s+0\s+2\s+2\s+0/)
    const producer = new Producer(client({ 'transactional.id': 'x' }), nodeRuntime)
    await producer.initTransactions()
    producer.beginTransaction()
    await producer.send({ topic: 'paid', value: 'in' })
    await producer.commitTransaction()
    await producer.close()
    expect(await readAll('paid', 1, { 'isolation.level': 'read_committed' })).toEqual(['in'])
  }, 60_000)

  it('has what it had after a crash, under a new epoch', async () => {
    await killNode(ours)
    ours = await ourNode()
    expect(await readAll('made', 2, { 'group.id': 'again' })).toEqual(['one', 'two'])
  }, 40_000)

  it('goes on when the controller comes back', async () => {
    const producer = new Producer(client(), nodeRuntime)
    await producer.send({ topic: 'made', partition: 0, value: 'three' })
    await controller.stop('SIGKILL')
    await producer.send({ topic: 'made', partition: 0, value: 'four' })
    await producer.close()
    controller = await controllerNode()
    const make = () =>
      withAdmin((admin) => admin.createTopics([{ name: 'later', partitions: 1, replicationFactor: 1 }]))
    await make()
    expect(await readAll('made', 4, { 'group.id': 'third' })).toEqual(['four', 'one', 'three', 'two'])
  }, 60_000)

  it('stops with leave, and says so on its disk', async () => {
    await stop(ours)
    const marker = JSON.parse(readFileSync(join(work, 'ours', 'logs', '.kafka_cleanshutdown'), 'utf8'))
    expect(marker).toEqual({ version: 0, brokerEpoch: expect.any(Number) })
    expect(marker.brokerEpoch).toBeGreaterThan(0)
  }, 20_000)

  it('begins with a snapshot where the log of the controller has begun later', async () => {
    const folder = join(work, 'ours', 'logs', '__cluster_metadata-0')
    rmSync(folder, { recursive: true })
    ours = await ourNode()
    expect(readdirSync(folder).some((name) => /^0{10}\d+-\d{10}\.checkpoint$/.test(name))).toBe(true)
    expect(await readAll('made', 4, { 'group.id': 'fourth' })).toEqual(['four', 'one', 'three', 'two'])
  }, 40_000)

  it("shares the cluster with a broker of Apache's", async () => {
    const other = await freePort()
    const apache = await startApacheNode(
      join(work, 'apache'),
      other,
      {
        'process.roles': 'broker',
        'node.id': '2',
        'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
        'controller.listener.names': 'CONTROLLER',
        listeners: `PLAINTEXT://127.0.0.1:${other}`,
      },
      ['-t', CLUSTER],
    )
    try {
      const brokers = () => withAdmin((admin) => admin.describeCluster())
      await until(brokers, ({ nodes }) => nodes?.length === 2)
      await withAdmin((admin) => admin.createTopics([{ name: 'both', partitions: 4, replicationFactor: 1 }]))
      const asked = (at: number) =>
        runTool('kafka-topics', ['--bootstrap-server', `127.0.0.1:${at}`, '--describe', '--topic', 'both'])
      const [here, there] = [await asked(port), await asked(other)]
      // What the first line has of configurations is the answering broker's.
      const partitions = (text: string) => text.split('\n').slice(1)
      expect(partitions(here.stdout)).toEqual(partitions(there.stdout))
      expect(here.stdout).toMatch(/Leader: 1/)
      expect(here.stdout).toMatch(/Leader: 2/)
      const producer = new Producer(client(), nodeRuntime)
      for (let partition = 0; partition < 4; partition++)
        await producer.send({ topic: 'both', partition, value: `p${partition}` })
      await producer.close()
      expect(await readAll('both', 4)).toEqual(['p0', 'p1', 'p2', 'p3'])
    } finally {
      await apache.stop()
    }
  }, 60_000)
})
