import { readInt32, writeInt32 } from '../std/big-endian.ts'
import { viewOf } from '../std/bytes.ts'
import { frameMemory } from './frame-memory.ts'
import { giveScratch, hasScratch, takeScratch } from './scratch.ts'

/** Beyond this a frame's buffer grows with the bytes that come in, so that a lying length costs nothing. */
const PREALLOCATED = 4 * 1024 * 1024

/** What else than Kafka's protocol may be spoken on a port. */
export type Language = 'tls' | 'http'

/** The language in which these first four bytes of a connection make sense, read as the number that Kafka's protocol has there. */
export function languageOf(size: number): Language | undefined {
  const bytes = Buffer.alloc(4)
  writeInt32(bytes, 0, size)
  const ALERT = 0x15
  const HANDSHAKE = 0x16
  if ((bytes[0] === ALERT || bytes[0] === HANDSHAKE) && bytes[1] === 3) return 'tls'
  return /^(HTTP|GET |POST|HEAD|PUT |PRI |OPTI)/.test(bytes.toString('latin1')) ? 'http' : undefined
}

/** A frame longer than the reader takes; the number is what the four length bytes say. */
export class OversizedFrame extends Error {
  override name = 'OversizedFrame'

  constructor(readonly size: number) {
    super(`frame of ${size} bytes`)
  }
}

/**
 * Cuts a byte stream into frames: four bytes of length, then the message. A chunk is only lent, so that each frame is a copy; who is done with
 * a frame before the next chunk comes may have views: of the chunk, or of memory in which frames are put together. `recall` takes that back.
 */
export class FrameParser {
  /** The largest frame taken, in bytes; may be changed between chunks. */
  limit: number
  private readonly onFrame: (frame: Buffer) => void
  private readonly views: boolean
  private readonly lengthBytes = Buffer.alloc(4)
  private lengthHave = 0
  private frame: Buffer | undefined
  private size = 0
  private filled = 0
  /** Memory of a frame that was given as a view: one chunk ends one such frame at most. */
  private lent: Buffer | undefined

  constructor(limit: number, onFrame: (frame: Buffer) => void, options: { readonly views?: boolean } = {}) {
    this.limit = limit
    this.onFrame = onFrame
    this.views = options.views ?? false
  }

  /** Takes the next bytes; throws `OversizedFrame`, after which the stream is useless. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.frame) {
        at = this.fill(this.frame, chunk, at)
        continue
      }
      if (this.lengthHave === 0 && chunk.length - at >= 4) {
        const size = this.checked(readInt32(chunk, at))
        at += 4
        if (chunk.length - at >= size) {
          const frame = viewOf(chunk, at, at + size)
          this.onFrame(this.views ? frame : Buffer.from(frame))
          at += size
        } else this.begin(size)
      } else at = this.fillLength(chunk, at)
    }
  }

  private checked(size: number): number {
    if (size < 0 || size > this.limit) throw new OversizedFrame(size)
    return size
  }

  private begin(size: number): void {
    this.size = size
    this.filled = 0
    this.frame = this.views && hasScratch(size) ? takeScratch(size) : frameMemory(Math.min(size, PREALLOCATED))
  }

  /** Whether a frame is a view, which the next bytes write over. */
  isView(frame: Buffer, chunk: Buffer): boolean {
    return frame.buffer === chunk.buffer || frame.buffer === this.lent?.buffer
  }

  /** No view is looked at any more. */
  recall(): void {
    if (this.lent) giveScratch(this.lent)
    this.lent = undefined
  }

  private fillLength(chunk: Buffer, from: number): number {
    let at = from
    while (this.lengthHave < 4 && at < chunk.length) this.lengthBytes[this.lengthHave++] = chunk[at++] as number
    if (this.lengthHave < 4) return at
    this.lengthHave = 0
    const size = this.checked(readInt32(this.lengthBytes, 0))
    if (size === 0) this.onFrame(Buffer.alloc(0))
    else this.begin(size)
    return at
  }

  private fill(frame: Buffer, chunk: Buffer, at: number): number {
    const count = Math.min(this.size - this.filled, chunk.length - at)
    let target = frame
    if (this.filled + count > target.length) {
      target = Buffer.allocUnsafeSlow(Math.min(this.size, Math.max(2 * target.length, this.filled + count)))
      frame.copy(target, 0, 0, this.filled)
      this.frame = target
    }
    chunk.copy(target, this.filled, at, at + count)
    this.filled += count
    if (this.filled === this.size) {
      this.frame = undefined
      if (this.views && hasScratch(this.size)) this.lent = target
      this.onFrame(target.length === this.size ? target : target.subarray(0, this.size))
    }
    return at + count
  }
}
