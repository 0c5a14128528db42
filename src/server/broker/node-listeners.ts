import type { BrokerConfig } from '../../config/broker.ts'
import type { ConnectionRates } from '../../config/connection-limits.ts'
import type { AdvertisedListener, ListenerConfig } from '../../config/listeners.ts'
import { ConnectionCounts } from '../../network/connection-counts.ts'
import type { FrameHandler } from '../../network/frame-handler.ts'
import { FrameListener } from '../../network/listener.ts'
import { certificatePrincipal, listenerTls } from '../../network/listener-tls.ts'
import { LoginSession } from '../../network/sasl/login-session.ts'
import type { ConnectionRules } from '../../network/server-connection.ts'
import type { ListenerTls, Runtime } from '../../runtime/index.ts'
import { connectionLimitsOf, connectionRatesOf } from '../metadata/effective-config.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { loginContext } from './login-context.ts'
import type { TokenSecrets } from './token-secrets.ts'

export interface NodeListenersOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  /** Where users and their secrets are. */
  readonly image: () => MetadataImage
  readonly tokenSecrets: TokenSecrets | undefined
  /** See `ListenerOptions`. */
  refusalMs(address: string): number
  /** See `Quotas`. */
  paceConnections(listener: string, rates: ConnectionRates, connections: number): number
  log(line: string): void
}

/** How clients prove who they are at one listener. */
type Security = Pick<ConnectionRules, 'tls' | 'principalOf' | 'newLogin'>

/** The ports of a node: where clients and controllers reach it, and who they are. */
export class NodeListeners {
  private readonly security: ReadonlyMap<string, Security>
  private clients: readonly FrameListener[] = []
  private quorum: readonly FrameListener[] = []
  private readonly clientsDoor = new Door()
  private readonly quorumDoor = new Door()

  /** Reads keys and certificates; throws a `ConfigError` when they are not there. */
  constructor(private readonly options: NodeListenersOptions) {
    const { config } = options
    const all = [...config.listeners, ...config.controllerListeners]
    this.security = new Map(all.map(({ name }) => [name, securityOf(name, options)]))
  }

  /** Takes the ports. Who connects waits for its first answer until `admit`. Rejects when a port is taken. */
  async bind(forClients: FrameHandler, forQuorum: FrameHandler): Promise<void> {
    const { config } = this.options
    const [clients, quorum] = [new ConnectionCounts(), new ConnectionCounts()]
    this.clients = config.listeners.map((one) => this.listener(one, this.clientsDoor.before(forClients), clients))
    this.quorum = config.controllerListeners.map((one) => this.listener(one, this.quorumDoor.before(forQuorum), quorum))
    for (const listener of [...this.clients, ...this.quorum]) await listener.bind()
  }

  /** Gives one of them new certificates. Throws `ERR_TLS_SETTINGS`. */
  renew(listener: string, tls: ListenerTls): void {
    const { listeners, controllerListeners } = this.options.config
    this.clients[listeners.findIndex(({ name }) => name === listener)]?.renew(tls)
    this.quorum[controllerListeners.findIndex(({ name }) => name === listener)]?.renew(tls)
  }

  /** The node is ready. */
  admit(): void {
    this.clientsDoor.open()
    this.quorumDoor.open()
  }

  /** The node can answer other controllers, and cannot become ready before it has. */
  admitQuorum(): void {
    this.quorumDoor.open()
  }

  /** Takes no more connections, and ends those that are there. */
  async close(): Promise<void> {
    const all = [...this.clients, ...this.quorum]
    const stopped = all.map((listener) => listener.stopAccepting())
    for (const listener of all) listener.close()
    await Promise.all(stopped)
  }

  /** Where clients reach this node: the bound ports, in the order of `listeners`. */
  get endpoints(): ListenerConfig[] {
    return this.options.config.listeners.map((one, at) => ({ ...one, port: (this.clients[at] as FrameListener).port }))
  }

  /** Where other nodes reach the controller in this one: as it is advertised, or else the bound ports. */
  get controllerEndpoints(): ListenerConfig[] {
    return this.options.config.controllerListeners.map((one, at) => ({
      ...one,
      ...this.told(one, (this.quorum[at] as FrameListener).port),
    }))
  }

  /** The first port that is bound for controllers, whatever others are told of it. */
  get controllerPort(): number {
    return (this.quorum[0] as FrameListener).port
  }

  /** The addresses that clients are told. */
  advertised(): AdvertisedListener[] {
    const { config } = this.options
    return this.endpoints.map((one) => ({
      name: one.name,
      ...this.told(one, one.port),
      protocol: config.protocolOf(one.name),
    }))
  }

  /** Host and port of a listener as others are told them. */
  private told({ name, host }: ListenerConfig, port: number): { host: string; port: number } {
    const named = this.options.config.advertised.find((one) => one.name === name)
    return { host: this.reachable(named ? named.host : host), port: named && named.port > 0 ? named.port : port }
  }

  /** A listener on all addresses is reached, from here, under this machine's name. */
  private reachable(host: string): string {
    return host === '' || host === '0.0.0.0' || host === '::' ? this.options.runtime.network.hostName() : host
  }

  private listener(
    { name, host, port }: ListenerConfig,
    handler: FrameHandler,
    counts: ConnectionCounts,
  ): FrameListener {
    const { config, runtime, image, log, refusalMs, paceConnections } = this.options
    return new FrameListener(
      {
        name,
        host,
        port,
        maxFrameBytes: config.get('socket.request.max.bytes'),
        // Kafka's 50 would be too few for a thousand clients that come back at once.
        backlog: config.given('socket.listen.backlog.size'),
        maxIdleMs: config.at(name, 'connections.max.idle.ms'),
        limits: () => connectionLimitsOf(image(), config, name),
        refusalMs,
        pace: (connections) => paceConnections(name, connectionRatesOf(image(), config, name), connections),
        counts,
        log,
        handler,
        ...this.security.get(name),
      },
      runtime.network,
      runtime.clock,
    )
  }
}

/** Requests that come before it is opened wait. */
class Door {
  private isOpen = false
  private setOpen: () => void = () => {}
  private readonly opened = new Promise<void>((resolve) => {
    this.setOpen = resolve
  })

  open(): void {
    this.isOpen = true
    this.setOpen()
  }

  before(handler: FrameHandler): FrameHandler {
    return {
      overlaps: (frame) => handler.overlaps(frame),
      settle: () => handler.settle?.(),
      handle: (frame, peer) => {
        if (this.isOpen) return handler.handle(frame, peer)
        const kept = Buffer.from(frame)
        return this.opened.then(() => handler.handle(kept, peer))
      },
    }
  }
}

function securityOf(name: string, { config, runtime, image, tokenSecrets, log }: NodeListenersOptions): Security {
  const login = loginContext(config, name, runtime, image, tokenSecrets)
  if (login?.logins.tokens?.kind === 'unsecured')
    log?.(
      `The listener ${name} takes tokens that nobody has signed: whoever reaches it may call himself what he likes. Set oauthbearer.sasl.server.callback.handler.class for it to have them checked.`,
    )
  return {
    tls: listenerTls(config, name, runtime.disk),
    principalOf: certificatePrincipal(config, name),
    ...(login && { newLogin: () => new LoginSession(login) }),
  }
}
