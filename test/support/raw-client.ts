import net from 'node:net'
import type { Api, RequestInput, ResponseOf } from '../../src/protocol/schema/index.ts'
import { Reader, Writer } from '../../src/protocol/schema/index.ts'

/** A socket on which a test says exactly what it wants, and sees exactly what comes back. */
export class RawClient {
  private received: Buffer = Buffer.alloc(0)
  private closed = false
  private wake: (() => void) | undefined
  private nextId = 1

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk])
      this.wake?.()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.wake?.()
    })
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: '127.0.0.1', port }, () => resolve(new RawClient(socket)))
      socket.once('error', reject)
    })
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** The next frame, without its length; undefined when the connection was closed instead. */
  async frame(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.received.length >= 4) {
        const end = 4 + this.received.readInt32BE(0)
        if (this.received.length >= end) {
          const frame = this.received.subarray(4, end)
          this.received = this.received.subarray(end)
          return frame
        }
      }
      if (this.closed) return undefined
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
  }

  /** Sends a request and reads its response; undefined when the connection was closed instead. */
  async call<A extends Api>(api: A, version: number, request: RequestInput<A>): Promise<ResponseOf<A> | undefined> {
    this.write(encodeRequest(api, version, this.nextId++, request))
    const frame = await this.frame()
    if (!frame) return undefined
    const reader = new Reader(frame, 4)
    if (api.responseHeader(version) >= 1) reader.unsignedVarint()
    return api.responseCodec(version).decode(reader) as ResponseOf<A>
  }

  end(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }
}

export function encodeRequest<A extends Api>(
  api: A,
  version: number,
  correlationId: number,
  request: RequestInput<A>,
): Buffer {
  const writer = new Writer()
  writer.int32(0)
  writer.int16(api.key)
  writer.int16(version)
  writer.int32(correlationId)
  writer.utf8('raw', false)
  if (api.requestHeader(version) >= 2) writer.unsignedVarint(0)
  api.requestCodec(version).encode(writer, request as never)
  const bytes = writer.concat()
  bytes.writeInt32BE(bytes.length - 4, 0)
  return bytes
}
