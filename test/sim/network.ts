import type { Listener, Network, Socket, SocketHandler } from '../../src/runtime/index.ts'
import { crc32c } from '../../src/std/crc32c.ts'
import type { World } from './world.ts'

export interface NetworkFaults {
  /** One-way delay, milliseconds. */
  delayMs: readonly [number, number]
  /** Chance that a message is held up for much longer. */
  stall: number
  /** Chance, for each message, that it breaks its connection instead of arriving. */
  breakage: number
  /** Chance that a message arrives in pieces. */
  fragment: number
}

const systemError = (code: string, text: string): Error => Object.assign(new Error(text), { code })

/** Hosts by name, and byte streams between them that keep their order, are late, come in pieces and break. */
export class SimNetwork {
  faults: NetworkFaults = { delayMs: [0.05, 1], stall: 0, breakage: 0, fragment: 0 }
  private readonly listeners = new Map<string, { accept: (socket: Socket) => void; alive: () => boolean }>()
  private readonly sockets = new Set<SimSocket>()
  private nextPort = 40_000
  private nextId = 0

  private readonly addresses = new Map<string, string>()
  /** Nodes that other nodes do not reach, and until when. Clients reach them. */
  private readonly cuts = new Map<string, number>()

  constructor(private readonly world: World) {}

  /** Hosts are numbered in the order in which they are met. */
  addressOf(host: string): string {
    let address = this.addresses.get(host)
    if (!address) this.addresses.set(host, (address = `10.0.0.${this.addresses.size + 1}`))
    return address
  }

  attach(host: string, alive: () => boolean): Network {
    return {
      hostName: () => host,
      resolves: async () => true,
      listen: async (_bind, port, onConnection, { admit } = {}): Promise<Listener> => {
        const decide = (socket: Socket) => (mayEnter: boolean) => (mayEnter ? onConnection(socket) : socket.destroy())
        const accept = (socket: Socket) => (admit ? admit(decide(socket)) : onConnection(socket))
        const bound = port === 0 ? this.nextPort++ : port
        const key = `${host}:${bound}`
        const taken = this.listeners.get(key)
        if (taken?.alive()) throw systemError('EADDRINUSE', `${key} is in use`)
        this.listeners.set(key, { accept, alive })
        return {
          port: bound,
          close: async () => {
            if (this.listeners.get(key)?.accept === accept) this.listeners.delete(key)
          },
        }
      },
      checkTls: () => Promise.reject(new Error('there is no TLS in this world')),
      connectSecurely: () => Promise.reject(new Error('there is no TLS in this world')),
      connect: (to, port, signal) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
          this.world.schedule(this.heldFor(host, to) + this.delay(), () => {
            if (!alive() || signal?.aborted) return
            const target = this.listeners.get(`${to}:${port}`)
            if (!target?.alive()) {
              reject(systemError('ECONNREFUSED', `${to}:${port} refuses`))
              return
            }
            resolve(this.pair(host, to, port, alive, target))
          })
        }),
    }
  }

  private pair(
    from: string,
    to: string,
    port: number,
    alive: () => boolean,
    target: { accept: (socket: Socket) => void; alive: () => boolean },
  ): Socket {
    const id = this.nextId++
    const local = this.nextPort++
    const near = new SimSocket(this.world, this, `${from}>${to}#${id}`, from, alive, { local, remote: port, peer: to })
    const far = new SimSocket(this.world, this, `${to}>${from}#${id}`, to, target.alive, {
      local: port,
      remote: local,
      peer: from,
    })
    near.other = far
    far.other = near
    this.sockets.add(near)
    this.sockets.add(far)
    this.world.trace(`${from} connects to ${to}:${port} #${id}`)
    target.accept(far)
    return near
  }

  /** What goes between a node and the other nodes is held up for a while; connections stay. */
  cutOff(host: string, ms: number): void {
    this.world.trace(`${host} is cut off from other nodes for ${ms.toFixed(0)} ms`)
    this.cuts.set(host, this.world.now + ms)
  }

  /** Milliseconds. */
  heldFor(from: string, to: string): number {
    if (this.cuts.size === 0 || !from.startsWith('broker-') || !to.startsWith('broker-') || from === to) return 0
    return Math.max(0, ...[from, to].map((host) => (this.cuts.get(host) ?? 0) - this.world.now))
  }

  delay(): number {
    const { delayMs, stall } = this.faults
    const { chance } = this.world
    const usual = chance.between(delayMs[0], delayMs[1])
    return stall > 0 && chance.bool(stall) ? usual + chance.between(10, 3000) : usual
  }

  forget(socket: SimSocket): void {
    this.sockets.delete(socket)
  }

  /** Every connection of a host ends: its process is gone. The other side hears of it. */
  dropHost(host: string): void {
    for (const socket of [...this.sockets]) {
      if (socket.host !== host) continue
      socket.vanish()
      socket.other?.reset()
    }
  }

  /** Breaks one connection, picked by chance. */
  breakOne(): void {
    const open = [...this.sockets]
    const victim = open[this.world.chance.int(Math.max(1, open.length))]
    if (!victim) return
    this.world.trace(`${victim.name} breaks`)
    victim.reset()
    victim.other?.reset()
  }
}

class SimSocket implements Socket {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  other: SimSocket | undefined
  pending = 0
  private handler: SocketHandler | undefined
  private readonly inbox: Buffer[] = []
  private readonly peer: string
  private paused = false
  private open = true
  private ended = false
  /** A message was lost, and the connection is about to break: nothing that comes after it arrives. */
  private breaking = false
  /** When the last message of this side arrives: the next one is not before it. */
  private lastArrival = 0

  constructor(
    private readonly world: World,
    private readonly network: SimNetwork,
    readonly name: string,
    readonly host: string,
    private readonly alive: () => boolean,
    ports: { local: number; remote: number; peer: string },
  ) {
    this.peer = ports.peer
    this.remoteAddress = network.addressOf(ports.peer)
    this.remotePort = ports.remote
    this.localAddress = network.addressOf(host)
    this.localPort = ports.local
  }

  handle(handler: SocketHandler): void {
    this.handler = handler
  }

  write(parts: readonly Uint8Array[], sent?: () => void): void {
    if (!this.open || this.ended || this.breaking) return
    // A copy, taken now: the sender may use its buffer again as soon as it was sent.
    const bytes = Buffer.concat(parts)
    this.pending += bytes.length
    const { chance } = this.world
    const { fragment, breakage } = this.network.faults
    if (breakage > 0 && chance.bool(breakage)) {
      this.breaking = true
      this.world.schedule(this.network.delay(), () => {
        this.world.trace(`${this.name} breaks`)
        this.reset()
        this.other?.reset()
      })
      return
    }
    const cut =
      fragment > 0 && bytes.length > 1 && chance.bool(fragment) ? 1 + chance.int(bytes.length - 1) : bytes.length
    this.deliver(bytes.subarray(0, cut))
    if (cut < bytes.length) this.deliver(bytes.subarray(cut))
    this.at(this.lastArrival, () => {
      if (!this.open || !this.alive()) return
      if (!Buffer.concat(parts).equals(bytes)) this.world.complain(`${this.name}: bytes changed between write and sent`)
      this.pending -= bytes.length
      sent?.()
      if (this.pending === 0) this.handler?.onDrain?.()
    })
  }

  private at(time: number, action: () => void): void {
    this.world.schedule(time - this.world.now, action)
  }

  private deliver(bytes: Buffer): void {
    const held = this.network.heldFor(this.host, this.peer)
    this.lastArrival = Math.max(this.lastArrival, this.world.now + held + this.network.delay())
    // What arrives is a copy: the receiver may write on it.
    this.at(this.lastArrival, () => this.other?.receive(Buffer.from(bytes)))
  }

  private receive(bytes: Buffer): void {
    if (!this.open) return
    this.world.trace(`${this.name} gets ${bytes.length} bytes ${crc32c(bytes).toString(16)}`)
    this.inbox.push(bytes)
    this.read()
  }

  private read(): void {
    while (this.open && !this.paused && this.inbox.length > 0 && this.alive()) {
      const chunk = this.inbox.shift() as Buffer
      this.handler?.onData(chunk)
      // It was only lent.
      chunk.fill(0xdd)
    }
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    this.world.schedule(0, () => this.read())
  }

  end(): void {
    if (!this.open || this.ended) return
    this.ended = true
    this.at(Math.max(this.lastArrival, this.world.now + this.network.delay()), () => {
      this.other?.closeWith(undefined)
      this.closeWith(undefined)
    })
  }

  destroy(): void {
    if (!this.open) return
    const { other } = this
    this.at(Math.max(this.lastArrival, this.world.now + this.network.delay()), () => other?.closeWith(undefined))
    this.world.schedule(0, () => this.closeWith(undefined))
  }

  /** The connection fails under both. */
  reset(): void {
    this.world.schedule(this.network.delay(), () => this.closeWith(systemError('ECONNRESET', 'connection reset')))
  }

  /** The process behind this side is gone: nobody hears of anything. */
  vanish(): void {
    this.open = false
    this.network.forget(this)
  }

  private closeWith(error: Error | undefined): void {
    if (!this.open) return
    this.open = false
    this.network.forget(this)
    if (this.alive()) this.handler?.onClose(error)
  }
}
