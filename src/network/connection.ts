import { ResponseHeader } from '../protocol/apis/header.ts'
import {
  type Api,
  MalformedMessage,
  Reader,
  type RequestInput,
  type ResponseOf,
  Writer,
} from '../protocol/schema/index.ts'
import type { Clock, Network, Socket, Timer, TlsSettings } from '../runtime/index.ts'
import { readInt16, readInt32, writeInt32 } from '../std/big-endian.ts'
import type { AuthenticationError } from './authentication-error.ts'
import { ConnectionError, connectFailure, LOGIN_REMEDY, otherLanguage } from './connection-error.ts'
import { FrameParser, languageOf, OversizedFrame } from './frame-parser.ts'
import { plainListener, tlsFailure } from './tls-failure.ts'

/** Until the first answer a peer may be anything; its frames are held short. */
const HANDSHAKE_FRAME = 1024 * 1024

const API_VERSIONS = 18

export interface ConnectionOptions {
  readonly clientId: string | null
  /** The largest answer taken, in bytes. */
  readonly maxFrameBytes: number
  /** Undefined leaves the connection in plain text. */
  readonly tls?: TlsSettings | undefined
  readonly traffic?: Traffic | undefined
}

/** Told of what connections do. */
export interface Traffic {
  opened(): void
  closed(): void
  /** Bytes of a whole frame. */
  sent(bytes: number): void
  received(bytes: number): void
}

/** Why a connection ended. */
type Failure = ConnectionError | AuthenticationError

interface Pending {
  readonly api: Api
  readonly version: number
  /** On the monotonic clock. */
  readonly deadline: number
  readonly timeoutMs: number
  readonly resolve: (response: unknown) => void
  readonly reject: (error: Error) => void
}

/** One socket to one broker: frames, correlation ids, many requests in flight. Closing it, by whomever, rejects all of them. */
export class Connection {
  private readonly pending = new Map<number, Pending>()
  private readonly parser: FrameParser
  private correlationId = 0
  private failure: Failure | undefined
  private timer: Timer | undefined
  private timerAt = Number.POSITIVE_INFINITY
  private answered = false
  /** Nothing was answered but ApiVersions. */
  private onlyVersions = true
  private onClosed: (() => void) | undefined

  private constructor(
    private readonly socket: Socket,
    /** `host:port`, as it was asked for. */
    readonly address: string,
    private readonly clock: Clock,
    private readonly options: ConnectionOptions,
  ) {
    this.parser = new FrameParser(Math.min(HANDSHAKE_FRAME, options.maxFrameBytes), (frame) => this.onFrame(frame))
    socket.handle({
      onData: (chunk) => this.onData(chunk),
      onClose: (error) => this.fail(this.lost(error)),
    })
    options.traffic?.opened()
  }

  /** Connects; rejects with a `ConnectionError`, with the reason of the signal if that is one, or an `AuthenticationError` when one side's certificate is refused. */
  static async open(
    network: Network,
    clock: Clock,
    host: string,
    port: number,
    options: ConnectionOptions & { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Connection> {
    const controller = new AbortController()
    const onAbort = () => controller.abort(options.signal?.reason)
    options.signal?.addEventListener('abort', onAbort)
    const late = new ConnectionError(
      'time-out',
      `Connecting to ${host}:${port} timed out after ${options.timeoutMs} ms.`,
    )
    const timer = clock.timer(options.timeoutMs, () => controller.abort(late))
    try {
      const { tls } = options
      const socket = tls
        ? await network.connectSecurely(host, port, tls, controller.signal)
        : await network.connect(host, port, controller.signal)
      return new Connection(socket, `${host}:${port}`, clock, options)
    } catch (error) {
      if (error instanceof ConnectionError) throw error
      throw (options.tls && secureFailure(host, port, error)) ?? connectFailure(host, port, error)
    } finally {
      timer.cancel()
      options.signal?.removeEventListener('abort', onAbort)
    }
  }

  get closed(): boolean {
    return this.failure !== undefined
  }

  get inFlight(): number {
    return this.pending.size
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress
  }

  /** Called once when the connection is gone. */
  set closeHandler(handler: () => void) {
    this.onClosed = handler
  }

  /**
   * Sends a request at once and resolves with its answer. Rejects with a `ConnectionError` when the connection goes away or the broker
   * takes longer than `timeoutMs`, which ends the connection: an answer that comes late must not be taken for another's.
   */
  request<A extends Api>(api: A, version: number, request: RequestInput<A>, timeoutMs: number): Promise<ResponseOf<A>> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      const id = this.write(api, version, request)
      const deadline = this.clock.monotonic() + timeoutMs
      const pending: Pending = { api, version, deadline, timeoutMs, resolve: resolve as Pending['resolve'], reject }
      this.pending.set(id, pending)
      this.watch(deadline)
    })
  }

  /** Sends a request that has no answer: Produce with acks=0. */
  notify<A extends Api>(api: A, version: number, request: RequestInput<A>): void {
    if (this.failure) throw this.failure
    this.write(api, version, request)
  }

  /** Ends the connection at once. */
  close(reason?: Failure): void {
    this.fail(reason ?? new ConnectionError('closed', `The connection to ${this.address} was closed.`))
  }

  private write<A extends Api>(api: A, version: number, request: RequestInput<A>): number {
    const id = this.correlationId
    const writer = new Writer()
    writer.int32(0)
    this.writeHeader(writer, api, version, id)
    api.requestCodec(version).encode(writer, request)
    this.correlationId = (id + 1) & 0x7fff_ffff
    const size = writer.length - 4
    const parts = writer.finish()
    writeInt32(parts[0] as Buffer, 0, size)
    this.socket.write(parts)
    this.options.traffic?.sent(size + 4)
    return id
  }

  private writeHeader(writer: Writer, api: Api, version: number, correlationId: number): void {
    writer.int16(api.key)
    writer.int16(version)
    writer.int32(correlationId)
    const { clientId } = this.options
    // The client id keeps its two length bytes in flexible headers too, so that any broker can read it (KIP-482).
    if (clientId === null) writer.int16(-1)
    else writer.utf8(clientId, false)
    if (api.requestHeader(version) >= 2) writer.unsignedVarint(0)
  }

  private onData(chunk: Buffer): void {
    if (this.failure) return
    try {
      this.parser.push(chunk)
    } catch (error) {
      this.fail(this.unreadable(error))
    }
  }

  private onFrame(frame: Buffer): void {
    if (this.failure) return
    this.options.traffic?.received(frame.length + 4)
    const id = frame.length >= 4 ? readInt32(frame, 0) : -1
    const pending = this.pending.get(id)
    if (!pending) throw new MalformedMessage(`an answer with correlation id ${id}, which was not asked`)
    const { api, version } = pending
    const reader = new Reader(frame)
    // The first answer may be the one of an older version than asked: whoever asks for ApiVersions deals with that.
    ResponseHeader.codec(api.responseHeader(version)).decode(reader)
    const response = this.decode(pending, reader)
    this.pending.delete(id)
    if (api.key !== API_VERSIONS) this.onlyVersions = false
    if (!this.answered) {
      this.answered = true
      this.parser.limit = this.options.maxFrameBytes
    }
    pending.resolve(response)
  }

  private decode({ api, version }: Pending, reader: Reader): unknown {
    // A broker that lacks the asked version of ApiVersions answers error 35 in version 0 (KIP-511).
    const old = api.key === API_VERSIONS && version > 0 && reader.remaining >= 2 && readInt16(reader.buffer, 4) === 35
    return api.responseCodec(old ? 0 : version).decode(reader)
  }

  private unreadable(error: unknown): ConnectionError {
    const language = error instanceof OversizedFrame && !this.answered ? languageOf(error.size) : undefined
    if (language) return otherLanguage(this.address, language, { cause: error })
    if (error instanceof OversizedFrame && !this.answered)
      return new ConnectionError(
        'handshake',
        `What answers at ${this.address} is no Kafka broker: its first answer claims ${error.size} bytes.`,
        { cause: error },
      )
    const why = error instanceof Error ? error.message : String(error)
    return new ConnectionError('other', `${this.address} sent an answer that cannot be read: ${why}.`, { cause: error })
  }

  private lost(error: Error | undefined): Failure {
    // With TLS 1.3 the broker looks at the client's certificate when the connection stands already.
    const refused = this.options.tls && tlsFailure(this.address, error)
    if (refused) return refused
    if (!this.answered)
      return new ConnectionError(
        'handshake',
        this.options.tls
          ? `${this.address} closed the connection before it answered: it may trust no certificate of ssl.keystore.location, or be no Kafka broker.`
          : `${this.address} closed the connection before it answered: it may be a TLS port (security.protocol=SSL), no Kafka broker, or one older than 0.10.`,
        { cause: error },
      )
    if (this.onlyVersions && this.pending.size > 0)
      return new ConnectionError(
        'login',
        `${this.address} told its versions and closed the connection at the first request, as a listener does that wants a login (SASL): ${LOGIN_REMEDY}`,
        { cause: error },
      )
    const code = (error as { code?: string } | undefined)?.code
    return new ConnectionError('closed', `${this.address} closed the connection${code ? ` (${code})` : ''}.`, {
      cause: error,
    })
  }

  private fail(error: Failure): void {
    if (this.failure) return
    this.failure = error
    this.timer?.cancel()
    this.socket.destroy()
    this.options.traffic?.closed()
    const waiting = [...this.pending.values()]
    this.pending.clear()
    this.onClosed?.()
    for (const { reject } of waiting) reject(error)
  }

  /** One timer for all requests: it rings for the earliest deadline and then looks for the next. */
  private watch(deadline: number): void {
    if (deadline >= this.timerAt) return
    this.timer?.cancel()
    this.timerAt = deadline
    this.timer = this.clock.timer(Math.max(1, deadline - this.clock.monotonic()), () => this.onTimer())
  }

  private onTimer(): void {
    this.timerAt = Number.POSITIVE_INFINITY
    const now = this.clock.monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const { api, deadline, timeoutMs } of this.pending.values()) {
      if (deadline <= now)
        return this.fail(
          new ConnectionError('time-out', `${this.address} did not answer ${api.name} within ${timeoutMs} ms.`),
        )
      next = Math.min(next, deadline)
    }
    if (next !== Number.POSITIVE_INFINITY) this.watch(next)
  }
}

/** A peer that goes away in the middle of the greeting does not speak TLS. */
function secureFailure(host: string, port: number, error: unknown): Failure | undefined {
  const at = `${host}:${port}`
  const isCut = (error as { code?: string }).code === 'ECONNRESET'
  return isCut ? plainListener(at, error) : tlsFailure(at, error)
}
