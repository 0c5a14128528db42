/**
 * ZooKeeper's wire format (jute): big-endian numbers, strings and buffers behind four bytes of length, -1 for null. Frames have four bytes
 * of length in front, as Kafka's. Numbers of 64 bits are exact up to 2^53 here.
 */
export const Op = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  create2: 15,
  auth: 100,
  closeSession: -11,
} as const

/** Request numbers with a meaning of their own. */
export const Xid = { watchEvent: -1, ping: -2, auth: -4 } as const

export const ErrorCode = {
  ok: 0,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  sessionExpired: -112,
  authFailed: -115,
} as const

/** A request that ZooKeeper refuses, by its number. */
export class ZooKeeperError extends Error {
  override name = 'ZooKeeperError'

  constructor(
    readonly code: number,
    path = '',
  ) {
    const word = Object.entries(ErrorCode).find(([, value]) => value === code)?.[0] ?? `error ${code}`
    super(path === '' ? word : `${word} for ${path}`)
  }
}

/** Who says this in an auth packet is a broker of this toolset, or a stand-in that takes its writes. */
export const BROKER_SCHEME = 'kafka-toolset'

export class WireReader {
  private at = 0

  constructor(private readonly bytes: Buffer) {}

  get remaining(): number {
    return this.bytes.length - this.at
  }

  int(): number {
    return this.bytes.readInt32BE((this.at += 4) - 4)
  }

  long(): number {
    return Number(this.bytes.readBigInt64BE((this.at += 8) - 8))
  }

  bool(): boolean {
    return this.bytes.readUInt8(this.at++) !== 0
  }

  buffer(): Buffer | null {
    const length = this.int()
    if (length < 0) return null
    if (length > this.remaining)
      throw new RangeError(`a field of ${length} bytes in a message that has ${this.remaining}`)
    return this.bytes.subarray(this.at, (this.at += length))
  }

  string(): string {
    return this.buffer()?.toString() ?? ''
  }

  strings(): string[] {
    const count = this.int()
    if (count * 4 > this.remaining)
      throw new RangeError(`a list of ${count} in a message that has ${this.remaining} bytes`)
    return Array.from({ length: Math.max(0, count) }, () => this.string())
  }
}

export class WireWriter {
  private readonly parts: Buffer[] = []

  int(value: number): this {
    const part = Buffer.alloc(4)
    part.writeInt32BE(value)
    this.parts.push(part)
    return this
  }

  long(value: number): this {
    const part = Buffer.alloc(8)
    part.writeBigInt64BE(BigInt(value))
    this.parts.push(part)
    return this
  }

  bool(value: boolean): this {
    this.parts.push(Buffer.from([value ? 1 : 0]))
    return this
  }

  buffer(value: Buffer | null): this {
    this.int(value?.length ?? -1)
    if (value) this.parts.push(value)
    return this
  }

  string(value: string): this {
    return this.buffer(Buffer.from(value))
  }

  strings(values: readonly string[]): this {
    this.int(values.length)
    for (const value of values) this.string(value)
    return this
  }

  append(other: WireWriter): this {
    this.parts.push(...other.parts)
    return this
  }

  /** What was written, with its length in front. */
  frame(): Buffer {
    const body = Buffer.concat(this.parts)
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    return Buffer.concat([length, body])
  }
}
