/** Bytes that a slot takes: a hash of 16 and an offset of 8. */
const SLOT = 24
const WORDS = 4
const MAX_BYTES = 0x7fff_ffff

export interface OffsetMapLimits {
  /** `log.cleaner.dedupe.buffer.size`, in bytes. */
  readonly bufferBytes: number
  /** `log.cleaner.io.buffer.load.factor`: the part of the slots that may be taken. */
  readonly loadFactor: number
  /** Keys that there can be. */
  readonly mostKeys: number
}

/** Keys that a map may hold: as many as Apache's of the same buffer. */
export const capacityOf = ({ bufferBytes, loadFactor }: Pick<OffsetMapLimits, 'bufferBytes' | 'loadFactor'>): number =>
  Math.floor(Math.floor(Math.min(bufferBytes, MAX_BYTES) / SLOT) * loadFactor)

/**
 * The newest offset of each key, by a hash of 128 bits that stands for the key. Its memory is taken whole when it is made and never grows.
 */
export class OffsetMap {
  /** The offset up to which the map knows everything; -1 when it knows nothing. */
  latestOffset = -1
  readonly #capacity: number
  readonly #slots: number
  readonly #hashes: Uint32Array
  /** Offsets and one, so that 0 is an empty slot. */
  readonly #offsets: Float64Array
  #size = 0

  constructor(limits: OffsetMapLimits) {
    this.#capacity = capacityOf(limits)
    const most = Math.floor(Math.min(limits.bufferBytes, MAX_BYTES) / SLOT)
    const wanted = Math.ceil((limits.mostKeys + 1) / limits.loadFactor)
    this.#slots = wanted < most ? prime(wanted, 1) : prime(Math.max(most, 3), -1)
    this.#hashes = new Uint32Array(this.#slots * WORDS)
    this.#offsets = new Float64Array(this.#slots)
  }

  get size(): number {
    return this.#size
  }

  /** Whether no further key may be put in. */
  get isFull(): boolean {
    return this.#size >= Math.min(this.#capacity, this.#slots - 1)
  }

  put(key: Buffer, offset: number): void {
    const hash = hashOf(key)
    const slot = this.#find(hash)
    if (this.#offsets[slot] === 0) {
      this.#hashes.set(hash, slot * WORDS)
      this.#size++
    }
    this.#offsets[slot] = offset + 1
    this.latestOffset = offset
  }

  /** -1 for a key that is not there. */
  get(key: Buffer): number {
    return (this.#offsets[this.#find(hashOf(key))] as number) - 1
  }

  /** The slot that has a hash, or the empty one that it belongs in: there always is one, since the map never fills up. */
  #find(hash: Uint32Array): number {
    const slots = this.#slots
    const [a, b, c, d] = hash as unknown as [number, number, number, number]
    const hashes = this.#hashes
    let slot = a % slots
    // The number of slots is a prime: every step comes by all of them.
    const step = 1 + (b % (slots - 1))
    while (this.#offsets[slot] !== 0) {
      const at = slot * WORDS
      if (hashes[at] === a && hashes[at + 1] === b && hashes[at + 2] === c && hashes[at + 3] === d) break
      slot = (slot + step) % slots
    }
    return slot
  }
}

const words = new Uint32Array(WORDS)

/**
 * MD5, as Apache's: two keys with one hash would lose a record, so that nothing weaker will do. A text is the form of it that leaves the least to the
 * collector: an object for each key, or a buffer, takes three to five times as long. The words are those of the last key.
 */
function hashOf(key: Buffer): Uint32Array {
  const digest = process.getBuiltinModule('node:crypto').hash('md5', key, 'binary')
  for (let i = 0; i < WORDS; i++) {
    const at = 4 * i
    words[i] =
      digest.charCodeAt(at) |
      (digest.charCodeAt(at + 1) << 8) |
      (digest.charCodeAt(at + 2) << 16) |
      (digest.charCodeAt(at + 3) << 24)
  }
  return words
}

/** The next prime from a number on, upwards or downwards. */
function prime(from: number, step: 1 | -1): number {
  for (let candidate = from; ; candidate += step) if (isPrime(candidate)) return candidate
}

function isPrime(value: number): boolean {
  if (value < 4) return value > 1
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false
  return true
}
