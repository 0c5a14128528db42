/**
 * What TLS costs: records of 1 KB through a plaintext listener and one with TLS, records a second and the broker's processor time for a million.
 *
 *     npm run bench:tls [-- --apache] [-- --java] [-- --records N]
 *
 * `--apache` measures Apache's broker beside ours, `--java` with Apache's clients instead of ours; both need Java. Linux only, for the
 * processor time.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { ConsumePerf } from '../../src/tools/perf/consume.ts'
import { RandomPayload } from '../../src/tools/perf/payload.ts'
import { ProducePerf } from '../../src/tools/perf/produce.ts'
import { runTool, startBroker } from '../support/apache.ts'
import { Certificates } from '../support/secure-broker.ts'
import { BrokerProcess, processorTimeOf } from './broker-process.ts'

const { values } = parseArgs({
  options: { apache: { type: 'boolean' }, java: { type: 'boolean' }, records: { type: 'string', default: '500000' } },
})
const RECORDS = Number(values.records)
const SIZE = 1000
const APACHE_PORT = 24_760

interface Broker {
  readonly name: string
  readonly port: number
  processorTime(): number
  end(): Promise<unknown>
}

/** Sends or reads all records once, with settings of a client; gives records a second. */
type Client = (topic: string, settings: Record<string, string>) => Promise<number>

const ownProduce: Client = async (topic, settings) => {
  const producer = new Producer(settings, nodeRuntime)
  const onLost = (error: Error) => {
    throw error
  }
  const payload = new RandomPayload(SIZE, RECORDS)
  const options = { topic, records: RECORDS, warmup: 0, throughput: -1, intervalMs: 600_000, payload, onLost }
  const { total } = await new ProducePerf(producer, nodeRuntime, options).run()
  await producer.close()
  return RECORDS / (total.elapsedMs / 1000)
}

const ownConsume: Client = async (topic, settings) => {
  const all = { ...settings, 'group.id': `bench-${topic}`, 'auto.offset.reset': 'earliest', 'max.poll.records': '5000' }
  const consumer = new Consumer(all, nodeRuntime)
  const options = { topics: [topic], records: RECORDS, timeoutMs: 30_000, intervalMs: 600_000 }
  const { startMs, endMs, joinMs, records } = await new ConsumePerf(consumer, nodeRuntime, options).run()
  await consumer.close()
  return records / ((endMs - startMs - joinMs) / 1000)
}

const javaArguments = (topic: string, { 'bootstrap.servers': bootstrap = '', ...rest }: Record<string, string>) => {
  const file = join(root, 'client.properties')
  writeFileSync(
    file,
    Object.entries(rest)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  return ['--bootstrap-server', bootstrap, '--topic', topic, '--num-records', String(RECORDS), '--command-config', file]
}

const javaProduce: Client = async (topic, settings) => {
  const args = [...javaArguments(topic, settings), '--record-size', String(SIZE), '--throughput', '-1']
  const { stdout } = await runTool('kafka-producer-perf-test', args, { timeoutMs: 120_000 })
  return Number(/.*, ([\d.]+) records\/sec/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1])
}

const javaConsume: Client = async (topic, settings) => {
  const { stdout } = await runTool('kafka-consumer-perf-test', javaArguments(topic, settings), { timeoutMs: 120_000 })
  const [start, end, , , records, , joinMs] = (stdout.trim().split('\n').at(-1) ?? '').split(', ')
  const elapsedMs = Date.parse(dated(end)) - Date.parse(dated(start)) - Number(joinMs)
  return Number(records) / (elapsedMs / 1000)
}

/** Java prints the milliseconds behind a colon. */
const dated = (text = ''): string => text.replace(/:(\d{3})$/, '.$1')

async function measure(
  client: Client,
  broker: Broker,
  topic: string,
  settings: Record<string, string>,
): Promise<string> {
  const before = broker.processorTime()
  const rate = await client(topic, settings)
  const seconds = ((broker.processorTime() - before) * 1e6) / RECORDS
  return `${Math.round(rate).toLocaleString('en').padStart(11)} ${`${seconds.toFixed(2)} s`.padStart(9)}`
}

async function measureBroker(broker: Broker): Promise<void> {
  const [produce, consume] = values.java ? [javaProduce, javaConsume] : [ownProduce, ownConsume]
  const plain = { 'bootstrap.servers': `127.0.0.1:${broker.port}` }
  const tls = {
    'bootstrap.servers': `127.0.0.1:${broker.port + 1}`,
    'security.protocol': 'SSL',
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.file('ca.pem'),
  }
  // The first round has the start of both sides' compilers in it.
  await produce('warm-up', plain)
  for (const [name, settings] of [
    ['plaintext', plain],
    ['TLS', tls],
  ] as const) {
    const made = await measure(produce, broker, name, settings)
    const read = await measure(consume, broker, name, settings)
    process.stdout.write(`${broker.name.padEnd(8)} ${name.padEnd(10)} ${made}   ${read}\n`)
  }
}

async function ours(): Promise<Broker> {
  const broker = await BrokerProcess.start({ certificates: root })
  const { port } = broker
  return { name: 'ours', port, processorTime: () => broker.processorTime, end: () => broker.remove() }
}

async function apaches(): Promise<Broker> {
  const at = (offset: number) => `127.0.0.1:${APACHE_PORT + offset}`
  const broker = await startBroker(join(root, 'apache'), APACHE_PORT, {
    listeners: `PLAINTEXT://${at(0)},SSL://${at(1)},CONTROLLER://${at(2)}`,
    'advertised.listeners': `PLAINTEXT://${at(0)},SSL://${at(1)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': `1@${at(2)}`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.file('broker-store.pem'),
  })
  const processorTime = () => processorTimeOf(broker.pid)
  return { name: 'Apache', port: APACHE_PORT, processorTime, end: () => broker.stop() }
}

const root = mkdtempSync(join(tmpdir(), 'bench-tls-'))
const certificates = new Certificates(root)
certificates.make('broker', 'DNS:localhost,IP:127.0.0.1')
process.stdout.write(
  `${values.java ? "Java's" : 'own'} client, ${RECORDS} records of ${SIZE} bytes   produced/s, of a million   consumed/s, of a million\n`,
)
try {
  for (const start of values.apache ? [ours, apaches] : [ours]) {
    const broker = await start()
    await measureBroker(broker).finally(() => broker.end())
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
