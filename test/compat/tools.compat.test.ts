import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/**
 * The tools for operators, Apache's at one of Apache's brokers, and ours at another and at our own, command by command: the same standard
 * output and exit code byte for byte, ids, times and ports aside, and the same first lines on standard error, which Apache's tools follow up
 * with a stack.
 */
const missing = apacheMissing()
if (missing) console.warn(`the comparison with Apache's tools is skipped: ${missing}`)

const THEIR_PORT = 28_000
const OUR_PORT = 28_010
const OWN_PORT = 28_020
const work = mkdtempSync(join(tmpdir(), 'tools-compat-'))
const brokers: ApacheBroker[] = []
let own: TestServer

/** A file of this test's own folder. */
function file(name: string, content: string): string {
  const path = join(work, name)
  writeFileSync(path, content)
  return path
}

const row = (topic: string, partition: number, offset: number) => ({ topic, partition, offset })
const plan = (name: string, ...partitions: object[]) => file(name, JSON.stringify({ partitions, version: 1 }))

interface Step {
  readonly args: string
  readonly input?: string
  /** Apache's tool ends with 0 although it failed. */
  readonly failsSilently?: boolean
  /** The order of the lines is chance. */
  readonly anyOrder?: boolean
  /** At our broker the answer is another one, and docs/deviations.md says so. */
  readonly onlyApache?: boolean
}

const of =
  (tool: string, ...variants: readonly (string | Step)[]) =>
  () =>
    variants.map((step) => [tool, typeof step === 'string' ? { args: step } : step] as const)

const failing = (args: string): Step => ({ args, failsSilently: true })

const sessions = [
  of('topics', '--create --topic t1 --partitions 3', '--create --topic t2 --config retention.ms=1000'),
  of('console-producer', {
    args: '--topic t1 --reader-property parse.key=true --reader-property key.separator=:',
    input: 'k:a\nk:b\nk:c\n',
  }),
  of('console-consumer', '--topic t1 --from-beginning --max-messages 3 --group g1'),
  of(
    'get-offsets',
    '--topic t1',
    '--topic t. --partitions 0,2',
    '--topic t1 --partitions x',
    '--topic-partitions t1:0-2,t2 --time earliest',
    '--topic-partitions t1:x',
    '--topic-partitions :0,t1:-2 --time -2 --exclude-internal-topics',
    '--topic zz',
    '--topic t1 --time x',
    '--topic t1 --time 1',
    '--topic t1 --time -5',
    '--topic t1 --time -9',
    '--topic t1 --topic-partitions t1',
    '--topic [',
    '',
    '--nope',
    '--version',
  ),
  of(
    'configs',
    '--describe --topic t2',
    '--describe --entity-type topics --entity-name t2 --all',
    failing('--describe --topic zz'),
    { args: '--describe --entity-type topics', anyOrder: true },
    '--alter --topic t1 --add-config retention.ms=1000,cleanup.policy=[compact,delete]',
    '--alter --entity-type topics --entity-name t1 --delete-config retention.ms',
    '--alter --topic t1 --add-config nope=1',
    '--alter --topic t1 --add-config retention.ms=x',
    '--alter --topic t1 --add-config retention.ms',
    '--alter --topic zz --add-config retention.ms=1',
    `--alter --topic t1 --add-config-file ${file('add.properties', 'retention.ms=5\n')}`,
    '--alter --topic t1 --add-config-file /nothing/there',
    '--alter --broker-defaults --add-config log.cleaner.threads=2',
    '--describe --entity-type brokers',
    failing('--describe --broker 9'),
    '--describe --entity-type brokers --entity-default',
    '--describe --broker x',
    '--alter --broker 1 --add-config log.cleaner.threads=3',
    '--describe --broker 1',
    '--alter --broker 1 --delete-config log.cleaner.threads',
    '--alter --broker 1 --add-config broker.id=3',
    { args: '--describe --broker-logger 1', onlyApache: true },
    '--alter --broker-logger 1 --add-config nobody=DEBUG',
    '--alter --group g1 --add-config consumer.session.timeout.ms=50000',
    '--describe --entity-type groups',
    failing('--describe --group nobody'),
    '--alter --client-metrics m1 --add-config interval.ms=1000,metrics=[a,b]',
    '--describe --entity-type client-metrics',
    "--describe --topic ''",
    failing("--describe --group ''"),
    failing("--describe --client-metrics ''"),
    "--alter --client-metrics '' --add-config interval.ms=1000",
    '--describe --topic t1',
    '--describe',
    '--alter --topic t1',
    '',
    '--describe --alter --topic t1',
    '--bootstrap-controller x:1 --describe --topic t1',
    '--describe --topic t1 --entity-type topics',
    '--describe --topic t1 --entity-type brokers',
    '--describe --entity-type bogus',
    '--describe --entity-type topics --entity-type brokers',
    '--describe --entity-name x',
    '--describe --entity-type topics --entity-default',
    '--alter --entity-type topics --add-config retention.ms=1',
    '--alter --entity-type ips --add-config connection_creation_rate=1',
    '--alter --topic t1 --add-config a=b --add-config-file x',
    '--describe --topic t1 --add-config a=b',
    '--nope',
  ),
  of(
    'delete-records',
    {
      args: `--offset-json-file ${plan('good.json', row('t1', 0, -1), row('t1', 1, -1), row('t1', 2, -1))}`,
      anyOrder: true,
    },
    {
      ...failing(`--offset-json-file ${plan('far.json', row('t1', 0, 100), row('t1', 1, 0), row('t2', 0, 0))}`),
      anyOrder: true,
    },
    `--offset-json-file ${plan('twice.json', row('t1', 0, 1), row('t1', 0, 2))}`,
    `--offset-json-file ${plan('untyped.json', { topic: 5, partition: 'x', offset: 1 })}`,
    `--offset-json-file ${plan('half.json', { topic: 't1', partition: 0 })}`,
    `--offset-json-file ${plan('none.json')}`,
    `--offset-json-file ${file('fields.json', '{"x":[]}')}`,
    `--offset-json-file ${file('version.json', '{"partitions":[],"version":2}')}`,
    `--offset-json-file ${file('broken.json', 'hello')}`,
    `--offset-json-file ${file('array.json', '[]')}`,
    '--offset-json-file /nothing/there',
    '',
    '--nope',
  ),
  of('broker-api-versions', '', '--nope', '--version'),
  of(
    'groups',
    '--list',
    '--list --group-type classic',
    '--list --group-type nope',
    '--list --consumer',
    '--list --share',
    '--list --streams',
    '--list --protocol connect',
    '--list --consumer --share',
    '',
    '--list --nope',
  ),
  of(
    'metadata-quorum',
    'describe --status',
    'describe --replication',
    'describe --replication --human-readable',
    'describe --status --replication',
    'describe',
    'describe --status --human-readable',
    'describe --nope',
    'nope',
    '',
    '-h',
    'describe -h',
  ),
  of(
    'cluster',
    'cluster-id',
    'list-endpoints',
    'list-endpoints --include-fenced-brokers',
    'cluster-id --nope',
    'nope',
    '',
    '-h',
    'cluster-id -h',
    'list-endpoints -h',
  ),
  of(
    'log-dirs',
    '--describe --topic-list t2',
    '--describe --topic-list zz --broker-list 1',
    '--describe --broker-list 9',
    '--describe --broker-list x',
    '',
    '--describe --nope',
  ),
]
const steps = sessions.flatMap((session) => session())

beforeAll(async () => {
  if (missing) return
  own = await startTestServer(
    {
      'process.roles': 'broker,controller',
      'controller.quorum.voters': `1@127.0.0.1:${OWN_PORT + 1}`,
      listeners: `PLAINTEXT://127.0.0.1:${OWN_PORT},CONTROLLER://127.0.0.1:${OWN_PORT + 1}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${OWN_PORT}`,
      'controller.listener.names': 'CONTROLLER',
      'offsets.topic.num.partitions': '3',
    },
    { dir: join(work, 'c'), port: OWN_PORT },
  )
  brokers.push(
    ...(await Promise.all([startBroker(join(work, 'a'), THEIR_PORT), startBroker(join(work, 'b'), OUR_PORT)])),
  )
}, 120_000)
afterAll(async () => {
  await Promise.all([own?.close(), ...brokers.map((broker) => broker.stop())])
  rmSync(work, { recursive: true, force: true })
})

function plain(text: string, anyOrder = false): string {
  const same = text
    .replaceAll(String(THEIR_PORT), 'PORT')
    .replaceAll(String(OUR_PORT), 'PORT')
    .replaceAll(String(OWN_PORT), 'PORT')
    .replaceAll(String(THEIR_PORT + 1), 'CONTROLLER')
    .replaceAll(String(OUR_PORT + 1), 'CONTROLLER')
    .replaceAll(String(OWN_PORT + 1), 'CONTROLLER')
    .replace(/^(ClusterId: +|Cluster ID: )\S{22}$/gm, '$1ID')
    .replace(/^(HighWatermark: +)\d+$/gm, '$1N')
    .replace(/^(1 +\t\S{22}\t)\d+ *(\t0 +\t).*(\tLeader)/gm, '$1N$2TIMES$3')
    // Our node moves no replicas between its directories.
    .replace(/^\tAlterReplicaLogDirs\(34\): .*\n/gm, '')
    // How many records a group takes is the coordinator's own affair.
    .replace(/^(__consumer_offsets:\d:)[1-9]\d*$/gm, '$1N')
    .replaceAll(join(work, 'a'), 'DIR')
    .replaceAll(join(work, 'b'), 'DIR')
    .replaceAll(join(work, 'c'), 'DIR')
  return anyOrder ? same.split('\n').sort().join('\n') : same
}

/** What stands before the stack; a class name in front of the complaint, and complaints of the causes, are left out. */
function complaint(text: string): string {
  const lines = plain(text).split('\n')
  const end = lines.findIndex((line) => /^\tat /.test(line))
  const head = end < 0 ? lines : lines.slice(0, end)
  const bare = head.map((line) =>
    line
      .replace(/^((org|java|joptsimple|com)\.[\w.$]+(: |$))+/, '')
      .replace('org.apache.kafka.tools.TerseException: ', ''),
  )
  return bare.filter((line, at) => line !== '' && !bare[at - 1]?.endsWith(line)).join('\n')
}

/** The servers stand before the words; kafka-cluster takes them behind its command. */
function commandLine(tool: string, words: readonly string[], port: number): string[] {
  if (words.includes('--version')) return [...words]
  const servers = ['--bootstrap-server', `127.0.0.1:${port}`]
  if (tool !== 'cluster') return [...servers, ...words]
  return words[0]?.includes('-') && words[0] !== '-h' ? [...words, ...servers] : [...words]
}

describe.skipIf(missing)("Apache's tools for operators and ours", () => {
  it.each(steps.map(([tool, step], index) => [`${index}: ${tool} ${step.args}`, tool, step] as const))(
    '%s',
    async (_, tool, { args, input, failsSilently, anyOrder, onlyApache }) => {
      const words = args
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => (word === "''" ? '' : word))
      const { main } = await classicTools[tool]!()
      const [theirs, ...mine] = await Promise.all([
        runTool(`kafka-${tool}`, commandLine(tool, words, THEIR_PORT), { input }),
        runClassic({ main }, commandLine(tool, words, OUR_PORT), { input }),
        ...(onlyApache ? [] : [runClassic({ main }, commandLine(tool, words, OWN_PORT), { input })]),
      ])
      for (const { out, err, code } of mine) {
        expect(plain(out, anyOrder)).toBe(plain(theirs.stdout, anyOrder))
        if (!tool.startsWith('console')) expect(complaint(err)).toBe(complaint(theirs.stderr))
        expect(code).toBe(failsSilently ? 1 : theirs.exitCode)
      }
    },
    60_000,
  )
})
