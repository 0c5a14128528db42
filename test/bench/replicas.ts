/**
 * What replicas cost: three nodes, each broker and controller, a topic with three replicas of every partition, `acks=all` with two in sync at least;
 * records a second, and the processor time of all three nodes for a million.
 *
 *     npm run build && npm run bench:replicas [-- --apache] [-- --java] [-- --records N] [-- --size BYTES] [-- --partitions N]
 *
 * `--apache` measures three nodes of Apache's beside ours, `--java` with Apache's producer instead of ours; both need Java. Linux only, for the
 * processor time.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Admin, Producer } from '../../src/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { RandomPayload } from '../../src/tools/perf/payload.ts'
import { ProducePerf } from '../../src/tools/perf/produce.ts'
import { apacheClassPath, connects, runTool } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { processorTimeOf } from './broker-process.ts'

const { values } = parseArgs({
  options: {
    apache: { type: 'boolean' },
    java: { type: 'boolean' },
    records: { type: 'string', default: '2000000' },
    size: { type: 'string', default: '100' },
    partitions: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
  },
})
const RECORDS = Number(values.records)
const SIZE = Number(values.size)
const IDS = [1, 2, 3]
const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qk'
const program = join(import.meta.dirname, '..', '..', 'bin', 'run.js')

/** Three nodes of one kind, as processes. */
class Cluster {
  private readonly ports: number[] = []
  private readonly nodes: ChildProcess[] = []

  constructor(
    readonly name: string,
    private readonly command: (properties: string) => readonly string[],
    private readonly dir: string,
  ) {}

  async start(): Promise<void> {
    for (const _ of [...IDS, ...IDS]) this.ports.push(await freePort())
    const voters = IDS.map((id) => `${id}@127.0.0.1:${this.ports[id + 2]}`).join(',')
    for (const id of IDS) {
      const logs = join(this.dir, `${this.name}-${id}`)
      formatDirectory(nodeRuntime, logs, { clusterId: CLUSTER, nodeId: id })
      const file = `${logs}.properties`
      const properties = {
        'process.roles': 'broker,controller',
        'node.id': id,
        'controller.quorum.voters': voters,
        'controller.listener.names': 'CONTROLLER',
        listeners: `PLAINTEXT://127.0.0.1:${this.ports[id - 1]},CONTROLLER://127.0.0.1:${this.ports[id + 2]}`,
        'log.dirs': logs,
        'min.insync.replicas': 2,
      }
      const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(file, lines.join(''))
      const [executable, ...args] = this.command(file)
      this.nodes.push(spawn(executable as string, args, { stdio: 'ignore' }))
    }
    for (const port of this.ports)
      while (!(await connects(port))) await new Promise((resolve) => setTimeout(resolve, 50))
    const admin = new Admin({ 'bootstrap.servers': this.bootstrap })
    while ((await admin.describeCluster()).nodes.length < IDS.length)
      await new Promise((resolve) => setTimeout(resolve, 50))
    await admin.createTopics([{ name: 't', partitions: Number(values.partitions), replicationFactor: 3 }])
    await admin.close()
  }

  get bootstrap(): string {
    return IDS.map((id) => `127.0.0.1:${this.ports[id - 1]}`).join(',')
  }

  get processorTime(): number {
    return this.nodes.reduce((sum, { pid }) => sum + processorTimeOf(pid), 0)
  }

  async end(): Promise<void> {
    for (const node of this.nodes) node.kill('SIGKILL')
    await Promise.all(this.nodes.map((node) => node.exitCode ?? once(node, 'exit')))
  }
}

async function ownProduce(bootstrap: string): Promise<number> {
  const producer = new Producer({ 'bootstrap.servers': bootstrap })
  const onLost = (error: Error) => {
    throw error
  }
  const payload = new RandomPayload(SIZE, RECORDS)
  const options = { topic: 't', records: RECORDS, warmup: 0, throughput: -1, intervalMs: 600_000, payload, onLost }
  const { total } = await new ProducePerf(producer, nodeRuntime, options).run()
  await producer.close()
  return RECORDS / (total.elapsedMs / 1000)
}

async function javaProduce(bootstrap: string): Promise<number> {
  const count = ['--num-records', String(RECORDS), '--record-size', String(SIZE), '--throughput', '-1']
  const args = ['--bootstrap-server', bootstrap, '--topic', 't', ...count]
  const { stdout } = await runTool('kafka-producer-perf-test', args, { timeoutMs: 300_000 })
  return Number(/.*, ([\d.]+) records\/sec/.exec(stdout.trim().split('\n').at(-1) ?? '')?.[1])
}

const root = mkdtempSync(join(tmpdir(), 'bench-replicas-'))
const ours = new Cluster('ours', (file) => [process.execPath, program, 'server-start', file], root)
const apaches = new Cluster('Apache', (file) => ['java', '-Xmx1G', '-cp', apacheClassPath(), 'kafka.Kafka', file], root)
const produce = values.java ? javaProduce : ownProduce
process.stdout.write(
  `${values.java ? "Java's" : 'own'} producer, ${RECORDS} records of ${SIZE} bytes, three replicas   produced/s, processors of three nodes for a million\n`,
)
try {
  for (const cluster of values.apache ? [ours, apaches] : [ours]) {
    try {
      await cluster.start()
      for (let round = 0; round < Number(values.rounds); round++) {
        const before = cluster.processorTime
        const rate = await produce(cluster.bootstrap)
        const seconds = ((cluster.processorTime - before) * 1e6) / RECORDS
        process.stdout.write(
          `${cluster.name.padEnd(8)} ${Math.round(rate).toLocaleString('en').padStart(11)} ${`${seconds.toFixed(2)} s`.padStart(9)}\n`,
        )
      }
    } finally {
      await cluster.end()
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true })
}
