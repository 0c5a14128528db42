import { expect, it } from 'vitest'
import type { FrameHandler, Peer } from '../../src/network/frame-handler.ts'
import { FrameListener } from '../../src/network/listener.ts'
import type { Network, Socket, SocketHandler } from '../../src/runtime/index.ts'
import { ManualClock } from '../support/memory-runtime.ts'

/** One accepted connection, played by the test. */
async function connected(handler: FrameHandler) {
  let accept: (socket: Socket) => void = () => {}
  let events: SocketHandler | undefined
  const state = { paused: false, destroyed: false }
  const written: (readonly Uint8Array[])[] = []
  const network = {
    listen: async (_host: string, _port: number, onConnection: (socket: Socket) => void) => {
      accept = onConnection
      return { port: 1, close: async () => {} }
    },
  } as unknown as Network
  const options = { name: 'PLAINTEXT', host: '', port: 1, maxFrameBytes: 100 << 20, maxIdleMs: 0, handler }
  await new FrameListener(options, network, new ManualClock()).bind()
  const socket = {
    remoteAddress: '127.0.0.1',
    handle: (given: SocketHandler) => {
      events = given
    },
    write: (parts: readonly Uint8Array[]) => void written.push(parts),
    pending: 0,
    pause: () => {
      state.paused = true
    },
    resume: () => {
      state.paused = false
    },
    destroy: () => {
      state.destroyed = true
    },
  } as unknown as Socket
  accept(socket)
  return { state, written, send: (bytes: Buffer) => events?.onData(bytes), hangUp: () => events?.onClose() }
}

const frame = (size: number): Buffer => {
  const bytes = Buffer.alloc(4 + size)
  bytes.writeInt32BE(size, 0)
  return bytes
}

it('calls nobody back about the end of a connection who has said that it no longer matters', async () => {
  const peers: Peer[] = []
  const { send, hangUp } = await connected({
    overlaps: () => false,
    handle: (_frame, peer) => {
      peers.push(peer)
      return { encode: () => [] }
    },
  })
  send(frame(8))
  const told: string[] = []
  const forget = peers[0]?.onClosed(() => told.push('finished long ago'))
  peers[0]?.onClosed(() => told.push('still waiting'))
  forget?.()
  hangUp()
  expect(told).toEqual(['still waiting'])
})

it('reads no further while megabytes of requests wait behind one that takes its time', async () => {
  let answer: () => void = () => {}
  let begun = 0
  const { state, send } = await connected({
    overlaps: () => false,
    handle: () => {
      begun++
      return new Promise((resolve) => {
        answer = () => resolve({ encode: () => [] })
      })
    },
  })
  send(frame(8))
  for (let sent = 0; sent < 3; sent++) send(frame(2 << 20))
  expect([begun, state.paused]).toEqual([1, true])
  for (let left = 0; left < 4; left++) {
    answer()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect([begun, state.paused]).toEqual([4, false])
})

it('answers the requests of one read together, once what they did is settled', async () => {
  const order: string[] = []
  let given = 0
  const { send, written } = await connected({
    overlaps: (bytes) => bytes.length === 8,
    handle: () => {
      const name = ++given
      order.push(`handle ${name}`)
      return {
        encode: () => {
          order.push(`encode ${name}`)
          return [Buffer.from([name])]
        },
      }
    },
    settle: () => void order.push('settle'),
  })
  send(Buffer.concat([frame(8), frame(8), frame(9)]))
  // The third one must see what the others did.
  expect(order).toEqual(['handle 1', 'handle 2', 'settle', 'encode 1', 'encode 2', 'handle 3', 'settle', 'encode 3'])
  expect(written.map((parts) => [...Buffer.concat(parts)])).toEqual([[1, 2], [3]])
})

it('says nothing when what was done cannot be settled', async () => {
  const { send, written, state } = await connected({
    overlaps: () => true,
    handle: () => ({ encode: () => [Buffer.from([1])] }),
    settle: () => {
      throw new Error('no')
    },
  })
  send(frame(8))
  expect([written, state.destroyed]).toEqual([[], true])
})

it('has the system let as many connections wait as it is told', async () => {
  const told: unknown[] = []
  const network = {
    listen: async (_host: string, _port: number, _onConnection: unknown, { backlog }: { backlog?: number }) => {
      told.push(backlog)
      return { port: 1, close: async () => {} }
    },
  } as unknown as Network
  const handler = { overlaps: () => false, handle: () => ({ encode: () => [] }) }
  const options = { name: 'PLAINTEXT', host: '', port: 1, maxFrameBytes: 1000, maxIdleMs: 0, handler }
  await new FrameListener({ ...options, backlog: 7 }, network, new ManualClock()).bind()
  await new FrameListener(options, network, new ManualClock()).bind()
  expect(told).toEqual([7, undefined])
})
