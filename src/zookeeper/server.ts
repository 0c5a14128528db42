import { FrameParser } from '../network/frame-parser.ts'
import { bindPort } from '../network/listen-error.ts'
import type { Listener, Runtime, Socket, Timer } from '../runtime/index.ts'
import { plainAddress } from '../std/ip-address.ts'
import type { ZooKeeperConfig } from './config.ts'
import { answerWord, type Figures, isWord } from './four-letter-words.ts'
import { NodeTree } from './node-tree.ts'
import { Relay } from './relay.ts'
import { answerRequest, type Requester } from './requests.ts'
import { Watches } from './watches.ts'
import { ErrorCode, Op, WireReader, WireWriter, Xid } from './wire.ts'

/** ZooKeeper's own limit of a packet, in bytes. */
const MAX_FRAME = 1024 * 1024
/** Milliseconds that a connection may take to say what it is. */
const INTRODUCTION_MS = 10_000

export interface ZooKeeperOptions {
  readonly config: ZooKeeperConfig
  readonly runtime: Runtime
  /** What the words call this server. */
  readonly version: string
  readonly environment: Readonly<Record<string, string>>
  /** The port, on this machine, of a controller that is started when somebody comes to the client port and speaks Kafka's protocol. */
  controllerPort?(): Promise<number>
  log(line: string): void
}

/**
 * What Kafka used a ZooKeeper for: brokers say here where they listen, tools ask for that, and the four-letter words are answered. It
 * speaks ZooKeeper's protocol, keeps its nodes in memory, and lets only brokers write. Who speaks Kafka's protocol is handed to a controller.
 */
export class ZooKeeperServer {
  readonly tree: NodeTree
  readonly watches = new Watches<ClientConnection>()
  readonly connections = new Set<ClientConnection>()
  private readonly relays = new Set<Relay>()
  private listener: Listener | undefined
  private sessions: number
  private received = 0
  private sent = 0
  private readonly latency = { min: 0, max: 0, sum: 0, count: 0 }

  constructor(readonly options: ZooKeeperOptions) {
    const { clock } = options.runtime
    this.tree = new NodeTree(
      () => Math.floor(clock.now()),
      (change, path) => {
        const { watchers, type } = this.watches.fire(change, path)
        for (const watcher of watchers) watcher.notify(type, path)
      },
    )
    // Two servers one after the other give no number twice, as long as the clock goes on.
    this.sessions = Math.floor(clock.now()) * 2048
  }

  /** Binds the client port; rejects with a system error. */
  async start(): Promise<number> {
    const { host, port } = this.options.config
    this.listener = await bindPort(this.options.runtime.network, { host, port }, (socket) => this.accept(socket))
    return this.listener.port
  }

  async close(): Promise<void> {
    const closing = this.listener?.close()
    for (const connection of [...this.connections, ...this.relays]) connection.close()
    await closing
  }

  /** Hands a connection that speaks Kafka's protocol to the controller. */
  relay(socket: Socket, first: Buffer): Relay | undefined {
    const { controllerPort, runtime, log } = this.options
    if (!controllerPort) return undefined
    const relay = new Relay(socket, first, () => this.relays.delete(relay))
    this.relays.add(relay)
    relay
      .open(runtime.network, controllerPort())
      .catch((error: Error) => log(`The controller of the brokers cannot be reached: ${error.message}`))
    return relay
  }

  nextSession(): number {
    return ++this.sessions
  }

  countRequest(tookMs: number): void {
    const { latency } = this
    this.received++
    const took = Math.round(tookMs)
    latency.min = latency.count === 0 ? took : Math.min(latency.min, took)
    latency.max = Math.max(latency.max, took)
    latency.sum += took
    latency.count++
  }

  countSent(): void {
    this.sent++
  }

  figures(): Figures {
    const { tree, watches, latency, options, received, sent } = this
    const { min, max, sum, count } = latency
    return {
      version: options.version,
      config: options.config,
      connections: [...this.connections].map((connection) => connection.figures()),
      received,
      sent,
      latency: { min, max, average: count === 0 ? 0 : sum / count },
      zxid: tree.zxid,
      nodes: tree.size,
      dataSize: tree.dataSize,
      watches: watches.countOf(),
      watchedPaths: watches.paths,
      ephemerals: tree.ephemerals(),
      environment: options.environment,
    }
  }

  private accept(socket: Socket): void {
    const { maxClientConnections } = this.options.config
    const same = [...this.connections].filter(({ address }) => address === addressOf(socket)).length
    if (maxClientConnections > 0 && same >= maxClientConnections) {
      socket.handle({ onData: () => {}, onClose: () => {} })
      this.options.log(`Too many connections from /${socket.remoteAddress}: the limit is ${maxClientConnections}.`)
      socket.destroy()
    } else this.connections.add(new ClientConnection(this, socket))
  }
}

/** Bytes by which a connection is known for what it is. */
const KNOWN_BY = 6

/** Kafka's nodes and tools ask for the versions of APIs first; a session begins with a protocol version, which is 0. */
const isKafka = (bytes: Buffer): boolean => bytes.readInt16BE(4) === API_VERSIONS
const API_VERSIONS = 18

/** An address of IPv4 in its own spelling, also where the socket speaks IPv6. */
const addressOf = ({ remoteAddress }: Socket): string => plainAddress(remoteAddress)

/** One connection: a four-letter word, a session that ends with it, or one of Kafka's protocol that is handed on. */
class ClientConnection implements Requester {
  readonly address: string
  sessionId = 0
  isBroker = false
  private sessionTimeout = 0
  private received = 0
  private sent = 0
  private lastOperation = 'NA'
  private lastResponseAt = 0
  private head: Buffer | undefined = Buffer.alloc(0)
  private timer: Timer
  private relay: Relay | undefined
  private readonly since: number
  private readonly parser = new FrameParser(MAX_FRAME, (frame) => this.onFrame(frame))

  constructor(
    readonly server: ZooKeeperServer,
    private readonly socket: Socket,
  ) {
    this.address = addressOf(socket)
    this.since = Math.floor(this.clock.now())
    this.timer = this.clock.timer(INTRODUCTION_MS, () => this.close())
    socket.handle({
      onData: (chunk) => this.onData(chunk),
      onDrain: () => this.relay?.drained(),
      onClose: () => this.onClose(),
    })
  }

  private get clock() {
    return this.server.options.runtime.clock
  }

  get tree(): NodeTree {
    return this.server.tree
  }

  watch(kind: 'data' | 'children', path: string): void {
    this.server.watches.add(kind, path, this)
  }

  figures() {
    const { address, received, sent, sessionId, sessionTimeout, since, lastOperation, lastResponseAt } = this
    const watches = this.server.watches.countOf(this)
    const { remotePort: port } = this.socket
    return { address, port, received, sent, sessionId, sessionTimeout, since, lastOperation, lastResponseAt, watches }
  }

  notify(type: number, path: string): void {
    const CONNECTED = 3
    const event = new WireWriter().int(Xid.watchEvent).long(-1).int(ErrorCode.ok)
    this.send(event.int(type).int(CONNECTED).string(path))
  }

  close(): void {
    this.socket.destroy()
  }

  private onData(chunk: Buffer): void {
    if (this.relay) return this.relay.take(chunk)
    let bytes = chunk
    if (this.head) {
      bytes = Buffer.concat([this.head, chunk])
      this.head = bytes.length < KNOWN_BY ? bytes : undefined
      if (bytes.length >= 4 && isWord(bytes)) return this.answerWord(bytes.toString('latin1', 0, 4))
      if (this.head) return
      if (isKafka(bytes)) this.relay = this.server.relay(this.socket, bytes)
      if (this.relay) return this.leaveSessions()
    }
    try {
      this.parser.push(bytes)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.server.options.log(
        `Closing the connection of /${this.address}, which does not speak ZooKeeper's protocol: ${why}.`,
      )
      this.close()
    }
  }

  /** It is no connection of a ZooKeeper's client. */
  private leaveSessions(): void {
    this.timer.cancel()
    this.server.connections.delete(this)
  }

  private answerWord(word: string): void {
    this.received++
    this.server.countRequest(0)
    this.socket.write([Buffer.from(answerWord(word, this.server.figures()))])
    this.socket.end()
  }

  private onFrame(frame: Buffer): void {
    const start = this.clock.monotonic()
    this.received++
    const reader = new WireReader(frame)
    if (this.sessionId === 0) this.openSession(reader)
    else this.onRequest(reader)
    this.watchSilence()
    this.server.countRequest(this.clock.monotonic() - start)
  }

  private openSession(reader: WireReader): void {
    reader.int()
    reader.long()
    const asked = reader.int()
    const former = reader.long()
    const { minSessionTimeout, maxSessionTimeout } = this.server.options.config
    const timeout = Math.max(minSessionTimeout, Math.min(maxSessionTimeout, asked))
    const answer = new WireWriter().int(0)
    // Sessions end with their connection, so that there is none to come back to: a timeout of 0 tells that it has expired.
    if (former !== 0) {
      this.send(answer.int(0).long(0).buffer(Buffer.alloc(16)).bool(false))
      return this.socket.end()
    }
    this.sessionId = this.server.nextSession()
    this.sessionTimeout = timeout
    this.send(answer.int(timeout).long(this.sessionId).buffer(Buffer.alloc(16)).bool(false))
  }

  private onRequest(reader: WireReader): void {
    const xid = reader.int()
    const type = reader.int()
    this.lastOperation = (Object.entries(Op).find(([, value]) => value === type)?.[0] ?? String(type)).toUpperCase()
    this.send(answerRequest(this, { xid, type, body: reader }))
    if (type === Op.closeSession) this.socket.end()
  }

  private send(writer: WireWriter): void {
    this.sent++
    this.server.countSent()
    this.lastResponseAt = Math.floor(this.clock.now())
    this.socket.write([writer.frame()])
  }

  /** A session whose client says nothing for its time-out has ended. */
  private watchSilence(): void {
    this.timer.cancel()
    if (this.sessionId !== 0) this.timer = this.clock.timer(this.sessionTimeout, () => this.close())
  }

  private onClose(): void {
    this.relay?.close()
    this.timer.cancel()
    this.server.connections.delete(this)
    this.server.watches.forget(this)
    if (this.sessionId !== 0) this.server.tree.endSession(this.sessionId)
  }
}
