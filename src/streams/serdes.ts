import { StreamsError } from './errors.ts'
import type { Serde } from './serde.ts'
import { sessionWindowed, timeWindowed } from './windowed.ts'

/** The same memory as a buffer. */
export const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function sized(bytes: Buffer, size: number, kind: string): Buffer {
  if (bytes.length === size) return bytes
  throw new StreamsError(`The bytes of ${kind} are ${size}, these are ${bytes.length}.`)
}

/** Text in UTF-8. */
const string: Serde<string> = {
  serialize: (value) => Buffer.from(value),
  deserialize: (bytes) => bytes.toString('utf8'),
}

/** 64 bits, signed, big end first; throws for a number beyond those that JavaScript counts exactly. */
const long: Serde<number> = {
  serialize(value) {
    if (!Number.isSafeInteger(value)) throw new StreamsError(`${value} is no whole number that can be counted exactly.`)
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  },
  deserialize(bytes) {
    const value = Number(sized(bytes, 8, 'a long').readBigInt64BE())
    if (!Number.isSafeInteger(value)) throw new StreamsError(`The long ${value} is too large to be counted exactly.`)
    return value
  },
}

/** 32 bits, signed, big end first. */
const integer: Serde<number> = {
  serialize(value) {
    if ((value | 0) !== value) throw new StreamsError(`${value} is no whole number of 32 bits.`)
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  },
  deserialize: (bytes) => sized(bytes, 4, 'an integer').readInt32BE(),
}

/** 64 bits, IEEE 754, big end first. */
const double: Serde<number> = {
  serialize(value) {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return bytes
  },
  deserialize: (bytes) => sized(bytes, 8, 'a double').readDoubleBE(),
}

/** The bytes themselves. */
const bytes: Serde<Buffer> = {
  serialize: (value) => value,
  deserialize: (value) => value,
}

/** JSON in UTF-8, of whatever shape `T` says; nothing checks that the bytes have it. */
const json = <T>(): Serde<T> => ({
  serialize: (value) => Buffer.from(JSON.stringify(value)),
  deserialize: (value) => JSON.parse(value.toString('utf8')) as T,
})

/** The serdes that come along; their bytes are those of Apache's classes of these names. */
export const serdes = { string, long, integer, double, bytes, json, timeWindowed, sessionWindowed } as const

const classes: Readonly<Record<string, Serde<unknown>>> = {
  String: string as Serde<unknown>,
  Long: long as Serde<unknown>,
  Integer: integer as Serde<unknown>,
  Double: double as Serde<unknown>,
  ByteArray: bytes as Serde<unknown>,
}

/** The serde of one of Java's class names, `org.apache.kafka.common.serialization.Serdes$StringSerde`; undefined for others. */
export function serdeOfClass(name: string): Serde<unknown> | undefined {
  const kind = /^org\.apache\.kafka\.common\.serialization\.Serdes\$(\w+)Serde$/.exec(name)?.[1]
  return kind !== undefined && Object.hasOwn(classes, kind) ? classes[kind] : undefined
}
