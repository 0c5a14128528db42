import dns from 'node:dns/promises'
import net from 'node:net'
import os from 'node:os'
import type { Listener, ListenerTls, ListenOptions, Network, Socket, TlsSettings } from '../network.ts'
import { adopt, NodeSocket, onread, type Reads } from './socket.ts'

async function listen(
  host: string,
  port: number,
  onConnection: (socket: Socket) => void,
  { tls, admit, backlog = 511 }: ListenOptions = {},
): Promise<Listener> {
  const secured = tls && new (await import('./tls-acceptor.ts')).TlsAcceptor(tls)
  return new Promise((resolve, reject) => {
    const server = net.createServer({ pauseOnConnect: true }, (accepted) => {
      const take = () => onConnection(secured ? secured.accept(accepted) : adopt(accepted))
      if (!admit) return take()
      admit((mayEnter) => (mayEnter ? take() : void accepted.destroy()))
    })
    server.once('error', reject)
    server.listen({ host: host === '' ? undefined : host, port, backlog }, () => {
      server.off('error', reject)
      // Out of file descriptors: the kernel keeps the connection waiting, and accepting goes on when some are free.
      server.on('error', () => {})
      resolve({
        port: (server.address() as net.AddressInfo).port,
        close: () => new Promise<void>((done) => void server.close(() => done())),
        ...(secured && { renew: (renewed: ListenerTls) => secured.renew(renewed) }),
      })
    })
  })
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
  const reads: Reads = { receive: () => {} }
  return connected(
    () => openSecurely(host, port, settings, onread(reads)),
    'secureConnect',
    signal,
    (socket) => new NodeSocket(socket, reads),
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

async function checkTls(settings: ListenerTls): Promise<void> {
  ;new (await import('./tls-acceptor.ts')).TlsAcceptor(settings)
}

export const nodeNetwork: Network = { listen, checkTls, connect, connectSecurely, resolves, hostName: os.hostname }
