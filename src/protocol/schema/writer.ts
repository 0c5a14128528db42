// Node 20 finds the global one by a function at each use.
import { Buffer } from 'node:buffer'
import { writeInt8, writeInt16, writeInt32, writeInt64, writeUInt16, writeUInt32 } from '../../std/big-endian.ts'
import { viewOf } from '../../std/bytes.ts'
import { parseUuidInto } from '../../std/uuid.ts'

const MAX_INT64 = 2 ** 63

/** Writes Kafka's primitives; large byte strings are kept as references, so that a fetch response is not copied. */
export class Writer {
  private buffer: Buffer
  private offset = 0
  private start = 0
  private readonly parts: Buffer[] = []
  private partsLength = 0

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.partsLength + this.offset - this.start
  }

  private reserve(length: number): number {
    const at = this.offset
    if (at + length > this.buffer.length) {
      const pending = at - this.start
      const bigger = Buffer.allocUnsafe(Math.max(pending + length, 2 * this.buffer.length))
      this.buffer.copy(bigger, 0, this.start, at)
      this.buffer = bigger
      this.start = 0
      this.offset = pending + length
      return pending
    }
    this.offset = at + length
    return at
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }
  int8(value: number): void {
    const at = this.reserve(1)
    writeInt8(this.buffer, at, value)
  }
  int16(value: number): void {
    const at = this.reserve(2)
    writeInt16(this.buffer, at, value)
  }
  uint16(value: number): void {
    const at = this.reserve(2)
    writeUInt16(this.buffer, at, value)
  }
  int32(value: number): void {
    const at = this.reserve(4)
    writeInt32(this.buffer, at, value)
  }
  uint32(value: number): void {
    const at = this.reserve(4)
    writeUInt32(this.buffer, at, value)
  }
  int64(value: number): void {
    const at = this.reserve(8)
    if (Number.isSafeInteger(value)) {
      writeInt64(this.buffer, at, value)
    } else if (value >= MAX_INT64) this.buffer.writeBigInt64BE(0x7fff_ffff_ffff_ffffn, at)
    else if (Number.isInteger(value) && value >= -MAX_INT64) this.buffer.writeBigInt64BE(BigInt(value), at)
    else throw new RangeError(`${value} is no 64-bit integer`)
  }
  hash64(value: bigint): void {
    const at = this.reserve(8)
    this.buffer.writeBigInt64BE(value, at)
  }
  float64(value: number): void {
    const at = this.reserve(8)
    this.buffer.writeDoubleBE(value, at)
  }
  uuid(value: string): void {
    const at = this.reserve(16)
    parseUuidInto(value, this.buffer, at)
  }

  unsignedVarint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      const at = this.reserve(1)
      this.buffer[at] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    const at = this.reserve(1)
    this.buffer[at] = rest
  }

  /** The length before a nullable value; -1 stands for null. */
  lengthPrefix(length: number, width: 2 | 4, compact: boolean): void {
    if (compact) this.unsignedVarint(length + 1)
    else if (width === 2) this.int16(length)
    else this.int32(length)
  }

  utf8(value: string, compact: boolean): void {
    const length = Buffer.byteLength(value)
    if (length > 0x7fff) throw new RangeError(`string of ${length} bytes, 32767 at most`)
    this.lengthPrefix(length, 2, compact)
    const at = this.reserve(length)
    this.buffer.write(value, at, length, 'utf8')
  }

  copy(value: Uint8Array): void {
    const at = this.reserve(value.length)
    this.buffer.set(value, at)
  }

  /** Adds bytes by reference: they must not change before the message is sent. */
  reference(value: Uint8Array): void {
    if (value.length < 1024) {
      this.copy(value)
      return
    }
    this.cut()
    this.parts.push(Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length))
    this.partsLength += value.length
  }

  private cut(): void {
    if (this.offset === this.start) return
    this.parts.push(viewOf(this.buffer, this.start, this.offset))
    this.partsLength += this.offset - this.start
    this.start = this.offset
  }

  /** The message as a list of buffers, in order. */
  finish(): Buffer[] {
    this.cut()
    return this.parts
  }

  /** The message as one buffer. */
  concat(): Buffer {
    const parts = this.finish()
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }
}
