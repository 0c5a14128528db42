import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Admin } from '../../src/index.ts'
import { randomUuid } from '../../src/runtime/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { type ApacheBroker, runTool, startBroker } from './apache.ts'
import { killNode, startNode } from './killable-node.ts'

/** Input for a console producer. */
export const lines = (from: number, count: number): string =>
  Array.from({ length: count }, (_, n) => `line ${from + n}\n`).join('')

/** Our node as broker 1 and controller, with brokers of Apache's that have joined it: node `id` listens on `port + 2 * id`. */
export class JoinedCluster {
  private readonly dir = mkdtempSync(join(tmpdir(), 'joined-'))
  private readonly brokers = new Map<number, ApacheBroker>()
  private node: ChildProcess | undefined
  private admin: Admin | undefined

  constructor(
    private readonly port: number,
    /** Of all nodes, as `name=value`. */
    private readonly properties: readonly string[],
    /** How the brokers find the controller. */
    private readonly found:
      | 'controller.quorum.voters'
      | 'controller.quorum.bootstrap.servers' = 'controller.quorum.voters',
  ) {}

  portOf(id: number): number {
    return this.port + 2 * id
  }

  dirOf(id: number): string {
    return join(this.dir, `n${id}`)
  }

  private get controller(): string {
    return `127.0.0.1:${this.portOf(1) + 1}`
  }

  async startController(): Promise<void> {
    const port = this.portOf(1)
    const logs = join(this.dirOf(1), 'logs')
    if (this.found === 'controller.quorum.bootstrap.servers' && !existsSync(logs)) this.formatDynamic(logs)
    this.node = await startNode(this.dirOf(1), port, [
      'process.roles=broker,controller',
      'node.id=1',
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://${this.controller}`,
      'controller.listener.names=CONTROLLER',
      this.found === 'controller.quorum.voters'
        ? `controller.quorum.voters=1@${this.controller}`
        : `controller.quorum.bootstrap.servers=${this.controller}`,
      ...this.properties,
    ])
    this.admin ??= new Admin({ 'bootstrap.servers': `127.0.0.1:${port}` })
  }

  private formatDynamic(logs: string): void {
    const [clusterId, directoryId] = [randomUuid(nodeRuntime.random), randomUuid(nodeRuntime.random)]
    const endpoint = { name: 'CONTROLLER', host: '127.0.0.1', port: this.portOf(1) + 1 }
    const quorum = { directoryId, voters: [{ id: 1, directoryId, endpoint }] }
    formatDirectory(nodeRuntime, logs, { clusterId, nodeId: 1 }, quorum)
  }

  async killController(): Promise<void> {
    if (this.node) await killNode(this.node)
    this.node = undefined
  }

  async stopController(): Promise<void> {
    const child = this.node
    child?.removeAllListeners('exit')
    child?.kill('SIGTERM')
    if (child) await once(child, 'exit')
    this.node = undefined
  }

  async startApache(id: number): Promise<void> {
    const logs = join(this.dirOf(id), 'logs')
    const meta = readFileSync(join(this.dirOf(1), 'logs', 'meta.properties'), 'utf8')
    const clusterId = /^cluster\.id=(.*)$/m.exec(meta)?.[1]
    if (!this.brokers.has(id)) {
      mkdirSync(logs, { recursive: true })
      const directory = randomUuid(nodeRuntime.random)
      writeFileSync(
        join(logs, 'meta.properties'),
        `version=1\ncluster.id=${clusterId}\nnode.id=${id}\ndirectory.id=${directory}\n`,
      )
    }
    const isStatic = this.found === 'controller.quorum.voters'
    const given = Object.fromEntries(this.properties.map((one) => one.split('=') as [string, string]))
    this.brokers.set(
      id,
      await startBroker(this.dirOf(id), this.portOf(id), {
        'process.roles': 'broker',
        'node.id': String(id),
        listeners: `PLAINTEXT://127.0.0.1:${this.portOf(id)}`,
        'controller.quorum.voters': isStatic ? `1@${this.controller}` : '',
        ...(isStatic ? {} : { 'controller.quorum.bootstrap.servers': this.controller }),
        ...given,
      }),
    )
  }

  async stopApache(id: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.brokers.get(id)?.stop(signal)
  }

  /** Runs one of Apache's tools at the broker with an id, and gives what it prints. */
  async tool(id: number, name: string, args: string, input?: string): Promise<string> {
    const at = ['--bootstrap-server', `127.0.0.1:${this.portOf(id)}`]
    const { stdout, stderr, exitCode } = await runTool(name, [...at, ...args.split(' ')], { input })
    expect(exitCode, stderr + stdout).toBe(0)
    return stdout
  }

  async createTopic(name: string): Promise<void> {
    const made = (await this.admin?.createTopics([{ name, assignments: [[1]] }]))?.get(name)
    expect(made).toMatchObject({ partitions: 1 })
  }

  /** How many records a topic has by now, as broker 2 says. */
  async ends(topic: string): Promise<number> {
    const told = await this.tool(2, 'kafka-get-offsets', `--topic ${topic}`)
    return (told.match(/\d+$/gm) ?? []).reduce((sum, end) => sum + Number(end), 0)
  }

  /** Each partition of a topic as leader, replicas and ISR, as the controller's own broker sees them. */
  async partitions(topic: string): Promise<string[]> {
    const described = (await this.admin?.describeTopics([topic]))?.get(topic)
    if (!described || described instanceof Error) return []
    return described.partitions.map(({ leader, replicas, isr }) => {
      const ids = (list: readonly { id: number }[]) => list.map(({ id }) => id)
      return `${leader?.id ?? -1} of ${ids(replicas)}, ${ids(isr).sort()} in sync`
    })
  }

  /** Waits until the partitions of a topic are like that. */
  async until(topic: string, ...wanted: string[]): Promise<void> {
    await expect.poll(() => this.partitions(topic), { timeout: 15_000, interval: 50 }).toEqual(wanted)
  }

  async close(): Promise<void> {
    await this.admin?.close()
    for (const broker of this.brokers.values()) await broker.stop('SIGKILL')
    await this.killController()
    rmSync(this.dir, { recursive: true, force: true })
  }
}
