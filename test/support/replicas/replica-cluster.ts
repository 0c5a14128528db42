import { type Api, Reader, type RequestInput, type ResponseOf, Writer } from '../../../src/protocol/schema/index.ts'
import type { Access } from '../../../src/server/broker/access/access.ts'
import { everything } from '../../../src/server/broker/access/access.ts'
import { produce } from '../../../src/server/broker/handlers/00-produce.ts'
import { fetch } from '../../../src/server/broker/handlers/01-fetch.ts'
import { listOffsets } from '../../../src/server/broker/handlers/02-list-offsets.ts'
import { deleteRecords } from '../../../src/server/broker/handlers/21-delete-records.ts'
import type { Handler, RequestContext } from '../../../src/server/broker/router.ts'
import type { BrokerServices } from '../../../src/server/broker/services.ts'
import type { MetadataImage } from '../../../src/server/metadata/image.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'
import type { ImageChange } from '../../../src/server/metadata/loader.ts'
import { GatheredWrites } from '../../../src/server/replication/gathered-writes.ts'
import { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import type { ReplicationSettings } from '../../../src/server/replication/replication-settings.ts'
import { defaultLogConfig, type LogConfig } from '../../../src/server/storage/log-config.ts'
import { LogManager } from '../../../src/server/storage/log-manager.ts'
import { Host, type World } from '../../sim/world.ts'
import { ProcessDied } from '../memory-disk.ts'
import { FakeController } from './fake-controller.ts'

export interface ReplicaClusterOptions {
  readonly brokers: readonly number[]
  readonly minInSync: number
  readonly config?: Partial<LogConfig>
  readonly settings?: Partial<ReplicationSettings>
  /** One-way delay of messages, milliseconds. */
  readonly delayMs?: readonly [number, number]
}

const SETTINGS: ReplicationSettings = {
  lagTimeMaxMs: 300,
  fetchBackoffMs: 40,
  fetchWaitMaxMs: 60,
  fetchMinBytes: 1,
  fetchMaxBytes: 4000,
  fetchResponseMaxBytes: 10_000,
  quotaWindows: { count: 11, ms: 1000 },
  directoryQuotaWindows: { count: 11, ms: 1000 },
}
const REQUEST_TIMEOUT_MS = 400
const handlers = [produce, fetch, listOffsets, deleteRecords]

/** A process that holds replicas. */
interface Process {
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly handlers: readonly Handler[]
  readonly services: BrokerServices
  readonly writes: GatheredWrites
  image: MetadataImage
  /** Metadata that has not arrived. */
  readonly queue: { change: ImageChange; image: MetadataImage }[]
  arriving: boolean
  alive: boolean
}

/** A broker's replicas, on a machine of its own: no sockets, no coordinators. */
export class ReplicaBroker {
  readonly host: Host
  process: Process | undefined
  /** Cut off from everybody. */
  cut = false

  constructor(
    private readonly cluster: ReplicaCluster,
    readonly id: number,
  ) {
    this.host = new Host(cluster.world, `b${id}`)
    this.host.disk.mkdir('/logs')
    this.host.disk.syncDir('/')
  }

  get replicas(): ReplicaManager | undefined {
    return this.process?.replicas
  }

  /** Starts a process; it is fenced until the test has it unfenced. */
  start(lossy: boolean): void {
    const { cluster, id, host } = this
    const runtime = host.boot()
    const alive: { process: Process | undefined } = { process: undefined }
    const logs = new LogManager({
      ...{ runtime, dirs: ['/logs'], nodeId: id, clusterId: 'c', highWatermarkCheckpointMs: 200 },
      configFor: () => ({ ...defaultLogConfig, segmentBytes: 3000, ...cluster.options.config }),
      onDirFailure: ({ error }) => {
        if (!(error instanceof ProcessDied)) cluster.world.complain(`b${id}: the disk failed: ${error.stack}`)
      },
    })
    logs.load()
    const replicas = new ReplicaManager({
      ...{ logs, nodeId: id, clock: runtime.clock, settings: { ...SETTINGS, ...cluster.options.settings } },
      configFor: () => ({ ...defaultLogConfig, segmentBytes: 3000, ...cluster.options.config }),
      minInSync: () => cluster.options.minInSync,
      alterPartition: (request) => cluster.askController(this, request),
      // Its directories have no ids.
      assignReplicas: () => Promise.reject(new Error('nobody asks for that')),
      leader: (leaderId) => ({
        send: <A extends Api>(api: A, request: unknown) =>
          cluster.send(this, leaderId, api, request as RequestInput<A>),
      }),
      log: (line) => cluster.world.trace(`b${id}: ${line}`),
    })
    const writes = new GatheredWrites()
    const services = {
      ...{ runtime, logs, replicas, writes, quotas: { has: () => false }, log: () => {} },
      config: { get: (name: string) => (name === 'fetch.max.bytes' ? 55_000_000 : 100) },
    } as unknown as BrokerServices
    this.process = {
      ...{ logs, replicas, services, writes, handlers: handlers.map((one) => one(services)), image: emptyImage },
      ...{ queue: [], arriving: false, alive: true },
    }
    alive.process = this.process
    cluster.controller.register(id, { lossy })
    const { image } = cluster.controller
    for (const { topic, partition } of [...replicas.strays(image)]) logs.delete(topic, partition)
    this.process.queue.length = 0
    this.learn({ changedTopics: new Set(image.topics.keys()), deletedTopics: [], changedConfigs: new Set() }, image)
    logs.start()
  }

  /** Metadata is on its way. */
  learn(change: ImageChange, image: MetadataImage): void {
    const { process } = this
    if (!process) return
    process.queue.push({ change, image })
    this.arrive(process)
  }

  arrive(process: Process | undefined = this.process): void {
    if (!process || process.arriving || this.cut || process.queue.length === 0) return
    process.arriving = true
    this.cluster.world.schedule(this.cluster.delay() * 3, () => {
      process.arriving = false
      if (!process.alive || this.cut) return
      const next = process.queue.shift()
      if (next) {
        process.image = next.image
        process.replicas.publish(next.change, next.image)
      }
      this.arrive(process)
    })
  }

  /** The process dies, or the whole machine loses power. */
  kill(how: 'process' | 'power'): void {
    if (this.process) this.process.alive = false
    this.process = undefined
    if (how === 'power') this.host.losePower()
    else this.host.kill()
  }

  /** A clean stop: everything is on disk. */
  async stop(): Promise<void> {
    const { process } = this
    if (!process) return
    this.process = undefined
    process.alive = false
    process.replicas.close()
    for (const partition of process.replicas.all()) partition.close()
    await process.logs.shutdown(1)
    this.host.kill()
  }
}

/** Brokers that replicate under a fake controller, in a simulated world: their requests are messages that are late, or lost with their receivers. */
export class ReplicaCluster {
  readonly controller: FakeController
  readonly brokers = new Map<number, ReplicaBroker>()

  constructor(
    readonly world: World,
    readonly options: ReplicaClusterOptions,
  ) {
    this.controller = new FakeController(world.chance)
    this.controller.onChange = (change, image) => {
      for (const broker of this.brokers.values()) broker.learn(change, image)
    }
    for (const id of options.brokers) this.brokers.set(id, new ReplicaBroker(this, id))
    for (const broker of this.brokers.values()) broker.start(false)
    for (const id of options.brokers) this.controller.unfence(id)
  }

  broker(id: number): ReplicaBroker {
    return this.brokers.get(id) as ReplicaBroker
  }

  partition(id: number, topic: string, index: number) {
    return this.brokers.get(id)?.replicas?.find(topic, index)
  }

  delay(): number {
    const [low, high] = this.options.delayMs ?? [0.1, 2]
    return this.world.chance.between(low, high)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.schedule(ms, resolve))
  }

  askController(from: ReplicaBroker, request: Parameters<FakeController['alterPartition']>[0]) {
    return this.message(from, () => {
      if (from.cut) return undefined
      const answer = this.controller.alterPartition(request)
      this.world.trace(`b${from.id} asks ${JSON.stringify(request)} and hears ${JSON.stringify(answer)}`)
      return Promise.resolve(answer)
    })
  }

  /** A request of a broker or, without one, of a client. Rejects when there is no answer in time. */
  send<A extends Api>(
    from: ReplicaBroker | undefined,
    to: number,
    api: A,
    request: RequestInput<A>,
    version = api.versions[1],
  ): Promise<ResponseOf<A>> {
    const target = this.brokers.get(to)
    const writer = new Writer(256)
    api.requestCodec(version).encode(writer, request as never)
    const frame = writer.concat()
    return this.message(from, () => {
      const process = target?.process
      if (!process || target.cut || from?.cut) return undefined
      return handle(process, api, version, frame)
        .then((bytes) => {
          // Nobody hears the dead, or those who cannot be reached any more.
          if (!process.alive || target.cut) return new Promise<never>(() => {})
          return bytes
        })
        .then((bytes) => api.responseCodec(version).decode(new Reader(bytes)) as ResponseOf<A>)
    })
  }

  private message<T>(from: ReplicaBroker | undefined, deliver: () => Promise<T> | undefined): Promise<T> {
    const sender = from?.process
    const isThere = () => from === undefined || (sender?.alive === true && !from.cut)
    return new Promise((resolve, reject) => {
      const later = (ms: number, action: () => void) =>
        this.world.schedule(ms, () => {
          if (from === undefined || sender?.alive) action()
        })
      const timeout = later(REQUEST_TIMEOUT_MS, () => reject(new Error('no answer in time')))
      this.world.schedule(this.delay(), () => {
        const answer = isThere() ? deliver() : undefined
        if (!answer) {
          if (this.world.chance.bool(0.5)) later(this.delay(), () => reject(new Error('refused')))
          return
        }
        answer.then(
          (value) =>
            this.world.schedule(this.delay(), () => {
              if (!isThere()) return
              timeout.cancel()
              resolve(value)
            }),
          (error: Error) => {
            if (!(error instanceof ProcessDied)) this.world.complain(`a request failed: ${error.stack}`)
          },
        )
      })
    })
  }
}

async function handle(process: Process, api: Api, version: number, frame: Buffer): Promise<Buffer> {
  const found = process.handlers.find((one) => one.api.key === api.key) as Handler
  let sent: (() => void) | undefined
  const context: RequestContext = {
    ...{ version, clientId: 'test', size: frame.length, access: everything as Access, isLast: () => {} },
    router: undefined as unknown as RequestContext['router'],
    peer: { closed: false, onClosed: () => () => {}, mute: () => {} } as unknown as RequestContext['peer'],
    afterSent: (callback) => {
      sent = callback
    },
  }
  const given = found.handle(api.requestCodec(version).decode(new Reader(frame)) as never, context)
  process.writes.settle()
  const response = await given
  const writer = new Writer(256)
  api.responseCodec(version).encode(writer, response as never)
  const bytes = writer.concat()
  sent?.()
  return bytes
}
