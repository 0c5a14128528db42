import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, type ResultPromise } from 'execa'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { StandaloneWorker } from '../../src/index.ts'
import { until } from '../connect/rig.ts'
import { apacheMissing, javaLine } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const missing = apacheMissing()
if (missing) console.warn(`Connect is not held against Apache's: ${missing}`)

const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-compat-'))
const at = (name: string): string => join(folder, name)
let server: TestServer
let apache: ResultPromise | undefined
let ours: StandaloneWorker | undefined

beforeAll(async () => {
  if (!missing) server = await startTestServer()
})
afterEach(stop)
afterAll(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function stop(): Promise<void> {
  apache?.kill('SIGTERM')
  await apache
  await ours?.close()
  apache = ours = undefined
}

const properties = (port: number, offsets: string): Record<string, string> => ({
  'bootstrap.servers': server.bootstrap,
  'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
  'offset.storage.file.filename': at(offsets),
  'offset.flush.interval.ms': '100',
  // A member that was ended before it could leave must not be waited for.
  'consumer.session.timeout.ms': '6000',
  listeners: `http://127.0.0.1:${port}`,
})

type Ask = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>

function asker(port: number): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    const text = await answer.text()
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
  }
}

/** Starts one of the two workers; resolves when it answers. */
async function startWorker(who: 'apache' | 'ours', offsets: string): Promise<Ask> {
  const port = await freePort()
  const given = properties(port, offsets)
  const ask = asker(port)
  if (who === 'ours') {
    ours = new StandaloneWorker({ properties: given })
    await ours.start()
    const rest = await ours.serveRest()
    const { close } = ours
    const worker = ours
    ours.close = async () => {
      await rest.close()
      await close.call(worker)
    }
    return ask
  }
  const file = at(`worker-${port}.properties`)
  writeFileSync(
    file,
    Object.entries(given)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone'
  apache = execa('java', [...javaLine('-Xmx512M'), main, file], { reject: false, stdio: 'ignore' })
  await until(
    "Apache's worker answers",
    () =>
      ask('GET', '/connectors').then(
        () => true,
        () => false,
      ),
    60_000,
  )
  return ask
}

async function create(ask: Ask, connectors: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, config] of Object.entries(connectors))
    expect(await ask('POST', '/connectors', { name, config })).toMatchObject({ status: 201 })
}

const PACKAGE = 'org.apache.kafka.connect.transforms'
/** Lines become structs, in a topic that the worker makes. */
const hoisted = {
  transforms: 'hoist,add',
  'transforms.hoist.type': `${PACKAGE}.HoistField$Value`,
  'transforms.hoist.field': 'line',
  'transforms.add.type': `${PACKAGE}.InsertField$Value`,
  'transforms.add.topic.field': 'topic!',
  'topic.creation.default.partitions': '1',
  'topic.creation.default.replication.factor': '-1',
}
/** ... and lines again. */
const extracted = {
  transforms: 'drop,line',
  'transforms.drop.type': 'Filter',
  'transforms.drop.predicate': 'empty',
  'transforms.line.type': `${PACKAGE}.ExtractField$Value`,
  'transforms.line.field': 'line',
  predicates: 'empty',
  'predicates.empty.type': 'RecordIsTombstone',
}

describe.skipIf(missing !== undefined)("Connect beside Apache's", () => {
  it('has the golden texts of converters from the release at hand', () => {
    const source = join(import.meta.dirname, '../support/java/ConnectGolden.java')
    const printed = execFileSync('java', [...javaLine(), source], { encoding: 'utf8' })
    expect(printed).toBe(readFileSync(join(import.meta.dirname, '../connect/golden/converters.tsv'), 'utf8'))
  }, 60_000)

  it('has the answers of transformations from the release at hand', () => {
    const source = join(import.meta.dirname, '../support/java/TransformGolden.java')
    const golden = join(import.meta.dirname, '../connect/golden')
    const given = join(golden, 'transforms.cases.jsonl')
    const printed = execFileSync('java', [...javaLine(), source, given], { encoding: 'utf8' })
    expect(printed).toBe(readFileSync(join(golden, 'transforms.tsv'), 'utf8'))
  }, 60_000)

  it.each([
    ['apache', 'ours'],
    ['ours', 'apache'],
  ] as const)(
    'goes on with the offsets of %s in %s',
    async (first, second) => {
      const name = `from-${first}`
      const config = { 'connector.class': 'FileStreamSource', topic: name, file: at(name), ...hoisted }
      const sink = { 'connector.class': 'FileStreamSink', topics: name, file: at(`${name}.out`), ...extracted }
      const written = () => readFileSync(at(`${name}.out`), 'utf8')
      writeFileSync(at(name), 'one\ntwo\n')
      const before = await startWorker(first, `${name}.offsets`)
      await create(before, { source: config, sink })
      await until('offsets are committed', async () => {
        const { body } = await before('GET', '/connectors/source/offsets')
        return (
          JSON.stringify(body) ===
          JSON.stringify({ offsets: [{ partition: { filename: at(name) }, offset: { position: 8 } }] })
        )
      })
      await until('the lines are written', () => written() === 'one\ntwo\n')
      await stop()
      appendFileSync(at(name), 'three\n')
      const after = await startWorker(second, `${name}.offsets`)
      await create(after, { source: config, sink })
      await until('the third line is written', () => written().endsWith('three\n'))
      expect(written()).toBe('one\ntwo\nthree\n')
    },
    120_000,
  )

  it('answers REST as Apache does', async () => {
    const theirs = await session(await startWorker('apache', 'rest-apache'))
    await stop()
    const mine = await session(await startWorker('ours', 'rest-ours'))
    for (const [line, answer] of theirs) expect([line, mine.get(line)]).toEqual([line, answer])
  }, 120_000)
})

/** What is asked, one after the other, and how it is answered. */
async function session(ask: Ask): Promise<Map<string, unknown>> {
  const answers = new Map<string, unknown>()
  const say = async (method: string, path: string, body?: unknown) => {
    const line = `${answers.size} ${method} ${path} ${body === undefined ? '' : JSON.stringify(body)}`
    answers.set(line, comparable(await ask(method, path, body)))
  }
  const holds = (path: string, text: string) =>
    until(`${path} has ${text}`, async () => JSON.stringify((await ask('GET', path)).body).includes(text))
  const source = { 'connector.class': 'FileStreamSource', topic: 'rest', file: at('rest.txt') }
  const sink = { 'connector.class': 'FileStreamSink', topics: 'rest', file: at('rest.out') }
  const partition = { filename: at('rest.txt') }
  writeFileSync(at('rest.txt'), 'one\n')
  await say('GET', '/connectors')
  await say('POST', '/connectors', { name: 'source', config: source })
  await say('POST', '/connectors', { name: 'sink', config: { ...sink, 'tasks.max': '2' } })
  await holds('/connectors/source/offsets', 'position')
  await holds('/connectors/sink/offsets', 'kafka_offset')
  for (const path of ['', '/config', '/status', '/tasks', '/tasks/0/status', '/tasks/7/status', '/topics'])
    await say('GET', `/connectors/source${path}`)
  for (const path of ['?expand=info', '?expand=status', '?expand=none']) await say('GET', `/connectors${path}`)
  await say('GET', '/connectors/source/offsets')
  await say('PUT', '/connectors/source/topics/reset')
  await say('GET', '/connectors/source/topics')
  for (const path of ['', '/status', '/offsets', '/config', '/topics', '/tasks'])
    await say('GET', `/connectors/none${path}`)
  await say('DELETE', '/connectors/none')
  await say('PUT', '/connectors/none/pause')
  await say('PUT', '/connectors/none/resume')
  await say('PATCH', '/connectors/none/config', { a: '1' })
  await say('GET', '/nothing')
  await say('DELETE', '/')
  for (const config of [
    { 'connector.class': 'FileStreamSource' },
    { 'connector.class': 'FileStreamSink' },
    { 'connector.class': 'FileStreamSink', topics: 'a', 'topics.regex': 'b' },
    { ...sink, name: 'other' },
    { ...sink, 'errors.tolerance': 'some' },
    { ...sink, 'tasks.max': '0' },
    { ...sink, 'value.converter': 'Nope' },
  ])
    await say('POST', '/connectors', { name: 'new', config })
  await say('POST', '/connectors', { name: 'sink', config: sink })
  await say('POST', '/connectors', { config: sink })
  await say('POST', '/connectors', { name: 'stopped', config: sink, initial_state: 'STOPPED' })
  await say('GET', '/connectors/stopped/status')
  await say('DELETE', '/connectors/stopped')
  await say('PUT', '/connectors/sink/config', sink)
  await say('PUT', '/connectors/more/config', sink)
  await say('PATCH', '/connectors/more/config', { 'tasks.max': '1', file: null })
  await say('DELETE', '/connectors/more')
  await say('PUT', '/connectors/sink/pause')
  await holds('/connectors/sink/tasks/0/status', 'PAUSED')
  await say('GET', '/connectors/sink/status')
  await say('PUT', '/connectors/sink/resume')
  await say('DELETE', '/connectors/sink/offsets')
  await say('PUT', '/connectors/sink/stop')
  await holds('/connectors/sink/status', 'STOPPED')
  await say('GET', '/connectors/sink/status')
  await say('PATCH', '/connectors/sink/offsets', { offsets: [] })
  await say('PATCH', '/connectors/sink/offsets', {
    offsets: [{ partition: { kafka_topic: 'rest' }, offset: { kafka_offset: 1 } }],
  })
  for (const offset of [{ kafka_offset: 0 }, { other: 1 }, { kafka_offset: 'x' }, null])
    await say('PATCH', '/connectors/sink/offsets', {
      offsets: [{ partition: { kafka_topic: 'rest', kafka_partition: 0 }, offset }],
    })
  await say('DELETE', '/connectors/sink/offsets')
  await say('GET', '/connectors/sink/offsets')
  await say('PUT', '/connectors/source/stop')
  for (const offset of [{ position: 2 }, { position: 'x' }, { position: -1 }, { other: 1 }, null])
    await say('PATCH', '/connectors/source/offsets', { offsets: [{ partition, offset }] })
  await say('GET', '/connectors/source/offsets')
  await say('DELETE', '/connectors/source/offsets')
  await say('POST', '/connectors/sink/restart')
  await say('PUT', '/connectors/source/resume')
  await holds('/connectors/source/status', '"id":0')
  await say('POST', '/connectors/source/restart?includeTasks=true')
  await say('POST', '/connectors/source/tasks/0/restart')
  await say('POST', '/connectors/source/tasks/5/restart')
  await say('GET', '/connector-plugins')
  await say('GET', '/connector-plugins/FileStreamSource/config')
  await say('GET', '/connector-plugins/FileStreamSink/config')
  await say('PUT', '/connector-plugins/FileStreamSource/config/validate', { 'connector.class': 'FileStreamSource' })
  await say('PUT', '/connector-plugins/FileStreamSink/config/validate', { ...sink, name: 'x', 'batch.size': 'x' })
  await say('PUT', '/connector-plugins/FileStreamSink/config/validate', source)
  await say('GET', '/connector-plugins?connectorsOnly=false')
  for (const name of ['DropHeaders', 'HasHeaderKey', 'org.apache.kafka.connect.transforms.Cast$Value'])
    await say('GET', `/connector-plugins/${name}/config`)
  for (const config of stages)
    await say('PUT', '/connector-plugins/FileStreamSource/config/validate', { ...source, name: 'x', ...config })
  await say('GET', '/health')
  return answers
}

const one = (type: string, config: Readonly<Record<string, string>> = {}) => ({
  transforms: 'a',
  'transforms.a.type': `org.apache.kafka.connect.transforms.${type}`,
  ...Object.fromEntries(Object.entries(config).map(([name, value]) => [`transforms.a.${name}`, value])),
})

/** Properties of transformations, predicates and groups of topics, right ones and wrong ones. */
const stages: readonly Readonly<Record<string, string>>[] = [
  {
    ...one('InsertField$Value', { 'topic.field': 'f', predicate: 'q', negate: 'maybe' }),
    ...{ transforms: 'a, b,c', 'transforms.b.type': 'Filter', predicates: 'p' },
  },
  { transforms: 'a,a', 'transforms.a.type': 'FileStreamSource', predicates: 'p,p', 'predicates.p.type': 'DropHeaders' },
  ...['Cast', 'DropHeaders', 'HeaderFrom$Key', 'InsertHeader', 'TimestampConverter$Value'].map((type) => one(type)),
  ...['', 'a:int8,int8', 'a:b', 'a:b:c', 'a:bytes', ' int8 , string'].map((spec) => one('Cast$Value', { spec })),
  ...['', 'a,,b', 'a,a'].map((headers) => one('DropHeaders', { headers })),
  one('MaskField$Value', { fields: 'x', replacement: '', 'replace.null.with.default': 'x' }),
  one('ReplaceField$Value', { renames: 'a', include: 'x,x', exclude: '' }),
  one('HeaderFrom$Value', { fields: 'a', headers: '', operation: 'MOVE' }),
  one('ExtractField$Value', { field: '', 'field.syntax.version': 'v3' }),
  one('SetSchemaMetadata$Value', { 'schema.version': 'x', 'plugin.version': '3' }),
  { predicates: 'p,q,r', 'predicates.p.type': 'Nope', 'predicates.q.type': 'HasHeaderKey', 'predicates.q.name': '' },
  { 'topic.creation.groups': 'g,g', 'topic.creation.default.partitions': '0' },
]

/** Without what has to differ: the address of the worker, and the sentences that explain properties. */
function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) =>
    key === 'worker_id' || key === 'documentation' ? `a ${key}` : value,
  )
  return JSON.parse(text)
}
