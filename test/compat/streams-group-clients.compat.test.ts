import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa, type ResultPromise } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { StreamsGroupDescribe } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, javaLine, runTool, startBroker } from '../support/apache.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** An application of Apache's Kafka Streams with `group.protocol=streams` at our broker, and what both makes of tools say of it. */
const missing = apacheMissing()
if (missing) console.warn(`applications with group.protocol=streams are not tested: ${missing}`)

const PORT = 26_490
const OUR_PORT = PORT + 10
const WORDS = 30
const work = mkdtempSync(join(tmpdir(), 'streams-group-clients-'))
const source = fileURLToPath(new URL('../support/java/StreamsPeer.java', import.meta.url))
const properties = {
  'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
  listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
  'controller.listener.names': 'CONTROLLER',
  'offsets.topic.num.partitions': '3',
}
const quick = {
  'group.streams.initial.rebalance.delay.ms': '100',
  'group.streams.min.heartbeat.interval.ms': '300',
  'group.streams.heartbeat.interval.ms': '300',
}
let apache: ApacheBroker
let node: TestServer
const peers: ResultPromise[] = []

beforeAll(async () => {
  if (missing) return
  ;[apache, node] = await Promise.all([
    startBroker(join(work, 'apache'), PORT, quick),
    startTestServer({ ...properties, ...quick }, { dir: join(work, 'ours'), port: OUR_PORT }),
  ])
  for (const { bootstrap } of [apache, node]) {
    const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
    await admin.createTopics([
      { name: 'words', partitions: 3 },
      { name: 'counts', partitions: 1 },
    ])
    await admin.close()
    await produce(bootstrap)
  }
}, 120_000)
afterAll(async () => {
  for (const peer of peers) peer.kill('SIGKILL')
  await node?.close()
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

async function produce(bootstrap: string): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  for (let at = 0; at < WORDS; at++) void producer.send({ topic: 'words', partition: at % 3, value: `m${at}` })
  await producer.close()
}

function start(bootstrap: string, instance: string): ResultPromise {
  const args = [bootstrap, 'app', join(work, instance), 'words', 'counts']
  const peer = execa('java', [...javaLine('-Xmx256M'), source, ...args], { reject: false })
  peers.push(peer)
  return peer
}

async function stop(peer: ResultPromise): Promise<void> {
  peer.stdin?.end()
  await peer
}

async function describedAt(bootstrap: string) {
  const client = await RawClient.connect(Number(bootstrap.split(':')[1]))
  const request = { groupIds: ['app'], includeAuthorizedOperations: false }
  const answer = await client.call(StreamsGroupDescribe, 0, request)
  client.destroy()
  return answer?.groups[0]
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 900; attempt++) {
    if (await condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited for too long: ${JSON.stringify(await describedAt(node.bootstrap))}`)
}

/** Stable, with so many members that have active tasks, and so many standby tasks in all. */
async function isStable(bootstrap: string, members: number, standbys = 0): Promise<boolean> {
  const group = await describedAt(bootstrap)
  const active = group?.members.filter(({ assignment }) => assignment.activeTasks.length > 0) ?? []
  const copies = group?.members.flatMap(({ assignment }) => assignment.standbyTasks.flatMap((one) => one.partitions))
  return group?.groupState === 'Stable' && active.length === members && copies?.length === standbys
}

/** All that was counted: a count for each word that came. */
async function counted(bootstrap: string, rounds: number): Promise<boolean> {
  const consumer = new Consumer({ 'bootstrap.servers': bootstrap, 'auto.offset.reset': 'earliest' }, nodeRuntime)
  consumer.assign([{ topic: 'counts', partition: 0 }])
  const last = new Map<string, number>()
  for (let idle = 0; idle < 3; ) {
    const records = [...(await consumer.poll(200))]
    idle = records.length === 0 ? idle + 1 : 0
    for (const { key, value } of records) last.set(String(key), Number(value?.toString()))
  }
  await consumer.close()
  return last.size === WORDS && [...last.values()].every((count) => count === rounds)
}

const tool = 'org.apache.kafka.tools.streams.StreamsGroupCommand'
const theirs = async (bootstrap: string, args: string): Promise<string> =>
  plain((await runTool(tool, ['--bootstrap-server', bootstrap, ...args.split(' ')])).stdout, bootstrap)
async function own(bootstrap: string, args: string): Promise<string> {
  const { main } = await classicTools['streams-groups']!()
  return plain((await runClassic({ main }, ['--bootstrap-server', bootstrap, ...args.split(' ')])).out, bootstrap)
}

/** Without what is chance: ids of members and processes, the port, and so the width of columns. */
const plain = (text: string, bootstrap: string): string =>
  text
    .replaceAll(/[\w-]{22,36}(?=[- \n])/g, 'ID')
    .replaceAll(bootstrap, 'BROKER')
    .replaceAll(/ +/g, ' ')
    .trim()

describe.skipIf(missing)('an application of Kafka Streams', () => {
  it('counts, and is described alike at both brokers', async () => {
    start(apache.bootstrap, 'theirs')
    start(node.bootstrap, 'one')
    for (const { bootstrap } of [apache, node]) await until(() => isStable(bootstrap, 1))
    for (const { bootstrap } of [apache, node]) await until(() => counted(bootstrap, 1))
    for (const args of ['--describe --group app --members --verbose', '--describe --group app --state --verbose']) {
      const [there, here] = await Promise.all([theirs(apache.bootstrap, args), theirs(node.bootstrap, args)])
      expect(here, args).toBe(there)
      expect(await own(node.bootstrap, args), args).toBe(there)
    }
  }, 120_000)

  it('shares its tasks with a second instance, keeps copies where the group wants them, and goes on when one is gone', async () => {
    const two = start(node.bootstrap, 'two')
    await until(() => isStable(node.bootstrap, 2))
    await produce(node.bootstrap)
    await until(() => counted(node.bootstrap, 2))
    const admin = new Admin({ 'bootstrap.servers': node.bootstrap }, nodeRuntime)
    const standby = ['--alter', '--add-config', 'streams.num.standby.replicas=1']
    const line = ['--bootstrap-server', node.bootstrap, '--entity-type', 'groups', '--entity-name', 'app', ...standby]
    expect((await runTool('kafka-configs', line)).exitCode).toBe(0)
    await until(() => isStable(node.bootstrap, 2, 3))
    await admin.close()
    await stop(two)
    await until(() => isStable(node.bootstrap, 1))
    await produce(node.bootstrap)
    await until(() => counted(node.bootstrap, 3))
  }, 120_000)

  it("goes on in a directory that Apache's broker opens", async () => {
    const before = await describedAt(node.bootstrap)
    await node.server.close()
    const copy = join(work, 'copy')
    cpSync(node.dir, copy, { recursive: true })
    const port = OUR_PORT
    const broker = await startBroker(copy, port)
    await until(async () => (await describedAt(broker.bootstrap))?.errorCode === 0)
    const there = await describedAt(broker.bootstrap)
    expect({ ...there, topology: undefined }).toEqual({ ...before, topology: undefined })
    // The instance that is left finds it at the same address.
    await produce(broker.bootstrap)
    await until(() => counted(broker.bootstrap, 4))
    expect((await describedAt(broker.bootstrap))?.groupEpoch).toBe(before?.groupEpoch)
    const after = await describedAt(broker.bootstrap)
    await broker.stop()
    node = await startTestServer({ ...properties, ...quick }, { dir: copy, port })
    expect(await describedAt(node.bootstrap)).toEqual(after)
    await stop(peers[1] as ResultPromise)
    await until(async () => (await describedAt(node.bootstrap))?.groupState === 'Empty')
    expect(await own(node.bootstrap, '--delete --group app')).toContain(
      "Deletion of requested streams groups ('app') was successful.",
    )
  }, 120_000)
})
