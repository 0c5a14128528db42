import net from 'node:net'

/** Something that listens on a free port of this machine and is no broker one can talk to. */
export interface Peer {
  readonly address: string
  close(): void
}

/** Listens; `onConnection` is given each socket. */
export function startPeer(onConnection: (socket: net.Socket) => void): Promise<Peer> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
        close: () => {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      }),
    ),
  )
}

const says = (bytes: string | Buffer) => (socket: net.Socket) => socket.once('data', () => socket.end(bytes))

/** An answer to each request: hexadecimal bytes behind the correlation id, or undefined to close the connection. */
const answers = (answer: (key: number, version: number) => string | undefined) => (socket: net.Socket) => {
  let bytes = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
      const size = bytes.readInt32BE(0)
      const frame = bytes.subarray(4, 4 + size)
      bytes = bytes.subarray(4 + size)
      const body = answer(frame.readInt16BE(0), frame.readInt16BE(2))
      if (body === undefined) return socket.destroy()
      const head = Buffer.alloc(8)
      head.writeInt32BE(4 + body.length / 2)
      head.writeInt32BE(frame.readInt32BE(4), 4)
      socket.write(Buffer.concat([head, Buffer.from(body, 'hex')]))
    }
  })
}

const API_VERSIONS = 18
/** Produce, Fetch, Metadata, FindCoordinator and ApiVersions with their highest versions, in version 0 of the answer. */
const versions = `0000 00000005 00000000000c 000100000010 00030000000c 000a00000006 001200000003`.replaceAll(' ', '')
const unsupported = '002300000000'

export const strangePeers = {
  /** OpenSSL's and Java's answer to bytes that are no TLS: the alert unexpected_message. */
  tls: says(Buffer.from('1503030002020a', 'hex')),
  http: says('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  closing: (socket: net.Socket) => void socket.once('data', () => socket.destroy()),
  silent: (socket: net.Socket) => void socket.resume(),
  /** Apache's broker on a SASL listener: tells its versions, and closes when the next request is no handshake. */
  login: answers((key, version) => (key !== API_VERSIONS ? undefined : version > 0 ? unsupported : versions)),
  /** The same, as a proxy may say it. */
  loginCode: answers((_, version) => (version >= 3 ? '0022010000000000' : '002200000000')),
  /** A controller of Kafka offers Fetch and ApiVersions, but no Metadata. */
  controller: answers((key, version) =>
    key !== API_VERSIONS ? undefined : version > 0 ? unsupported : '000000000002000100000010001200000003',
  ),
  ancient: answers(() => unsupported),
} as const
