import dns from 'node:dns/promises'
import net from 'node:net'
import os from 'node:os'
import type { Listener, Network, Socket, SocketHandler, TlsSettings } from '../network.ts'

/**
 * Bytes of one read. Node's own reads are of 64 KB, each into memory of its own: a busy node spends a third of its time on marking live
 * objects, because so much memory comes and goes beside them. What came is handled before the next read, of whichever connection.
 */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)

/** What a socket has read, on its way to a handler that comes later than the socket. */
interface Reads {
  receive: (chunk: Buffer) => void
}

/** Bytes up to which the parts of a message are put together: a call for several costs more than copying so little. */
const SMALL = 2048
/**
 * Bytes of messages that leave together when one turn writes several. Two requests of 16 KB in one call cost a third less than in two; more
 * would let the peer wait for nothing.
 */
const TOGETHER = 32_000

class NodeSocket implements Socket {
  /** What was written in this turn waits for more of it. */
  private holding = false
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number

  constructor(
    private readonly socket: net.Socket,
    private readonly reads?: Reads,
  ) {
    this.remoteAddress = socket.remoteAddress ?? ''
    this.remotePort = socket.remotePort ?? 0
    this.localAddress = socket.localAddress ?? ''
    this.localPort = socket.localPort ?? 0
    socket.setNoDelay(true)
  }

  handle(handler: SocketHandler): void {
    let failure: Error | undefined
    if (this.reads) this.reads.receive = (chunk) => handler.onData(chunk)
    else this.socket.on('data', (chunk: Buffer) => handler.onData(chunk))
    this.socket.on('error', (error) => {
      failure = error
    })
    this.socket.on('close', () => handler.onClose(failure))
    this.socket.on('drain', () => handler.onDrain?.())
  }

  write(parts: readonly Uint8Array[], sent?: () => void): void {
    let size = 0
    for (let i = 0; i < parts.length; i++) size += (parts[i] as Uint8Array).length
    if (size <= SMALL) {
      this.release()
      this.socket.write(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, size), sent)
      return
    }
    if (!this.holding) {
      this.holding = true
      this.socket.cork()
      process.nextTick(this.release)
    }
    const last = parts.length - 1
    for (let i = 0; i <= last; i++) this.socket.write(parts[i] as Uint8Array, i === last ? sent : undefined)
    if (this.socket.writableLength >= TOGETHER) this.release()
  }

  private readonly release = (): void => {
    if (!this.holding) return
    this.holding = false
    this.socket.uncork()
  }

  get pending(): number {
    return this.socket.writableLength
  }

  pause(): void {
    this.socket.pause()
  }

  resume(): void {
    this.socket.resume()
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

function listen(host: string, port: number, onConnection: (socket: Socket) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = net.createServer({ pauseOnConnect: true }, (socket) => onConnection(adopt(socket)))
    server.once('error', reject)
    server.listen({ host: host === '' ? undefined : host, port, backlog: 511 }, () => {
      server.off('error', reject)
      // Out of file descriptors: the kernel keeps the connection waiting, and accepting goes on when some are free.
      server.on('error', () => {})
      resolve({
        port: (server.address() as net.AddressInfo).port,
        close: () => new Promise<void>((done) => void server.close(() => done())),
      })
    })
  })
}

/**
 * Takes over an accepted connection with a socket that reads into the common buffer. `onread` is an option of new sockets only, and only the
 * handle, which Node does not document, makes a new socket of an accepted one; without it the connection is read in Node's own way.
 */
function adopt(accepted: net.Socket): NodeSocket {
  const owner = accepted as unknown as { _handle?: unknown }
  const handle = owner._handle
  if (!handle) {
    accepted.resume()
    return new NodeSocket(accepted)
  }
  const reads: Reads = { receive: () => {} }
  const options: net.SocketConstructorOpts & { handle: unknown; onread: net.OnReadOpts } = {
    handle,
    onread: onread(reads),
  }
  const socket = new net.Socket(options)
  owner._handle = null
  // The server waits for the sockets that it accepted.
  socket.once('close', () => accepted.destroy())
  return new NodeSocket(socket, reads)
}

function onread(reads: Reads): net.OnReadOpts {
  return {
    buffer: readBuffer,
    callback: (count, chunk) => {
      reads.receive(Buffer.from(chunk.buffer, chunk.byteOffset, count))
      return true
    },
  }
}

function connect(host: string, port: number, signal?: AbortSignal): Promise<Socket> {
  const reads: Reads = { receive: () => {} }
  const open = () => net.connect({ host, port, onread: onread(reads) })
  return connected(open, 'connect', signal, (socket) => new NodeSocket(socket, reads))
}

/** Loads TLS only now: most connections do without. */
async function connectSecurely(
  host: string,
  port: number,
  settings: TlsSettings,
  signal?: AbortSignal,
): Promise<Socket> {
  const { openSecurely } = await import('./tls.ts')
  // Node gives TLS its own buffers: a chunk is a copy by then.
  return connected(
    () => openSecurely(host, port, settings),
    'secureConnect',
    signal,
    (socket) => new NodeSocket(socket),
  )
}

/** Opens a socket and waits until it is `ready`; rejects with its error, or with the reason of the signal. */
function connected(
  open: () => net.Socket,
  ready: 'connect' | 'secureConnect',
  signal: AbortSignal | undefined,
  adopted: (socket: net.Socket) => Socket,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const socket = open()
    const settle = () => {
      signal?.removeEventListener('abort', onAbort)
      socket.off('error', onError)
      socket.off(ready, onReady)
    }
    const onAbort = () => {
      settle()
      socket.on('error', () => {})
      socket.destroy()
      reject(signal?.reason)
    }
    const onError = (error: Error) => {
      settle()
      reject(error)
    }
    const onReady = () => {
      settle()
      resolve(adopted(socket))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('error', onError)
    socket.once(ready, onReady)
  })
}

const resolves = (host: string): Promise<boolean> =>
  dns.lookup(host).then(
    () => true,
    () => false,
  )

export const nodeNetwork: Network = { listen, connect, connectSecurely, resolves, hostName: os.hostname }
