import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { formatDirectory } from '../../src/server/format.ts'
import { freePort } from './free-ports.ts'
import { killNode, startNode } from './killable-node.ts'

export interface ProcessClusterOptions {
  /** Controllers are nodes of their own, from 101 on, and none of the brokers. */
  readonly apart?: boolean
  /** The voters are in the log, and the properties name no more than addresses (KIP-853). */
  readonly dynamic?: boolean
}

const CLUSTER_ID = 'a-cluster-of-processes'
const directoryOf = (id: number): string => Buffer.alloc(16, id).toString('base64url')

/** Nodes of a cluster, each a process of its own: brokers, the first of which are controllers as well, unless these are apart. */
export class ProcessCluster {
  readonly dir = mkdtempSync(join(tmpdir(), 'kafka-cluster-'))
  /** The processes, by node; an entry is replaced when its node is started again. */
  private readonly nodes = new Map<number, Promise<ChildProcess>>()

  private constructor(
    private readonly ports: readonly number[],
    private readonly controllerPorts: readonly number[],
    private readonly properties: readonly string[],
    private readonly options: ProcessClusterOptions,
  ) {}

  static async start(
    brokers: number,
    controllers: number,
    properties: readonly string[] = [],
    options: ProcessClusterOptions = {},
  ): Promise<ProcessCluster> {
    const ports: number[] = []
    for (let n = 0; n < brokers + controllers; n++) ports.push(await freePort())
    const cluster = new ProcessCluster(ports.slice(controllers), ports.slice(0, controllers), properties, options)
    for (const id of cluster.ids) cluster.format(id)
    await Promise.all(cluster.ids.map((id) => cluster.startNode(id)))
    return cluster
  }

  /** All nodes. */
  get ids(): number[] {
    const brokers = this.ports.map((_, at) => at + 1)
    return this.options.apart ? [...this.controllers, ...brokers] : brokers
  }

  get controllers(): number[] {
    return this.controllerPorts.map((_, at) => (this.options.apart ? 101 : 1) + at)
  }

  private format(id: number): void {
    const voters = this.controllers.map((one, at) => ({
      id: one,
      directoryId: directoryOf(one),
      endpoint: { name: 'CONTROLLER', host: '127.0.0.1', port: this.controllerPorts[at] as number },
    }))
    const quorum =
      this.options.dynamic && this.controllers.includes(id) ? { directoryId: directoryOf(id), voters } : undefined
    formatDirectory(nodeRuntime, join(this.folderOf(id), 'logs'), { clusterId: CLUSTER_ID, nodeId: id }, quorum)
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
    const port = this.ports[id - 1]
    const controllerPort = this.controllerPorts[this.controllers.indexOf(id)]
    const roles: string[] = []
    const listeners: string[] = []
    if (port !== undefined) {
      roles.push('broker')
      listeners.push(`PLAINTEXT://127.0.0.1:${port}`)
    }
    if (controllerPort !== undefined) {
      roles.push('controller')
      listeners.push(`CONTROLLER://127.0.0.1:${controllerPort}`)
    }
    const voters = this.controllers.map((one, at) => `${one}@127.0.0.1:${this.controllerPorts[at]}`)
    const starting = startNode(this.folderOf(id), port ?? (controllerPort as number), [
      `node.id=${id}`,
      `process.roles=${roles.join(',')}`,
      `listeners=${listeners.join(',')}`,
      ...(port === undefined ? [] : [`advertised.listeners=PLAINTEXT://127.0.0.1:${port}`]),
      'controller.listener.names=CONTROLLER',
      this.options.dynamic
        ? `controller.quorum.bootstrap.servers=${voters.map((voter) => voter.split('@')[1]).join(',')}`
        : `controller.quorum.voters=${voters.join(',')}`,
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

  /** A clean stop: SIGTERM, and wait. Gives what the process ended with. */
  async stop(id: number): Promise<number | null> {
    const child = await (this.nodes.get(id) as Promise<ChildProcess>)
    child.removeAllListeners('exit')
    return new Promise((resolve) => {
      child.once('exit', (code) => resolve(code))
      child.kill('SIGTERM')
    })
  }

  async close(): Promise<void> {
    for (const starting of this.nodes.values()) (await starting.catch(() => undefined))?.kill('SIGKILL')
    rmSync(this.dir, { recursive: true, force: true })
  }
}
