import path from 'node:path'
import { Admin } from '../client/index.ts'
import { BrokerConfig } from '../config/broker.ts'
import { parsePropertiesFile } from '../config/properties.ts'
import { randomUuid } from '../runtime/index.ts'
import { detach, signalProcess } from '../runtime/node/processes.ts'
import type { Context } from './context.ts'
import { stateFolder } from './state-folder.ts'
import { serversByFile } from './stop-servers.ts'

/** The most nodes that are controllers as well: with three of them any one may fail. */
const CONTROLLERS = 3
/** From a broker's port to that of its controller. */
const CONTROLLER_PORT = 10_000
/** Until a node serves, and until it has stopped; milliseconds. */
const PATIENCE_MS = 60_000
const LOOK_MS = 100

export interface LocalNode {
  readonly id: number
  readonly port: number
  /** Of its properties. */
  readonly file: string
  /** What it prints. */
  readonly consoleFile: string
}

export interface NewCluster {
  readonly count: number
  /** Of the first broker; the others have the next ones. */
  readonly port: number
  /** Properties of all nodes besides. */
  readonly overrides: Readonly<Record<string, string>>
}

/** A node that could not be started, with the last that it said. */
class NodeFailed extends Error {
  override name = 'NodeFailed'
}

/** Several nodes on this machine, each a process of its own, with all that they have in one folder. */
export class LocalCluster {
  readonly folder: string

  /** In a folder of its own, or in the user's state folder. */
  constructor(
    folder: string | undefined,
    private readonly context: Context,
  ) {
    this.folder = path.resolve(folder ?? `${stateFolder(context)}/cluster`)
  }

  /** The nodes that there are, running or not. */
  get nodes(): LocalNode[] {
    const { disk } = this.context.runtime
    const ids = (disk.list(this.folder) ?? []).flatMap((name) => /^node-(\d+)\.properties$/.exec(name)?.[1] ?? [])
    return ids
      .map(Number)
      .sort((a, b) => a - b)
      .map((id) => {
        const file = path.join(this.folder, `node-${id}.properties`)
        const { listeners = '' } = parsePropertiesFile(disk.readFile(file) ?? Buffer.alloc(0))
        return {
          id,
          port: Number(/:(\d+)/.exec(listeners)?.[1]),
          file,
          consoleFile: path.join(this.folder, `node-${id}.log`),
        }
      })
  }

  /** Where clients find it. */
  get bootstrap(): string {
    return this.nodes.map(({ port }) => `localhost:${port}`).join(',')
  }

  /** The processes of its nodes, by id. */
  running(): Map<number, number> {
    const servers = serversByFile()
    return new Map(
      this.nodes.flatMap(({ id, file }) => {
        const pid = servers.get(file)
        return pid === undefined ? [] : [[id, pid] as const]
      }),
    )
  }

  /** Makes the nodes' properties and formats their directories. */
  async make({ count, port, overrides }: NewCluster): Promise<void> {
    const { runtime } = this.context
    const { formatStorage } = await import('../tools/storage/format.ts')
    const clusterId = randomUuid(runtime.random)
    runtime.disk.mkdir(this.folder)
    for (const [file, properties] of this.plan(count, port, overrides)) {
      const config = new BrokerConfig(properties, 'format')
      await formatStorage(runtime, config, {
        ...{ clusterId, ignoreFormatted: true, features: [], credentials: [], quorum: undefined },
      })
      const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
      runtime.disk.replaceFile(file, lines.join(''))
    }
  }

  /** Fewer than three nodes have one controller: two could not do without each other. */
  private plan(count: number, port: number, overrides: Readonly<Record<string, string>>) {
    const ids = Array.from({ length: count }, (_, at) => at + 1)
    const controllers = ids.slice(0, count < CONTROLLERS ? 1 : CONTROLLERS)
    const controllerAt = (id: number) => `localhost:${port + CONTROLLER_PORT + id - 1}`
    const replicas = Math.min(count, CONTROLLERS)
    const [factor, inSync] = [String(replicas), String(Math.max(1, replicas - 1))]
    return ids.map((id) => {
      const listeners = [`PLAINTEXT://localhost:${port + id - 1}`]
      if (controllers.includes(id)) listeners.push(`CONTROLLER://${controllerAt(id)}`)
      const properties: Record<string, string> = {
        'process.roles': controllers.includes(id) ? 'broker,controller' : 'broker',
        'node.id': String(id),
        'controller.quorum.voters': controllers.map((voter) => `${voter}@${controllerAt(voter)}`).join(','),
        'controller.listener.names': 'CONTROLLER',
        listeners: listeners.join(','),
        'log.dirs': path.join(this.folder, `node-${id}`),
        'default.replication.factor': factor,
        'min.insync.replicas': inSync,
        'offsets.topic.replication.factor': factor,
        'transaction.state.log.replication.factor': factor,
        'transaction.state.log.min.isr': inSync,
        'share.coordinator.state.topic.replication.factor': factor,
        'share.coordinator.state.topic.min.isr': inSync,
        'group.initial.rebalance.delay.ms': '0',
        // Nobody is far away: who is silent for that long has died.
        'broker.session.timeout.ms': '3000',
        'broker.heartbeat.interval.ms': '500',
        ...overrides,
      }
      return [path.join(this.folder, `node-${id}.properties`), properties] as const
    })
  }

  /** Starts the nodes that do not run, and resolves when all serve; gives those that were started. */
  async start(): Promise<LocalNode[]> {
    const running = this.running()
    const started = this.nodes.filter(({ id }) => !running.has(id))
    for (const { file, consoleFile } of started) detach(['server-start', file], consoleFile)
    if (started.length > 0) await this.serving(started)
    return started
  }

  private async serving(started: readonly LocalNode[]): Promise<void> {
    const { runtime } = this.context
    const { length } = this.nodes
    const admin = new Admin({ 'bootstrap.servers': this.bootstrap, 'default.api.timeout.ms': '3000' }, runtime)
    const end = runtime.clock.monotonic() + PATIENCE_MS
    try {
      for (;;) {
        const known = await admin.describeCluster().catch(() => undefined)
        const running = this.running()
        const lost = started.find(({ id }) => !running.has(id))
        if (lost) throw new NodeFailed(`Node ${lost.id} has ended: ${this.lastWords(lost)}`)
        // Another cluster may have been at these ports before.
        if (known?.clusterId === this.clusterId && known?.nodes.length === length) return
        if (runtime.clock.monotonic() > end)
          throw new NodeFailed(`The nodes do not serve after a minute; what they say is in ${this.folder}.`)
        await runtime.clock.sleep(LOOK_MS)
      }
    } finally {
      await admin.close()
    }
  }

  private get clusterId(): string | undefined {
    const meta = this.context.runtime.disk.readFile(path.join(this.folder, 'node-1', 'meta.properties'))
    return meta && parsePropertiesFile(meta)['cluster.id']
  }

  private lastWords({ consoleFile }: LocalNode): string {
    const text = this.context.runtime.disk.readFile(consoleFile)?.toString('utf8').trim() ?? ''
    return text.slice(text.lastIndexOf('\n') + 1) || `${consoleFile} does not say why.`
  }

  /** Tells all nodes to stop, and resolves when they have; gives those that ran. */
  async stop(): Promise<number[]> {
    const { clock } = this.context.runtime
    const told = this.running()
    for (const pid of told.values()) signalProcess(pid, 'TERM')
    const end = clock.monotonic() + PATIENCE_MS
    while (this.running().size > 0) {
      if (clock.monotonic() > end) throw new NodeFailed('Some nodes have not stopped after a minute.')
      await clock.sleep(LOOK_MS)
    }
    return [...told.keys()]
  }

  /** Takes all away that it has. */
  remove(): void {
    const { disk } = this.context.runtime
    for (const { id, file, consoleFile } of this.nodes)
      for (const one of [path.join(this.folder, `node-${id}`), consoleFile, file]) disk.remove(one)
  }
}
