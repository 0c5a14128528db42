import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as consoleConsumer from '../../src/cli/classic/console-consumer.ts'
import * as consoleProducer from '../../src/cli/classic/console-producer.ts'
import * as consumerGroups from '../../src/cli/classic/consumer-groups.ts'
import * as topics from '../../src/cli/classic/topics.ts'
import { type ApacheBroker, apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/**
 * One session, typed with Apache's tools at one of Apache's brokers, and with ours at another and at our own: what is printed must be the
 * same byte for byte, ids, times and ports aside, and so must the exit codes, except where Apache's tool ends with 0 after a failure.
 */
const missing = apacheMissing()
if (missing) console.warn(`the comparison with Apache's tools is skipped: ${missing}`)

const THEIR_PORT = 23_060
const OUR_PORT = 23_070
const OWN_PORT = 23_080
const work = mkdtempSync(join(tmpdir(), 'cli-compat-'))
const brokers: ApacheBroker[] = []
let own: TestServer
const plan = join(work, 'plan.csv')

beforeAll(async () => {
  if (missing) return
  writeFileSync(plan, 'one,0,2\n')
  own = await startTestServer({ 'offsets.topic.num.partitions': '3' }, { port: OWN_PORT })
  brokers.push(
    ...(await Promise.all([startBroker(join(work, 'a'), THEIR_PORT), startBroker(join(work, 'b'), OUR_PORT)])),
  )
}, 120_000)
afterAll(async () => {
  await Promise.all([own?.close(), ...brokers.map((broker) => broker.stop())])
  rmSync(work, { recursive: true, force: true })
})

const ours = {
  'kafka-topics': topics,
  'kafka-console-producer': consoleProducer,
  'kafka-console-consumer': consoleConsumer,
  'kafka-consumer-groups': consumerGroups,
}

interface Step {
  readonly tool: keyof typeof ours
  readonly args: string
  readonly input?: string
  /** Apache's tool ends with 0 although it failed. */
  readonly failsSilently?: boolean
  /** The order of the lines is chance. */
  readonly anyOrder?: boolean
  /** Standard error is left out: Apache's has a Java stack, or a list in an order of chance. */
  readonly ignoreError?: boolean
}

const step =
  (tool: Step['tool']) =>
  (args: string, more: Partial<Step> = {}): Step => ({ tool, args, ...more })
const topic = step('kafka-topics')
const produce = (input: string, args: string, more: Partial<Step> = {}) =>
  step('kafka-console-producer')(args, { input, ...more })
const consume = step('kafka-console-consumer')
const group = step('kafka-consumer-groups')
const failing = { failsSilently: true, ignoreError: true }
const noisy = { ignoreError: true }

const session: Step[] = [
  topic('--create --topic one --partitions 1'),
  topic('--create --topic one'),
  topic('--create --topic one --if-not-exists'),
  topic('--create --topic a.b --config nope=1'),
  topic('--create --topic a_b --partitions 3 --config cleanup.policy=compact,delete --config retention.ms=1000'),
  topic('--create --topic bad/name'),
  topic('--create --topic x --replication-factor 3'),
  topic('--create --topic x --partitions 0'),
  topic('--create --topic x --replica-assignment 1,1:1'),
  topic('--create --topic assigned --replica-assignment 1,1'),
  topic('--list'),
  topic('--list --topic zz'),
  topic('--list --topic ['),
  topic('--describe'),
  topic('--describe --topic zz'),
  topic('--describe --topic zz --if-exists'),
  topic('--describe --topic-id AAAAAAAAAAAAAAAAAAAABA'),
  topic('--describe --topics-with-overrides'),
  topic('--describe --at-min-isr-partitions --topic a_b'),
  topic('--alter --topic one --partitions 1'),
  topic('--alter --topic assigned --partitions 3 --replica-assignment 1,1,1'),
  topic('--delete --topic assigned'),
  topic('--delete'),
  topic('--list --partitions 3'),
  topic('--list --topic', noisy),
  produce('a\nb\r\nc', '--topic one'),
  produce('h:1\tk\tv\n', '--topic one --reader-property parse.key=true --reader-property parse.headers=true'),
  produce('nokey\n', '--topic one --property parse.key=true', noisy),
  produce('x\n', '--topic one --batch-size x'),
  produce('x\n', '--topic one --command-config a --producer.config b'),
  consume('--topic one --from-beginning --max-messages 4 --formatter-property print.key=true'),
  consume('--topic one --from-beginning --max-messages 2 --group g1 --property print.offset=true'),
  consume('--topic one --partition 0 --offset 3 --timeout-ms 1500 --formatter-property print.headers=true'),
  consume('--topic one --partition 0 --offset x'),
  consume('--topic one --include o'),
  consume('--topic one --formatter nope'),
  consume('--topic one --group g --command-property group.id=h'),
  group('--describe --group g1'),
  group('--describe --group g1 --verbose'),
  group('--describe --group g1 --members --verbose'),
  group('--describe --group g1 --state --verbose'),
  group('--describe --group nobody', failing),
  group('--describe --group g1 --members --offsets'),
  group('--list --state empty --type classic', { anyOrder: true }),
  group('--list --state foo', noisy),
  group('--reset-offsets --group g1 --topic one --to-earliest'),
  group('--reset-offsets --group g1 --all-topics --shift-by 1 --dry-run --export'),
  group('--reset-offsets --group g1 --topic a_b --to-latest --execute'),
  group('--reset-offsets --group g1 --all-topics --to-datetime 2020-01-01T00:00:00.000 --dry-run'),
  group('--reset-offsets --group g1 --all-topics --to-datetime bogus --dry-run', failing),
  group(`--reset-offsets --group g1 --from-file ${plan} --execute`),
  group('--reset-offsets --group g1 --topic one:9 --to-earliest --dry-run', failing),
  group('--reset-offsets --group g1 --topic one:x --to-earliest --dry-run'),
  group('--describe --all-groups', { anyOrder: true, ignoreError: true }),
  group('--delete-offsets --group g1 --topic one:0'),
  group('--delete-offsets --group g1 --topic zz', failing),
  group('--delete --group g1 --group nobody', failing),
]

function plain(text: string, anyOrder = false): string {
  const same = text
    .replaceAll(String(THEIR_PORT), 'PORT')
    .replaceAll(String(OUR_PORT), 'PORT')
    .replaceAll(String(OWN_PORT), 'PORT')
    .replace(/TopicId: \S{22}/g, 'TopicId: ID')
    .replace(/console-consumer-\d+ */g, 'GROUP ')
    .replace(/^GROUP +/gm, 'GROUP ')
    // Advice that cannot be taken here yet.
    .replace(/^The consumer rebalance protocol \(KIP-848\) is production-ready!.*\n/gm, '')
  // A drawn group name has four or five digits, and sets the width of its column.
  const even = /console-consumer-\d/.test(text) ? same.replace(/ +/g, ' ') : same
  return anyOrder ? even.split('\n').sort().join('\n') : even
}

describe.skipIf(missing)("Apache's tools and ours", () => {
  it.each(session.map((one, index) => [`${index}: ${one.tool} ${one.args}`, one] as const))(
    '%s',
    async (_, { tool, args, input, failsSilently, anyOrder, ignoreError }) => {
      const words = args.split(' ')
      const servers = (port: number) => ['--bootstrap-server', `127.0.0.1:${port}`]
      const [theirs, ...mine] = await Promise.all([
        runTool(tool, [...servers(THEIR_PORT), ...words], { input }),
        runClassic(ours[tool], [...servers(OUR_PORT), ...words], { input }),
        runClassic(ours[tool], [...servers(OWN_PORT), ...words], { input }),
      ])
      for (const { out, err, code } of mine) {
        expect(plain(out, anyOrder)).toBe(plain(theirs.stdout, anyOrder))
        if (!ignoreError) expect(plain(err)).toBe(plain(theirs.stderr))
        expect(code).toBe(failsSilently ? 1 : theirs.exitCode)
      }
    },
    60_000,
  )
})
