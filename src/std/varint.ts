/** Signed varints as records use them: zig-zag, seven bits a byte, least significant first. */

/** Bytes that a value of up to 53 bits takes. */
export function varintSize(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    const small = (value << 1) ^ (value >> 31)
    return small < 0x80 ? 1 : small < 0x4000 ? 2 : small < 0x20_0000 ? 3 : small < 0x1000_0000 ? 4 : 5
  }
  let rest = zigzag(value)
  let size = 1
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80)
    size++
  }
  return size
}

/** Writes a value and gives the position after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let position = at
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    let rest = (value << 1) ^ (value >> 31)
    while (rest > 0x7f) {
      target[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    target[position++] = rest
    return position
  }
  let rest = zigzag(value)
  while (rest >= 0x80) {
    target[position++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  target[position++] = rest
  return position
}

const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1)

/** A place in a buffer that moves on with each value read; reading past `end` or a value that is too long throws. */
export class VarintCursor {
  constructor(
    readonly buffer: Uint8Array,
    public position: number,
    readonly end: number = buffer.length,
  ) {}

  /** A value of at most 32 bits. */
  varint(): number {
    const { buffer } = this
    let position = this.position
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (position >= this.end) throw new RangeError('varint is cut off')
      const byte = buffer[position++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.position = position
        return (value >>> 1) ^ -(value & 1)
      }
    }
    throw new RangeError('varint is too long')
  }

  /** A value of at most 64 bits, as the nearest double. */
  varlong(): number {
    let value = 0
    let scale = 1
    let negative = false
    for (let count = 0; count < 10; count++) {
      if (this.position >= this.end) throw new RangeError('varlong is cut off')
      const byte = this.buffer[this.position++] as number
      if (count === 0) {
        negative = (byte & 1) === 1
        value = (byte & 0x7f) >>> 1
        scale = 64
      } else {
        value += (byte & 0x7f) * scale
        scale *= 128
      }
      if (byte < 0x80) return negative ? -value - 1 : value
    }
    throw new RangeError('varlong is too long')
  }
}
