/**
 * A Java-serialized `HashMap<byte[], byte[]>`, the file in which Kafka Connect's standalone worker keeps offsets. Nothing else that Java
 * could serialize is read.
 */
const MAGIC = 0xaced
const VERSION = 5
const TC_NULL = 0x70
const TC_REFERENCE = 0x71
const TC_CLASSDESC = 0x72
const TC_OBJECT = 0x73
const TC_ARRAY = 0x75
const TC_BLOCKDATA = 0x77
const TC_ENDBLOCKDATA = 0x78
const FIRST_HANDLE = 0x7e0000

/** From the stream's magic up to the fields of the map: the class, its version, `loadFactor` (0.75) and `threshold`. */
const HEAD = Buffer.concat([
  Buffer.from('aced0005737200116a6176612e7574696c2e486173684d6170', 'hex'),
  Buffer.from('0507dac1c31660d103000246000a6c6f6164466163746f724900097468726573686f6c6478703f400000', 'hex'),
])
const BYTE_ARRAY_CLASS = Buffer.from('7200025b42acf317f8060854e00200007870', 'hex')
/** The number under which the class of byte arrays is known after its first use: the map's class and the map come before. */
const BYTE_ARRAY_HANDLE = FIRST_HANDLE + 2

export interface Entry {
  readonly key: Buffer | null
  readonly value: Buffer | null
}

const bytesOf = (...numbers: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(numbers.length * 4)
  for (const [i, number] of numbers.entries()) buffer.writeInt32BE(number, i * 4)
  return buffer
}

/** The table of a map into which so many entries were put: 16 places, doubled when three quarters are taken. */
function placesFor(count: number): number {
  let places = 16
  while (count > places * 0.75) places *= 2
  return places
}

/** As Java's `ObjectOutputStream` writes the map. */
export function writeHashMap(entries: readonly Entry[]): Buffer {
  const places = placesFor(entries.length)
  const threshold = entries.length === 0 ? 0 : places * 0.75
  const parts = [HEAD, bytesOf(threshold), Buffer.of(TC_BLOCKDATA, 8), bytesOf(places, entries.length)]
  let classIsKnown = false
  const add = (bytes: Buffer | null) => {
    if (!bytes) return void parts.push(Buffer.of(TC_NULL))
    const ofClass = classIsKnown
      ? Buffer.concat([Buffer.of(TC_REFERENCE), bytesOf(BYTE_ARRAY_HANDLE)])
      : BYTE_ARRAY_CLASS
    classIsKnown = true
    parts.push(Buffer.of(TC_ARRAY), ofClass, bytesOf(bytes.length), bytes)
  }
  for (const { key, value } of entries) {
    add(key)
    add(value)
  }
  parts.push(Buffer.of(TC_ENDBLOCKDATA))
  return Buffer.concat(parts)
}

/** Reads such a file; throws where it is none. */
export const readHashMap = (bytes: Buffer): Entry[] => new HashMapReader(bytes).read()

class HashMapReader {
  private at = 0
  /** What has been read, by its handle: undefined for what is no byte array. */
  private readonly handles: (Buffer | undefined)[] = []
  /** Classes by theirs. */
  private readonly names = new Map<number, string>()

  constructor(private readonly bytes: Buffer) {}

  read(): Entry[] {
    this.expect(this.uint16() === MAGIC && this.uint16() === VERSION && this.byte() === TC_OBJECT)
    this.expect(this.readClass() === 'java.util.HashMap')
    this.handles.push(undefined)
    this.take(8)
    this.expect(this.byte() === TC_BLOCKDATA && this.byte() === 8)
    this.take(4)
    const count = this.int32()
    this.expect(count >= 0 && count <= this.bytes.length)
    const entries = Array.from({ length: count }, () => ({ key: this.readBytes(), value: this.readBytes() }))
    this.expect(this.byte() === TC_ENDBLOCKDATA)
    return entries
  }

  private readBytes(): Buffer | null {
    const tag = this.byte()
    if (tag === TC_NULL) return null
    if (tag === TC_REFERENCE) {
      const known = this.handles[this.int32() - FIRST_HANDLE]
      this.expect(known !== undefined)
      return known as Buffer
    }
    this.expect(tag === TC_ARRAY && this.readClass() === '[B')
    const length = this.int32()
    this.expect(length >= 0)
    const value = Buffer.from(this.take(length))
    this.handles.push(value)
    return value
  }

  /** The name of a class that is described here, or was before. */
  private readClass(): string {
    const tag = this.byte()
    if (tag === TC_REFERENCE) return this.names.get(this.int32() - FIRST_HANDLE) ?? ''
    this.expect(tag === TC_CLASSDESC)
    const name = this.text()
    this.names.set(this.handles.length, name)
    this.handles.push(undefined)
    this.take(9)
    for (let fields = this.uint16(); fields > 0; fields--) {
      this.expect('BCDFIJSZ'.includes(String.fromCharCode(this.byte())))
      this.text()
    }
    this.expect(this.byte() === TC_ENDBLOCKDATA && this.byte() === TC_NULL)
    return name
  }

  private text(): string {
    return this.take(this.uint16()).toString('latin1')
  }

  private byte(): number {
    return this.take(1).readUInt8()
  }

  private uint16(): number {
    return this.take(2).readUInt16BE()
  }

  private int32(): number {
    return this.take(4).readInt32BE()
  }

  private take(length: number): Buffer {
    this.expect(this.at + length <= this.bytes.length)
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  private expect(holds: boolean): void {
    if (!holds) throw new Error('it is no Java-serialized HashMap of bytes')
  }
}
