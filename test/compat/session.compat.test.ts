import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApacheBroker, apacheMissing, runTool, startBroker, type ToolResult } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/**
 * One session of Apache's own tools, typed at our node and at Apache's: what they print must be the same, ids, times and figures aside.
 */
const missing = apacheMissing()
if (missing) console.warn(`the session of Apache's tools is skipped: ${missing}`)

const APACHE_PORT = 24_010
const OUR_PORT = 24_020
const work = mkdtempSync(join(tmpdir(), 'session-compat-'))
let theirs: ApacheBroker
let ours: TestServer

beforeAll(async () => {
  if (missing) return
  ;[theirs, ours] = await Promise.all([
    startBroker(join(work, 'apache'), APACHE_PORT),
    startTestServer(
      {
        'process.roles': 'broker,controller',
        'controller.quorum.voters': `1@127.0.0.1:${OUR_PORT + 1}`,
        listeners: `PLAINTEXT://127.0.0.1:${OUR_PORT},CONTROLLER://127.0.0.1:${OUR_PORT + 1}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${OUR_PORT}`,
        'controller.listener.names': 'CONTROLLER',
        'offsets.topic.num.partitions': '3',
        'transaction.state.log.replication.factor': '1',
        'transaction.state.log.min.isr': '1',
      },
      { dir: join(work, 'ours'), port: OUR_PORT },
    ),
  ])
}, 120_000)
afterAll(async () => {
  await theirs?.stop()
  await ours?.close()
  rmSync(work, { recursive: true, force: true })
})

/** What two runs may differ in. */
function plain(text: string): string {
  return text
    .replaceAll(String(APACHE_PORT + 1), 'CONTROLLER_PORT')
    .replaceAll(String(OUR_PORT + 1), 'CONTROLLER_PORT')
    .replaceAll(String(APACHE_PORT), 'PORT')
    .replaceAll(String(OUR_PORT), 'PORT')
    .replaceAll(join(work, 'apache'), 'DIR')
    .replaceAll(join(work, 'ours'), 'DIR')
    .replace(/(TopicId: )\S{22}/g, '$1ID')
    .replace(/(ClusterId:\s+)\S{22}/g, '$1ID')
    .replace(/(Cluster ID: )\S{22}/g, '$1ID')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/"timestamp":\d+/g, '"timestamp":0')
    .replace(/(CreateTime:)\d+/g, '$1T')
    .replace(/^\[\d{4}-\d\d-\d\d [\d:,]+\]/gm, '[TIME]')
}

type Step = readonly [tool: string, args: string, input?: string]

const both = async ([tool, args, input]: Step): Promise<[ToolResult, ToolResult]> => {
  const run = (port: number) =>
    runTool(tool, ['--bootstrap-server', `127.0.0.1:${port}`, ...words(args)], { input, timeoutMs: 90_000 })
  return Promise.all([run(OUR_PORT), run(APACHE_PORT)])
}

const words = (line: string): string[] =>
  line === '' ? [] : line.split(' ').map((word) => word.replaceAll('␣', ' ').replaceAll('DIR', work))

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}\n`).join('')

const session: readonly Step[] = [
  ['kafka-topics', '--list'],
  ['kafka-topics', '--create --topic t1 --partitions 3'],
  ['kafka-topics', '--create --topic t1'],
  ['kafka-topics', '--create --if-not-exists --topic t1'],
  ['kafka-topics', '--create --topic with.dot --config retention.ms=86400000 --config cleanup.policy=compact'],
  ['kafka-topics', '--create --topic with_dot'],
  ['kafka-topics', '--create --topic r3 --replication-factor 3'],
  ['kafka-topics', '--create --topic bad␣name'],
  ['kafka-topics', '--create --topic c --config nope=1'],
  ['kafka-topics', '--create --topic c --config retention.ms=abc'],
  ['kafka-topics', '--create --topic m --replica-assignment 1,1'],
  ['kafka-topics', '--create --topic m2 --replica-assignment 1:1'],
  ['kafka-topics', '--create --topic m3 --replica-assignment 7'],
  ['kafka-topics', '--describe --topic t1'],
  ['kafka-topics', '--describe'],
  ['kafka-topics', '--describe --topics-with-overrides'],
  ['kafka-topics', '--describe --under-replicated-partitions'],
  ['kafka-topics', '--describe --topic nowhere'],
  ['kafka-topics', '--alter --topic t1 --partitions 4'],
  ['kafka-topics', '--alter --topic t1 --partitions 2'],
  ['kafka-topics', '--alter --topic t1 --partitions 4'],
  ['kafka-topics', '--delete --topic with.dot'],
  ['kafka-topics', '--delete --topic nowhere'],
  ['kafka-topics', '--list'],
  [
    'kafka-configs',
    '--alter --entity-type topics --entity-name t1 --add-config retention.ms=3600000,max.message.bytes=2000000',
  ],
  ['kafka-configs', '--describe --entity-type topics --entity-name t1'],
  ['kafka-configs', '--describe --all --entity-type topics --entity-name t1'],
  ['kafka-configs', '--alter --entity-type topics --entity-name t1 --delete-config retention.ms'],
  ['kafka-configs', '--alter --entity-type topics --entity-name t1 --add-config nope=1'],
  ['kafka-configs', '--alter --entity-type topics --entity-name nowhere --add-config retention.ms=1'],
  ['kafka-configs', '--alter --entity-type brokers --entity-default --add-config log.retention.ms=360000000'],
  ['kafka-configs', '--describe --entity-type brokers --entity-default'],
  ['kafka-configs', '--describe --entity-type brokers --entity-name 1'],
  ['kafka-configs', '--alter --entity-type brokers --entity-name 1 --add-config broker.id=7'],
  ['kafka-topics', '--create --topic one --partitions 1'],
  ['kafka-console-producer', '--topic one', lines(1, 2000)],
  ['kafka-console-producer', '--topic one --compression-codec lz4', lines(2001, 3000)],
  ['kafka-console-producer', '--topic one --compression-codec zstd', lines(3001, 4000)],
  [
    'kafka-console-producer',
    '--topic one --reader-property parse.key=true --reader-property key.separator=:',
    'k1:v1\nk2:v2\n',
  ],
  ['kafka-console-consumer', '--topic one --from-beginning --max-messages 4002 --group g1'],
  [
    'kafka-console-consumer',
    '--topic one --partition 0 --offset 3999 --max-messages 3 --formatter-property print.key=true --formatter-property print.offset=true',
  ],
  ['kafka-console-consumer', '--topic one --from-beginning --timeout-ms 3000 --group g1'],
  ['kafka-get-offsets', '--topic one'],
  ['kafka-get-offsets', '--topic one --time -2'],
  ['kafka-get-offsets', '--topic one --time -3'],
  ['kafka-get-offsets', '--topic one --time 0'],
  ['kafka-consumer-groups', '--list'],
  ['kafka-consumer-groups', '--list --state'],
  ['kafka-consumer-groups', '--describe --group g1'],
  ['kafka-consumer-groups', '--describe --group g1 --members'],
  ['kafka-consumer-groups', '--describe --group g1 --state'],
  ['kafka-consumer-groups', '--describe --group g1 --verbose'],
  ['kafka-consumer-groups', '--reset-offsets --group g1 --topic one --to-earliest --dry-run'],
  ['kafka-consumer-groups', '--reset-offsets --group g1 --topic one --to-offset 100 --execute'],
  ['kafka-consumer-groups', '--reset-offsets --group g1 --topic one --shift-by 10 --execute'],
  ['kafka-consumer-groups', '--describe --group g1'],
  ['kafka-consumer-groups', '--delete-offsets --group g1 --topic one'],
  ['kafka-consumer-groups', '--delete --group g1'],
  ['kafka-consumer-groups', '--delete --group g1'],
  ['kafka-consumer-groups', '--describe --group g1'],
  ['kafka-delete-records', '--offset-json-file DIR/delete.json'],
  ['kafka-get-offsets', '--topic one --time -2'],
  ['kafka-metadata-quorum', 'describe --replication'],
  ['kafka-log-dirs', '--describe --topic-list t1 --broker-list 1'],
]

describe.skipIf(missing)("a session of Apache's tools", () => {
  beforeAll(() => {
    const partitions = [{ topic: 'one', partition: 0, offset: 10 }]
    writeFileSync(join(work, 'delete.json'), JSON.stringify({ partitions, version: 1 }))
  })

  it.each(session.map((step, at) => [`${at + 1}: ${step[0]} ${step[1]}`, step] as const))(
    '%s',
    async (_name, step) => {
      const [mine, apache] = await both(step)
      expect(comparable(step, mine)).toEqual(comparable(step, apache))
    },
    100_000,
  )
})

function comparable([tool, args]: Step, { stdout, exitCode }: ToolResult): object {
  let text = plain(stdout)
  // These differ from run to run on one and the same broker.
  if (tool === 'kafka-metadata-quorum') text = text.replace(/\d+/g, 'N').replace(/[ \t]+/g, ' ')
  if (tool === 'kafka-configs' && args.includes('brokers')) text = text.replace(/.*(?:listeners|log\.dirs).*\n/g, '')
  return { text, exitCode }
}
