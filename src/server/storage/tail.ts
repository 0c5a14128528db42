import { BATCH_HEADER, baseOffset, batchSize, lastOffset } from '../../protocol/records/batch.ts'
import { viewOf } from '../../std/bytes.ts'

const CHUNK = 1024 * 1024
/** Chunks that a log keeps: what consumers a little behind still find in memory. */
const CHUNKS = 2
/** Bytes between two places in a chunk that are remembered by offset. */
const MARK_INTERVAL = 8 * 1024
/** A log gets a tail when it takes this much within a second: an idle one must cost nothing. */
const HOT_BYTES = 256 * 1024
const HOT_WINDOW_MS = 1000
/** Bytes appended since anybody read the log, after which it has no tail: copies for nobody cost the broker a twentieth of its time. */
const UNREAD_LIMIT = 4 * CHUNK

/** Bounds the memory that the tails of all logs hold together. The tail that has waited longest for a chunk gives way. */
export class TailBudget {
  readonly #holders = new Set<Tail>()
  #bytes = 0

  constructor(private readonly limit = 64 * 1024 * 1024) {}

  took(tail: Tail, bytes: number): void {
    this.#bytes += bytes
    this.#holders.delete(tail)
    this.#holders.add(tail)
    for (const holder of this.#holders) {
      if (this.#bytes <= this.limit || holder === tail) return
      holder.clear()
    }
  }

  gave(tail: Tail, bytes: number, isLast: boolean): void {
    this.#bytes -= bytes
    if (isLast) this.#holders.delete(tail)
  }
}

interface Chunk {
  readonly bytes: Buffer
  readonly firstOffset: number
  used: number
  nextOffset: number
  /** Reads that have not been released. */
  readers: number
  /** Offsets and positions of batches, some way apart. */
  readonly markOffsets: number[]
  readonly markPositions: number[]
}

export interface TailRead {
  readonly buffers: Buffer[]
  readonly size: number
  /** To be called when nobody looks at the buffers any more. */
  release(): void
}

/**
 * The newest batches of a busy log that somebody reads, in memory: consumers that keep up are served from here without a read from the
 * file. Chunks only grow, so that views of them may be on their way to a socket while more is appended; the memory of one that has served
 * its time, and that nobody looks at, becomes the next one.
 */
export class Tail {
  #chunks: Chunk[] = []
  #windowStart = 0
  #windowBytes = 0
  #unread = 0

  constructor(private readonly budget: TailBudget) {}

  /** Notes appended batches; `now` is monotonic time in milliseconds. */
  append(bytes: Buffer, firstOffset: number, nextOffset: number, now: number): void {
    this.#unread += bytes.length
    if (this.#unread > UNREAD_LIMIT) return this.clear()
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined && !this.#isHot(bytes.length, now)) return
    if (bytes.length > CHUNK || (chunk !== undefined && chunk.nextOffset !== firstOffset)) {
      this.clear()
      if (bytes.length > CHUNK) return
      chunk = undefined
    }
    if (chunk === undefined || chunk.used + bytes.length > CHUNK) chunk = this.#newChunk(firstOffset)
    const lastMark = chunk.markPositions.at(-1)
    if (lastMark === undefined || chunk.used - lastMark >= MARK_INTERVAL) {
      chunk.markOffsets.push(firstOffset)
      chunk.markPositions.push(chunk.used)
    }
    bytes.copy(chunk.bytes, chunk.used)
    chunk.used += bytes.length
    chunk.nextOffset = nextOffset
    this.#windowStart = now
  }

  #isHot(bytes: number, now: number): boolean {
    if (now - this.#windowStart > HOT_WINDOW_MS) {
      this.#windowStart = now
      this.#windowBytes = 0
    }
    this.#windowBytes += bytes
    return this.#windowBytes >= HOT_BYTES
  }

  #newChunk(firstOffset: number): Chunk {
    let oldest: Chunk | undefined
    if (this.#chunks.length === CHUNKS) {
      oldest = this.#chunks.shift()
      this.budget.gave(this, CHUNK, false)
    }
    const chunk = {
      // Fresh memory for every megabyte costs page faults, and makes the collector run ten times as often.
      bytes: oldest?.readers === 0 ? oldest.bytes : Buffer.allocUnsafeSlow(CHUNK),
      firstOffset,
      used: 0,
      nextOffset: firstOffset,
      readers: 0,
      markOffsets: [],
      markPositions: [],
    }
    this.#chunks.push(chunk)
    this.budget.took(this, CHUNK)
    return chunk
  }

  /** Whole batches from the one with `offset` on, below `limit`; undefined when the offset is not here. */
  read(offset: number, maxBytes: number, limit: number, atLeastOne: boolean): TailRead | undefined {
    this.#unread = 0
    let index = this.#chunks.findIndex((chunk) => offset >= chunk.firstOffset && offset < chunk.nextOffset)
    if (index < 0) return undefined
    const buffers: Buffer[] = []
    const lent: Chunk[] = []
    let size = 0
    for (let from = offset; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Chunk
      const start = startOf(chunk, from)
      const end = endOf(chunk, start, maxBytes - size, limit, atLeastOne && size === 0)
      if (end > start) {
        buffers.push(viewOf(chunk.bytes, start, end))
        chunk.readers++
        lent.push(chunk)
      }
      size += end - start
      if (end < chunk.used) break
      from = chunk.nextOffset
    }
    const release = () => {
      for (const chunk of lent.splice(0)) chunk.readers--
    }
    return { buffers, size, release }
  }

  clear(): void {
    const { length } = this.#chunks
    this.#chunks = []
    this.#windowBytes = 0
    if (length > 0) this.budget.gave(this, length * CHUNK, true)
  }

  /** Frees the memory when nothing was appended since that monotonic time. */
  clearIfIdleSince(time: number): void {
    if (this.#chunks.length > 0 && this.#windowStart < time) this.clear()
  }
}

/** Position of the first batch whose last offset is not below `offset`. */
function startOf(chunk: Chunk, offset: number): number {
  let low = 0
  let high = chunk.markOffsets.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((chunk.markOffsets[middle] as number) <= offset) low = middle + 1
    else high = middle
  }
  let at = low === 0 ? 0 : (chunk.markPositions[low - 1] as number)
  while (at < chunk.used && lastOffset(chunk.bytes, at) < offset) at += batchSize(chunk.bytes, at)
  return at
}

function endOf(chunk: Chunk, start: number, maxBytes: number, limit: number, atLeastOne: boolean): number {
  const { bytes, used, nextOffset } = chunk
  if (nextOffset <= limit && used - start <= maxBytes) return used
  return endOfBatches(bytes, start, used, maxBytes, limit, atLeastOne)
}

/** End of the whole batches from `start` on that fit in `maxBytes` and lie below `limit`; the first may be larger if `atLeastOne`. */
export function endOfBatches(
  bytes: Buffer,
  start: number,
  end: number,
  maxBytes: number,
  limit: number,
  atLeastOne: boolean,
): number {
  let at = start
  while (end - at >= BATCH_HEADER) {
    const size = batchSize(bytes, at)
    if (size < BATCH_HEADER || size > end - at || lastOffset(bytes, at) >= limit || baseOffset(bytes, at) >= limit)
      break
    if (at + size - start > maxBytes && !(atLeastOne && at === start)) break
    at += size
  }
  return at
}
