import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { freePort, killNode, startNode } from './killable-node.ts'

/** Nodes of a cluster, each a process of its own: brokers, the first of which are controllers as well. */
export class ProcessCluster {
  readonly dir = mkdtempSync(join(tmpdir(), 'kafka-cluster-'))
  /** The processes, by node; an entry is replaced when its node is started again. */
  private readonly nodes = new Map<number, Promise<ChildProcess>>()

  private constructor(
    private readonly ports: readonly number[],
    private readonly controllerPorts: readonly number[],
    private readonly properties: readonly string[],
  ) {}

  static async start(
    brokers: number,
    controllers: number,
    properties: readonly string[] = [],
  ): Promise<ProcessCluster> {
    const ports: number[] = []
    for (let n = 0; n < brokers + controllers; n++) ports.push(await freePort())
    const cluster = new ProcessCluster(ports.slice(controllers), ports.slice(0, controllers), properties)
    for (let id = 1; id <= brokers; id++)
      formatDirectory(nodeRuntime, join(cluster.folderOf(id), 'logs'), {
        clusterId: 'a-cluster-of-processes',
        nodeId: id,
      })
    await Promise.all(Array.from({ length: brokers }, (_, at) => cluster.startNode(at + 1)))
    return cluster
  }

  get bootstrap(): string {
    return this.ports.map((port) => `127.0.0.1:${port}`).join(',')
  }

  /** Where a controller is reached. */
  controllerOf(id: number): string {
    return `127.0.0.1:${this.controllerPorts[id - 1]}`
  }

  folderOf(id: number): string {
    return join(this.dir, `node-${id}`)
  }

  /** Resolves when it serves. */
  startNode(id: number): Promise<ChildProcess> {
    const port = this.ports[id - 1] as number
    const controllerPort = this.controllerPorts[id - 1]
    const controller = controllerPort === undefined ? '' : `,CONTROLLER://127.0.0.1:${controllerPort}`
    const voters = this.controllerPorts.map((at, index) => `${index + 1}@127.0.0.1:${at}`)
    const starting = startNode(this.folderOf(id), port, [
      `node.id=${id}`,
      `process.roles=${controller ? 'broker,controller' : 'broker'}`,
      `listeners=PLAINTEXT://127.0.0.1:${port}${controller}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
      'controller.listener.names=CONTROLLER',
      `controller.quorum.voters=${voters.join(',')}`,
      'broker.session.timeout.ms=2000',
      'broker.heartbeat.interval.ms=300',
      'replica.lag.time.max.ms=2000',
      'offsets.topic.replication.factor=3',
      'transaction.state.log.replication.factor=3',
      'transaction.state.log.min.isr=2',
      ...this.properties,
    ])
    this.nodes.set(id, starting)
    return starting
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(id: number): Promise<void> {
    await killNode(await (this.nodes.get(id) as Promise<ChildProcess>))
  }

  /** A clean stop: SIGTERM, and wait. */
  async stop(id: number): Promise<void> {
    const child = await (this.nodes.get(id) as Promise<ChildProcess>)
    child.removeAllListeners('exit')
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  }

  async close(): Promise<void> {
    for (const starting of this.nodes.values()) (await starting.catch(() => undefined))?.kill('SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
  }
}
