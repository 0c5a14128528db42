import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classicTools } from '../../src/cli/classic/registry.ts'
import { Admin, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { type ApacheBroker, apacheMissing, javaLine, runTool, startBroker } from '../support/apache.ts'
import { isBuilt, runBuilt } from '../support/built-commands.ts'
import { runClassic } from '../support/test-console.ts'

/** Groups of Kafka Streams (KIP-1071), made by Apache's library at Apache's broker, with Apache's kafka-streams-groups and ours. */
const missing = apacheMissing()
if (missing) console.warn(`streams groups are not tested: ${missing}`)
const built = isBuilt()

const PORT = 22_350
const work = mkdtempSync(join(tmpdir(), 'streams-groups-'))
const source = fileURLToPath(new URL('../support/java/StreamsPeer.java', import.meta.url))
let apache: ApacheBroker
let admin: Admin

const withoutStacks = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^(\tat |\t\.\.\. |Caused by: |(java|org|joptsimple)\.[\w.$]+: )/.test(line))
    .map((line) => line.replace(/^Exception in thread "main" [\w.]+: /, ''))
    // Their order is chance.
    .map((line) => line.replace(/(?<=Valid states are: ).*/, (list) => list.split(', ').sort().join(', ')))
    .join('\n')
    .trimEnd()

async function theirs(args: string) {
  const line = ['--bootstrap-server', apache.bootstrap, ...args.split(' ')]
  const { stdout: out, stderr, exitCode } = await runTool('org.apache.kafka.tools.streams.StreamsGroupCommand', line)
  // Apache's tool often ends with 0 whatever it could not do. That a group has no members is no failure.
  const failed = / ?Error: (?!.*has no active members)/.test(out)
  return { out, err: withoutStacks(stderr), code: failed ? 1 : exitCode }
}

async function own(args: string) {
  const { main } = await classicTools['streams-groups']!()
  const line = ['--bootstrap-server', apache.bootstrap, ...args.split(' ')]
  const { out, err, code } = await runClassic({ main }, line)
  return { out, err: withoutStacks(err), code }
}

const same = async (args: string): Promise<void> => expect(await own(args)).toEqual(await theirs(args))

const start = (id: string) =>
  execa('java', [...javaLine('-Xmx256M'), source, apache.bootstrap, id, join(work, id), 'words', 'counts'], {
    reject: false,
  })

/** Whether it has committed the end of each partition. */
async function hasRead(id: string): Promise<boolean> {
  const rows = (await own(`--describe --group ${id}`)).out.split('\n').filter((line) => line.startsWith(`${id} `))
  return rows.length > 0 && rows.every((row) => / 0 *$/.test(row))
}

/** Waits until a group is in a state, and has read everything if it is stable. */
async function until(id: string, state: string): Promise<void> {
  for (;;) {
    const { out } = await own('--list --state')
    const isThere = out.split('\n').some((line) => line.startsWith(`${id} `) && line.trimEnd().endsWith(` ${state}`))
    if (isThere && (state !== 'Stable' || (await hasRead(id)))) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

beforeAll(async () => {
  if (missing) return
  apache = await startBroker(work, PORT)
  admin = new Admin({ 'bootstrap.servers': apache.bootstrap }, nodeRuntime)
  await admin.createTopics([
    { name: 'words', partitions: 3 },
    { name: 'counts', partitions: 1 },
    { name: 'other', partitions: 1 },
  ])
  const producer = new Producer({ 'bootstrap.servers': apache.bootstrap }, nodeRuntime)
  for (let i = 0; i < 30; i++) void producer.send({ topic: 'words', partition: i % 3, value: `m${i}` })
  await producer.close()
}, 120_000)
afterAll(async () => {
  await admin?.close()
  await apache?.stop()
  rmSync(work, { recursive: true, force: true })
})

describe.skipIf(missing)('kafka-streams-groups', () => {
  it('shows a group that runs, and leaves it alone', async () => {
    const peer = start('live')
    try {
      await until('live', 'Stable')
      for (const args of [
        '--list',
        '--list --state',
        '--describe --group live',
        '--describe --group live --verbose',
        '--describe --group live --members',
        '--describe --group live --members --verbose',
        '--describe --group live --state',
        '--describe --group live --state --verbose',
        '--delete --group live --group nope',
        '--reset-offsets --group live --input-topic words --to-earliest --dry-run',
        '--delete-offsets --group live --input-topic words',
      ])
        await same(args)
      if (built) {
        const { out } = await runBuilt(apache.bootstrap, 'streams-groups describe live --json')
        const [group] = JSON.parse(out).groups
        expect(group).toMatchObject({ group: 'live', state: 'Stable' })
        expect(group.offsets.filter(({ topic }: { topic: string }) => topic === 'words')).toHaveLength(3)
        expect(group.members[0].tasks.active).toHaveLength(2)
        expect((await runBuilt(apache.bootstrap, 'streams-groups list -o csv')).out).toBe('group,state\nlive,Stable')
      }
    } finally {
      peer.stdin.end()
      await peer
    }
  }, 180_000)

  it('shows a group that has stopped, and moves it', async () => {
    await until('live', 'Empty')
    for (const args of [
      '--describe --group live',
      '--describe --group live --members',
      '--describe --group live --state',
      '--describe --all-groups --state --verbose',
      '--reset-offsets --group live --input-topic words --to-earliest --dry-run',
      '--reset-offsets --group live --input-topic words:0,1 --shift-by -2 --dry-run',
      '--reset-offsets --group live --all-input-topics --to-current --dry-run --export',
      '--reset-offsets --group live --input-topic other --to-latest --dry-run',
      '--reset-offsets --all-groups --all-input-topics --to-latest --dry-run',
      '--reset-offsets --group live --all-input-topics --to-earliest --execute',
      '--reset-offsets --group live --input-topic words --to-offset 4 --execute',
      '--delete-offsets --group live --input-topic nope',
      '--delete-offsets --group live --input-topic words',
    ])
      await same(args)
    if (built) {
      const moved = await runBuilt(
        apache.bootstrap,
        'streams-groups reset-offsets live --all-topics --to 3 --execute --json',
      )
      expect(JSON.parse(moved.out)).toMatchObject({ executed: true, offsets: [{ topic: 'words', offset: 3 }, {}, {}] })
      const strange = await runBuilt(apache.bootstrap, 'streams-groups reset-offsets live --topic other --to latest')
      expect(strange).toEqual({ code: 1, out: '', err: 'other is no input topic of group live.' })
      const forgotten = await runBuilt(apache.bootstrap, 'streams-groups delete-offsets live --topic words:0 -o csv')
      expect(forgotten.out).toBe('topic,partition,result\nwords,0,deleted')
      const deleted = await runBuilt(apache.bootstrap, 'streams-groups delete live --yes')
      expect(deleted).toEqual({ code: 0, out: 'Deleted group live.', err: '' })
    }
  }, 240_000)

  it.each([
    '--list --state foo',
    '--describe --group nope',
    '--reset-offsets --group nope --input-topic nope --to-latest --dry-run',
    '--delete-offsets --group nope --input-topic words',
    '--delete --group nope',
    '--describe',
    '--list --describe --group a',
    '--describe --group a --members --state',
    '--describe --group a --all-groups',
    '--delete',
    '--delete --group a --input-topic t',
    '--delete-offsets --group a',
    '--reset-offsets --group a',
    '--reset-offsets --group a --input-topic t --to-latest --to-earliest --dry-run',
    '--reset-offsets --group a --input-topic t --to-latest --execute --dry-run',
    '--reset-offsets --input-topic t --to-latest --dry-run',
    '--list --group a',
    '--list --verbose',
    '--help',
  ])('%s', (args) => same(args), 60_000)
})
