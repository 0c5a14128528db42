import { createRequire } from 'node:module'
import { BoundedOutput, CorruptCompression, overLimit } from './corrupt.ts'

interface Snappy {
  compressSync(bytes: Uint8Array): Buffer
  uncompressSync(bytes: Uint8Array, options: { asBuffer: true }): Buffer
}

let native: Snappy | undefined
function snappy(): Snappy {
  native ??= createRequire(import.meta.url)('snappy') as Snappy
  return native
}

/** Java clients frame Snappy blocks in their own way (the "xerial" framing): this magic, two versions, then length-prefixed blocks. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const HEADER = 16
const BLOCK = 32 * 1024

export function compressSnappy(bytes: Buffer): Buffer {
  const header = Buffer.alloc(HEADER)
  MAGIC.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  const parts: Buffer[] = [header]
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = snappy().compressSync(bytes.subarray(at, at + BLOCK))
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Reads the framing above and, as librdkafka writes it, a bare block. */
export function decompressSnappy(bytes: Buffer, limit: number): Buffer {
  if (bytes.length < HEADER || !bytes.subarray(0, 8).equals(MAGIC)) return uncompressBlock(bytes, limit)
  const output = new BoundedOutput(limit)
  let at = HEADER
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw new CorruptCompression('snappy block length is cut off')
    const length = bytes.readInt32BE(at)
    at += 4
    if (length < 0 || length > bytes.length - at) throw new CorruptCompression(`snappy block of ${length} bytes`)
    output.add(uncompressBlock(bytes.subarray(at, at + length), output.left))
    at += length
  }
  return output.finish()
}

function uncompressBlock(block: Buffer, limit: number): Buffer {
  const claimed = claimedSize(block)
  if (claimed > limit) throw overLimit(limit)
  // No element of the format gives more than 64 bytes out of three.
  if (claimed > block.length * 22) throw new CorruptCompression(`snappy block claims ${claimed} bytes`)
  try {
    return snappy().uncompressSync(block, { asBuffer: true })
  } catch (cause) {
    throw new CorruptCompression('snappy block is damaged', { cause })
  }
}

function claimedSize(block: Buffer): number {
  let size = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return size
  }
  throw new CorruptCompression('snappy block has no size')
}
