/** The most that one call takes: every byte of it can be pointed back to. */
export const LZ4_BLOCK = 65_536

const MIN_MATCH = 4
/** The format wants the last bytes as literals, and no match that begins behind this distance from the end. */
const LAST_LITERALS = 5
const MATCH_LIMIT = 12
const HASH_BITS = 15
const MULTIPLIER = 0x9e3779b1 | 0

/**
 * Compresses a block in the LZ4 format, slower and better than the fast way: it looks at up to 2^(level - 1) earlier places for the longest match, and takes a
 * longer one that begins a byte later instead. Undefined when that would not be smaller.
 */
export function compressLz4High(source: Uint8Array, level: number): Uint8Array | undefined {
  if (source.length > LZ4_BLOCK) throw new RangeError(`${source.length} bytes are more than a block`)
  const finder = new Matches(source, 2 ** (level - 1))
  const writer = new Sequences(source)
  const last = source.length - MATCH_LIMIT
  let at = 0
  while (at <= last) {
    if (!finder.find(at, MIN_MATCH - 1)) {
      at++
      continue
    }
    let { length, offset } = finder
    while (at + 1 <= last && finder.find(at + 1, length)) {
      at++
      length = finder.length
      offset = finder.offset
    }
    if (!writer.add(at, length, offset)) return undefined
    at += length
  }
  return writer.end()
}

/** Where bytes have been seen before. */
class Matches {
  length = 0
  offset = 0
  readonly #heads = new Int32Array(1 << HASH_BITS).fill(-1)
  /** The place before with the same hash. */
  readonly #before: Int32Array
  readonly #end: number
  #noted = 0

  constructor(
    private readonly source: Uint8Array,
    private readonly attempts: number,
  ) {
    this.#before = new Int32Array(source.length)
    this.#end = source.length - LAST_LITERALS
  }

  /** Looks for a match at a place, longer than so many bytes. */
  find(at: number, longerThan: number): boolean {
    this.#noteUpTo(at)
    const { source } = this
    let best = longerThan
    let place = this.#heads[this.#hash(at)] as number
    for (let left = this.attempts; place >= 0 && left > 0; left--) {
      if (source[place + best] === source[at + best]) {
        const length = this.#common(place, at)
        if (length > best) {
          best = length
          this.offset = at - place
          if (at + length >= this.#end) break
        }
      }
      place = this.#before[place] as number
    }
    this.#note(at)
    if (best === longerThan) return false
    this.length = best
    return true
  }

  #common(place: number, at: number): number {
    const { source } = this
    let length = 0
    while (at + length < this.#end && source[place + length] === source[at + length]) length++
    return length >= MIN_MATCH ? length : 0
  }

  #noteUpTo(at: number): void {
    while (this.#noted < at) this.#note(this.#noted)
  }

  #note(at: number): void {
    if (at < this.#noted) return
    const hash = this.#hash(at)
    this.#before[at] = this.#heads[hash] as number
    this.#heads[hash] = at
    this.#noted = at + 1
  }

  #hash(at: number): number {
    const { source } = this
    const word =
      (source[at] as number) |
      ((source[at + 1] as number) << 8) |
      ((source[at + 2] as number) << 16) |
      ((source[at + 3] as number) << 24)
    return Math.imul(word, MULTIPLIER) >>> (32 - HASH_BITS)
  }
}

/** Literals and matches as bytes. */
class Sequences {
  readonly #target: Uint8Array
  #written = 0
  /** Where the literals begin that are not written. */
  #from = 0

  constructor(private readonly source: Uint8Array) {
    this.#target = new Uint8Array(source.length)
  }

  /** Adds what lies before a match, and the match. False when the source is the smaller form. */
  add(at: number, length: number, offset: number): boolean {
    const literals = at - this.#from
    if (!this.#hasRoom(literals + 8 + (literals + length) / 255)) return false
    const more = length - MIN_MATCH
    this.#begin(literals, Math.min(more, 15))
    this.#target[this.#written++] = offset & 0xff
    this.#target[this.#written++] = offset >> 8
    if (more >= 15) this.#extend(more - 15)
    this.#from = at + length
    return true
  }

  end(): Uint8Array | undefined {
    const literals = this.source.length - this.#from
    if (!this.#hasRoom(literals + 2 + literals / 255)) return undefined
    this.#begin(literals, 0)
    return this.#target.subarray(0, this.#written)
  }

  #hasRoom(bytes: number): boolean {
    return this.#written + bytes < this.#target.length
  }

  #begin(literals: number, matchNibble: number): void {
    this.#target[this.#written++] = (Math.min(literals, 15) << 4) | matchNibble
    if (literals >= 15) this.#extend(literals - 15)
    this.#target.set(this.source.subarray(this.#from, this.#from + literals), this.#written)
    this.#written += literals
  }

  #extend(rest: number): void {
    let left = rest
    for (; left >= 255; left -= 255) this.#target[this.#written++] = 255
    this.#target[this.#written++] = left
  }
}
