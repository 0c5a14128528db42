import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Admin, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { isBuilt, program } from '../support/built-commands.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const built = isBuilt()

interface ManifestCommand {
  readonly summary?: string
  readonly examples?: readonly string[]
}
const manifest = built ? readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8') : '{"commands":{}}'
const commands = JSON.parse(manifest).commands as Record<string, ManifestCommand>
const examples = Object.entries(commands).flatMap(([id, command]) =>
  (command.examples ?? []).map((example) => [example.replaceAll('<%= config.bin %>', 'kafka'), id] as const),
)

/**
 * What is not run: it would stop the nodes of other tests, take the port that people use, look at indexes, which a segment has only when it is full or the node has stopped, or need a coordinator of transactions.
 */
const isLeft = (line: string): boolean =>
  line.startsWith('kafka server-stop') ||
  line === 'kafka server-start' ||
  // There is no application of Kafka Streams: the tests with one run these.
  /^kafka streams-groups (?!list)/.test(line) ||
  // Tokens are for users who log in, which nobody does at this node.
  line.startsWith('kafka delegation-tokens ') ||
  // There is no authorizer: the test at Apache's broker with one runs these.
  line.startsWith('kafka acls ') ||
  // Without another broker or controller there is none to take away or to add.
  /^kafka (cluster unregister|metadata-quorum (add|remove)-controller) /.test(line) ||
  line.includes('*.index') ||
  /^kafka transactions (describe|abort|force-terminate) /.test(line)
const isServer = (line: string): boolean => line.startsWith('kafka server-start ')
/** What changes something runs alone, each time on the same topics, groups and files. */
const changing =
  /^(topics:(create|alter|delete|clone|apply)|consumer-groups:(delete|delete-offsets|reset-offsets)|delete-records|configs:alter|storage:(format|info)|features:update|client-metrics:(alter|delete)|leader-election|reassign-partitions|streams-application-reset|profile:.*|console-producer|console-consumer|share-groups:.*|(console|verifiable)-share-consumer|share-consumer-perf-test)$/
/** What goes on until Ctrl-C. */
const isEndless = (line: string): boolean =>
  /--watch/.test(line) ||
  (/kafka console-consumer/.test(line) && !/until-end|to-time|max-messages|timeout-ms/.test(line))

let server: TestServer
let admin: Admin
let registry: TestRegistry
const home = mkdtempSync(join(tmpdir(), 'kafka-examples-'))
const inHome = (name: string) => join(home, name)

const partitions = {
  orders: 3,
  payments: 1,
  audit: 1,
  greetings: 1,
  counts: 1,
  load: 1,
  copy: 1,
  sales: 1,
  readings: 1,
  'test-1': 1,
  'test-2': 1,
}

async function setUp(): Promise<void> {
  await admin.deleteTopics((await admin.listTopics()).map(({ name }) => name))
  await admin.createTopics(Object.entries(partitions).map(([name, count]) => ({ name, partitions: count })))
  const producer = new Producer({ 'bootstrap.servers': server.bootstrap }, nodeRuntime)
  const eight = Buffer.from('0000000000000007', 'hex')
  for (let i = 0; i < 60; i++)
    void producer.send({ topic: 'orders', partition: i % 3, key: `k${i}`, value: `error ${i}` })
  for (let i = 0; i < 10; i++) void producer.send({ topic: 'counts', value: eight })
  void producer.send({ topic: 'payments', value: '7' })
  void producer.send({ topic: 'greetings', value: 'hello' })
  for (let i = 0; i < 20_000; i++) void producer.send({ topic: 'load', value: 'x' })
  const id = registry.register('sales-value', { schema: EVENT })
  void producer.send({ topic: 'sales', key: 'k', value: Buffer.from([0, 0, 0, 0, id, 14]) })
  await producer.close()
  for (const group of ['billing', 'audit'])
    await admin.alterConsumerGroupOffsets(group, [
      { topic: 'orders', partition: 0, offset: 12 },
      { topic: 'orders', partition: 1, offset: 12 },
    ])
  const ops = [{ name: 'interval.ms', op: 'set' as const, value: '60000' }]
  await admin.incrementalAlterConfigs([{ type: 'client-metrics', name: 'producers', ops }])
  setUpFiles()
}

/** `jobs` is at the beginning of its topics, and has no members; a group that is there is not made again. */
async function setUpShareGroups(): Promise<void> {
  // One of the examples takes share groups away.
  await admin.updateFeatures([{ feature: 'share.version', level: 1, change: 'upgrade' }])
  await admin.deleteConsumerGroups(['jobs', 'checks'])
  const ops = [{ name: 'share.auto.offset.reset', op: 'set' as const, value: 'earliest' }]
  await admin.incrementalAlterConfigs(['jobs', 'checks'].map((name) => ({ type: 'group' as const, name, ops })))
  await admin.alterShareGroupOffsets('jobs', [
    { topic: 'orders', partition: 0, offset: 0 },
    { topic: 'payments', partition: 0, offset: 0 },
  ])
}

const EVENT = '{"type":"record","name":"Event","fields":[{"name":"id","type":"int"}]}'
const READING = 'syntax = "proto3"; package shop; message Reading { int64 id = 1; }'

function setUpFiles(): void {
  rmSync(inHome('node'), { recursive: true, force: true })
  mkdirSync(inHome('config'), { recursive: true })
  mkdirSync(inHome('kafka-toolset'), { recursive: true })
  const properties = `process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs=${inHome('node')}\n`
  for (const name of ['server.properties', 'config/server.properties']) writeFileSync(inHome(name), properties)
  writeFileSync(inHome('sale.avsc'), EVENT)
  writeFileSync(inHome('reading.proto'), READING)
  writeFileSync(inHome('plan.csv'), 'orders,0,5\n')
  const plan = { version: 1, partitions: [{ topic: 'orders', partition: 0, replicas: [1] }] }
  writeFileSync(inHome('plan.json'), JSON.stringify(plan))
  writeFileSync(inHome('topics.yaml'), 'topics:\n- { name: orders, partitions: 6 }\n- { name: fresh }\n')
  writeFileSync(
    inHome('kafka-toolset/profiles.json'),
    JSON.stringify({ current: 'staging', profiles: { staging: { 'bootstrap.servers': 'a:1', 'client.id': 'me' } } }),
  )
}

beforeAll(async () => {
  server = await startTestServer()
  registry = await TestRegistry.start()
  const properties = { 'bootstrap.servers': server.bootstrap }
  admin = new Admin(properties, nodeRuntime)
  mkdirSync(inHome('bin'))
  symlinkSync(join(server.dir, 'logs'), inHome('data'))
  writeFileSync(inHome('bin/kafka'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  await setUp()
})
afterAll(async () => {
  await admin.close()
  await server.close()
  registry.close()
  rmSync(home, { recursive: true, force: true })
})

async function run(example: string): Promise<void> {
  const overrides = isServer(example)
    ? ` --override listeners=PLAINTEXT://127.0.0.1:0 --override log.dirs=${inHome('node')}`
    : ''
  const line =
    example.replaceAll('localhost:9092', server.bootstrap).replace('http://localhost:8081', registry.url) + overrides
  const child = execa(isEndless(line) || isServer(line) ? `exec ${line}` : line, {
    shell: '/bin/sh',
    cwd: home,
    reject: false,
    stdin: 'ignore',
    timeout: 15_000,
    env: {
      PATH: `${inHome('bin')}:${process.env['PATH']}`,
      KAFKA_BOOTSTRAP_SERVERS: server.bootstrap,
      XDG_CONFIG_HOME: home,
      XDG_CACHE_HOME: home,
    },
  })
  if (isEndless(line)) child.stdout.once('data', () => child.kill('SIGINT'))
  if (isServer(line))
    child.stdout.on('data', (text) => String(text).includes('Kafka Server started') && child.kill('SIGINT'))
  const { exitCode, stderr } = await child
  const ends = isServer(line) || (isEndless(line) && !line.includes('--watch')) ? 130 : 0
  expect({ exitCode, stderr: stderr.replace(/Nothing was changed: --execute .*/, '') }).toEqual({
    exitCode: ends,
    stderr: '',
  })
}

describe.skipIf(!built)('the help', () => {
  it('of every command has a summary and examples', () => {
    const bare = Object.entries(commands).filter(
      ([, { summary, examples: list = [] }]) => !summary || list.length === 0,
    )
    expect(bare.map(([id]) => id)).toEqual([])
  })
})

describe.skipIf(!built)('the examples that look at something', () => {
  const looking = examples.filter(([line, id]) => !changing.test(id) && !isLeft(line) && !isServer(line))
  it.concurrent.each(looking)('%s', (line) => run(line))
})

describe.skipIf(!built)('the examples that change something', () => {
  beforeEach(setUp)
  const changes = examples.filter(([line, id]) => (changing.test(id) || isServer(line)) && !isLeft(line))
  it.each(changes)('%s', async (line, id) => {
    if (id.includes('share')) await setUpShareGroups()
    // An empty folder is a problem that it tells of.
    if (id === 'storage:info') await run(line.replace('info', 'format'))
    await run(line)
  })
})
