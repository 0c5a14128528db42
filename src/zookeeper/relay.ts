import type { Network, Socket } from '../runtime/index.ts'

/** Above this much unsent the other side is not read from; bytes. */
const MAX_PENDING = 1024 * 1024

/**
 * A connection that is handed on to a port of this machine: what came before the port was known, and then everything, in both directions,
 * until either side ends.
 */
export class Relay {
  private readonly waiting: Buffer[]
  private inner: Socket | undefined
  private ended = false

  constructor(
    private readonly outer: Socket,
    first: Buffer,
    private readonly onEnd: () => void,
  ) {
    this.waiting = [Buffer.from(first)]
  }

  /** Resolves when the connection stands; rejects, with the connection closed, when there is no such port. */
  async open(network: Network, port: Promise<number>): Promise<void> {
    try {
      const inner = await network.connect('127.0.0.1', await port)
      if (this.ended) return inner.destroy()
      this.inner = inner
      inner.handle({
        onData: (chunk) => pass(chunk, inner, this.outer),
        onDrain: () => this.outer.resume(),
        onClose: () => this.close(),
      })
      for (const chunk of this.waiting.splice(0)) inner.write([chunk])
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** More bytes of the connection. */
  take(chunk: Buffer): void {
    if (this.inner) pass(chunk, this.outer, this.inner)
    else this.waiting.push(Buffer.from(chunk))
  }

  /** What was sent to the connection has left. */
  drained(): void {
    this.inner?.resume()
  }

  close(): void {
    if (this.ended) return
    this.ended = true
    this.inner?.destroy()
    this.outer.destroy()
    this.onEnd()
  }
}

/** The chunk is lent, and the socket sends it later. */
function pass(chunk: Buffer, from: Socket, to: Socket): void {
  to.write([Buffer.from(chunk)])
  if (to.pending > MAX_PENDING) from.pause()
}
