import * as apis from '../../src/protocol/apis/index.ts'
import { type Api, Reader, type RequestOf, type ResponseInput, Writer } from '../../src/protocol/schema/index.ts'
import type { Network, Runtime, Socket, SocketHandler } from '../../src/runtime/index.ts'
import { type ManualClock, memoryRuntime } from './memory-runtime.ts'

/** What a broker of the test does with a request: an answer, silence, or the end of the connection. */
export type Reply<A extends Api> = ResponseInput<A> | 'silence' | 'close'
type Handler = (request: never, context: { readonly version: number; readonly clientId: string }) => unknown

const known = new Map<number, Api>(Object.values(apis).map((api) => [api.key, api as unknown as Api]))

const systemError = (code: string): Error => Object.assign(new Error(code), { code })

/** Two ends of a connection in memory; bytes arrive in a later turn, in order. */
class MemorySocket implements Socket {
  readonly remoteAddress = 'memory'
  readonly remotePort = 1
  readonly localAddress = 'memory'
  readonly localPort = 2
  readonly pending = 0
  peer: MemorySocket | undefined
  private handler: SocketHandler | undefined
  private open = true

  constructor(private readonly clock: ManualClock) {}

  handle(handler: SocketHandler): void {
    this.handler = handler
  }

  write(parts: readonly Uint8Array[], sent?: () => void): void {
    if (!this.open) return
    const bytes = Buffer.concat(parts)
    this.clock.defer(() => {
      if (this.peer?.open) this.peer.handler?.onData(bytes)
      sent?.()
    })
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    this.destroy()
  }

  destroy(error?: Error): void {
    if (!this.open) return
    this.open = false
    this.clock.defer(() => this.handler?.onClose(error))
    this.peer?.destroy()
  }
}

/** A broker that answers what the test tells it to, over the real wire format. */
export class FakeBroker {
  /** Requests by name, in the order in which they came. */
  readonly seen: { readonly name: string; readonly version: number; readonly request: unknown }[] = []
  refuse = false
  readonly sockets = new Set<MemorySocket>()
  private readonly handlers = new Map<number, Handler>()

  constructor(
    readonly id: number,
    readonly port: number,
    private readonly clock: ManualClock,
  ) {
    this.on(apis.ApiVersions, () => ({
      errorCode: 0,
      apiKeys: [...known.values()].map(({ key, versions }) => ({
        apiKey: key,
        minVersion: versions[0],
        maxVersion: versions[1],
      })),
    }))
  }

  on<A extends Api>(
    api: A,
    handler: (
      request: RequestOf<A>,
      context: { readonly version: number; readonly clientId: string },
    ) => Reply<A> | Promise<Reply<A>>,
  ): this {
    this.handlers.set(api.key, handler as Handler)
    return this
  }

  count(name: string): number {
    return this.seen.filter((entry) => entry.name === name).length
  }

  accept(): MemorySocket {
    const near = new MemorySocket(this.clock)
    const far = new MemorySocket(this.clock)
    near.peer = far
    far.peer = near
    this.sockets.add(far)
    let pending = Buffer.alloc(0)
    far.handle({
      onData: (chunk) => {
        pending = Buffer.concat([pending, chunk])
        while (pending.length >= 4 && pending.length - 4 >= pending.readInt32BE(0)) {
          const end = 4 + pending.readInt32BE(0)
          this.serve(far, pending.subarray(4, end))
          pending = pending.subarray(end)
        }
      },
      onClose: () => this.sockets.delete(far),
    })
    return near
  }

  dropConnections(): void {
    for (const socket of [...this.sockets]) socket.destroy(systemError('ECONNRESET'))
  }

  private serve(socket: MemorySocket, frame: Buffer): void {
    const reader = new Reader(frame)
    const api = known.get(reader.int16()) as Api
    const version = reader.int16()
    const correlationId = reader.int32()
    const clientId = reader.utf8(reader.int16())
    if (api.requestHeader(version) >= 2) reader.unsignedVarint()
    const request = api.requestCodec(version).decode(reader)
    this.seen.push({ name: api.name, version, request })
    const handler = this.handlers.get(api.key)
    if (!handler) throw new Error(`the test's broker has no ${api.name}`)
    void Promise.resolve(handler(request as never, { version, clientId })).then((reply) => {
      if (reply === 'silence') return
      if (reply === 'close') return socket.destroy()
      const writer = new Writer()
      writer.int32(correlationId)
      if (api.responseHeader(version) >= 1) writer.unsignedVarint(0)
      api.responseCodec(version).encode(writer, reply as never)
      const body = writer.concat()
      const length = Buffer.alloc(4)
      length.writeInt32BE(body.length)
      socket.write([length, body])
    })
  }
}

/** Brokers in memory and the runtime of a client that can reach them. */
export class FakeCluster {
  readonly clock: ManualClock
  readonly runtime: Runtime
  readonly brokers: FakeBroker[] = []
  /** Partition counts; partition p is led by broker `p % brokers`. */
  readonly topics = new Map<string, number>()
  /** Leaders that are not where the rule puts them, by `topic-partition`. */
  readonly leaders = new Map<string, number>()
  /** Raised by tests that move a leader. */
  leaderEpoch = 0

  constructor(brokers = 1, seed = 1) {
    const memory = memoryRuntime(seed)
    this.clock = memory.clock
    const network: Network = {
      ...memory.network,
      listen: () => Promise.reject(new Error('nobody listens here')),
      connect: async (host, port) => {
        const broker = this.brokers.find((candidate) => candidate.port === port)
        if (host === 'nowhere') throw systemError('ENOTFOUND')
        if (!broker || broker.refuse) throw systemError('ECONNREFUSED')
        return broker.accept()
      },
    } as Network
    this.runtime = { ...memory, network }
    for (let id = 1; id <= brokers; id++) {
      const broker = new FakeBroker(id, 9091 + id, this.clock)
      broker.on(apis.Metadata, (request) => this.metadata(request))
      this.brokers.push(broker)
    }
  }

  get broker(): FakeBroker {
    return this.brokers[0] as FakeBroker
  }

  leaderOf(topic: string, partition: number): number {
    return this.leaders.get(`${topic}-${partition}`) ?? 1 + (partition % this.brokers.length)
  }

  /** Lets time go on until the promise is settled; fails after `limitMs` of simulated time. */
  async drive<T>(promise: Promise<T>, limitMs = 200_000): Promise<T> {
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    for (let ms = 0; !settled && ms < limitMs; ms++) await this.clock.advance(1)
    if (!settled) throw new Error(`not settled after ${limitMs} ms`)
    return promise
  }

  private metadata(request: RequestOf<typeof apis.Metadata>): ResponseInput<typeof apis.Metadata> {
    const names = request.topics ? request.topics.map(({ name }) => name as string) : [...this.topics.keys()]
    return {
      brokers: this.brokers.map(({ id, port }) => ({ nodeId: id, host: 'broker', port })),
      clusterId: 'fake',
      controllerId: 1,
      topics: names.map((name) => {
        const count = this.topics.get(name)
        if (count === undefined)
          return { errorCode: 3, name, topicId: topicId(name), isInternal: false, partitions: [] }
        return {
          errorCode: 0,
          name,
          topicId: topicId(name),
          partitions: Array.from({ length: count }, (_, partitionIndex) => {
            const leaderId = this.leaderOf(name, partitionIndex)
            return {
              errorCode: 0,
              partitionIndex,
              leaderId,
              leaderEpoch: this.leaderEpoch,
              replicaNodes: [leaderId],
              isrNodes: [leaderId],
            }
          }),
        }
      }),
    }
  }
}

/** A topic id made of the name. */
export const topicId = (name: string): string => Buffer.from(name.padEnd(16, '_').slice(0, 16)).toString('base64url')
