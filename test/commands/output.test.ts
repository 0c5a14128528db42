import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { misfits, parseShape } from '../support/shape.ts'
import { staticallyReached } from '../support/static-imports.ts'

const built = isBuilt()
const file = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

/** What docs/output.md says of each command. */
const documented = new Map(
  file('docs/output.md')
    .split(/^### /m)
    .slice(1)
    .map((section) => [
      section.slice(0, section.indexOf('\n')),
      {
        shape: parseShape(/```ts\n(.*?)```/s.exec(section)?.[1] ?? ''),
        csv: /^CSV: `([^`]+)`/m.exec(section)?.[1],
      },
    ]),
)

/** Commands that this test does not run, and why. */
const needsApplication = 'there is no application of Kafka Streams: the test with one holds it'

const atSecure = 'this node has no logins: the test at brokers with logins holds it'

const left: Readonly<Record<string, string>> = {
  'server-start': 'its output is a log',
  'connect-standalone': 'its output is a log',
  'connect-distributed': 'its output is a log',
  'dump-log': 'it prints lines of JSON only, which its own test holds',
  'verifiable-producer': 'it prints lines of JSON only, which its own test holds',
  'verifiable-consumer': 'the same',
  'verifiable-share-consumer': 'the same',
  'transactions describe': 'it needs an open transaction: transaction-tools.compat.test.ts runs it',
  'transactions abort': 'the same',
  'transactions force-terminate': 'the same',
  'streams-groups describe': needsApplication,
  'streams-groups delete': needsApplication,
  'streams-groups reset-offsets': needsApplication,
  'streams-groups delete-offsets': needsApplication,
  'delegation-tokens create': atSecure,
  'delegation-tokens renew': atSecure,
  'delegation-tokens expire': atSecure,
  'delegation-tokens describe': atSecure,
  'cluster up': 'it starts processes: local-cluster.test.ts holds it',
  'cluster down': 'the same',
  'cluster unregister': 'the node has no other broker',
  'metadata-quorum remove-controller': 'the node has no other controller',
  'server-stop': 'it stops every node of the machine, those of other tests too',
}

interface Case {
  readonly args: string
  readonly input?: string
  /** Command lines that come first, for each form anew. */
  readonly before?: readonly string[]
  readonly code?: number
}

/** Makes a share group that has read, and has no members. */
const shared = (group: string): string[] => [
  `configs alter group ${group} --set share.auto.offset.reset=earliest`,
  `console-share-consumer orders --group ${group} -n 1 --timeout-ms 8000`,
]

/** A line for each command; FORM is the form, for what can be done only once. DIR is a folder. */
const cases: Readonly<Record<string, Case>> = {
  request: { args: '--list' },
  'topics list': { args: '' },
  'topics describe': { args: 'orders' },
  'topics create': { args: 'new-FORM' },
  'topics alter': { args: 'alter-FORM --partitions 2', before: ['topics create alter-FORM --partitions 1'] },
  'topics clone': { args: 'orders clone-FORM' },
  'topics apply': {
    args: '-f -',
    input: 'topics: [{ name: orders, configs: { retention.bytes: null, segment.ms: 99999 } }]',
  },
  'topics delete': { args: 'delete-FORM', before: ['topics create delete-FORM'] },
  'consumer-groups list': { args: '' },
  'consumer-groups describe': { args: 'billing' },
  'consumer-groups delete': { args: 'nobody', code: 1 },
  'consumer-groups delete-offsets': { args: 'billing --topic orders:1' },
  'consumer-groups reset-offsets': { args: 'billing --topic orders:0 --to earliest' },
  'groups list': { args: '' },
  'share-groups list': { args: '' },
  'share-groups describe': { args: 'jobs' },
  'share-groups reset-offsets': { args: 'jobs --topic orders --to earliest' },
  'share-groups delete-offsets': { args: 'left-FORM --topic orders', before: shared('left-FORM') },
  'share-groups delete': { args: 'gone-FORM', before: shared('gone-FORM') },
  'console-share-consumer': {
    args: 'orders --group read-FORM -n 2 --timeout-ms 8000',
    before: ['configs alter group read-FORM --set share.auto.offset.reset=earliest'],
  },
  'share-consumer-perf-test': {
    args: 'load --group perf-FORM --num-records 100 --print-metrics',
    before: ['configs alter group perf-FORM --set share.auto.offset.reset=earliest'],
  },
  'streams-groups list': { args: '' },
  'get-offsets': { args: 'orders' },
  'delete-records': { args: 'orders:1:0' },
  'features describe': { args: '' },
  'features update': { args: 'share.version=1 --dry-run' },
  'transactions list': { args: '' },
  'transactions describe-producers': { args: 'orders:0' },
  'transactions find-hanging': { args: '--topic orders' },
  'acls list': { args: '' },
  'acls add': { args: 'User:FORM --operation read --topic orders' },
  'acls remove': {
    args: '--topic removed-FORM --yes',
    before: ['acls add User:bob --operation read --topic removed-FORM'],
  },
  'client-metrics list': { args: '' },
  'client-metrics describe': { args: 'seen' },
  'client-metrics alter': { args: 'FORM --metrics a.,b.' },
  'client-metrics delete': { args: 'gone-FORM', before: ['client-metrics alter gone-FORM --interval 60000'] },
  'metadata-shell': { args: 'DIR/logs/bootstrap.checkpoint image/features' },
  'leader-election': { args: 'orders:0' },
  'replica-verification': { args: 'orders load' },
  'streams-application-reset': { args: 'app --input-topic orders' },
  'reassign-partitions': { args: 'DIR/plan.json' },
  'configs describe': { args: 'topic orders' },
  'configs alter': { args: 'topic orders --set retention.ms=1000000 --unset retention.bytes' },
  'cluster id': { args: '' },
  'cluster list-endpoints': { args: '' },
  'broker-api-versions': { args: '' },
  'metadata-quorum describe': { args: '' },
  'metadata-quorum add-controller': { args: 'DIR/controller.properties --dry-run' },
  'log-dirs describe': { args: '' },
  'storage random-uuid': { args: '' },
  'storage format': { args: '-c DIR/FORM.properties' },
  'storage info': { args: '-c DIR/info.properties', code: 1 },
  completion: { args: 'bash' },
  'profile list': { args: '', before: ['profile set p a=b'] },
  'profile use': { args: 'used', before: ['profile set used a=b'] },
  'profile set': { args: 'p a=b' },
  'profile show': { args: 'shown', before: ['profile set shown a=b'] },
  'profile remove': { args: 'FORM', before: ['profile set FORM a=b'] },
  'console-producer': { args: 'sink', input: 'a\nb\n' },
  'console-consumer': { args: 'orders --from-beginning -n 3 --timeout-ms 8000' },
  'producer-perf-test': { args: 'sink -n 500 --print-metrics' },
  'consumer-perf-test': { args: 'load -n 100 --print-metrics' },
  'e2e-latency': { args: 'ping -n 10' },
}

let server: TestServer
/** Commands that change profiles run at the same time: each has a file of its own. */
const kafka = (args: string, input = '', home = 'home') =>
  runBuilt(server.bootstrap, args, input, { XDG_CONFIG_HOME: join(server.dir, home) })

beforeAll(async () => {
  server = await startTestServer({
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
  })
  for (const name of ['json', 'yaml', 'csv', 'info'])
    writeFileSync(
      join(server.dir, `${name}.properties`),
      `process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://localhost:9092\nlog.dirs=${join(server.dir, name)}\n`,
    )
  writeFileSync(
    join(server.dir, 'controller.properties'),
    `process.roles=controller\nnode.id=1\nlisteners=C://:9\ncontroller.listener.names=C\nlog.dirs=${join(server.dir, 'logs')}\n`,
  )
  const plan = { version: 1, partitions: [{ topic: 'orders', partition: 0, replicas: [1] }] }
  writeFileSync(join(server.dir, 'plan.json'), JSON.stringify(plan))
  await kafka('topics create orders --partitions 2 --config retention.bytes=1000000')
  await kafka('topics create sink --partitions 1')
  await kafka('client-metrics alter seen --interval 60000')
  await kafka('topics create load --partitions 1')
  await kafka('console-producer orders -k :', 'k:1\nl:"2",3\nm:4\n')
  await kafka('producer-perf-test load -n 500')
  await kafka('console-consumer orders --group billing --from-beginning -n 3 --timeout-ms 8000')
  for (const line of shared('jobs')) await kafka(line)
})
afterAll(() => server.close())

describe.skipIf(!built)('the output for programs', () => {
  const { commands } = JSON.parse(built ? file('oclif.manifest.json') : '{"commands":{}}')
  const names = Object.keys(commands).map((id) => id.replaceAll(':', ' '))

  it('is documented and tested for every command', () => {
    const known = (name: string) => name in left || (name in cases && documented.has(name))
    expect(names.filter((name) => !known(name))).toEqual([])
    expect(names).toEqual(expect.arrayContaining(Object.keys(cases)))
  })

  it.concurrent.each(Object.entries(cases))(
    'of %s is what docs/output.md says',
    async (name, wanted) => {
      const { shape, csv } = documented.get(name)!
      const runs = new Map<string, string>()
      for (const form of ['json', 'yaml', 'csv']) {
        const fill = (text: string) => text.replaceAll('FORM', form).replaceAll('DIR', server.dir)
        for (const line of wanted.before ?? []) await kafka(fill(line), '', name)
        const args = `${name} ${fill(wanted.args)} -o ${form}`.replace(/ +/g, ' ')
        const { code, out, err } = await kafka(args, wanted.input, name)
        expect({ code, err }).toEqual({ code: wanted.code ?? 0, err: '' })
        runs.set(form, out)
      }
      const [json, yaml, table] = ['json', 'yaml', 'csv'].map((form) => runs.get(form) as string) as [
        string,
        string,
        string,
      ]
      const isStream = name === 'console-consumer' || name === 'console-share-consumer'
      const values = isStream ? json.split('\n').map((line) => JSON.parse(line)) : [JSON.parse(json)]
      const documents = isStream ? parseAllDocuments(yaml).map((each) => each.toJS()) : [parse(yaml)]
      for (const value of [...values, ...documents]) expect(misfits(value, shape)).toEqual([])
      expect(documents).toHaveLength(values.length)
      expect(table.split('\n')[0]).toBe(csv)
      // A dozen processes beside those of the other commands.
    },
    60_000,
  )

  it('has no titles when nobody wants them', async () => {
    expect((await kafka('get-offsets sink --no-headers')).out).toMatch(/^sink {2}0 {2}\d+$/)
    expect((await kafka('cluster list-endpoints -o csv --no-headers')).out).toMatch(/^1,127\.0\.0\.1,\d+,,unfenced$/)
  })

  it('costs nothing when it is not asked for', async () => {
    const reached = await staticallyReached('src/commands/topics/list.ts')
    expect(reached).toContain('src/client/cluster.ts')
    expect(reached.filter((file) => /node_modules\/(yaml|cli-table3|ora)\/|src\/server\//.test(file))).toEqual([])
  })

  it('is one form at a time', async () => {
    expect((await kafka('topics list --json -o yaml')).code).toBe(2)
    expect((await kafka('topics list -o xml')).err).toBe('Expected --output=xml to be one of: text, json, yaml, csv')
    expect((await kafka('dump-log 0.log -o csv')).err).toBe('A dump is text or lines of JSON: it is not there as csv.')
    expect((await kafka('server-start -o json')).err).toBe('A node writes a log: text is the only --output it has.')
  })
})
