import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { ConsumePerf } from '../../src/tools/perf/consume.ts'
import { EndToEnd } from '../../src/tools/perf/latency.ts'
import { latencySettings } from '../../src/tools/perf/latency-settings.ts'
import { RandomPayload } from '../../src/tools/perf/payload.ts'
import { ProducePerf } from '../../src/tools/perf/produce.ts'
import { BrokerProcess } from './broker-process.ts'
import type { Measured } from './harness.ts'

const RECORDS = 1_000_000
const perRecord = (name: string, ms: number, records: number): Measured => ({ name, nanoseconds: (ms * 1e6) / records })

async function produced(
  name: string,
  topic: string,
  bootstrap: string,
  extra: Record<string, string>,
): Promise<Measured> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap, ...extra }, nodeRuntime)
  const payload = new RandomPayload(100, RECORDS)
  const onLost = (error: Error) => {
    throw error
  }
  const options = { topic, records: RECORDS, warmup: 0, throughput: -1, intervalMs: 60_000, payload, onLost }
  await new ProducePerf(producer, nodeRuntime, { ...options, records: RECORDS / 4 }).run()
  const { total } = await new ProducePerf(producer, nodeRuntime, options).run()
  await producer.close()
  return perRecord(name, total.elapsedMs, RECORDS)
}

async function consumed(name: string, topic: string, bootstrap: string): Promise<Measured> {
  const settings = { 'bootstrap.servers': bootstrap, 'group.id': 'bench', 'auto.offset.reset': 'earliest' }
  const consumer = new Consumer({ ...settings, 'max.poll.records': 5000 }, nodeRuntime)
  const options = { topics: [topic], records: RECORDS, timeoutMs: 30_000, intervalMs: 60_000 }
  const { startMs, endMs, joinMs, records } = await new ConsumePerf(consumer, nodeRuntime, options).run()
  await consumer.close()
  return perRecord(name, endMs - startMs - joinMs, records)
}

async function roundTrip(name: string, topic: string, bootstrap: string): Promise<Measured> {
  const base = { 'bootstrap.servers': bootstrap }
  const settings = latencySettings(base, 'all', nodeRuntime)
  const producer = new Producer(settings.producer, nodeRuntime)
  const consumer = new Consumer(settings.consumer, nodeRuntime)
  const options = { topic, records: 3000, keySize: 0, valueSize: 100, headers: 0, headerKeySize: 0, headerValueSize: 0 }
  const clients = { producer, consumer, admin: () => new Admin(base, nodeRuntime) }
  const events = { onProgress: () => {}, onTopic: () => {} }
  const { p50 } = await new EndToEnd(clients, nodeRuntime, { ...options, ...events }).run()
  await producer.close()
  await consumer.close()
  return { name, nanoseconds: p50 * 1e6 }
}

/** Our own clients at our own broker, in two processes. */
export async function measurePaths(): Promise<Measured[]> {
  const broker = await BrokerProcess.start()
  const { bootstrap } = broker
  try {
    return [
      await produced('produce of 100 B, acks=all', 'usual', bootstrap, {}),
      await produced('produce of 100 B, batches of 128 KB', 'tuned', bootstrap, {
        'batch.size': '131072',
        'linger.ms': '10',
      }),
      await consumed('consume of 100 B', 'usual', bootstrap),
      await roundTrip('producer to consumer, median', 'ping', bootstrap),
    ]
  } finally {
    await broker.remove()
  }
}
