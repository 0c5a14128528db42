import type { ZooKeeperAddress } from '../config/zookeeper-address.ts'
import { FrameParser } from '../network/frame-parser.ts'
import type { Runtime, Socket, Timer } from '../runtime/index.ts'
import { BROKER_SCHEME, ErrorCode, Op, WireReader, WireWriter, Xid, ZooKeeperError } from './wire.ts'

const MAX_FRAME = 4 * 1024 * 1024

/** No ZooKeeper could be reached, or it went away; the message is one sentence. */
export class ZooKeeperLost extends Error {
  override name = 'ZooKeeperLost'
}

interface Pending {
  readonly resolve: (body: WireReader) => void
  readonly reject: (error: Error) => void
  readonly path: string
}

/** A session with a ZooKeeper, Apache's or the one of this toolset. It ends when the connection does. */
export class ZooKeeperClient {
  private readonly at: string
  private readonly pending = new Map<number, Pending>()
  private readonly parser = new FrameParser(MAX_FRAME, (frame) => this.onFrame(frame))
  private xid = 0
  private opened: { resolve: () => void; reject: (error: Error) => void } | undefined
  private timer: Timer | undefined
  private failure: Error | undefined
  private onLost: () => void = () => {}

  private constructor(
    private readonly socket: Socket,
    /** The server that has answered. */
    readonly server: ZooKeeperAddress['servers'][number],
    private readonly chroot: string,
    private readonly runtime: Runtime,
  ) {
    const at = `${server.host}:${server.port}`
    this.at = at
    socket.handle({
      onData: (chunk) => this.onData(chunk),
      onClose: () => this.fail(new ZooKeeperLost(`The ZooKeeper at ${at} closed the connection.`)),
    })
  }

  /** Tries the servers one after the other; rejects with `ZooKeeperLost` when none of them answers within the time. */
  static async connect(
    address: ZooKeeperAddress,
    runtime: Runtime,
    times: { readonly timeoutMs: number; readonly sessionMs: number },
  ): Promise<ZooKeeperClient> {
    const perServer = Math.max(1, times.timeoutMs / address.servers.length)
    let last = ''
    for (const server of address.servers) {
      const { host, port } = server
      const late = new ZooKeeperLost(`no answer within ${Math.round(perServer)} ms`)
      const controller = new AbortController()
      const timer = runtime.clock.timer(perServer, () => controller.abort(late))
      try {
        const socket = await runtime.network.connect(host, port, controller.signal)
        const client = new ZooKeeperClient(socket, server, address.chroot, runtime)
        controller.signal.addEventListener('abort', () => client.fail(late))
        await client.open(times.sessionMs)
        return client
      } catch (error) {
        last = (error as { code?: string }).code ?? (error as Error).message.replace(/\.$/, '')
      } finally {
        timer.cancel()
      }
    }
    throw new ZooKeeperLost(`No ZooKeeper answers at ${address.text} (${last}).`)
  }

  /** Called once when the session is gone without having been closed. */
  set lostHandler(handler: () => void) {
    this.onLost = handler
  }

  async children(path: string): Promise<string[]> {
    return (await this.request(Op.getChildren, path, (body) => body.bool(false))).strings()
  }

  async data(path: string): Promise<Buffer> {
    return Buffer.from((await this.request(Op.getData, path, (body) => body.bool(false))).buffer() ?? [])
  }

  /** Makes a node that ends with this session. */
  async create(path: string, data: string): Promise<void> {
    const EPHEMERAL = 1
    await this.createWith(`${this.chroot}${path}`, data, EPHEMERAL)
  }

  /** Makes a node that stays, those above it and the chroot, unless they are there. */
  async createFolder(path: string): Promise<void> {
    const names = `${this.chroot}${path}`.split('/').slice(1)
    for (let depth = 1; depth <= names.length; depth++)
      try {
        await this.createWith(`/${names.slice(0, depth).join('/')}`, '', 0)
      } catch (error) {
        if (!(error instanceof ZooKeeperError && error.code === ErrorCode.nodeExists)) throw error
      }
  }

  async set(path: string, data: string): Promise<void> {
    await this.request(Op.setData, path, (body) => body.buffer(Buffer.from(data)).int(-1))
  }

  async delete(path: string): Promise<void> {
    await this.request(Op.delete, path, (body) => body.int(-1))
  }

  /** Asks for the right to write, which only the ZooKeeper of this toolset gives. */
  async beBroker(): Promise<void> {
    const body = new WireWriter().int(Xid.auth).int(Op.auth).int(0).string(BROKER_SCHEME).buffer(Buffer.alloc(0))
    await this.exchange(Xid.auth, body, '')
  }

  close(): void {
    if (this.failure) return
    this.failure = new ZooKeeperLost(`The session with ${this.at} was closed.`)
    this.timer?.cancel()
    this.socket.write([
      new WireWriter()
        .int(++this.xid)
        .int(Op.closeSession)
        .frame(),
    ])
    this.socket.end()
  }

  private open(sessionMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      this.opened = { resolve, reject }
      const hello = new WireWriter().int(0).long(0).int(sessionMs).long(0).buffer(Buffer.alloc(16)).bool(false)
      this.socket.write([hello.frame()])
    })
  }

  private async createWith(whole: string, data: string, flags: number): Promise<void> {
    const ALL = 31
    const xid = ++this.xid
    const body = new WireWriter().int(xid).int(Op.create).string(whole).buffer(Buffer.from(data))
    await this.exchange(xid, body.int(1).int(ALL).string('world').string('anyone').int(flags), whole)
  }

  private request(type: number, path: string, rest: (body: WireWriter) => void): Promise<WireReader> {
    const xid = ++this.xid
    const whole = `${this.chroot}${path}`
    const body = new WireWriter()
      .int(xid)
      .int(type)
      .string(whole.replace(/(.)\/$/, '$1'))
    rest(body)
    return this.exchange(xid, body, path)
  }

  private exchange(xid: number, body: WireWriter, path: string): Promise<WireReader> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      this.pending.set(xid, { resolve, reject, path })
      this.socket.write([body.frame()])
    })
  }

  private onData(chunk: Buffer): void {
    if (this.failure) return
    try {
      this.parser.push(chunk)
    } catch {
      this.fail(new ZooKeeperLost(`What answers at ${this.at} is no ZooKeeper.`))
    }
  }

  private onFrame(frame: Buffer): void {
    const body = new WireReader(frame)
    if (this.opened) return this.onOpened(body)
    const xid = body.int()
    body.long()
    const code = body.int()
    const pending = this.pending.get(xid)
    this.pending.delete(xid)
    if (code === ErrorCode.ok) pending?.resolve(body)
    else pending?.reject(new ZooKeeperError(code, pending.path))
  }

  private onOpened(body: WireReader): void {
    body.int()
    const timeoutMs = body.int()
    const { resolve, reject } = this.opened!
    this.opened = undefined
    if (timeoutMs <= 0) return reject(new ZooKeeperLost(`The ZooKeeper at ${this.at} gave no session.`))
    this.keepAlive(timeoutMs / 3)
    resolve()
  }

  /** Says something now and then, or the session would end; silence from the other side ends it too. */
  private keepAlive(everyMs: number): void {
    this.timer = this.runtime.clock.timer(everyMs, () => {
      if (this.pending.has(Xid.ping)) return this.fail(new ZooKeeperLost(`The ZooKeeper at ${this.at} fell silent.`))
      const body = new WireWriter().int(Xid.ping).int(Op.ping)
      this.exchange(Xid.ping, body, '').catch(() => {})
      this.keepAlive(everyMs)
    })
  }

  private fail(error: Error): void {
    if (this.failure) return
    this.failure = error
    this.timer?.cancel()
    this.socket.destroy()
    this.opened?.reject(error)
    this.opened = undefined
    for (const { reject } of this.pending.values()) reject(error)
    this.pending.clear()
    this.onLost()
  }
}
