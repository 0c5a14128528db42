/**
 * What more of something costs: partitions, connections, groups; and a reader of old records beside a fast producer.
 *
 *     npm run bench:scale [-- 1000] [--cold]
 *
 * Counts go up to the given one, or to 10,000 partitions. With `--cold` the page cache is emptied first, so that the old records are read from the
 * disk; that takes root on Linux.
 * Each row is a broker of its own. Memory is what the broker's process has more than before, per piece.
 */
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Admin, Producer } from '../../src/client/index.ts'
import { ApiVersions, JoinGroup, Metadata, OffsetCommit, SyncGroup } from '../../src/protocol/apis/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RandomPayload } from '../../src/tools/perf/payload.ts'
import { ProducePerf } from '../../src/tools/perf/produce.ts'
import { RawClient } from '../support/raw-client.ts'
import { BrokerProcess } from './broker-process.ts'

const { values, positionals } = parseArgs({ options: { cold: { type: 'boolean' } }, allowPositionals: true })
const most = Number(positionals[0] ?? 10_000)
const counts = (limit: number): number[] => [1, 10, 100, 1000, 10_000].filter((count) => count <= Math.min(limit, most))

const now = () => performance.now()

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = now()
  await action()
  return now() - start
}

async function median(times: number, action: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let i = 0; i < times; i++) taken.push(await timed(action))
  return taken.sort((a, b) => a - b)[times >> 1] as number
}

/** Gives a broker to measure, and takes it away. */
async function withBroker<T>(action: (broker: BrokerProcess) => Promise<T>): Promise<T> {
  const broker = await BrokerProcess.start()
  try {
    return await action(broker)
  } finally {
    await broker.remove()
  }
}

function table(title: string, columns: readonly string[], rows: readonly (readonly (number | string)[])[]): void {
  const cell = (value: number | string) =>
    typeof value === 'string'
      ? value
      : value >= 100 || Number.isInteger(value)
        ? Math.round(value).toLocaleString('en')
        : value.toPrecision(2)
  process.stdout.write(`\n${title}\n\n| ${columns.join(' | ')} |\n|${columns.map(() => ' ---: |').join('')}\n`)
  for (const row of rows) process.stdout.write(`| ${row.map(cell).join(' | ')} |\n`)
}

const askAll = (client: RawClient) => () => client.call(Metadata, 12, { topics: null })
const askOne = (client: RawClient) => () => client.call(Metadata, 12, { topics: [{ name: 'wide' }] })

async function partitions(count: number): Promise<number[]> {
  return withBroker(async (broker) => {
    const admin = new Admin({ 'bootstrap.servers': broker.bootstrap }, nodeRuntime)
    await admin.createTopics([{ name: 'one', partitions: 1 }])
    const before = broker.memory
    const made = await timed(() => admin.createTopics([{ name: 'wide', partitions: count }], { timeoutMs: 120_000 }))
    const memory = (broker.memory - before) / 1024 / count
    const client = await RawClient.connect(broker.port)
    const metadata = await median(21, askOne(client))
    client.destroy()
    await admin.close()
    await broker.end('SIGKILL')
    const crashed = await timed(() => broker.run())
    const stopped = await timed(() => broker.end('SIGTERM'))
    return [count, memory, made, metadata, crashed, stopped, await timed(() => broker.run())]
  })
}

async function connections(count: number): Promise<number[]> {
  return withBroker(async (broker) => {
    const first = await RawClient.connect(broker.port)
    await median(21, askAll(first))
    const before = broker.memory
    const others: RawClient[] = []
    const opened = await timed(async () => {
      for (let i = 0; i < count; i++) {
        const client = await RawClient.connect(broker.port)
        await client.call(ApiVersions, 3, { clientSoftwareName: 'bench', clientSoftwareVersion: '1' })
        others.push(client)
      }
    })
    const memory = (broker.memory - before) / 1024 / count
    const metadata = await median(101, askAll(first))
    for (const client of [first, ...others]) client.destroy()
    return [count, memory, opened, metadata]
  })
}

async function joined(client: RawClient, groupId: string): Promise<void> {
  const protocols = [{ name: 'range', metadata: Buffer.alloc(40) }]
  const join = { groupId, sessionTimeoutMs: 300_000, rebalanceTimeoutMs: 300_000, protocolType: 'consumer', protocols }
  const member = await client.call(JoinGroup, 3, { ...join, memberId: '' })
  const who = { groupId, generationId: member?.generationId ?? -1, memberId: member?.memberId ?? '' }
  await client.call(SyncGroup, 3, {
    ...who,
    assignments: [{ memberId: who.memberId, assignment: Buffer.alloc(40) }],
  })
  const topics = [{ name: 'one', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }]
  await client.call(OffsetCommit, 7, {
    groupId,
    generationIdOrMemberEpoch: who.generationId,
    memberId: who.memberId,
    topics,
  })
}

async function groups(count: number): Promise<number[]> {
  return withBroker(async (broker) => {
    const admin = new Admin({ 'bootstrap.servers': broker.bootstrap }, nodeRuntime)
    await admin.createTopics([{ name: 'one', partitions: 1 }])
    const client = await RawClient.connect(broker.port)
    await joined(client, 'first')
    const before = broker.memory
    const made = await timed(async () => {
      for (let i = 0; i < count; i++) await joined(client, `group-${i}`)
    })
    const memory = (broker.memory - before) / 1024 / count
    const listed = await median(11, () => admin.listGroups())
    client.destroy()
    await admin.close()
    await broker.end('SIGKILL')
    const crashed = await timed(() => broker.run())
    return [count, memory, made / count, listed, crashed]
  })
}

async function produced(bootstrap: string, topic: string, records: number, size: number): Promise<number> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap }, nodeRuntime)
  const payload = new RandomPayload(size, 10_000)
  const onLost = (error: Error) => {
    throw error
  }
  const options = { topic, records, warmup: 0, throughput: -1, intervalMs: 600_000, payload, onLost }
  const { total } = await new ProducePerf(producer, nodeRuntime, options).run()
  await producer.close()
  return (records / total.elapsedMs) * 1000
}

const readerProgram = fileURLToPath(new URL('./slow-reader.ts', import.meta.url))

/** A reader in a process of its own. Gives what ends it, and resolves with the bytes that it has read. */
function slowReader(bootstrap: string, topic: string): () => Promise<number> {
  const args = ['--import', 'tsx', readerProgram, bootstrap, topic]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text
  })
  return async () => {
    child.kill('SIGTERM')
    await new Promise((resolve) => child.once('close', resolve))
    return Number(said)
  }
}

function forgetFiles(): void {
  execFileSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '1')
}

async function besideSlowReader(): Promise<(number | string)[][]> {
  return withBroker(async ({ bootstrap }) => {
    await produced(bootstrap, 'old', 600_000, 1000)
    await produced(bootstrap, 'fresh', 1_000_000, 100)
    const produceFresh = () => produced(bootstrap, 'fresh', 10_000_000, 100)
    const beside = async () => {
      if (values.cold) forgetFiles()
      const started = now()
      const stopReader = slowReader(bootstrap, 'old')
      // It has to start, and to be where the records are old.
      await nodeRuntime.clock.sleep(1500)
      const rate = await produceFresh()
      const seconds = (now() - started) / 1000
      return { rate, read: (await stopReader()) / 1e6 / seconds }
    }
    const rows: (number | string)[][] = []
    for (let round = 1; round <= 6; round++) {
      // In turn, for memory that the machine has to fetch makes each run slower than the one before.
      const before = round % 2 === 1 ? await produceFresh() : undefined
      const { rate, read } = await beside()
      const alone = before ?? (await produceFresh())
      rows.push([round, alone, rate, rate / alone, read])
    }
    return rows
  })
}

const rows = async (limit: number, measure: (count: number) => Promise<number[]>) => {
  const found: number[][] = []
  for (const count of counts(limit)) found.push(await measure(count))
  return found
}

table(
  'Partitions of one topic',
  [
    'partitions',
    'KB each',
    'made, ms',
    'its metadata, ms',
    'start after kill -9, ms',
    'clean stop, ms',
    'start after it, ms',
  ],
  await rows(10_000, partitions),
)
table(
  'Connections',
  ['connections', 'KB each', 'opened, ms', 'metadata beside them, ms'],
  await rows(1000, connections),
)
table(
  'Groups of one member with one offset',
  ['groups', 'KB each', 'joined and committed, ms each', 'listed, ms', 'start after kill -9, ms'],
  await rows(1000, groups),
)
table(
  'A reader of old records beside a fast producer, each in a process of its own',
  ['round', 'alone, records/s', 'beside it, records/s', 'ratio', 'read, MB/s'],
  await besideSlowReader(),
)
