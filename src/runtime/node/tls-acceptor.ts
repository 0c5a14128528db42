import type net from 'node:net'
import tls from 'node:tls'
import type { ListenerTls, Socket, SocketHandler } from '../network.ts'
import { NodeSocket, readTogether } from './socket.ts'
import { contextOptions, withSettings } from './tls.ts'

/** The two ends of a connection, by which its plain socket and its secured one are known to be one. */
const endsOf = ({ remoteAddress, remotePort, localAddress }: net.Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`

/**
 * The alert `certificate_unknown`, as a record without encryption. The library looks at a certificate when the handshake is over, and cannot say
 * any more what it thinks of it: a client would take the end of the connection for an accident, and come again for a minute.
 */
const REFUSED = Buffer.from('1503030002022e', 'hex')

/** Takes accepted connections into TLS. */
export class TlsAcceptor {
  private readonly server: tls.Server
  private readonly handshakes = new Map<string, SecuredSocket>()
  private readonly sockets = new WeakMap<net.Socket, SecuredSocket>()

  /** Throws `ERR_TLS_SETTINGS` for what the library cannot use. */
  constructor(settings: ListenerTls) {
    const { clientCertificate, handshakeMs } = settings
    this.server = withSettings(() =>
      tls.createServer({
        ...contextOptions(settings),
        requestCert: clientCertificate !== 'none',
        rejectUnauthorized: clientCertificate === 'required',
        handshakeTimeout: handshakeMs,
      }),
    )
    this.server.on('secureConnection', (socket) => this.handshakes.get(endsOf(socket))?.secured(socket))
    this.server.on('tlsClientError', (error, socket) => {
      // Of one that is closed the ends are not known any more.
      const { _parent: accepted } = socket as { _parent?: net.Socket }
      const failed = this.handshakes.get(endsOf(socket)) ?? (accepted && this.sockets.get(accepted))
      failed?.failed(error, socket)
    })
  }

  /** Connections that are there keep what they have. */
  renew(settings: ListenerTls): void {
    withSettings(() => this.server.setSecureContext(contextOptions(settings)))
  }

  accept(accepted: net.Socket): Socket {
    const ends = endsOf(accepted)
    const socket = new SecuredSocket(accepted, () => this.handshakes.delete(ends))
    this.handshakes.set(ends, socket)
    this.sockets.set(accepted, socket)
    accepted.setNoDelay(true)
    this.server.emit('connection', accepted)
    return socket
  }
}

/** A connection that is on its way to TLS, and then there. */
class SecuredSocket implements Socket {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  private handler: SocketHandler | undefined
  /** Once the handshake is over. */
  private inner: NodeSocket | undefined
  private failure: Error | undefined

  constructor(
    private readonly accepted: net.Socket,
    private readonly handshakeOver: () => void,
  ) {
    this.remoteAddress = accepted.remoteAddress ?? ''
    this.remotePort = accepted.remotePort ?? 0
    this.localAddress = accepted.localAddress ?? ''
    this.localPort = accepted.localPort ?? 0
    const destroy = accepted.destroy.bind(accepted)
    accepted.destroy = (error) => {
      if (this.inner || this.failure || accepted.destroyed || !accepted.writable) return destroy(error)
      accepted.write(REFUSED)
      setImmediate(destroy, error)
      return accepted
    }
    accepted.on('close', () => {
      if (this.inner) return
      this.handshakeOver()
      // Why it failed is told a moment later.
      setImmediate(() => this.handler?.onClose(this.failure))
    })
  }

  handle(handler: SocketHandler): void {
    this.handler = handler
  }

  secured(socket: tls.TLSSocket): void {
    const certificate = socket.getPeerX509Certificate()
    if (certificate && !socket.authorized) {
      socket.destroy()
      this.failure = untrusted(socket)
      return
    }
    this.handshakeOver()
    this.inner = new NodeSocket(socket, readTogether(socket))
    if (!this.handler) return
    this.inner.handle(this.handler)
    this.handler.onSecured?.(certificate?.raw)
  }

  failed(error: Error, socket: tls.TLSSocket): void {
    this.failure = socket.authorizationError ? untrusted(socket) : error
    // Node only tells of this one.
    if ((error as { code?: string }).code === 'ERR_TLS_HANDSHAKE_TIMEOUT') this.accepted.destroy()
  }

  write(parts: readonly Uint8Array[], sent?: () => void): void {
    this.inner?.write(parts, sent)
  }

  get pending(): number {
    return this.inner?.pending ?? 0
  }

  pause(): void {
    this.inner?.pause()
  }

  resume(): void {
    this.inner?.resume()
  }

  end(): void {
    if (this.inner) this.inner.end()
    else this.accepted.destroy()
  }

  destroy(): void {
    if (this.inner) this.inner.destroy()
    else this.accepted.destroy()
  }
}

/** The library only notes what is the matter with a certificate: `CERT_HAS_EXPIRED` and the like. */
const untrusted = ({ authorizationError }: tls.TLSSocket): Error =>
  Object.assign(new Error('the certificate is not trusted'), { code: String(authorizationError) })
