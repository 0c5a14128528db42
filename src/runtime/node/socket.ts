import net from 'node:net'
import { viewOf } from '../../std/bytes.ts'
import type { Socket, SocketHandler } from '../network.ts'

/**
 * Bytes of one read. Node's own reads are of 64 KB, each into memory of its own: a busy node spends a third of its time on marking live
 * objects, because so much memory comes and goes beside them. What came is handled before the next read, of whichever connection.
 */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)

/** What a socket has read, on its way to a handler that comes later than the socket. */
export interface Reads {
  receive: (chunk: Buffer) => void
}

/** Bytes up to which the parts of a message are put together: a call for several costs more than copying so little. */
const SMALL = 2048
/**
 * Bytes of messages that leave together when one turn writes several. Two requests of 16 KB in one call cost a third less than in two; more
 * would let the peer wait for nothing.
 */
const TOGETHER = 32_000

export class NodeSocket implements Socket {
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

/**
 * Takes over an accepted connection with a socket that reads into the common buffer. `onread` is an option of new sockets only, and only the
 * handle, which Node does not document, makes a new socket of an accepted one; without it the connection is read in Node's own way.
 */
export function adopt(accepted: net.Socket): NodeSocket {
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

/**
 * Has a socket that Node made (of TLS, which has no option for it) read into the common buffer as well. Gives undefined where this Node keeps it
 * elsewhere; then the socket is read in Node's own way.
 */
export function readTogether(socket: net.Socket): Reads | undefined {
  const fields = socket as unknown as Record<symbol, unknown> & { _handle?: { useUserBuffer?(buffer: Buffer): void } }
  const [buffer, callback] = ['kBuffer', 'kBufferCb'].map((name) =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name),
  )
  if (!buffer || !callback || !fields._handle?.useUserBuffer) return undefined
  const reads: Reads = { receive: () => {} }
  fields[buffer] = readBuffer
  fields[callback] = onread(reads).callback
  fields._handle.useUserBuffer(readBuffer)
  return reads
}

export function onread(reads: Reads): net.OnReadOpts {
  return {
    buffer: readBuffer,
    callback: (count, chunk) => {
      reads.receive(viewOf(chunk as Buffer, 0, count))
      return true
    },
  }
}
