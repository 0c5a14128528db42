/** 64 bits as two halves, for JavaScript's numbers hold no more than 53 exactly and its big ones are slow. */
class Word {
  hi = 0
  lo = 0

  set(hi: number, lo: number): this {
    this.hi = hi
    this.lo = lo
    return this
  }

  xor({ hi, lo }: Word): this {
    return this.set(this.hi ^ hi, this.lo ^ lo)
  }

  add({ hi, lo }: Word): this {
    const sum = (this.lo >>> 0) + (lo >>> 0)
    return this.set((this.hi + hi + (sum > 0xffff_ffff ? 1 : 0)) | 0, sum | 0)
  }

  multiply({ hi, lo }: Word): this {
    const [a, b, c, d] = [this.lo >>> 16, this.lo & 0xffff, lo >>> 16, lo & 0xffff]
    const middle = a * d + ((b * d) >>> 16)
    const carry = (middle >>> 16) + ((b * c + (middle & 0xffff)) >>> 16)
    return this.set((a * c + carry + Math.imul(this.hi, lo) + Math.imul(this.lo, hi)) | 0, Math.imul(this.lo, lo))
  }

  /** By fewer than 32 bits, or more. */
  rotate(bits: number): this {
    if (bits >= 32) this.set(this.lo, this.hi)
    const by = bits & 31
    const { hi, lo } = this
    return by === 0 ? this : this.set((hi << by) | (lo >>> (32 - by)), (lo << by) | (hi >>> (32 - by)))
  }

  /** The end of the hash: every bit comes to depend on every other. */
  mix(): this {
    for (const factor of MIXERS) this.set(this.hi, this.lo ^ (this.hi >>> 1)).multiply(factor)
    return this.set(this.hi, this.lo ^ (this.hi >>> 1))
  }
}

const word = (hi: number, lo: number): Word => new Word().set(hi, lo)

const FACTOR_1 = word(0x87c37b91, 0x114253d5)
const FACTOR_2 = word(0x4cf5ad43, 0x2745937f)
const ADDEND_1 = word(0, 0x52dce729)
const ADDEND_2 = word(0, 0x38495ab5)
const FIVE = word(0, 5)
const MIXERS = [word(0xff51afd7, 0xed558ccd), word(0xc4ceb9fe, 0x1a85ec53)]

const BLOCK = 16
/** The seed of the hashes in Kafka Streams. */
const SEED = 104_729

/** MurmurHash3 of 128 bits as Kafka Streams makes it of a value: 16 bytes, both numbers with their big end first. */
export function murmur3(bytes: Uint8Array): Buffer {
  const one = word(0, SEED)
  const two = word(0, SEED)
  const [part, other] = [new Word(), new Word()]
  const { length } = bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, length)
  const rest = Buffer.alloc(BLOCK)
  const whole = length - (length % BLOCK)
  for (let at = 0; at < whole; at += BLOCK) {
    scatter(part.set(view.getInt32(at + 4, true), view.getInt32(at, true)), FACTOR_1, 31, FACTOR_2)
    one.xor(part).rotate(27).add(two).multiply(FIVE).add(ADDEND_1)
    scatter(other.set(view.getInt32(at + 12, true), view.getInt32(at + 8, true)), FACTOR_2, 33, FACTOR_1)
    two.xor(other).rotate(31).add(one).multiply(FIVE).add(ADDEND_2)
  }
  rest.set(bytes.subarray(whole))
  two.xor(scatter(other.set(rest.readInt32LE(12), rest.readInt32LE(8)), FACTOR_2, 33, FACTOR_1))
  one.xor(scatter(part.set(rest.readInt32LE(4), rest.readInt32LE(0)), FACTOR_1, 31, FACTOR_2))
  const size = word(0, length)
  one.xor(size).add(two.xor(size))
  two.add(one)
  one.mix().add(two.mix())
  two.add(one)
  const hash = Buffer.alloc(BLOCK)
  for (const [at, half] of [one.hi, one.lo, two.hi, two.lo].entries()) hash.writeInt32BE(half, at * 4)
  return hash
}

const scatter = (value: Word, first: Word, bits: number, second: Word): Word =>
  value.multiply(first).rotate(bits).multiply(second)
