/** Byte streams between hosts. */
export interface Network {
  /**
   * Binds; rejects with a system error (`EADDRINUSE`, ...), or `ERR_TLS_SETTINGS` for settings that cannot be used. Port 0 picks a free one.
   * With TLS a socket is given before its handshake, which `onSecured` ends.
   */
  listen(host: string, port: number, onConnection: (socket: Socket) => void, options?: ListenOptions): Promise<Listener>
  /** Rejects with `ERR_TLS_SETTINGS` for what the TLS library cannot use. */
  checkTls(tls: ListenerTls): Promise<void>
  /** Connects; rejects with a system error (`ECONNREFUSED`, `ENOTFOUND`, ...) or the signal's reason. */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Socket>
  /**
   * The same over TLS: the socket is given when both sides have shown their certificates. Rejects besides with the TLS library's errors
   * (`CERT_HAS_EXPIRED`, ...), which also reach `onClose`, and with `ERR_TLS_SETTINGS` for settings that cannot be used.
   */
  connectSecurely(host: string, port: number, tls: TlsSettings, signal?: AbortSignal): Promise<Socket>
  /** Whether a name stands for an address; an address stands for itself. */
  resolves(host: string): Promise<boolean>
  /** The name under which others may know this machine. */
  hostName(): string
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** Certificates, keys and what else one end of a connection says about TLS. What is made of them is made once for each such object. */
export interface TlsStores {
  /** Certificates in PEM of those who vouch for the other end; those that Node brings along when undefined. */
  readonly trusted: string | undefined
  /** The own certificate with its chain, and its key. */
  readonly own: { readonly certificates: string; readonly key: string } | { readonly pkcs12: Buffer } | undefined
  /** Of the key or the PKCS12 file. */
  readonly password: string | undefined
  readonly versions: { readonly min: TlsVersion; readonly max: TlsVersion }
  /** OpenSSL's names, the best first; the library's choice when empty. */
  readonly ciphers: readonly string[]
}

/** How a client protects its connections. */
export interface TlsSettings extends TlsStores {
  /** Whether the certificate must be one for the host that was asked for. */
  readonly checksHost: boolean
}

/** How a listener does. */
export interface ListenerTls extends TlsStores {
  /** Whether clients are asked for a certificate, and whether they must have one. One that is shown must be trusted in either case. */
  readonly clientCertificate: 'none' | 'requested' | 'required'
  /** A handshake that takes longer is ended; milliseconds. */
  readonly handshakeMs: number
}

export interface ListenOptions {
  readonly tls?: ListenerTls | undefined
  /** Connections that the system lets wait until they are accepted. */
  readonly backlog?: number | undefined
  /** Decides about each connection before anything else is done with it, now or later; nothing is read from it until then. */
  admit?(decided: (mayEnter: boolean) => void): void
}

export interface Listener {
  readonly port: number
  /** Of a listener with TLS: connections that come from now on see these certificates. Throws `ERR_TLS_SETTINGS` as `listen` does. */
  renew?(tls: ListenerTls): void
  /** Stops accepting; open connections stay. */
  close(): Promise<void>
}

export interface SocketHandler {
  /** Bytes that came in. The chunk is lent: its bytes may change after the call, and until then the receiver may write on it. */
  onData(chunk: Buffer): void
  /** The connection is gone, whoever ended it; called exactly once, and nothing after it. */
  onClose(error?: Error): void
  /** What was written has left (`pending` fell to zero). */
  onDrain?(): void
  /** At a listener with TLS: the handshake is over, and this certificate (DER) was shown and is trusted. No bytes come before it. */
  onSecured?(certificate: Buffer | undefined): void
}

export interface Socket {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  /** Must be called in the turn in which the socket was given. */
  handle(handler: SocketHandler): void
  /**
   * Sends the parts in order, in one system call where possible; they must not change before `sent` is called (or the close handler).
   */
  write(parts: readonly Uint8Array[], sent?: () => void): void
  /** Bytes written that have not left yet. */
  readonly pending: number
  pause(): void
  resume(): void
  /** Sends what was written, then closes. */
  end(): void
  /** Closes at once. */
  destroy(): void
}
