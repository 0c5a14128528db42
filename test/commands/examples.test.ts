import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isBuilt } from '../support/built-commands.ts'
import { ExampleCluster } from '../support/example-cluster.ts'
import { commands, examples, Home } from '../support/examples.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { atApache, startTestServer, type TestServer } from '../support/server.ts'

const built = isBuilt()

/** Commands, or topics of commands, whose examples need another node than this one, and the test that runs them all. */
const elsewhere: Readonly<Record<string, string>> = {
  'delegation-tokens': 'commands/token-examples.test.ts',
  'connect-standalone': 'sessions/connect.test.ts',
  'connect-distributed': 'sessions/connect.test.ts',
  acls: 'compat/acls.compat.test.ts',
  'cluster:unregister': 'compat/quorum-voters.compat.test.ts',
  'metadata-quorum:add-controller': 'compat/quorum-voters.compat.test.ts',
  'metadata-quorum:remove-controller': 'compat/quorum-voters.compat.test.ts',
}
const isElsewhere = (id: string): boolean =>
  Object.keys(elsewhere).some((name) => id === name || id.startsWith(`${name}:`))
const isServer = (line: string): boolean => /^kafka server-start\b/.test(line)
/** What changes something, or needs what others must not see, runs alone, each time on the same topics, groups and files. */
const changing =
  /^(topics:(create|alter|delete|clone|apply)|consumer-groups:(delete|delete-offsets|reset-offsets)|delete-records|configs:alter|storage:(format|info)|features:update|client-metrics:(alter|delete)|leader-election|reassign-partitions|streams-application-reset|profile:.*|console-producer|console-consumer|share-groups:.*|streams-groups:.*|transactions:(describe|abort|force-terminate)|(console|verifiable)-share-consumer|share-consumer-perf-test|server-start)$/
/** What goes on until Ctrl-C. */
const isEndless = (line: string): boolean =>
  /--watch/.test(line) ||
  (/kafka console-consumer/.test(line) && !/until-end|to-time|max-messages|timeout-ms/.test(line))

let server: TestServer
let cluster: ExampleCluster
let registry: TestRegistry
const home = new Home()

const EVENT = '{"type":"record","name":"Event","fields":[{"name":"id","type":"int"}]}'
const READING = 'syntax = "proto3"; package shop; message Reading { int64 id = 1; }'

function setUpFiles(): void {
  rmSync(home.path('node'), { recursive: true, force: true })
  const properties = `process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://127.0.0.1:0\nlog.dirs=${home.path('node')}\n`
  for (const name of ['server.properties', 'config/server.properties']) home.write(name, properties)
  home.write('sale.avsc', EVENT)
  home.write('reading.proto', READING)
  home.write('plan.csv', 'orders,0,5\n')
  const plan = { version: 1, partitions: [{ topic: 'orders', partition: 0, replicas: [1] }] }
  home.write('plan.json', JSON.stringify(plan))
  home.write('topics.yaml', 'topics:\n- { name: orders, partitions: 6 }\n- { name: fresh }\n')
  const staging = { 'bootstrap.servers': 'a:1', 'client.id': 'me' }
  home.write('kafka-toolset/profiles.json', JSON.stringify({ current: 'staging', profiles: { staging } }))
}

beforeAll(async () => {
  // A group that waited for more members, and for its next assignment, would cost each example seconds.
  server = await startTestServer({
    'group.streams.initial.rebalance.delay.ms': '0',
    'group.streams.assignment.interval.ms': '0',
  })
  registry = await TestRegistry.start()
  const id = registry.register('sales-value', { schema: EVENT })
  cluster = new ExampleCluster(server, Buffer.from([0, 0, 0, 0, id, 14]))
  await cluster.setUp()
  await cluster.setUpStreamsGroup(false)
  // Our segments have index files when they are full or the node has stopped.
  if (!atApache) server = await server.restart()
  symlinkSync(join(server.dir, 'logs'), home.path('data'))
  setUpFiles()
})
afterAll(async () => {
  await cluster.close()
  await server.close()
  registry.close()
  home.remove()
})

async function run(example: string): Promise<void> {
  const overrides = isServer(example)
    ? ` --override listeners=PLAINTEXT://127.0.0.1:0 --override log.dirs=${home.path('node')}`
    : ''
  const line = example.replace('http://localhost:8081', registry.url) + overrides
  const child = home.start(isEndless(line) || isServer(line) ? `exec ${line}` : line, server.bootstrap)
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

  it.each(Object.entries(elsewhere))('has examples of %s that %s runs', (name, file) => {
    const path = new URL(`../${file}`, import.meta.url)
    expect(existsSync(path) && readFileSync(path, 'utf8').includes(`examplesOf('${name}')`)).toBe(true)
    expect(examples.filter(([, id]) => isElsewhere(id)).map(([, id]) => id)).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`^${name}(:|$)`))]),
    )
  })
})

/** They take the port that people use, or stop the nodes of other tests. */
const alone = examples.filter(([line, id]) => id === 'server-stop' || line === 'kafka server-start')
const ofClusters = examples.filter(([, id]) => id === 'cluster:up' || id === 'cluster:down')
/** Apache's broker keeps room in the index that it writes to, which looks like a wrong entry, to Apache's tool as well. */
const isNotAtApache = (line: string): boolean => atApache && line.includes('*.index --verify')
const here = examples.filter(
  (example) => ![...alone, ...ofClusters].includes(example) && !isElsewhere(example[1]) && !isNotAtApache(example[0]),
)

describe.skipIf(!built)('the examples that look at something', () => {
  const looking = here.filter(([, id]) => !changing.test(id))
  it.concurrent.each(looking)('%s', (line) => run(line))
})

describe.skipIf(!built)('the examples that change something', () => {
  beforeEach(async () => {
    await cluster.setUp()
    setUpFiles()
  })
  const changes = here.filter(([, id]) => changing.test(id))
  it.each(changes)('%s', async (line, id) => {
    if (id.includes('share')) await cluster.setUpShareGroups()
    if (id.startsWith('streams-groups:')) await cluster.setUpStreamsGroup(/:(list|describe)$/.test(id))
    if (id.startsWith('transactions:')) await cluster.openTransaction()
    // An empty folder is a problem that it tells of.
    if (id === 'storage:info') await run(line.replace('info', 'format'))
    await run(line)
  })
})

describe.skipIf(!built)('the examples that need a machine for themselves', () => {
  const apart = ['-r', '-n', '-p', '-f', '--kill-child', '--mount-proc']
  const possible = spawnSync('unshare', [...apart, 'ip', 'link', 'set', 'lo', 'up']).status === 0
  if (!possible)
    console.warn('server-start, server-stop and cluster up are not run: namespaces (unshare) or ip are not at hand')

  /** A node is started in a world of its own, `line` is run, and the node must end by SIGTERM. */
  function session(start: string, line: string): void {
    setUpFiles()
    const script = [
      'ip link set lo up',
      `${start} > log & node=$!`,
      "until grep -q 'Kafka Server started' log; do sleep 0.05; done",
      line,
      'wait $node; echo "it ended with $?"',
    ].join('\n')
    const env = { ...home.env('localhost:9092'), XDG_STATE_HOME: home.dir }
    const options = { cwd: home.dir, env, encoding: 'utf8' as const, timeout: 15_000, killSignal: 'SIGKILL' as const }
    expect(execFileSync('unshare', [...apart, '/bin/sh', '-c', script], options)).toMatch(/it ended with 143\n$/)
  }

  it.runIf(possible).each(ofClusters)(
    '%s',
    (line, id) => {
      const dir = /--dir \S+/.exec(line)?.[0] ?? ''
      const script = [
        'ip link set lo up',
        id === 'cluster:up' ? `${line} && kafka cluster down ${dir} --remove` : `kafka cluster up 1 && ${line}`,
      ].join('\n')
      const env = { ...home.env('localhost:9092'), XDG_STATE_HOME: home.path('state') }
      const options = { cwd: home.dir, env, encoding: 'utf8' as const, timeout: 30_000, killSignal: 'SIGKILL' as const }
      expect(execFileSync('unshare', [...apart, '/bin/sh', '-c', script], options)).toMatch(/Stopped \d of \d nodes/)
      rmSync(home.path('state'), { recursive: true, force: true })
    },
    30_000,
  )

  it.runIf(possible).each(alone)('%s', (line, id) =>
    id === 'server-start' ? session(line, 'kill $node') : session('kafka server-start', line),
  )
})
