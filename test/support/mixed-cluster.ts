import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, startApacheNode } from './apache.ts'
import { freePort } from './free-ports.ts'
import { killNode, startNode } from './killable-node.ts'

const CLUSTER = 'MkU3OEVBNTcwNTJENDM2Qg'
const SESSION = ['broker.session.timeout.ms=3000', 'broker.heartbeat.interval.ms=300']

/** A controller of Apache's, with a broker of ours (1) and one of Apache's (2). */
export class MixedCluster {
  private readonly work = mkdtempSync(join(tmpdir(), 'mixed-'))
  private readonly ports = new Map<number, number>()
  private controllerPort = 0
  private controller: ApacheBroker | undefined
  private ours: ChildProcess | undefined
  private apache: ApacheBroker | undefined

  constructor(private readonly properties: readonly string[] = []) {}

  async start(): Promise<void> {
    this.controllerPort = await freePort()
    this.ports.set(1, await freePort())
    this.ports.set(2, await freePort())
    this.controller = await startApacheNode(
      join(this.work, 'controller'),
      this.controllerPort,
      {
        ...{ 'process.roles': 'controller', 'node.id': '3000', 'controller.listener.names': 'CONTROLLER' },
        'controller.quorum.bootstrap.servers': `127.0.0.1:${this.controllerPort}`,
        listeners: `CONTROLLER://127.0.0.1:${this.controllerPort}`,
        'broker.session.timeout.ms': '3000',
      },
      ['-t', CLUSTER, '--standalone'],
    )
    formatDirectory(nodeRuntime, join(this.work, 'b1', 'logs'), { clusterId: CLUSTER, nodeId: 1 })
    await Promise.all([this.startBroker(1), this.startBroker(2)])
  }

  private get shared(): string[] {
    return [
      ...['process.roles=broker', 'controller.listener.names=CONTROLLER', ...SESSION, ...this.properties],
      // All brokers must find coordinators by the same numbers.
      ...['offsets.topic.num.partitions=4', 'transaction.state.log.num.partitions=4'],
      `controller.quorum.bootstrap.servers=127.0.0.1:${this.controllerPort}`,
    ]
  }

  async startBroker(id: 1 | 2): Promise<void> {
    const port = this.ports.get(id) as number
    const dir = join(this.work, `b${id}`)
    if (id === 1) this.ours = await startNode(dir, port, ['node.id=1', 'broker.rack=rack-1', ...this.shared])
    else
      this.apache = await startApacheNode(
        dir,
        port,
        {
          ...Object.fromEntries(this.shared.map((one) => one.split('=') as [string, string])),
          ...{ 'node.id': '2', 'broker.rack': 'rack-2', listeners: `PLAINTEXT://127.0.0.1:${port}` },
        },
        ['-t', CLUSTER],
      )
  }

  async killBroker(id: 1 | 2): Promise<void> {
    if (id === 1 && this.ours) await killNode(this.ours)
    if (id === 2) await this.apache?.stop('SIGKILL')
  }

  portOf(id: 1 | 2): number {
    return this.ports.get(id) as number
  }

  bootstrap(...ids: readonly number[]): string {
    return (ids.length > 0 ? ids : [1, 2]).map((id) => `127.0.0.1:${this.ports.get(id)}`).join(',')
  }

  /** Runs an action with an admin client of its own. */
  async admin<T>(action: (admin: Admin) => Promise<T>, ...ids: readonly number[]): Promise<T> {
    const admin = new Admin({ 'bootstrap.servers': this.bootstrap(...ids) }, nodeRuntime)
    try {
      return await action(admin)
    } finally {
      await admin.close()
    }
  }

  async createTopic(name: string, assignments: number[][], configs: Record<string, string> = {}): Promise<void> {
    const made = await this.admin((admin) => admin.createTopics([{ name, assignments, configs }]))
    const outcome = made.get(name)
    if (outcome instanceof Error) throw outcome
  }

  /** Each partition of a topic as leader and ISR. */
  async partitions(topic: string, ...ids: readonly number[]): Promise<string[]> {
    const described = (await this.admin((admin) => admin.describeTopics([topic]), ...ids)).get(topic)
    if (!described || described instanceof Error) return [String(described)]
    return described.partitions.map(({ leader, isr }) => `${leader?.id ?? -1} of ${isr.map(({ id }) => id).sort()}`)
  }

  dirOf(id: 1 | 2, name: string): string {
    return join(this.work, `b${id}`, 'logs', name)
  }

  /** A partition's log on a broker's disk: what is in its segments, and their names. */
  filesOf(id: 1 | 2, name: string): { log: Buffer; names: string[] } {
    const dir = this.dirOf(id, name)
    const names = readdirSync(dir)
      .filter((file) => file.endsWith('.log'))
      .sort()
    return { log: Buffer.concat(names.map((file) => readFileSync(join(dir, file)))), names }
  }

  /** Writes a file of the test's own, and gives its path. */
  file(name: string, text: string): string {
    writeFileSync(join(this.work, name), text)
    return join(this.work, name)
  }

  async close(): Promise<void> {
    if (this.ours?.exitCode === null) await killNode(this.ours)
    await this.apache?.stop('SIGKILL')
    await this.controller?.stop('SIGKILL')
    rmSync(this.work, { recursive: true, force: true })
  }
}
