/**
 * Apache Kafka for TypeScript: producer, consumer and admin clients for any Kafka cluster, Kafka Streams on them, Kafka Connect (interfaces for
 * connectors and a worker that runs them), and a node to run one's own.
 *
 * The clients take Kafka's Java property names (`bootstrap.servers`, `group.id`, ...).
 */
import {
  Admin as AdminClient,
  type ClientHooks,
  type ClientProperties,
  Consumer as ConsumerClient,
  Producer as ProducerClient,
} from './client/index.ts'
import {
  type DistributedWorkerOptions,
  DistributedWorker as GroupWorker,
  type RestServer,
  type StandaloneWorkerOptions,
  StandaloneWorker as Worker,
} from './connect/index.ts'
import { nodeRuntime } from './runtime/node/index.ts'
import { loadModule } from './runtime/node/modules.ts'
import { type RunningServer, startServer as start } from './server/index.ts'
import { KafkaStreams as StreamsApplication, type StreamsHooks, type Topology } from './streams/index.ts'

export type * from './client/index.ts'
export { ConfigError, ConnectionError, KafkaError, TimeoutError, TransactionError } from './client/index.ts'
export * from './connect/index.ts'
export type { RunningServer } from './server/index.ts'
export type * from './streams/index.ts'
export {
  BufferConfig,
  EmitStrategy,
  JoinWindows,
  keyValueStore,
  SessionWindows,
  SlidingWindows,
  StreamsBuilder,
  StreamsError,
  Suppressed,
  serdes,
  TimeWindows,
  Topology,
  TopologyError,
  UnlimitedWindows,
} from './streams/index.ts'

/**
 * Sends records. Idempotent unless told otherwise: a retry never writes a record twice. With a `transactional.id`, records of many
 * partitions and offsets of consumer groups are committed together or not at all.
 */
export class Producer extends ProducerClient {
  constructor(properties: ClientProperties, hooks?: ClientHooks) {
    super(properties, nodeRuntime, hooks)
  }
}

/** Reads records, alone or as a member of a group. */
export class Consumer extends ConsumerClient {
  constructor(properties: ClientProperties, hooks?: ClientHooks) {
    super(properties, nodeRuntime, hooks)
  }
}

/** Makes, describes and changes topics, configs and groups. */
export class Admin extends AdminClient {
  constructor(properties: ClientProperties, hooks?: ClientHooks) {
    super(properties, nodeRuntime, hooks)
  }
}

/**
 * An instance of an application of Kafka Streams: reads topics, runs a topology on their records and writes what comes of them. Instances
 * with the same `application.id` share the work.
 */
export class KafkaStreams extends StreamsApplication {
  constructor(topology: Topology, properties: ClientProperties, hooks?: StreamsHooks) {
    super(topology, properties, nodeRuntime, hooks)
  }
}

export interface StartServerOptions {
  /** Where the data lies; made when it is missing. */
  readonly dataDir: string
  /** 0, the default, takes a free one: `listeners[0].port` says which. */
  readonly port?: number
  /** The address to listen on, 127.0.0.1 by default. */
  readonly host?: string
  /** Further properties, as in server.properties. */
  readonly properties?: Readonly<Record<string, string>>
  log?(line: string): void
}

export interface EmbeddedServer extends RunningServer {
  /** For `bootstrap.servers`. */
  readonly bootstrap: string
}

/**
 * Starts a node (controller and broker in one) inside this process, for a test or an application. Throws `ConfigError` for properties that
 * cannot work, and a system error when the port is taken or the directory cannot be used.
 */
export async function startServer(options: StartServerOptions): Promise<EmbeddedServer> {
  const { dataDir, port = 0, host = '127.0.0.1', properties, log } = options
  const server = await start({
    runtime: nodeRuntime,
    log,
    properties: {
      listeners: `PLAINTEXT://${host}:${port}`,
      'log.dirs': dataDir,
      'offsets.topic.num.partitions': '4',
      'offsets.topic.replication.factor': '1',
      'group.initial.rebalance.delay.ms': '0',
      ...properties,
    },
  })
  const [first] = server.listeners
  return { ...server, bootstrap: `${host}:${first?.port}` }
}

/**
 * Runs connectors and their tasks in this process, as `kafka connect-standalone` does. `start` looks for the cluster; `put` makes a
 * connector; `close` has tasks flush, and offsets committed. The constructor throws `ConfigError` for a bad property.
 */
export class StandaloneWorker extends Worker {
  constructor(options: Omit<StandaloneWorkerOptions, 'runtime' | 'load'>) {
    super({ ...options, runtime: nodeRuntime, load: loadModule })
  }

  /** Serves Connect's REST interface where `listeners` has it; its libraries are loaded only now. */
  async serveRest(): Promise<RestServer> {
    const { serveRest } = await import('./connect/rest/serve.ts')
    const { nodeHttpServe } = await import('./runtime/node/http-server.ts')
    return serveRest(this, nodeHttpServe, nodeRuntime.network.hostName())
  }
}

/**
 * One of a group of workers, as `kafka connect-distributed` runs it: `start` opens REST where `listeners` has it and joins the group, `close` has
 * tasks flush and leaves. The constructor throws `ConfigError` for a bad property.
 */
export class DistributedWorker extends GroupWorker {
  constructor(options: Omit<DistributedWorkerOptions, 'runtime' | 'load'>) {
    super({ ...options, runtime: nodeRuntime, load: loadModule })
  }

  override async start(): Promise<RestServer> {
    const { nodeHttpServe } = await import('./runtime/node/http-server.ts')
    return super.start(nodeHttpServe)
  }
}
