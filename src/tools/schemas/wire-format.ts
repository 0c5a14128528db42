/**
 * What stands before the bytes of a key or a value whose schema is in a registry: a zero, the schema's id as four bytes, and for Protobuf
 * the way to the message in its file.
 */

const MAGIC = 0
const HEADER = 5

export interface Framed {
  readonly id: number
  /** What follows the id. */
  readonly payload: Buffer
}

/** Throws for bytes that are not in this form. */
export function unframe(bytes: Buffer): Framed {
  if (bytes.length < HEADER || bytes[0] !== MAGIC)
    throw new Error(`it is not in a schema registry's format: ${why(bytes)}`)
  return { id: bytes.readInt32BE(1), payload: bytes.subarray(HEADER) }
}

function why(bytes: Buffer): string {
  if (bytes.length < HEADER) return `it has ${bytes.length} bytes, where five come before the data.`
  return `it begins with byte 0x${bytes.toString('hex', 0, 1)}, not with 0.`
}

export function frame(id: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeInt32BE(id, 1)
  return Buffer.concat([header, payload])
}

/**
 * The way to a message in its file: the place of the outermost one among those of the file, of the next one among those within it, and so on.
 * Numbers are zigzag varints, the count first; the first message of a file, which is the usual one, is a single zero.
 */
export function readPath(payload: Buffer): { readonly path: readonly number[]; readonly rest: Buffer } {
  let at = 0
  const next = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = payload[at++]
      if (byte === undefined) throw new Error('it ends within the indexes of its message.')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new Error('an index of its message is too long.')
  }
  const count = next()
  if (count < 0 || count > payload.length) throw new Error(`it has ${count} indexes of its message.`)
  const path = count === 0 ? [0] : Array.from({ length: count }, next)
  return { path, rest: payload.subarray(at) }
}

export function writePath(path: readonly number[]): Buffer {
  if (path.length === 1 && path[0] === 0) return Buffer.from([0])
  const bytes: number[] = []
  for (const number of [path.length, ...path]) {
    let value = number << 1
    for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80)
    bytes.push(value)
  }
  return Buffer.from(bytes)
}
