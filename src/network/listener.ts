import type { ConnectionLimits } from '../config/connection-limits.ts'
import type { Listener as Bound, Clock, ListenerTls, Network, Socket, Timer } from '../runtime/index.ts'
import { ConnectionCounts } from './connection-counts.ts'
import { Doorway } from './doorway.ts'
import { bindPort } from './listen-error.ts'
import { type ConnectionRules, ServerConnection } from './server-connection.ts'

export interface ListenerOptions extends ConnectionRules {
  readonly host: string
  readonly port: number
  /** Connections that the system lets wait until they are accepted. */
  readonly backlog?: number | undefined
  /** Connections that say nothing for so long are closed; milliseconds. */
  readonly maxIdleMs: number
  /** What holds now; one connection more waits, and from an address that has its share is closed at once. */
  limits?(): ConnectionLimits
  /** Of this listener and those that share its limits. */
  readonly counts?: ConnectionCounts
  /** Milliseconds after which a connection from there is closed instead of served; 0 for one that is not too many. */
  refusalMs?(address: string): number
  /** Counts so many connections that come in (or, below zero, were none after all); gives the milliseconds that the next one has to wait. */
  pace?(connections: number): number
}

/** A bound port and its connections. */
export class FrameListener {
  private readonly connections = new Set<ServerConnection>()
  private readonly told = new Set<string>()
  private bound: Bound | undefined
  private sweep: Timer | undefined
  private nextId = 0
  private readonly counts: ConnectionCounts
  private readonly doorway: Doorway

  constructor(
    private readonly options: ListenerOptions,
    private readonly network: Network,
    private readonly clock: Clock,
  ) {
    const counts = options.counts ?? new ConnectionCounts()
    this.counts = counts
    this.doorway = new Doorway({
      clock,
      hasPlace: () => this.hasPlace(),
      onFreed: (callback) => counts.onFreed(callback),
      pace: () => options.pace?.(1) ?? 0,
    })
  }

  get port(): number {
    return this.bound?.port ?? this.options.port
  }

  get connectionCount(): number {
    return this.connections.size
  }

  async bind(): Promise<void> {
    const { name, host, port, tls, backlog } = this.options
    const place = { name, host, port, tls, backlog, admit: this.doorway.enter.bind(this.doorway) }
    this.bound = await bindPort(this.network, place, (socket) => this.accept(socket))
    this.watchIdle()
  }

  private accept(socket: Socket): void {
    const limits = this.options.limits?.()
    if (limits && this.counts.from(socket.remoteAddress) >= limits.from(socket.remoteAddress)) {
      this.options.log?.(`Refused a connection from ${socket.remoteAddress}: there are too many from there`)
      socket.handle({ onData: () => {}, onClose: () => {} })
      socket.destroy()
      return
    }
    const refusalMs = this.options.refusalMs?.(socket.remoteAddress) ?? 0
    if (refusalMs > 0) {
      // The flood of one address is not to keep others out.
      this.options.pace?.(-1)
      return this.refuseLater(socket, refusalMs)
    }
    this.counts.add(socket.remoteAddress)
    const id = `${socket.localAddress}:${socket.localPort}-${socket.remoteAddress}:${socket.remotePort}-${this.nextId++}`
    const connection = new ServerConnection(id, socket, this.options, this.clock, {
      onGone: () => this.forget(connection),
      onStranger: (fault, why = '') => this.tellOf(fault, why, socket.remoteAddress),
    })
    this.connections.add(connection)
  }

  private hasPlace(): boolean {
    const limits = this.options.limits?.()
    return !limits || (this.counts.inAll < limits.inAll && this.connections.size < limits.atListener)
  }

  /** Whoever is refused at once would come again at once. */
  private refuseLater(socket: Socket, ms: number): void {
    const timer = this.clock.timer(ms, () => socket.destroy())
    socket.handle({ onData: () => {}, onClose: () => timer.cancel() })
    socket.pause()
  }

  /** Said once of each fault: who tries once tries every second. */
  private tellOf(fault: string, why: string, address: string): void {
    if (this.told.has(fault)) return
    this.told.add(fault)
    this.options.log?.(
      `A client at ${address} ${fault} the listener ${this.options.name} on port ${this.port}${why}: its connections are closed`,
    )
  }

  private forget(connection: ServerConnection): void {
    this.connections.delete(connection)
    this.counts.remove(connection.remoteAddress)
  }

  private watchIdle(): void {
    const { maxIdleMs } = this.options
    if (!(maxIdleMs > 0)) return
    this.sweep = this.clock.timer(Math.max(1000, maxIdleMs / 10), () => {
      const limit = this.clock.monotonic() - maxIdleMs
      for (const connection of this.connections) if (connection.lastActive < limit) connection.destroy()
      this.watchIdle()
    })
  }

  /** New certificates for those who come from now on. Throws `ERR_TLS_SETTINGS`. */
  renew(tls: ListenerTls): void {
    this.bound?.renew?.(tls)
  }

  /** Stops accepting; connections go on. */
  async stopAccepting(): Promise<void> {
    this.doorway.shut()
    await this.bound?.close()
  }

  close(): void {
    this.sweep?.cancel()
    for (const connection of this.connections) connection.destroy()
  }
}
