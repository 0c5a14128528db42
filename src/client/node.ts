import { AuthenticationError } from '../network/authentication-error.ts'
import { Connection, type Traffic } from '../network/connection.ts'
import { advertisedFailure, ConnectionError, LOGIN_REMEDY } from '../network/connection-error.ts'
import type { ClientLogin } from '../network/sasl/client-login.ts'
import { logIn } from '../network/sasl/login.ts'
import { ApiVersions, SaslAuthenticate, SaslHandshake } from '../protocol/apis/index.ts'
import { Errors, KafkaError } from '../protocol/errors.ts'
import type { Api, RequestInput, ResponseOf } from '../protocol/schema/index.ts'
import type { Runtime, Timer, TlsSettings } from '../runtime/index.ts'
import { within } from '../runtime/within.ts'
import { Silence } from './silence.ts'

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** All times in milliseconds. */
export interface NodeOptions {
  readonly clientId: string | null
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly connectTimeoutMaxMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  /** The largest answer taken, in bytes. */
  readonly maxFrameBytes: number
  /** Undefined leaves connections in plain text. */
  readonly tls?: TlsSettings | undefined
  /** Undefined when nobody logs in. */
  readonly login?: ClientLogin | undefined
}

export const defaultNodeOptions: NodeOptions = {
  clientId: null,
  requestTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  connectTimeoutMaxMs: 30_000,
  reconnectBackoffMs: 50,
  reconnectBackoffMaxMs: 1000,
  maxFrameBytes: 256 * 1024 * 1024,
}

/** Told of what the connections to a broker do. */
export interface NodeTraffic extends Traffic {
  /** `again` on a connection that had a login already (KIP-368). */
  loggedIn(again: boolean): void
  loginFailed(): void
  /** Records were acknowledged or fetched after so many milliseconds; what else is asked does not count, as in Apache's clients. */
  answeredIn(ms: number): void
}

export interface SendOptions {
  readonly timeoutMs?: number
  /** That is the time for connecting as well, which goes on without this request when it is over. */
  readonly withConnecting?: boolean
  /** How long it may wait for a broker that reads nothing because of a quota; as long as for an answer when not given. */
  readonly patienceMs?: number
  /** The highest version that the request can be said in. */
  readonly maxVersion?: number
}

/** A request, or how it looks in the version that broker and client agree on. */
export type Request<A extends Api> = RequestInput<A> | ((version: number) => RequestInput<A>)

interface Offer {
  readonly ranges: ReadonlyMap<number, VersionRange>
  /** Finalized features and their levels (KIP-584). */
  readonly features: ReadonlyMap<string, number>
}

interface Live extends Offer {
  readonly connection: Connection
}

/** Milliseconds that a timer can be set for. */
const LONGEST_TIMER = 2 ** 31 - 1

/** What a node tells of itself with ApiVersions (KIP-511). */
export const SOFTWARE = { clientSoftwareName: 'kafka-toolset', clientSoftwareVersion: '0.1.0' }

/**
 * One broker: connects when something is to be sent, agrees on versions (KIP-35, KIP-511), and connects anew after a loss, waiting longer
 * after each failure. Every failure rejects; trying again is the caller's business.
 */
export class NodeClient {
  private live: Live | undefined
  private connecting: Promise<Live> | undefined
  /** While it is not agreed upon yet, or logs in again. */
  private unready: Connection | undefined
  /** Rings when the login must be made again. */
  private relogin: Timer | undefined
  private readonly silence: Silence
  /** Aborted when the client is closed. */
  private readonly ending = new AbortController()
  private reached = false
  /** Failures to connect since the last success. */
  failures = 0
  private retryAt = 0
  /** Why the last attempt ended where the next would end too. */
  private denied: AuthenticationError | undefined

  constructor(
    readonly id: number,
    readonly host: string,
    readonly port: number,
    private readonly options: NodeOptions,
    private readonly runtime: Runtime,
    /** Whether the address comes from the cluster, and not from the user. */
    private readonly advertised = false,
    readonly traffic?: NodeTraffic,
  ) {
    this.silence = new Silence(runtime.clock)
  }

  get connected(): boolean {
    return this.live !== undefined
  }

  get inFlight(): number {
    return this.live?.connection.inFlight ?? 0
  }

  /** Milliseconds until the next attempt to connect; 0 when there may be one now. */
  get backoffMs(): number {
    if (this.live || this.connecting) return 0
    return Math.max(0, this.retryAt - this.runtime.clock.monotonic())
  }

  /** Connects and agrees on versions if that has not happened; rejects with a `ConnectionError`. */
  async connect(): Promise<void> {
    await this.ready()
  }

  /** What the broker offers, by api key. */
  async ranges(): Promise<ReadonlyMap<number, VersionRange>> {
    return (await this.ready()).ranges
  }

  /** The levels of the cluster's finalized features, as the broker knew them when the connection was made. */
  async features(): Promise<ReadonlyMap<string, number>> {
    return (await this.ready()).features
  }

  /** Whether the broker, which must be connected, offers an API in a version that is known here. */
  supports(api: Api): boolean {
    return this.live !== undefined && usableVersion(api, this.live.ranges) !== undefined
  }

  /** Sends a request, at once when connected; requests go out in the order of the calls then. */
  send<A extends Api>(api: A, request: Request<A>, options: SendOptions = {}): Promise<ResponseOf<A>> {
    if (this.live) return this.sendOn(this.live, api, request, options)
    if (options.withConnecting) return this.sendInTime(api, request, options)
    return this.ready().then((live) => this.sendOn(live, api, request, options))
  }

  private async sendInTime<A extends Api>(api: A, request: Request<A>, options: SendOptions): Promise<ResponseOf<A>> {
    const { clock } = this.runtime
    const timeoutMs = options.timeoutMs ?? this.options.requestTimeoutMs
    const deadline = clock.monotonic() + timeoutMs
    const live = await within(clock, timeoutMs, this.ready(), () => {
      throw new ConnectionError('time-out', `${this.host}:${this.port} cannot be reached within ${timeoutMs} ms.`)
    })
    return this.sendOn(live, api, request, { ...options, timeoutMs: deadline - clock.monotonic() })
  }

  /** Sends a request that has no answer, on a connection that must be there. */
  notify<A extends Api>(api: A, request: Request<A>, options: SendOptions = {}): void {
    if (!this.live) throw new ConnectionError('closed', `There is no connection to ${this.host}:${this.port}.`)
    const version = agreedVersion(api, this.live.ranges, options.maxVersion)
    this.live.connection.notify(api, version, typeof request === 'function' ? request(version) : request)
  }

  close(): void {
    this.ending.abort(this.closedError)
    this.silence.end()
    this.live?.connection.close()
    this.unready?.close()
  }

  private get closed(): boolean {
    return this.ending.signal.aborted
  }

  private get closedError(): ConnectionError {
    return new ConnectionError('closed', `The client of ${this.host}:${this.port} is closed.`)
  }

  private async sendOn<A extends Api>(
    live: Live,
    api: A,
    request: Request<A>,
    options: SendOptions,
  ): Promise<ResponseOf<A>> {
    const timeoutMs = options.timeoutMs ?? this.options.requestTimeoutMs
    // What is sent while the broker does not read would time out.
    if (this.silence.isOn && !(await this.silence.wait(options.patienceMs ?? timeoutMs)))
      throw new ConnectionError(
        'time-out',
        `${this.host}:${this.port} reads nothing from this client for a while, which has used more than its quota.`,
      )
    const version = agreedVersion(api, live.ranges, options.maxVersion)
    const body = typeof request === 'function' ? request(version) : request
    const answer = await live.connection.request(api, version, body, timeoutMs)
    const { throttleTimeMs = 0 } = answer as { readonly throttleTimeMs?: number }
    if (throttleTimeMs > 0 && !this.closed) this.silence.last(throttleTimeMs)
    return answer
  }

  private ready(): Promise<Live> {
    if (this.live) return Promise.resolve(this.live)
    if (this.closed) return Promise.reject(this.closedError)
    // Until it may try again it need not let anybody wait for the same answer.
    if (this.denied && this.backoffMs > 0) return Promise.reject(this.denied)
    this.connecting ??= this.open().finally(() => {
      this.connecting = undefined
    })
    return this.connecting
  }

  private async open(): Promise<Live> {
    const { clock, network } = this.runtime
    const wait = this.retryAt - clock.monotonic()
    const { signal } = this.ending
    if (wait > 0) await clock.sleep(wait, signal)
    const { clientId, maxFrameBytes, tls } = this.options
    try {
      const timeoutMs = this.connectTimeout()
      const connection = await Connection.open(network, clock, this.host, this.port, {
        clientId,
        maxFrameBytes,
        timeoutMs,
        tls,
        signal,
        traffic: this.traffic,
      })
      if (this.closed) connection.close()
      this.unready = connection
      const live = { connection, ...(await this.negotiate(connection)) }
      await this.login(live, false)
      connection.closeHandler = () => {
        this.relogin?.cancel()
        this.live = undefined
        this.backOff(1)
      }
      if (this.closed) connection.close()
      else if (!connection.closed) this.live = live
      this.failures = 0
      this.denied = undefined
      this.reached = true
      return live
    } catch (error) {
      this.failures++
      this.denied = error instanceof AuthenticationError ? error : undefined
      this.backOff(this.failures)
      // A broker that was reached there once is down; one that never was may be advertised wrongly.
      const strange = this.advertised && !this.reached && error instanceof ConnectionError
      throw strange ? advertisedFailure(this.id, this.host, this.port, error) : error
    } finally {
      this.unready = undefined
    }
  }

  /** Logs in, if anybody does; ends the connection when that fails. */
  private async login(live: Live, again: boolean): Promise<void> {
    const { login, requestTimeoutMs: timeoutMs } = this.options
    if (!login) return
    const { connection, ranges } = live
    const versionOf = (api: Api) => ranges.get(api.key)?.max
    try {
      const lifetimeMs = await logIn(connection, {
        login,
        host: this.host,
        handshakeVersion: versionOf(SaslHandshake),
        authenticateVersion: versionOf(SaslAuthenticate),
        timeoutMs,
      })
      this.traffic?.loggedIn(again)
      if (lifetimeMs > 0) this.planLogin(live, lifetimeMs)
    } catch (error) {
      this.traffic?.loginFailed()
      connection.close()
      throw error
    }
  }

  /**
   * Logs in again before the broker ends the connection (KIP-368): after 85 to 95 percent of the time, as Apache's clients do, so that not all come
   * at once. What is to be sent meanwhile waits as it does for a connection.
   */
  private planLogin(live: Live, lifetimeMs: number): void {
    const share = 0.85 + this.runtime.random.int(1001) / 10_000
    this.relogin = this.runtime.clock.timer(Math.min(lifetimeMs * share, LONGEST_TIMER), () => {
      if (this.live !== live) return
      this.live = undefined
      this.unready = live.connection
      const again = this.login(live, true).then(() => {
        if (this.closed) live.connection.close()
        else if (!live.connection.closed) this.live = live
        return live
      })
      this.connecting = again.finally(() => {
        this.connecting = undefined
        this.unready = undefined
      })
      // Who waits for the connection hears of a failure, and nobody may.
      this.connecting.catch(() => {})
    })
  }

  /** Grows with each failure, so that a slow network is given more time. */
  private connectTimeout(): number {
    const { connectTimeoutMs, connectTimeoutMaxMs } = this.options
    return Math.min(connectTimeoutMs * 2 ** this.failures, Math.max(connectTimeoutMs, connectTimeoutMaxMs))
  }

  private backOff(failures: number): void {
    const { reconnectBackoffMs, reconnectBackoffMaxMs } = this.options
    const wait = backoff(reconnectBackoffMs, reconnectBackoffMaxMs, failures - 1, this.runtime)
    this.retryAt = this.runtime.clock.monotonic() + wait
  }

  private refusedVersions(code: number): Error {
    const at = `${this.host}:${this.port}`
    if (code === Errors.UNSUPPORTED_VERSION)
      return new ConnectionError(
        'version',
        `${at} speaks no version of Kafka's protocol that is known here (UNSUPPORTED_VERSION for ApiVersions): brokers from 0.10 on are.`,
      )
    const wantsLogin = code === Errors.ILLEGAL_SASL_STATE || code === Errors.SASL_AUTHENTICATION_FAILED
    if (!wantsLogin) return new KafkaError(code)
    return new ConnectionError('login', `${at} wants a login (SASL): ${LOGIN_REMEDY}`)
  }

  private async negotiate(connection: Connection): Promise<Offer> {
    const ask = (version: number) => connection.request(ApiVersions, version, SOFTWARE, this.options.requestTimeoutMs)
    let response = await ask(ApiVersions.versions[1])
    if (response.errorCode === Errors.UNSUPPORTED_VERSION) {
      const own = response.apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)
      response = await ask(Math.min(own?.maxVersion ?? 0, ApiVersions.versions[1]))
    }
    if (response.errorCode !== Errors.NONE) {
      connection.close()
      throw this.refusedVersions(response.errorCode)
    }
    return {
      ranges: new Map(response.apiKeys.map((row) => [row.apiKey, { min: row.minVersion, max: row.maxVersion }])),
      features: new Map(response.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])),
    }
  }
}

/** Exponential with a jitter of a fifth, so that clients which failed together do not return together. Milliseconds. */
export function backoff(firstMs: number, maxMs: number, failures: number, runtime: Runtime): number {
  const term = Math.min(firstMs * 2 ** Math.min(failures, 30), Math.max(firstMs, maxMs))
  return Math.min(term * (0.8 + runtime.random.int(401) / 1000), Math.max(firstMs, maxMs))
}

function usableVersion(
  api: Api,
  ranges: ReadonlyMap<number, VersionRange>,
  limit = api.versions[1],
): number | undefined {
  const offered = ranges.get(api.key)
  if (!offered) return undefined
  const version = Math.min(limit, api.versions[1], offered.max)
  return version >= Math.max(offered.min, api.versions[0]) ? version : undefined
}

function agreedVersion(api: Api, ranges: ReadonlyMap<number, VersionRange>, limit?: number): number {
  const version = usableVersion(api, ranges, limit)
  if (version !== undefined) return version
  const offered = ranges.get(api.key)
  const name = api.name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
  if (!offered) throw new KafkaError('UNSUPPORTED_VERSION', `The node does not support ${name}`)
  const [min, max] = [api.versions[0], Math.min(limit ?? api.versions[1], api.versions[1])]
  throw new KafkaError(
    'UNSUPPORTED_VERSION',
    `The node does not support ${name} with version in range [${min},${max}]. The supported range is [${offered.min},${offered.max}].`,
  )
}
