import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBuilt } from '../support/built-commands.ts'
import { examplesOf } from '../support/examples.ts'
import { freePorts } from '../support/free-ports.ts'
import { projectRoot, type Running, Shell } from '../support/shell.ts'

/** The quickstart of Kafka Connect, typed line by line. Only ports and the folder of the files are others. */
const built = isBuilt()
const folder = mkdtempSync(join(tmpdir(), 'kafka-connect-session-'))
const shell = new Shell()
let typed: (line: string) => string
let worker: Running

beforeAll(async () => {
  if (!built) return
  const [broker, controller, rest] = await freePorts(3)
  const elsewhere = (text: string) =>
    text
      .replaceAll('9092', `${broker}`)
      .replaceAll('9093', `${controller}`)
      .replace('#listeners=http://localhost:8083', `listeners=http://localhost:${rest}`)
      .replace('#listeners=http://:8083', `listeners=http://localhost:${rest}`)
      .replaceAll('8083', `${rest}`)
      .replace('/tmp/connect.offsets', `${folder}/connect.offsets`)
      .replace(/^log\.dirs=.*$/m, `log.dirs=${folder}/data`)
      .replace(/(^| |=)(test(\.sink)?\.txt)/gm, `$1${folder}/$2`)
  for (const name of [
    'server',
    'connect-standalone',
    'connect-distributed',
    'connect-file-source',
    'connect-file-sink',
  ]) {
    const file = `${name}.properties`
    writeFileSync(join(folder, file), elsewhere(readFileSync(join(projectRoot, 'config', file), 'utf8')))
  }
  typed = (line) => elsewhere(line).replaceAll('config/', `${folder}/`)
  await shell.start(typed('bin/kafka-server-start.sh config/server.properties')).shows(/Kafka Server started/)
}, 60_000)

afterAll(() => {
  shell.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: string) => shell.type(typed(line))
const start = () =>
  shell.start(
    typed(
      'bin/connect-standalone.sh config/connect-standalone.properties config/connect-file-source.properties config/connect-file-sink.properties',
    ),
  )
const sink = () => run('cat test.sink.txt 2> /dev/null')

async function sinkShows(text: string): Promise<void> {
  const end = performance.now() + 20_000
  while ((await sink()).out !== text)
    if (performance.now() > end) throw new Error(`the sink's file has\n${(await sink()).out}\n${worker.text}`)
}

const envelope = (text: string) => `{"schema":{"type":"string","optional":false},"payload":"${text}"}\n`

describe.runIf(built)('the quickstart of Connect', () => {
  it('carries the lines of a file to another', async () => {
    expect((await run('echo -e "foo\\nbar" > test.txt')).code).toBe(0)
    worker = start()
    await worker.shows(/Kafka Connect started/)
    await worker.shows(/Created connector local-file-source[\s\S]*Created connector local-file-sink/)
    await sinkShows('foo\nbar\n')
  }, 60_000)

  it('shows them in the topic, and a line that is added in both', async () => {
    const consumer = shell.start(
      typed('bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic connect-test --from-beginning'),
    )
    await consumer.shows(/"payload":"bar"/)
    await run('echo "Another line" >> test.txt')
    await consumer.shows(/"payload":"Another line"/)
    expect(consumer.text).toBe(['foo', 'bar', 'Another line'].map(envelope).join(''))
    await consumer.stop('SIGINT')
    await sinkShows('foo\nbar\nAnother line\n')
  }, 60_000)

  it('answers REST', async () => {
    expect((await run('curl -s http://localhost:8083/connectors')).out).toBe('["local-file-source","local-file-sink"]')
    const status = (await run('curl -s http://localhost:8083/connectors/local-file-sink/status')).out
    expect(JSON.parse(status)).toMatchObject({ connector: { state: 'RUNNING' }, tasks: [{ id: 0, state: 'RUNNING' }] })
    expect((await run('curl -s -X DELETE http://localhost:8083/connectors/none')).out).toBe(
      '{"error_code":404,"message":"Connector none not found"}',
    )
  })

  it('stops cleanly, and goes on where it was', async () => {
    expect(await worker.stop('SIGTERM')).toBe(143)
    expect(worker.text).toMatch(/Kafka Connect stopping[\s\S]*Kafka Connect stopped/)
    await run('echo "once more" >> test.txt')
    worker = start()
    await worker.shows(/Created connector local-file-sink/)
    await sinkShows('foo\nbar\nAnother line\nonce more\n')
    expect(await worker.stop('SIGINT')).toBe(130)
  }, 60_000)
})

describe.runIf(built)('the quickstart of Connect in a group', () => {
  it('makes its topics, and connectors by REST', async () => {
    worker = shell.start(typed('bin/connect-distributed.sh config/connect-distributed.properties'))
    await worker.shows(/Created topic connect-configs[\s\S]*Kafka Connect started/)
    await worker.shows(/Joined group at generation/)
    const config = '{"connector.class":"FileStreamSource","file":"test.txt","topic":"group-test"}'
    const made = await run(
      `curl -s -X PUT -H 'Content-Type: application/json' --data '${config}' http://localhost:8083/connectors/lines/config`,
    )
    expect(made.out).toContain('"type":"source"')
    await worker.shows(/Creating task lines-0/)
    expect((await run('curl -s http://localhost:8083/connectors')).out).toBe('["lines"]')
    expect(await worker.stop('SIGTERM')).toBe(143)
    expect(worker.text).toMatch(/Kafka Connect stopping[\s\S]*Stopping task lines-0[\s\S]*Kafka Connect stopped/)
  }, 60_000)
})

describe.runIf(built)('the examples of the command', () => {
  it.each([...examplesOf('connect-standalone'), ...examplesOf('connect-distributed')])(
    '%s',
    async (line) => {
      const name = line.includes('connect-distributed') ? 'connect-distributed' : 'connect-standalone'
      const worker = readFileSync(join(folder, `${name}.properties`), 'utf8')
      writeFileSync(join(folder, 'worker.properties'), worker)
      const sink = { 'connector.class': 'FileStreamSink', topics: 'connect-test', file: join(folder, 'orders.txt') }
      writeFileSync(join(folder, 'orders.json'), JSON.stringify({ name: 'orders', config: sink }))
      const [port] = await freePorts(1)
      const command = typed(line)
        .replace(`kafka ${name}`, `node ${projectRoot}bin/run.js ${name}`)
        .replace(/ --override .*/, '')
      const place = `env -C ${folder} XDG_STATE_HOME=${folder} KAFKA_BOOTSTRAP_SERVERS=${typed('localhost:9092')}`
      const running = shell.start(`${place} ${command} --override listeners=http://127.0.0.1:${port}`)
      await running.shows(/Kafka Connect started/)
      if (line.includes('.json')) await running.shows(/Created connector orders/)
      expect(await running.stop('SIGTERM')).toBe(143)
    },
    30_000,
  )
})

describe.runIf(built)('what is wrong is told', () => {
  it.each([
    ['', 1, 'USAGE: connect-standalone.sh [-daemon] connect-standalone.properties\n'],
    ['--help', 1, 'Usage: ConnectStandalone worker.properties [connector1.properties connector2.json ...]\n'],
    ['config/none.properties', 2, /^There is no file .*none\.properties\.\n$/],
    ['config/server.properties', 2, 'Missing required configuration "bootstrap.servers" which has no default value.\n'],
    ['config/connect-standalone.properties none', 3, 'There is no file none.\n'],
    [
      'config/connect-standalone.properties config/server.properties',
      3,
      /^Connector configuration at '.*' is missing the mandatory 'name' configuration\n$/,
    ],
  ])('connect-standalone.sh %s', async (line, code, sentence) => {
    const ended = await run(`bin/connect-standalone.sh ${line}`)
    expect(ended.code).toBe(code)
    if (typeof sentence === 'string') expect(ended.err).toBe(sentence)
    else expect(ended.err).toMatch(sentence)
  })

  it.each([
    ['', 1, 'USAGE: connect-distributed.sh [-daemon] connect-distributed.properties\n'],
    ['--help', 1, 'Usage: ConnectDistributed worker.properties\n'],
    ['config/none.properties', 2, /^There is no file .*none\.properties\.\n$/],
    [
      'config/connect-standalone.properties',
      2,
      'Missing required configuration "group.id" which has no default value.\n',
    ],
  ])('connect-distributed.sh %s', async (line, code, sentence) => {
    const ended = await run(`bin/connect-distributed.sh ${line}`)
    expect(ended.code).toBe(code)
    if (typeof sentence === 'string') expect(ended.err).toBe(sentence)
    else expect(ended.err).toMatch(sentence)
  })

  it('under the names of Java and of the toolset, too', async () => {
    const worker = `${'config/connect-standalone.properties'} none`
    const java = 'bin/kafka-run-class.sh org.apache.kafka.connect.cli.ConnectStandalone'
    for (const command of [java, 'node bin/run.js connect-standalone', 'node bin/connect-standalone.js'])
      expect(await run(`${command} ${worker}`)).toMatchObject({ code: 3, err: 'There is no file none.\n' })
  })
})
