import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apacheMissing, runTool } from '../support/apache.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** Clients that others wrote, unchanged, on our node: kcat, librdkafka through Python, and Apache's heavier tools. */
const runs = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch (error) {
    return (error as { status?: number }).status !== undefined && (error as { status?: number }).status !== null
  }
}
const hasKcat = runs('kcat')
const hasPython = runs('python3')
const noJava = apacheMissing()
if (process.env.KAFKA_TEST_REQUIRE_JAVA && !(hasKcat && hasPython)) throw new Error('kcat or python3 is missing')
if (!hasKcat) console.warn('kcat is not tested: it is missing (package kcat)')

let node: TestServer
beforeAll(async () => {
  node = await startTestServer()
})
afterAll(() => node?.close())

const lines = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('')

describe.skipIf(!hasKcat)('kcat', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'produces with %s, and reads it back in a group',
    async (codec) => {
      const topic = `kcat-${codec}`
      await execa('kcat', ['-b', node.bootstrap, '-P', '-t', topic, '-z', codec, '-p', '0'], { input: lines(2000) })
      const args = [
        '-b',
        node.bootstrap,
        '-q',
        '-c',
        '2000',
        '-X',
        'auto.offset.reset=earliest',
        '-G',
        `group-${codec}`,
        topic,
      ]
      const { stdout } = await execa('kcat', args, { stripFinalNewline: false, timeout: 30_000 })
      expect(stdout).toBe(lines(2000))
    },
  )

  it('lists', async () => {
    const { stdout } = await execa('kcat', ['-b', node.bootstrap, '-L'])
    expect(stdout).toContain(`broker 1 at ${node.bootstrap} (controller)`)
    expect(stdout).toContain('topic "kcat-none" with 1 partitions')
  })
})

const PYTHON = `
import sys
from confluent_kafka import Producer, Consumer
from confluent_kafka.admin import AdminClient, NewTopic
b = sys.argv[1]
admin = AdminClient({'bootstrap.servers': b})
for f in admin.create_topics([NewTopic('python', 3, 1)]).values(): f.result()
p = Producer({'bootstrap.servers': b, 'enable.idempotence': True, 'linger.ms': 5})
acks = []
for i in range(3000): p.produce('python', str(i), key=str(i % 50), headers={'n': str(i)}, on_delivery=lambda e, m: acks.append((e, m.offset())))
p.flush(20)
assert len(acks) == 3000 and all(e is None for e, _ in acks), acks[:3]
c = Consumer({'bootstrap.servers': b, 'group.id': 'python', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
c.subscribe(['python'])
seen = {}
while len(seen) < 3000:
    m = c.poll(10)
    assert m is not None and m.error() is None, m and m.error()
    key = (m.partition(), m.offset()); assert key not in seen; seen[key] = m.value()
c.commit(asynchronous=False)
c.close()
assert sorted(int(v) for v in seen.values()) == list(range(3000))
groups = admin.list_consumer_groups().result().valid
assert 'python' in [g.group_id for g in groups]
print('ok')
`

/** Copies a topic into another one, in transactions that carry the group's offsets; a third of them is aborted, and done again. */
const PYTHON_TRANSACTIONS = `
import sys
from confluent_kafka import Producer, Consumer, TopicPartition, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic
b = sys.argv[1]
admin = AdminClient({'bootstrap.servers': b})
for f in admin.create_topics([NewTopic(n, 2, 1) for n in ('from', 'to')]).values(): f.result()
p = Producer({'bootstrap.servers': b})
for i in range(100): p.produce('from', str(i), partition=i % 2)
p.flush(20)
c = Consumer({'bootstrap.servers': b, 'group.id': 'copy', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
c.subscribe(['from'])
t = Producer({'bootstrap.servers': b, 'transactional.id': 'copy'})
t.init_transactions()
done = rounds = 0
while done < 100:
    batch = c.consume(10, 5)
    if not batch: continue
    rounds += 1
    t.begin_transaction()
    for m in batch: t.produce('to', m.value())
    t.send_offsets_to_transaction(c.position(c.assignment()), c.consumer_group_metadata())
    if rounds % 3 == 0 and rounds < 10:
        t.abort_transaction()
        for tp in c.committed(c.assignment()): c.seek(TopicPartition(tp.topic, tp.partition, max(tp.offset, 0)))
    else:
        t.commit_transaction()
        done += len(batch)
c.close()
r = Consumer({'bootstrap.servers': b, 'group.id': 'r', 'auto.offset.reset': 'earliest', 'isolation.level': 'read_committed'})
r.subscribe(['to'])
seen = []
while len(seen) < 100:
    m = r.poll(10)
    assert m is not None and m.error() is None, m and m.error()
    seen.append(int(m.value()))
assert sorted(seen) == list(range(100)) and r.poll(0.5) is None, seen
r.close()
rival = Producer({'bootstrap.servers': b, 'transactional.id': 'copy'})
t.begin_transaction(); t.produce('to', 'late'); t.flush(20)
rival.init_transactions()
try:
    t.commit_transaction()
    print('not fenced')
except KafkaException as e:
    print(e.args[0].name())
`

/** Two members of a group to which the broker assigns (KIP-848): one reads, the other joins, then the first leaves. */
const PYTHON_ASSIGNED = `
import sys
from confluent_kafka import Producer, Consumer
from confluent_kafka.admin import AdminClient, NewTopic
b = sys.argv[1]
admin = AdminClient({'bootstrap.servers': b})
for f in admin.create_topics([NewTopic('assigned', 4, 1)]).values(): f.result()
p = Producer({'bootstrap.servers': b})
def produce(n):
    for i in range(n): p.produce('assigned', str(i), partition=i % 4)
    p.flush(20)
def member(): return Consumer({'bootstrap.servers': b, 'group.id': 'assigned', 'group.protocol': 'consumer', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
seen = set()
def read(consumers, count):
    while len(seen) < count:
        for c in consumers:
            m = c.poll(0.2)
            if m is None: continue
            assert m.error() is None, m.error()
            key = (m.partition(), m.offset()); assert key not in seen; seen.add(key)
            c.commit(m, asynchronous=False)
first = member(); first.subscribe(['assigned'])
produce(100); read([first], 100)
second = member(); second.subscribe(['^assig.*'])
for _ in range(300):
    for c in (first, second): assert c.poll(0.1) is None
    if len(first.assignment()) == 2 and len(second.assignment()) == 2: break
produce(100); read([first, second], 200)
first.close()
produce(100); read([second], 300)
assert len(second.assignment()) == 4
second.close()
print('ok')
`

describe.skipIf(!hasPython)('librdkafka through Python', () => {
  const venv = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kafka-toolset-python')
  const python = join(venv, 'bin', 'python')
  beforeAll(async () => {
    if (existsSync(join(venv, '.complete'))) return
    await execa('python3', ['-m', 'venv', venv])
    await execa(python, ['-m', 'pip', 'install', '-q', 'confluent-kafka'])
    await execa('touch', [join(venv, '.complete')])
  }, 120_000)

  it.each([
    ['makes a topic, produces idempotently, reads in a group, commits, lists', PYTHON, 'ok'],
    ['is assigned by the broker', PYTHON_ASSIGNED, 'ok'],
    ['copies a topic in transactions, and is fenced', PYTHON_TRANSACTIONS, '_FENCED'],
  ])(
    '%s',
    async (_, program, expected) => {
      const { stdout } = await execa(python, ['-c', program, node.bootstrap], { timeout: 60_000 })
      expect(stdout).toBe(expected)
    },
    60_000,
  )
})

describe.skipIf(noJava)("Apache's heavier tools", () => {
  const work = mkdtempSync(join(tmpdir(), 'foreign-'))
  afterAll(() => rmSync(work, { recursive: true, force: true }))

  it('measures producing, consuming and latency', async () => {
    const b = node.bootstrap
    const made = await runTool('kafka-topics', ['--bootstrap-server', b, '--create', '--topic', 'perf'])
    expect(made.exitCode).toBe(0)
    const props = ['--producer-props', `bootstrap.servers=${b}`, 'acks=all']
    const produced = await runTool('kafka-producer-perf-test', [
      '--topic',
      'perf',
      '--num-records',
      '100000',
      '--record-size',
      '100',
      '--throughput',
      '-1',
      ...props,
    ])
    expect(produced.stdout).toMatch(/^100000 records sent/m)
    const consumed = await runTool('kafka-consumer-perf-test', [
      '--bootstrap-server',
      b,
      '--topic',
      'perf',
      '--messages',
      '100000',
      '--timeout',
      '20000',
    ])
    expect(consumed.stdout.split('\n').some((line) => line.split(', ')[4] === '100000')).toBe(true)
    const e2e = [
      '--bootstrap-server',
      b,
      '--topic',
      'perf',
      '--num-records',
      '200',
      '--producer-acks',
      'all',
      '--record-size',
      '100',
    ]
    expect((await runTool('kafka-e2e-latency', e2e)).stdout).toContain('Percentiles: 50th =')
  }, 120_000)

  it('verifies producing and consuming', async () => {
    const b = node.bootstrap
    const sent = await runTool('kafka-verifiable-producer', [
      '--bootstrap-server',
      b,
      '--topic',
      'verified',
      '--max-messages',
      '500',
    ])
    expect(sent.stdout.match(/"name":"producer_send_success"/g)?.length).toBe(500)
    const args = [
      '--bootstrap-server',
      b,
      '--topic',
      'verified',
      '--group-id',
      'v',
      '--max-messages',
      '500',
      '--reset-policy',
      'earliest',
    ]
    const seen = await runTool('kafka-verifiable-consumer', args)
    const counts = [
      ...seen.stdout.matchAll(/"name":"records_consumed".*?"count":(\d+)|"count":(\d+).*?"name":"records_consumed"/g),
    ]
    expect(counts.reduce((sum, match) => sum + Number(match[1] ?? match[2]), 0)).toBe(500)
  }, 120_000)

  it('lists what the broker serves', async () => {
    const { stdout, exitCode } = await runTool('kafka-broker-api-versions', ['--bootstrap-server', node.bootstrap])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('Fetch(1): 4 to 18 [usable: 18]')
    expect(stdout).toContain('Produce(0): 0 to 13 [usable: 13]')
  })
})
