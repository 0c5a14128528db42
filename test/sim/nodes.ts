import { formatDirectory } from '../../src/server/format.ts'
import { startServer } from '../../src/server/index.ts'
import { filledNodes, isFilled } from './filling.ts'
import { SHARE_LOCK_MS } from './shares.ts'
import { Host, type World } from './world.ts'

/** After that a member that died is put out of its group. */
export const SESSION_MS = 10_000

export interface NodesOptions {
  readonly world: World
  readonly brokers: number
  /** The first so many are controllers as well, or as many nodes that are no brokers. */
  readonly voters: number
  /** Controllers are nodes of their own. */
  readonly apart: boolean
  /** Controllers are named in the log and not in the properties, and may change (KIP-853). */
  readonly dynamic: boolean
  /** They are named in the properties of all when the cluster begins, and written into the log later on. */
  readonly raised: boolean
  /** Nodes have a second log directory, which may fail. */
  readonly secondDirs: boolean
  /** Records are synced before they are acknowledged. */
  readonly synced: boolean
  /** Properties of all nodes. */
  readonly properties: Readonly<Record<string, string>>
}

/** So long after the last fault all replicas are in sync again, and written down to be; milliseconds. */
const RECOVERED_MS = 6000

/** Its failure leaves the metadata alone. */
export const SECOND_DIR = '/data-2'

/** The nodes of a cluster, and what befalls them. */
export class Nodes {
  readonly all: readonly SimNode[]
  readonly brokers: readonly SimNode[]
  crashes = 0
  cleanings = 0
  directoriesLost = 0
  /** The end of the last fault, as far as it is known. */
  faultUntil = 0
  /** Properties of nodes that start from now on leave it to the log to name the voters. */
  votersInLog: boolean

  constructor(private readonly options: NodesOptions) {
    const { brokers, voters, apart, dynamic, raised } = options
    this.votersInLog = dynamic && !raised
    const controllers = Array.from({ length: apart ? voters : 0 }, (_, at) => new SimNode(101 + at, options, this))
    this.brokers = Array.from({ length: brokers }, (_, at) => new SimNode(at + 1, options, this))
    this.all = [...controllers, ...this.brokers]
  }

  /** Those that are controllers, with a vote or without. */
  get controllers(): readonly SimNode[] {
    return this.all.filter(({ isController }) => isController)
  }

  get bootstrap(): string {
    return this.brokers.map(({ host }) => `${host.name}:9092`).join(',')
  }

  get mayLoseDirectories(): boolean {
    return this.options.secondDirs
  }

  /** Whether all of them serve. */
  get up(): boolean {
    return this.all.every(({ server }) => server !== undefined)
  }

  boot(): void {
    for (const node of this.all) node.boot()
  }

  /** One of them dies, unless another one is not back yet, and comes back after a while. */
  crash(): void {
    const { world, synced, brokers } = this.options
    const { chance } = world
    const victim = this.all[chance.int(this.all.length)] as SimNode
    if (!this.up) return
    this.crashes++
    // What only a page cache had is on the disks of other replicas in sync, unless it is gone there, too, or has not come yet.
    const isReplicated =
      brokers > 1 && world.now > this.faultUntil + RECOVERED_MS && !this.brokers.some(({ isWounded }) => isWounded)
    victim.crash(synced ? chance.bool(0.5) : isReplicated && chance.bool(0.8))
    this.back(victim, chance.between(10, brokers > 1 ? 12_000 : 3000))
  }

  /** One of the two directories of a broker fails, and somebody starts the node anew after a while, which makes it good. */
  loseDirectory(): void {
    const { world } = this.options
    const { chance } = world
    const victim = this.brokers[chance.int(this.brokers.length)] as SimNode
    if (!this.options.secondDirs || !this.up || victim.isWounded) return
    victim.loseDirectory()
    const ms = chance.between(500, 12_000)
    this.noteFault(ms)
    world.schedule(ms, () => {
      if (victim.isWounded) this.restart(victim)
    })
  }

  /** Ends a node, whatever it is at, and starts it again. */
  restart(victim: SimNode): void {
    this.crashes++
    victim.crash(false)
    this.back(victim, this.options.world.chance.between(10, 3000))
  }

  /** Several of them die at once, which takes from their disks no more than what was not synced, where that is all that counts. */
  crashMany(): void {
    const { world, synced } = this.options
    const { chance } = world
    if (!this.up) return
    const spared = chance.int(this.all.length + 1)
    for (const [at, victim] of this.all.entries()) {
      if (at === spared) continue
      this.crashes++
      victim.crash(synced && chance.bool(0.5))
      this.back(victim, chance.between(10, 8000))
    }
  }

  private back(victim: SimNode, afterMs: number): void {
    this.noteFault(afterMs)
    this.options.world.schedule(afterMs, () => victim.boot())
  }

  private noteFault(ms: number): void {
    this.faultUntil = Math.max(this.faultUntil, this.options.world.now + ms)
  }

  /** One of them is alive and of no use to the others. */
  hamper(): void {
    const { world } = this.options
    const { chance } = world
    const { host } = this.all[chance.int(this.all.length)] as SimNode
    const ms = chance.between(500, 9000)
    this.noteFault(ms)
    if (chance.bool(0.6)) world.network.cutOff(host.name, ms)
    else host.slowDown(ms)
  }

  async close(): Promise<void> {
    // The controller last: the others tell it that they go.
    for (const { server } of [...this.all].reverse()) await server?.close()
  }
}

const isOne = ({ brokers, apart }: NodesOptions): boolean => brokers === 1 && !apart
const CLUSTER = 'simulated-cluster-0000w'
const directoryOf = (id: number, losses: number): string => Buffer.alloc(16, `${id}.${losses}.`).toString('base64url')
export const endpointOf = (id: number) => ({ name: 'CONTROLLER', host: nameOf(id), port: 9093 })
const nameOf = (id: number): string => (id > 100 ? `controller-${id}` : `broker-${id}`)

export class SimNode {
  readonly host: Host
  server: Awaited<ReturnType<typeof startServer>> | undefined
  private boots = 0
  /** The last process that was killed: what its promises still say is of no interest. */
  private dead = 0

  /** Whether its second directory has failed, or will with the next call. */
  isWounded = false

  /** How often its disk was lost. */
  private losses = 0

  constructor(
    readonly id: number,
    private readonly options: NodesOptions,
    private readonly nodes: Nodes,
  ) {
    this.host = new Host(options.world, isOne(options) ? 'broker' : nameOf(id))
    if (!isOne(options)) this.format()
  }

  get isController(): boolean {
    return this.controllers.includes(this.id)
  }

  private get controllers(): number[] {
    const { voters, apart } = this.options
    return Array.from({ length: voters }, (_, at) => (apart ? 101 : 1) + at)
  }

  /** Of the directory that it has now. */
  get directoryId(): string {
    return directoryOf(this.id, this.losses)
  }

  /** All nodes of a cluster know its id, and in a dynamic quorum those that begin know each other. */
  private format(): void {
    const { disk } = this.host
    disk.mkdir('/data')
    disk.syncDir('/')
    const { directoryId } = this
    if (this.nodes.votersInLog && this.isController) {
      const voters = this.controllers.map((id) => ({ id, directoryId: directoryOf(id, 0), endpoint: endpointOf(id) }))
      const node = { clusterId: CLUSTER, nodeId: this.id }
      formatDirectory(this.host.boot(), '/data', node, this.losses === 0 ? { directoryId, voters } : undefined)
    }
    disk.replaceFile(
      '/data/meta.properties',
      `version=1\ncluster.id=${CLUSTER}\nnode.id=${this.id}\ndirectory.id=${directoryId}\n`,
    )
  }

  /** Its disk is gone, and it comes back with an empty one. */
  loseDisk(): void {
    this.losses++
    this.crash(false)
    for (const path of this.host.disk.files().keys()) this.host.disk.remove(path)
    this.format()
    this.boot()
  }

  /** Calls of one kind fail in its second directory from now on: once, or always. */
  loseDirectory(kind?: 'write'): void {
    const { chance } = this.options.world
    const operation = kind ?? (['write', 'write', 'sync', 'read', 'open'] as const)[chance.int(5)] ?? 'write'
    const code = ['EIO', 'ENOSPC', 'EROFS'][chance.int(3)] as string
    const times = chance.bool(0.5) ? 1 : Number.POSITIVE_INFINITY
    this.options.world.trace(`${this.host.name} gets ${code} for ${operation} in ${SECOND_DIR}, ${times} times`)
    this.isWounded = true
    this.nodes.directoriesLost++
    this.host.disk.faults.add({ operation, path: `${SECOND_DIR}/`, code, times })
  }

  private get role(): Readonly<Record<string, string>> {
    const { name } = this.host
    if (isOne(this.options)) return { listeners: `PLAINTEXT://${name}:9092` }
    const { controllers, isController } = this
    const isBroker = this.id <= 100
    const known: Record<string, string> = this.nodes.votersInLog
      ? { 'controller.quorum.bootstrap.servers': controllers.map((id) => `${nameOf(id)}:9093`).join(',') }
      : { 'controller.quorum.voters': controllers.map((id) => `${id}@${nameOf(id)}:9093`).join(',') }
    const roles = [...(isBroker ? ['broker'] : []), ...(isController ? ['controller'] : [])]
    const listeners = [
      ...(isBroker ? [`PLAINTEXT://${name}:9092`] : []),
      ...(isController ? [`CONTROLLER://${name}:9093`] : []),
    ]
    return {
      'node.id': String(this.id),
      'process.roles': roles.join(','),
      listeners: listeners.join(','),
      ...(isBroker ? { 'advertised.listeners': `PLAINTEXT://${name}:9092` } : {}),
      'controller.listener.names': 'CONTROLLER',
      ...known,
      'broker.rack': `rack-${name.replace(/\D/g, '')}`,
      'replica.selector.class': 'RackAwareReplicaSelector',
      'broker.session.timeout.ms': '3000',
      'broker.heartbeat.interval.ms': '500',
      'replica.lag.time.max.ms': '3000',
      'replica.fetch.wait.max.ms': '200',
    }
  }

  private get dirs(): string {
    return this.options.secondDirs && this.id <= 100 ? `/data,${SECOND_DIR}` : '/data'
  }

  boot(): void {
    const { world, synced, properties } = this.options
    const { name } = this.host
    const boot = ++this.boots
    const isCurrent = () => this.boots === boot && this.dead !== boot
    const started = startServer({
      properties: {
        ...{ 'log.dirs': this.dirs, ...this.role, ...properties },
        ...(synced ? { 'log.flush.interval.messages': '1' } : {}),
      },
      runtime: this.host.boot(),
      log: (line) => {
        if (line.startsWith('Compacted')) this.nodes.cleanings++
        if (/^Cannot compact|^The log cleaner has ended/.test(line) && isCurrent()) world.complain(line)
        world.trace(`${name}: ${line.split('\n')[0]}`)
      },
    })
    const complain = (what: string, error: unknown) => {
      const told = error instanceof Error ? error.stack : String(error)
      if (isCurrent()) world.complain(`${name} ${what}: ${told}`)
    }
    started.then(
      (server) => {
        if (!isCurrent()) return
        this.server = server
        world.trace(`${name} serves`)
        void server.failed.then((error) => complain('failed', error))
      },
      (error: unknown) => complain('did not start', error),
    )
  }

  crash(power: boolean): void {
    this.server = undefined
    this.isWounded = false
    this.dead = this.boots
    if (power) this.host.losePower()
    else this.host.kill()
  }
}

/** What makes a lot happen in a short run. */
export const busyProperties = (seed: number, replicas: number): Record<string, string> => ({
  'num.partitions': '1',
  'default.replication.factor': String(replicas),
  'min.insync.replicas': String(Math.min(2, replicas)),
  'offsets.topic.num.partitions': '3',
  'offsets.topic.replication.factor': String(replicas),
  'transaction.state.log.num.partitions': '2',
  'transaction.state.log.replication.factor': String(replicas),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.session.timeout.ms': `${SESSION_MS}`,
  'group.consumer.min.session.timeout.ms': `${SESSION_MS}`,
  'group.consumer.heartbeat.interval.ms': '1000',
  'group.consumer.min.heartbeat.interval.ms': '1000',
  'share.coordinator.state.topic.num.partitions': '2',
  'share.coordinator.state.topic.replication.factor': String(replicas),
  'share.coordinator.snapshot.update.records.per.snapshot': '20',
  'group.share.record.lock.duration.ms': `${SHARE_LOCK_MS}`,
  'group.share.max.delivery.count.limit': '25',
  'group.share.session.timeout.ms': '12000',
  'group.share.min.session.timeout.ms': '12000',
  'log.segment.bytes': '1048576',
  // Where logs are preallocated each move sets so much aside, in memory.
  'offsets.topic.segment.bytes': '1048576',
  'transaction.state.log.segment.bytes': '1048576',
  'share.coordinator.state.topic.segment.bytes': '1048576',
  // Zeros behind the records of each log, in a few runs of one node: a megabyte in memory is slow, and a cluster would need many thousands.
  'log.preallocate': String(seed % 20 === 0 && replicas === 1),
  // All logs get many segments, and those of coordinators are compacted as well.
  'log.roll.ms': '400',
  'log.cleaner.backoff.ms': '300',
  'log.cleaner.io.buffer.size': '2048',
  'log.cleaner.min.cleanable.ratio': '0.1',
  ...(isFilled(seed) ? filledNodes : {}),
})
