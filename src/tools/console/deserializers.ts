import { isUtf8 } from 'node:buffer'
import { doubleText, floatText } from '../../std/java-numbers.ts'

/** Turns a key, a value or a header into what is printed: text, or the bytes themselves. Throws for bytes of the wrong shape. */
export type Deserializer = (bytes: Buffer) => string | Buffer

type Settings = Readonly<Record<string, string>>
type Role = 'key' | 'value' | 'headers'

function sized(name: string, size: number, read: (bytes: Buffer) => string): Deserializer {
  return (bytes) => {
    if (bytes.length !== size) throw new Error(`Size of data received by ${name} is not ${size}`)
    return read(bytes)
  }
}

const readBoolean = (bytes: Buffer): string => {
  if (bytes[0] === 1) return 'true'
  if (bytes[0] === 0) return 'false'
  throw new Error(`Unexpected byte received by BooleanDeserializer: ${bytes.readInt8(0)}`)
}

/** Printable ASCII as it is, everything else as `\xNN`. */
const readBytes: Deserializer = (bytes) => {
  let text = ''
  for (const byte of bytes) {
    const printable = byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
    text += printable ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

const encodings: Record<string, string> = { 'iso-8859-1': 'latin1', latin1: 'latin1', 'us-ascii': 'ascii' }

function decoder(settings: Settings, role: Role): (bytes: Buffer) => string {
  const name = settings[`${role}.deserializer.encoding`] ?? settings['deserializer.encoding'] ?? 'UTF-8'
  const simple = encodings[name.toLowerCase()]
  if (simple) return (bytes) => bytes.toString(simple as BufferEncoding)
  try {
    const text = new TextDecoder(name, { ignoreBOM: true })
    return (bytes) => text.decode(bytes)
  } catch {
    throw new Error(`Unsupported encoding ${name}`)
  }
}

function stringDeserializer(settings: Settings, role: Role): Deserializer {
  const decode = decoder(settings, role)
  const isPlain = decode(Buffer.from('é')) === 'é'
  // Well-formed UTF-8 comes out as it went in: no need to make a string of it.
  return (bytes) => (isPlain && isUtf8(bytes) ? bytes : decode(bytes))
}

function uuidDeserializer(settings: Settings, role: Role): Deserializer {
  const decode = decoder(settings, role)
  return (bytes) => {
    const parts = decode(bytes).split('-')
    const widths = [8, 4, 4, 4, 12]
    if (parts.length !== 5 || parts.some((part) => !/^[0-9a-fA-F]{1,16}$/.test(part)))
      throw new Error('Error parsing data into UUID')
    return parts.map((part, i) => part.toLowerCase().padStart(widths[i]!, '0').slice(-widths[i]!)).join('-')
  }
}

/** Bytes of one entry in a list of numbers, by the entries' type. */
const fixedSizes: Record<string, number> = { Short: 2, Integer: 4, Float: 4, Long: 8, Double: 8, UUID: 36 }

/** Lists as Kafka's ListSerializer writes them (KIP-466). */
function listDeserializer(settings: Settings, role: Role): Deserializer {
  const name = settings[`default.list.${role}.serde.inner`]
  if (name === undefined)
    throw new Error(
      'Not able to determine the inner serde class because it was neither passed via the constructor nor set in the config.',
    )
  const inner = createDeserializer(name, settings, role)
  const fixed = fixedSizes[shortName(name)]
  return (bytes) => `[${readList(bytes, inner, fixed).join(', ')}]`
}

function readList(bytes: Buffer, inner: Deserializer, fixed: number | undefined): string[] {
  let at = 1
  const int = (): number => {
    if (at + 4 > bytes.length) throw new Error('Unable to deserialize into a List')
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const counted = (what: string): number => {
    const count = int()
    if (count < 0) throw new Error(`Corrupted byte[]. The number of ${what} cannot be negative.`)
    if (count > bytes.length)
      throw new Error(`Corrupted byte[]. The number of ${what} cannot be larger than its bytes.`)
    return count
  }
  const isFixed = bytes[0] === 0
  if (!isFixed && bytes[0] !== 1) throw new Error('Invalid serialization strategy flag value')
  if (isFixed && fixed === undefined)
    throw new Error(
      'Data is encoded as constant size entries, but configured inner deserializer is not a known fixed-size deserializer.',
    )
  const nulls = new Set(Array.from({ length: isFixed ? counted('null list entries') : 0 }, int))
  return Array.from({ length: counted('list entries') }, (_, i) => {
    const size = isFixed ? (fixed as number) : int()
    if (size === -1 || nulls.has(i)) return 'null'
    if (size < 0) throw new Error('Corrupted byte[]. A list entry cannot have negative size.')
    if (at + size > bytes.length) throw new Error('End of the stream was reached prematurely')
    at += size
    return String(inner(bytes.subarray(at - size, at)))
  })
}

const table: Record<string, (settings: Settings, role: Role) => Deserializer> = {
  String: stringDeserializer,
  UUID: uuidDeserializer,
  List: listDeserializer,
  Bytes: () => readBytes,
  // Java would print an object's address; the bytes are what is meant.
  ByteArray: () => (bytes) => bytes,
  ByteBuffer: () => (bytes) => bytes,
  Boolean: () => sized('BooleanDeserializer', 1, readBoolean),
  Short: () => sized('ShortDeserializer', 2, (bytes) => String(bytes.readInt16BE(0))),
  Integer: () => sized('IntegerDeserializer', 4, (bytes) => String(bytes.readInt32BE(0))),
  Long: () => sized('LongDeserializer', 8, (bytes) => String(bytes.readBigInt64BE(0))),
  Float: () => sized('Deserializer', 4, (bytes) => floatText(bytes.readFloatBE(0))),
  Double: () => sized('Deserializer', 8, (bytes) => doubleText(bytes.readDoubleBE(0))),
  Void: () => () => {
    throw new Error('Data should be null for a VoidDeserializer.')
  },
}

const PACKAGE = 'org.apache.kafka.common.serialization.'

/** `Long` of `org.apache.kafka.common.serialization.LongDeserializer`, of `Serdes$LongSerde` and of `long`. */
function shortName(name: string): string {
  const bare = (name.startsWith(PACKAGE) ? name.slice(PACKAGE.length) : name).replace(/^Serdes[$.]/, '')
  const stem = bare.replace(/(Deserializer|Serde)$/, '')
  return Object.keys(table).find((known) => known.toLowerCase() === stem.toLowerCase()) ?? stem
}

/** By Java's class name or its short form (`long`, `Long`, `LongDeserializer`); throws for one that is not there. */
export function createDeserializer(name: string, settings: Settings, role: Role): Deserializer {
  const create = table[shortName(name)]
  if (!create) throw new Error(`Unable to instantiate a deserializer from ${name}`)
  return create(settings, role)
}
