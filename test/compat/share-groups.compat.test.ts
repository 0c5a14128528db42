import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Admin, Producer, ShareConsumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { apacheMissing, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { startTestServer } from '../support/server.ts'
import { runClassic } from '../support/test-console.ts'

/** Share groups (KIP-932) at Apache's broker and at ours: our consumer and tools, and Apache's tools beside them. */
const missing = apacheMissing()
if (missing) console.warn(`share groups are not tested: ${missing}`)
const built = isBuilt()

const PORT = 22_340
const work = mkdtempSync(join(tmpdir(), 'share-groups-'))
/** A broker that is asked, and the administrator who asks. */
interface Side {
  readonly bootstrap: string
  readonly admin: Admin
  stop(): Promise<void>
}
const brokers = ['Apache', 'ours'] as const
const sides = new Map<string, Side>()
/** The one that is asked now. */
let side: Side

const classes: Readonly<Record<string, string>> = {
  'share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'console-share-consumer': 'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
  'verifiable-share-consumer': 'org.apache.kafka.tools.VerifiableShareConsumer',
}

const withoutStacks = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^(\tat |\t\.\.\. |Caused by: |(java|org|joptsimple)\.[\w.$]+: )/.test(line))
    .map((line) => line.replace(/^Exception in thread "main" [\w.]+: /, ''))
    // Their order is chance.
    .map((line) => line.replace(/(?<=Valid states are: ).*/, (list) => list.split(', ').sort().join(', ')))
    .join('\n')
    .trimEnd()

async function theirs(tool: string, args: string) {
  const line = ['--bootstrap-server', side.bootstrap, ...args.split(' ')]
  const { stdout: out, stderr, exitCode } = await runTool(classes[tool]!, line)
  // Apache's tool ends with 0 whatever it could not do.
  return { out, err: withoutStacks(stderr), code: /^Error: /m.test(out) || / Error: /.test(out) ? 1 : exitCode }
}

async function own(tool: string, args: string) {
  const { main } = await classicTools[tool]!()
  const { out, err, code } = await runClassic({ main }, ['--bootstrap-server', side.bootstrap, ...args.split(' ')])
  return { out, err: err.trimEnd(), code }
}

const setEarliest = (name: string) =>
  side.admin.incrementalAlterConfigs([
    { type: 'group', name, ops: [{ name: 'share.auto.offset.reset', op: 'set', value: 'earliest' }] },
  ])

/** Whether a group's only member has all partitions: until then it is no sign of anything that nothing comes. */
async function hasPartitions(group: string): Promise<boolean> {
  const found = (await side.admin.describeShareGroups([group])).get(group)
  return found !== undefined && 'members' in found && found.members[0]?.assignment.length === 3
}

/** Everything that a member is given: so many records, and then what comes until nothing has come for a while. */
async function readAll(
  group: string,
  mode: 'implicit' | 'explicit',
  count: number,
  acknowledge?: (consumer: ShareConsumer, record: { topic: string; partition: number; offset: number }) => void,
) {
  const consumer = new ShareConsumer(
    { 'bootstrap.servers': side.bootstrap, 'group.id': group, 'share.acknowledgement.mode': mode },
    nodeRuntime,
  )
  const seen: string[] = []
  consumer.subscribe(['orders'])
  for (let idle = 0; idle < 4; idle++) {
    const batch = await consumer.poll(500)
    const record = batch.cursor()
    while (record.next()) {
      idle = 0
      seen.push(`${record.partition}:${record.offset}:${record.deliveryCount}`)
      acknowledge?.(consumer, record)
    }
    if (seen.length < count || !(await hasPartitions(group))) idle = 0
  }
  await consumer.close()
  return seen.sort()
}

beforeAll(async () => {
  if (missing) return
  const share = {
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '3',
    'offsets.topic.num.partitions': '3',
    // A member is given partitions in its second heartbeat.
    'group.share.min.heartbeat.interval.ms': '300',
    'group.share.heartbeat.interval.ms': '300',
  }
  const [apache, ours] = await Promise.all([startBroker(work, PORT, share), startTestServer(share)])
  sides.set(
    'Apache',
    sideOf(apache.bootstrap, () => apache.stop()),
  )
  sides.set(
    'ours',
    sideOf(ours.bootstrap, () => ours.close()),
  )
  for (const [, one] of sides) {
    side = one
    await fill()
  }
}, 120_000)

function sideOf(bootstrap: string, stop: () => Promise<void>): Side {
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  return { bootstrap, admin, stop }
}

async function fill(): Promise<void> {
  await side.admin.createTopics([
    { name: 'orders', partitions: 3 },
    { name: 'extra', partitions: 1 },
  ])
  const producer = new Producer({ 'bootstrap.servers': side.bootstrap }, nodeRuntime)
  for (let i = 0; i < 30; i++) void producer.send({ topic: 'orders', partition: i % 3, value: `m${i}` })
  await producer.close()
  for (const group of ['jobs', 'picky', 'seen', 'out']) await setEarliest(group)
}

afterAll(async () => {
  for (const { admin, stop } of sides.values()) {
    await admin.close()
    await stop()
  }
  rmSync(work, { recursive: true, force: true })
})

const all = Array.from({ length: 30 }, (_, i) => `${i % 3}:${Math.floor(i / 3)}:1`).sort()

describe.skipIf(missing).each(brokers)('a share consumer at %s', (broker) => {
  beforeAll(() => at(broker))

  it('is given every record once, and after that nothing', async () => {
    expect(await readAll('jobs', 'implicit', 30)).toEqual(all)
    expect(await readAll('jobs', 'implicit', 0)).toEqual([])
  }, 120_000)

  it('is given again what it releases, and never what it rejects', async () => {
    const seen = await readAll('picky', 'explicit', 32, (consumer, record) => {
      consumer.acknowledge(
        record,
        record.partition === 0
          ? 'reject'
          : record.offset === 3 && !released.has(record.partition)
            ? 'release'
            : 'accept',
      )
      if (record.offset === 3) released.add(record.partition)
    })
    expect(seen).toEqual([...all, '1:3:2', '2:3:2'].sort())
    expect(await readAll('picky', 'implicit', 0)).toEqual([])
  }, 120_000)
  const released = new Set<number>()
})

/** From here on this broker is asked. */
function at(broker: string): void {
  side = sides.get(broker) as Side
}

/** Lines that change nothing, or the same thing again. */
const lines = [
  '--list',
  '--list --state',
  '--list --state empty',
  '--list --state foo',
  '--describe --group jobs',
  '--describe --group jobs --verbose',
  '--describe --group jobs --members',
  '--describe --group jobs --state',
  '--describe --group jobs --state --verbose',
  '--describe --all-groups',
  '--describe --group nope',
  '--describe --group nope --members',
  '--reset-offsets --group jobs --topic orders --to-earliest --dry-run',
  '--reset-offsets --group jobs --topic orders:0,2 --to-latest --execute',
  '--reset-offsets --group jobs --all-topics --to-latest --execute',
  '--reset-offsets --group jobs --topic nope --to-latest --dry-run',
  '--reset-offsets --group jobs --topic orders:9 --to-latest --dry-run',
  '--reset-offsets --group jobs --topic orders:x --to-latest --dry-run',
  '--reset-offsets --group jobs --topic orders --to-datetime 2020-01-01T00:00:00.000 --dry-run',
  '--reset-offsets --group jobs --topic orders --to-datetime 2999-01-01T00:00:00.000 --dry-run',
  '--reset-offsets --group fresh --topic extra --to-earliest --execute',
  '--reset-offsets --group fresher --all-topics --to-earliest --dry-run',
  '--describe --group fresh',
  '--delete-offsets --group jobs --topic nope',
  '--delete-offsets --group nope --topic orders',
  '--delete --group nope',
  '--describe',
  '--describe --group a --members --state',
  '--describe --group a --state Empty',
  '--describe --group a --all-groups',
  '--describe --group a --topic t',
  '--delete',
  '--delete --group a --topic t',
  '--delete-offsets --group a',
  '--reset-offsets --group a',
  '--reset-offsets --group a --to-earliest --dry-run',
  '--reset-offsets --group a --topic t --dry-run',
  '--reset-offsets --group a --topic t --to-earliest --to-latest --dry-run',
  '--reset-offsets --group a --topic t --dry-run --execute --to-latest',
  '--reset-offsets --topic t --dry-run --to-latest',
  '--reset-offsets --group a --group b --topic t --dry-run --to-latest',
  '--list --group a',
  '--list --verbose',
  '--list --nope',
]

const requests = new Set([
  '--list --state',
  '--describe --group jobs --verbose',
  '--describe --group jobs --members',
  '--reset-offsets --group jobs --all-topics --to-latest --execute',
  '--describe --group fresh',
  '--delete-offsets --group jobs --topic nope',
  '--delete --group nope',
])
/** What was answered at the first broker, and has to be at the second. */
const answers = new Map<string, unknown>()
const plain = (answer: object): unknown =>
  JSON.parse(JSON.stringify(answer).replaceAll(side.bootstrap, 'BOOTSTRAP').replaceAll(/ +/g, ' '))

describe.skipIf(missing).each(brokers)('kafka-share-groups at %s', (broker) => {
  beforeAll(() => at(broker))

  it.each(lines)(
    '%s',
    async (args) => {
      const answer = await own('share-groups', args)
      const first = answers.get(args)
      // At the second broker Apache's tool is asked only what makes a request of its own.
      if (first === undefined || requests.has(args)) expect(answer).toEqual(await theirs('share-groups', args))
      expect(plain(answer)).toEqual(first ?? plain(answer))
      answers.set(args, plain(answer))
    },
    60_000,
  )

  it('shows members, and moves nothing of theirs', async () => {
    const consumer = new ShareConsumer(
      { 'bootstrap.servers': side.bootstrap, 'group.id': 'live', 'client.id': 'me' },
      nodeRuntime,
    )
    consumer.subscribe(['extra'])
    let stopped = false
    const polling = (async () => {
      while (!stopped) await consumer.poll(200)
    })()
    try {
      while (!(await own('share-groups', '--describe --group live --members')).out.includes('extra:0'));
      for (const args of [
        '--describe --group live --members',
        '--describe --group live --members --verbose',
        '--describe --group live --state --verbose',
        '--delete --group live',
        '--reset-offsets --group live --topic extra --to-latest --dry-run',
        '--delete-offsets --group live --topic extra',
      ])
        expect(await own('share-groups', args)).toEqual(await theirs('share-groups', args))
    } finally {
      stopped = true
      await polling
      await consumer.close()
    }
  }, 120_000)

  it('deletes groups and what they know', async () => {
    for (const run of [own, theirs]) {
      await run('share-groups', '--reset-offsets --group gone --topic orders --topic extra --to-earliest --execute')
      const forgotten = await run('share-groups', '--delete-offsets --group gone --topic orders --topic nope')
      expect(forgotten.out).toBe(
        '\nTOPIC           STATUS\nnope            Error: This server does not host this topic-partition.\norders          Successful\n',
      )
      expect(await run('share-groups', '--delete --group gone --group nope')).toEqual({
        out: "\nError: Deletion of some share groups failed:\n* Group 'nope' could not be deleted due to: java.lang.IllegalArgumentException: Group 'nope' is not a share group.\n\nThese share groups were deleted successfully: 'gone'\n",
        err: '',
        code: 1,
      })
      await run('share-groups', '--reset-offsets --group gone --topic orders --to-earliest --execute')
      expect((await run('share-groups', '--delete --group gone')).out).toBe(
        "Deletion of requested share groups ('gone') was successful.\n",
      )
    }
  }, 120_000)
})

describe.skipIf(missing).each(brokers)('the tools of share consumers at %s', (broker) => {
  beforeAll(() => at(broker))

  it('print records with how often they were delivered', async () => {
    const flags =
      '--topic orders --group out --timeout-ms 15000 --formatter-property print.delivery=true --formatter-property print.partition=true'
    const released = await own('console-share-consumer', `${flags} --max-messages 10 --release`)
    expect(released).toMatchObject({ err: 'Processed a total of 10 messages', code: 0 })
    expect(released.out).toMatch(/^(Partition:\d\tDelivery:1\tm\d+\n){10}$/)
    const taken = await theirs('console-share-consumer', `${flags} --max-messages 30`)
    const values = taken.out.trim().split('\n')
    expect(new Set(values.map((line) => line.split('\t')[2])).size).toBe(30)
    expect(values.filter((line) => line.includes('Delivery:2')).length).toBeGreaterThanOrEqual(10)
    expect(await own('console-share-consumer', '--topic orders --group out --timeout-ms 7000')).toMatchObject({
      out: '',
    })
  }, 120_000)

  it.each([
    '--group g',
    '--topic t --reject --release',
    '--topic t --group a --consumer-property group.id=b',
    '--help',
  ])(
    'refuse as Apache does: %s',
    async (args) =>
      expect(await own('console-share-consumer', args)).toEqual(await theirs('console-share-consumer', args)),
    60_000,
  )

  it('tell of events as Apache does', async () => {
    const shape = (out: string) =>
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; count?: number })
    const sum = (out: string, name: string) =>
      shape(out).reduce((total, event) => total + (event.name === name ? (event.count ?? 0) : 0), 0)
    const flags = '--topic orders --offset-reset-strategy earliest --max-messages 30'
    for (const [run, group] of [
      [own, 'v1'],
      [theirs, 'v2'],
    ] as const) {
      const { out, code } = await run('verifiable-share-consumer', `${flags} --group-id ${group}`)
      expect(code).toBe(0)
      expect(shape(out).at(0)?.name).toBe('startup_complete')
      expect(shape(out).at(1)).toMatchObject({ name: 'offset_reset_strategy_set', offsetResetStrategy: 'earliest' })
      expect([sum(out, 'records_consumed'), sum(out, 'offsets_acknowledged')]).toEqual([30, 30])
      expect(shape(out).at(-1)?.name).toBe('shutdown_complete')
    }
    for (const args of ['--topic orders', '--help'])
      expect(await own('verifiable-share-consumer', args)).toEqual(await theirs('verifiable-share-consumer', args))
  }, 120_000)

  it('measure', async () => {
    await setEarliest('perf')
    const { out, code } = await own(
      'share-consumer-perf-test',
      '--topic orders --group perf --num-records 30 --threads 2 --show-consumer-stats',
    )
    expect(code).toBe(0)
    expect(out).toMatch(
      /^start\.time, .*\n(Share consumer \d having client id perf-share-consumer-client-\d consumption metrics- .*\n){2}.*, 30, \d+\n$/,
    )
  }, 60_000)
})

describe.skipIf(missing || !built).each(brokers)('kafka share-groups at %s', (broker) => {
  beforeAll(() => at(broker))

  it('has it for people and for programs', async () => {
    const kafka = (args: string) => runBuilt(side.bootstrap, args)
    expect((await kafka('share-groups list')).out).toContain('jobs')
    const { groups } = JSON.parse((await kafka('share-groups describe fresh --json')).out)
    expect(groups).toMatchObject([
      {
        group: 'fresh',
        state: 'Empty',
        offsets: [{ topic: 'extra', partition: 0, startOffset: 0, lag: 0 }],
        members: [],
      },
    ])
    expect((await kafka('share-groups describe fresh -o csv')).out).toBe(
      'group,topic,partition,start-offset,lag\nfresh,extra,0,0,0',
    )
    await setEarliest('native')
    const records = await kafka('console-share-consumer orders -g native -n 30 --timeout-ms 15000 --json')
    const seen = records.out.split('\n').map((line) => JSON.parse(line))
    expect(seen).toHaveLength(30)
    expect(seen[0]).toMatchObject({ topic: 'orders', offset: 0, deliveryCount: 1, headers: [], key: null })
    const forgotten = await kafka('share-groups delete-offsets native --topic orders --topic nope -o csv')
    expect(forgotten).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^topic,partition,result\norders,,deleted\nnope,,/),
    })
    const measured = await kafka(
      'share-consumer-perf-test orders -g native -n 30 --members 2 --timeout-ms 20000 --json',
    )
    expect(JSON.parse(measured.out)).toMatchObject({ records: 30, members: [expect.any(Number), expect.any(Number)] })
    const reset = await kafka('share-groups reset-offsets fresh --topic extra --to latest --execute --json')
    expect(JSON.parse(reset.out)).toEqual({
      group: 'fresh',
      executed: true,
      offsets: [{ topic: 'extra', partition: 0, offset: 0 }],
    })
    expect(await kafka('share-groups delete fresh nope --yes')).toEqual({
      code: 1,
      out: 'Deleted group fresh.',
      err: "Group nope was not deleted: Group 'nope' is not a share group.",
    })
  }, 60_000)
})
