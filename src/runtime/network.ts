/** Byte streams between hosts. */
export interface Network {
  /** Binds; rejects with a system error (`EADDRINUSE`, ...). Port 0 picks a free one. */
  listen(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Listener>
  /** Connects; rejects with a system error (`ECONNREFUSED`, `ENOTFOUND`, ...) or the signal's reason. */
  connect(host: string, port: number, signal?: AbortSignal): Promise<Socket>
  /** Whether a name stands for an address; an address stands for itself. */
  resolves(host: string): Promise<boolean>
  /** The name under which others may know this machine. */
  hostName(): string
}

export interface Listener {
  readonly port: number
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
