import { type CommonConfig, ConfigError, parseServers } from '../config/client.ts'
import { credentialsOf } from '../config/client-security.ts'
import { AuthenticationError } from '../network/authentication-error.ts'
import { ConnectionError } from '../network/connection-error.ts'
import { ClientLogin } from '../network/sasl/client-login.ts'
import { tlsSettings } from '../network/tls.ts'
import { DescribeCluster, FindCoordinator, Metadata as MetadataApi } from '../protocol/apis/index.ts'
import { Errors, KafkaError } from '../protocol/errors.ts'
import type { Api, ResponseOf } from '../protocol/schema/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { groupError, meansLostCoordinator } from './errors.ts'
import { Metadata } from './metadata.ts'
import { ClientMetrics } from './metrics/client-metrics.ts'
import { NetworkMetrics } from './metrics/network-metrics.ts'
import { defaultNodeOptions, NodeClient, type NodeOptions, type Request } from './node.ts'
import { type Deadline, Retrier, type RetryOptions } from './retry.ts'
import type { ClientHooks, Node } from './types.ts'

/** Who coordinates what: groups, or the transactions of a transactional id. */
export type CoordinatorType = 'group' | 'transaction'

const coordinatorTypes: Readonly<Record<CoordinatorType, number>> = { group: 0, transaction: 1 }

/** Who is to answer: any broker, the controller, one broker by id, or the coordinator of a group or of a transactional id. */
export type Target =
  | 'any'
  | 'controller'
  | { readonly node: number }
  | { readonly group: string }
  | { readonly transactionalId: string }

export interface CallOptions<A extends Api> extends RetryOptions {
  readonly to?: Target
  readonly maxVersion?: number
  /** The answer's error: it is thrown, and the call is made again when it is one that may pass. */
  readonly errorOf?: (response: ResponseOf<A>) => number | KafkaError
}

/** What a client of controllers is told of everything that only brokers do. */
const unsupportedThere = (): KafkaError =>
  new KafkaError(
    'UNSUPPORTED_ENDPOINT_TYPE',
    'This Admin API is not yet supported when communicating directly with the controller quorum.',
  )

/** The cluster's settings; with controllers instead of servers it talks to them and to nobody else (KIP-919). */
type ClusterConfig = CommonConfig & { readonly 'bootstrap.controllers'?: string }

/**
 * All brokers of one cluster: bootstrap, metadata, coordinators, and the one place where calls are repeated. Producer, consumer and admin
 * client are built on it.
 */
export class Cluster {
  readonly metadata = new Metadata()
  /** Topics that a refresh asks for, unless it asks for all. */
  readonly wanted = new Set<string>()
  wantAll = false
  autoCreateTopics = false
  readonly metrics: ClientMetrics
  readonly network: NetworkMetrics
  private readonly bootstrap: NodeClient[]
  private readonly nodes = new Map<number, NodeClient>()
  /** Coordinators have connections of their own: a long fetch or join must not hold up a heartbeat. */
  private readonly coordinators = new Map<number, NodeClient>()
  /** Ids of the brokers that coordinate, by type and key. */
  private readonly coordinated = new Map<string, number>()
  private readonly options: NodeOptions
  private readonly retrier: Retrier
  private refreshing: { readonly promise: Promise<void>; readonly topics: number } | undefined
  private readonly closing = new AbortController()

  constructor(
    readonly config: ClusterConfig,
    readonly runtime: Runtime,
    defaultTimeoutMs: number,
    private readonly hooks: ClientHooks = {},
    /** What the client calls itself when `client.id` is not set, followed by a number. */
    kind = 'client',
    /** How the names of its metrics begin. */
    role = kind,
    maxFrameBytes = defaultNodeOptions.maxFrameBytes,
  ) {
    const credentials = credentialsOf(config)
    const clientId = config['client.id'] || nextClientId(runtime, kind)
    this.metrics = new ClientMetrics(clientId, role, runtime.clock, {
      windowMs: Math.max(1, config['metrics.sample.window.ms']),
      samples: config['metrics.num.samples'],
    })
    this.network = new NetworkMetrics(this.metrics)
    this.options = {
      clientId,
      requestTimeoutMs: config['request.timeout.ms'],
      connectTimeoutMs: config['socket.connection.setup.timeout.ms'],
      connectTimeoutMaxMs: config['socket.connection.setup.timeout.max.ms'],
      reconnectBackoffMs: config['reconnect.backoff.ms'],
      reconnectBackoffMaxMs: config['reconnect.backoff.max.ms'],
      maxFrameBytes,
      tls: tlsSettings(config, runtime.disk),
      login: credentials && new ClientLogin(credentials, runtime),
    }
    this.retrier = new Retrier(config, runtime, defaultTimeoutMs, this.closing.signal, (error) => this.warn(error))
    const list = this.ofControllers ? 'bootstrap.controllers' : 'bootstrap.servers'
    const servers = parseServers(list, config[list] as string)
    this.bootstrap = servers.map(
      ({ host, port }, index) =>
        new NodeClient(-1 - index, host, port, this.options, runtime, false, this.network.node(labelOf(-1 - index))),
    )
  }

  /** Whether its nodes are controllers, which know no topics, groups and brokers' settings. */
  get ofControllers(): boolean {
    return Boolean(this.config['bootstrap.controllers'])
  }

  get closed(): boolean {
    return this.closing.signal.aborted
  }

  deadline(timeoutMs?: number): Deadline {
    return this.retrier.deadline(timeoutMs)
  }

  /** The client of a broker that metadata knows. */
  node(id: number): NodeClient | undefined {
    const node = this.metadata.node(id)
    return node && this.clientOf(this.nodes, node)
  }

  /** The broker with the least to do; one that is connected before one that is not. */
  leastLoaded(): NodeClient {
    const known = this.metadata.allNodes().map((node) => this.clientOf(this.nodes, node))
    // When nobody of the known brokers answers, the bootstrap addresses may lead to others (KIP-899).
    const lost = known.every((client) => client.failures > 0)
    const candidates = lost ? [...known, ...this.bootstrap] : known
    const offset = this.runtime.random.int(candidates.length)
    let best = candidates[offset] as NodeClient
    for (let i = 1; i < candidates.length; i++) {
      const client = candidates[(offset + i) % candidates.length] as NodeClient
      if (load(client) < load(best)) best = client
    }
    return best
  }

  /** Makes one call to whom it belongs, again and again while its error may pass and time is left. */
  async call<A extends Api>(api: A, request: Request<A>, options: CallOptions<A>): Promise<ResponseOf<A>> {
    const to = options.to ?? (api.to === 'controller' ? 'controller' : 'any')
    return this.retry(options, async (left) => {
      const node = await this.resolve(to)
      try {
        const timeoutMs = Math.min(left, this.options.requestTimeoutMs)
        const response = await node.send(api, request, { timeoutMs, patienceMs: left, maxVersion: options.maxVersion })
        const error = options.errorOf?.(response) ?? Errors.NONE
        if (error !== Errors.NONE) throw error instanceof KafkaError ? error : new KafkaError(error)
        return response
      } catch (error) {
        this.learn(to, error)
        this.tellOfController(node, error)
        if (this.ofControllers && node.connected && !node.supports(api)) throw unsupportedThere()
        throw error
      }
    })
  }

  /** Repeats an action until it succeeds, its error is final, or time is up (see `Retrier`). */
  retry<T>(options: RetryOptions, action: (leftMs: number) => Promise<T>): Promise<T> {
    return this.retrier.retry(options, action)
  }

  /** Asks for the wanted topics, once; calls made meanwhile share the answer unless they want more. */
  refresh(): Promise<void> {
    const topics = this.wantAll ? -1 : this.wanted.size
    const current = this.refreshing
    if (current && current.topics === topics) return current.promise
    const start = () => this.fetchMetadata()
    const promise = (current ? current.promise.then(start, start) : start()).finally(() => {
      if (this.refreshing?.promise === promise) this.refreshing = undefined
    })
    this.refreshing = { promise, topics }
    return promise
  }

  /** Refreshes, and again while that fails for a reason that may pass. */
  refreshUntil(options: RetryOptions): Promise<void> {
    return this.retry(options, () => this.refresh())
  }

  /** Whether `metadata.max.age.ms` has gone by since the last answer. */
  get stale(): boolean {
    return this.runtime.clock.monotonic() - this.metadata.updatedAt >= this.config['metadata.max.age.ms']
  }

  /** The coordinator of a group or of a transactional id; looked up once and until it is forgotten. */
  async coordinator(key: string, type: CoordinatorType = 'group'): Promise<NodeClient> {
    const known = this.coordinated.get(`${type} ${key}`)
    const existing = known === undefined ? undefined : this.coordinators.get(known)
    if (existing) return existing
    const keyType = coordinatorTypes[type]
    const response = await this.leastLoaded().send(FindCoordinator, (version) =>
      version >= 4 ? { key: '', keyType, coordinatorKeys: [key] } : { key, keyType, coordinatorKeys: [] },
    )
    const found = response.coordinators[0] ?? response
    if (found.errorCode !== Errors.NONE) throw groupError(found.errorCode, key, found.errorMessage)
    return this.learnCoordinator(`${type} ${key}`, found)
  }

  /** Looks up coordinators in one call where the broker can (KIP-699); those of keys with an error stay unknown. */
  async findCoordinators(keys: readonly string[], type: CoordinatorType = 'group'): Promise<void> {
    const unknown = keys.filter((key) => !this.coordinated.has(`${type} ${key}`))
    if (unknown.length < 2) return
    const node = this.leastLoaded()
    if (((await node.ranges()).get(FindCoordinator.key)?.max ?? 0) < 4) return
    const request = { key: '', keyType: coordinatorTypes[type], coordinatorKeys: unknown }
    const { coordinators } = await node.send(FindCoordinator, request)
    for (const found of coordinators)
      if (found.errorCode === Errors.NONE) this.learnCoordinator(`${type} ${found.key}`, found)
  }

  forgetCoordinator(key: string, type: CoordinatorType = 'group'): void {
    this.coordinated.delete(`${type} ${key}`)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.retrier.sleep(ms, signal)
  }

  /** Tells the hooks of a failure that is going to be tried again, or of a login that failed. */
  warn(error: unknown): void {
    if (error instanceof ConnectionError || error instanceof AuthenticationError)
      this.hooks.warn?.(error.message, error.failure)
  }

  /** Ends all connections; what waits is rejected. */
  close(): void {
    this.closing.abort(new ConnectionError('closed', 'The client was closed.'))
    for (const client of [...this.bootstrap, ...this.nodes.values(), ...this.coordinators.values()]) client.close()
  }

  private async resolve(to: Target): Promise<NodeClient> {
    if (to === 'any') return this.leastLoaded()
    if (typeof to === 'object' && 'group' in to) return this.coordinator(to.group)
    if (typeof to === 'object' && 'transactionalId' in to) return this.coordinator(to.transactionalId, 'transaction')
    const id = () => (to === 'controller' ? this.metadata.controllerId : to.node)
    let node = this.node(id())
    if (!node) {
      await this.refresh()
      node = this.node(id())
    }
    if (node) return node
    if (to === 'controller') return this.leastLoaded()
    throw new KafkaError('BROKER_NOT_AVAILABLE', `There is no broker ${to.node} in the cluster.`)
  }

  private learn(to: Target, error: unknown): void {
    if (typeof to === 'object' && meansLostCoordinator(error)) {
      if ('group' in to) this.forgetCoordinator(to.group)
      if ('transactionalId' in to) this.forgetCoordinator(to.transactionalId, 'transaction')
    }
    if (to === 'controller' && (error instanceof ConnectionError || this.isElsewhere((error as KafkaError).error)))
      this.metadata.controllerId = -1
  }

  /** What a controller says that does not lead any more; a broker says the second of the quorum, and may be right about who leads. */
  private isElsewhere(error: KafkaError['error']): boolean {
    return error === 'NOT_CONTROLLER' || (error === 'NOT_LEADER_OR_FOLLOWER' && this.ofControllers)
  }

  private learnCoordinator(
    name: string,
    { nodeId: id, host, port }: { readonly nodeId: number; readonly host: string; readonly port: number },
  ): NodeClient {
    this.coordinated.set(name, id)
    return this.clientOf(this.coordinators, { id, host, port, rack: undefined })
  }

  private clientOf(clients: Map<number, NodeClient>, { id, host, port }: Node): NodeClient {
    const known = clients.get(id)
    if (known && known.host === host && known.port === port) return known
    if (known && !this.bootstrap.includes(known)) known.close()
    // A broker at a bootstrap address goes on with that connection: a short command makes one connection only.
    const first =
      clients === this.nodes
        ? this.bootstrap.find((candidate) => candidate.host === host && candidate.port === port)
        : undefined
    if (first) this.network.rename(labelOf(first.id), labelOf(id))
    const meter = () => this.network.node(labelOf(clients === this.nodes ? id : COORDINATORS - id))
    const client = first ?? new NodeClient(id, host, port, this.options, this.runtime, true, meter())
    clients.set(id, client)
    return client
  }

  private async fetchMetadata(): Promise<void> {
    const all = this.wantAll
    const topics = all ? null : Array.from(this.wanted, (name) => ({ name }))
    const node = this.leastLoaded()
    try {
      if (this.ofControllers) {
        await this.fetchControllers(node)
        return
      }
      const response = await node.send(MetadataApi, (version) => ({
        // Version 0 has no way to say "none": an empty list means all there.
        topics: version === 0 && all ? [] : topics,
        allowAutoTopicCreation: version < 4 ? true : this.autoCreateTopics,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      }))
      if (response.errorCode !== Errors.NONE) throw new KafkaError(response.errorCode)
      this.metadata.apply(response, this.runtime.clock.monotonic(), all)
      this.hooks.connected?.()
    } catch (error) {
      this.checkBootstrap(error)
      this.tellOfController(node, error)
      throw error
    }
  }

  private async fetchControllers(node: NodeClient): Promise<void> {
    if (this.wantAll || this.wanted.size > 0) throw unsupportedThere()
    const { errorCode, errorMessage, brokers, ...answer } = await node.send(DescribeCluster, {
      includeClusterAuthorizedOperations: false,
      endpointType: 2,
      includeFencedBrokers: false,
    })
    if (errorCode !== Errors.NONE) throw new KafkaError(errorCode, errorMessage ?? undefined)
    const nodes = brokers.map(({ brokerId, host, port, rack }) => ({
      id: brokerId,
      host,
      port,
      rack: rack ?? undefined,
    }))
    this.metadata.applyNodes(nodes, answer, this.runtime.clock.monotonic())
    this.hooks.connected?.()
  }

  /** The ports of a node are easily mistaken for each other. */
  private tellOfController(node: NodeClient, error: unknown): void {
    if (this.ofControllers || !(error instanceof KafkaError && node.connected) || node.supports(MetadataApi)) return
    this.hooks.warn?.(
      `${node.host}:${node.port} is the listener of a controller, not of a broker (it does not offer METADATA): name a broker's port, which is usually 9092.`,
      'controller',
    )
  }

  /** Names that nobody can resolve are a mistake of whoever typed them: no use in trying for a minute. */
  private checkBootstrap(error: unknown): void {
    if (!(error instanceof ConnectionError) || error.failure !== 'name' || this.metadata.version > 0) return
    if (this.bootstrap.length > 1) return
    this.warn(error)
    throw new ConfigError('No resolvable bootstrap urls given in bootstrap.servers', { cause: error })
  }
}

/** From here downwards Apache's clients number their connections to coordinators. */
const COORDINATORS = 2 ** 31 - 1

const labelOf = (id: number): string => `node-${id}`

const clientNumbers = new WeakMap<Runtime, Map<string, number>>()

function nextClientId(runtime: Runtime, kind: string): string {
  let numbers = clientNumbers.get(runtime)
  if (!numbers) clientNumbers.set(runtime, (numbers = new Map()))
  const number = (numbers.get(kind) ?? 0) + 1
  numbers.set(kind, number)
  return `${kind}-${number}`
}

/** Lower is better: first the connected with the fewest requests, then those that may connect now, then the others by their wait. */
function load(client: NodeClient): number {
  if (client.connected) return client.inFlight
  return 1e6 + client.backoffMs
}
