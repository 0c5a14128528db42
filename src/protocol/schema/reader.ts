import { readInt8, readInt16, readInt32, readInt64, readUInt16, readUInt32 } from '../../std/big-endian.ts'
import { viewOf } from '../../std/bytes.ts'
import { readKnownText } from '../../std/known-text.ts'
import { readUuid } from '../../std/uuid.ts'

/** Thrown for bytes that are no message: the connection they came on is closed. */
export class MalformedMessage extends Error {
  override name = 'MalformedMessage'
}

/** Reads Kafka's primitives from one buffer; every length is checked against the bytes that are left before it is used. */
export class Reader {
  offset: number

  constructor(
    readonly buffer: Buffer,
    offset = 0,
    readonly end: number = buffer.length,
  ) {
    this.offset = offset
  }

  /** A reader of the same kind over other bytes. */
  over(bytes: Buffer): Reader {
    return new Reader(bytes)
  }

  get remaining(): number {
    return this.end - this.offset
  }

  private take(length: number): number {
    const at = this.offset
    if (length > this.end - at) throw new MalformedMessage(`${length} bytes wanted, ${this.end - at} left`)
    this.offset = at + length
    return at
  }

  bool(): boolean {
    return this.buffer[this.take(1)] !== 0
  }
  int8(): number {
    return readInt8(this.buffer, this.take(1))
  }
  int16(): number {
    return readInt16(this.buffer, this.take(2))
  }
  uint16(): number {
    return readUInt16(this.buffer, this.take(2))
  }
  int32(): number {
    return readInt32(this.buffer, this.take(4))
  }
  uint32(): number {
    return readUInt32(this.buffer, this.take(4))
  }
  int64(): number {
    const at = this.take(8)
    return readInt64(this.buffer, at)
  }
  hash64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }
  float64(): number {
    return this.buffer.readDoubleBE(this.take(8))
  }
  uuid(): string {
    return readUuid(this.buffer, this.take(16))
  }

  /** An unsigned varint of at most five bytes. */
  unsignedVarint(): number {
    let value = 0
    for (let i = 0, unit = 1; i < 5; i++, unit *= 0x80) {
      const byte = this.buffer[this.take(1)] as number
      value += (byte & 0x7f) * unit
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    throw new MalformedMessage('varint is too long')
  }

  /** A view of the next `length` bytes. */
  slice(length: number): Buffer {
    const at = this.take(length)
    return viewOf(this.buffer, at, at + length)
  }

  /** The length of a nullable value: -1 for null. */
  length(width: 2 | 4, compact: boolean): number {
    if (compact) return this.unsignedVarint() - 1
    return width === 2 ? this.int16() : this.int32()
  }

  utf8(length: number): string {
    if (length > 0x7fff) throw new MalformedMessage(`string of ${length} bytes`)
    const at = this.take(length)
    return this.buffer.toString('utf8', at, at + length)
  }

  /** The same for a text that is likely to come again. */
  knownUtf8(length: number): string {
    return readKnownText(this.buffer, this.take(length), length)
  }
}
