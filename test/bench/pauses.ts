/**
 * What keeps a broker from its event loop at half load: a producer at a steady rate, segments that roll every second or so, a consumer
 * that keeps up. Prints what took longest, and the producer's latencies.
 *
 *     npm run bench:pauses [-- 500000]           records a second, of 100 bytes
 *     npm run bench:pauses -- 100000 compact     with one of 200,000 keys each, into a topic that is compacted all the time
 */
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { ConsumePerf } from '../../src/tools/perf/consume.ts'
import { RandomPayload } from '../../src/tools/perf/payload.ts'
import { ProducePerf } from '../../src/tools/perf/produce.ts'
import { BrokerProcess } from './broker-process.ts'
import type { LateReport } from './lateness.ts'
import type { Report } from './trace.ts'

const SECONDS = 20
const rate = Number(process.argv[2] ?? 500_000)
const isCompacted = process.argv[3] === 'compact'
const KEYS = 200_000

async function produce(bootstrap: string, records: number, throughput: number, extra: Record<string, string> = {}) {
  const producer = new Producer({ 'bootstrap.servers': bootstrap, ...extra }, nodeRuntime)
  const payload = new RandomPayload(100, 10_000)
  const onLost = (error: Error) => {
    throw error
  }
  const options = { topic: 't', records, warmup: 0, throughput, intervalMs: 600_000, payload, onLost }
  const { total } = await new ProducePerf(producer, nodeRuntime, options).run()
  await producer.close()
  return total
}

/** Sends records with keys at a steady rate, for so many seconds. */
async function produceKeys(bootstrap: string, seconds: number): Promise<void> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  const value = Buffer.alloc(80, 'v')
  const started = performance.now()
  let failure: Error | undefined
  const failed = (error: Error) => {
    failure = error
  }
  for (let sent = 0; sent < rate * seconds; ) {
    const due = Math.min(((performance.now() - started) * rate) / 1000, rate * seconds)
    for (; sent < due; sent++) producer.send({ topic: 't', key: `key-${(sent * 7919) % KEYS}`, value }).catch(failed)
    if (failure) throw failure
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await producer.close()
}

async function makeCompacted(bootstrap: string): Promise<void> {
  const admin = new Admin({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  const configs = { 'cleanup.policy': 'compact', 'segment.bytes': String(16 << 20), 'min.cleanable.dirty.ratio': '0.1' }
  await admin.createTopics([{ name: 't', partitions: 1, replicationFactor: 1, configs }])
  await admin.close()
}

const broker = await BrokerProcess.start({ trace: true })
try {
  const { bootstrap } = broker
  if (isCompacted) await makeCompacted(bootstrap)
  const warmUp = isCompacted ? produceKeys(bootstrap, 4) : produce(bootstrap, rate * 2, -1)
  await warmUp
  broker.signal('SIGUSR2')
  const settings = { 'bootstrap.servers': bootstrap, 'group.id': 'pauses', 'auto.offset.reset': 'latest' }
  const consumer = new Consumer({ ...settings, 'max.poll.records': 5000 }, nodeRuntime)
  const options = { topics: ['t'], records: rate * SECONDS, timeoutMs: 3000, intervalMs: 600_000 }
  const reading = new ConsumePerf(consumer, nodeRuntime, options).run()
  const total = await (isCompacted ? produceKeys(bootstrap, SECONDS) : produce(bootstrap, rate * SECONDS, rate))
  await reading
  await consumer.close()
  const calm = isCompacted ? undefined : await produce(bootstrap, 10_000, 1000, { 'linger.ms': '0' })
  const { pauses, late, own, longest } = (await broker.report()) as Report
  const line = (...cells: (string | number)[]) =>
    process.stdout.write(
      `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toFixed(2) : cell)).join(' | ')} |\n`,
    )
  line('cause', 'times', 'longest, ms', 'in all, ms')
  line('---', '---:', '---:', '---:')
  const rows = Object.entries(pauses).sort(([, a], [, b]) => b.longest - a.longest)
  for (const [cause, { count, longest, total: all }] of rows.slice(0, 16)) line(cause, String(count), longest, all)
  const shown = (one: LateReport) =>
    `p99 ${one.p99.toFixed(1)}, p99.9 ${one.p999.toFixed(1)}, most ${one.longest.toFixed(1)} ms`
  process.stdout.write(`\nevent loop late: ${shown(late)}\nwithout the waits for a processor: ${shown(own)}\n`)
  for (const turn of longest) {
    const parts = Object.entries(turn.parts).sort(([, a], [, b]) => b - a)
    const told = parts.slice(0, 4).map(([cause, ms]) => `${cause} ${ms.toFixed(1)}`)
    process.stdout.write(`  ${turn.late.toFixed(1)}: no processor ${turn.waited.toFixed(1)}, ${told.join(', ')}\n`)
  }
  if (total)
    process.stdout.write(`at ${rate} records/s: ${JSON.stringify(total)}\nat 1000 records/s: ${JSON.stringify(calm)}\n`)
} finally {
  await broker.remove()
}
