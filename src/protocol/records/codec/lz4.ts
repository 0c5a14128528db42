import { createRequire } from 'node:module'
import { compressLz4High } from '../../../std/lz4-high.ts'
import { xxhash32 } from '../../../std/xxhash32.ts'
import { BoundedOutput, CorruptCompression } from './corrupt.ts'

interface Lz4 {
  compressFrameSync(bytes: Buffer): Buffer
  uncompressSync(bytes: Uint8Array): Buffer
}

let native: Lz4 | undefined
function lz4(): Lz4 {
  native ??= createRequire(import.meta.url)('lz4-napi') as Lz4
  return native
}

const MAGIC = 0x184d2204
/** Magic, version 1 with independent blocks and no checksums, blocks of 64 KB, checksum of these two bytes: all that Java writes too. */
const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const END_MARK = Buffer.alloc(4)
const BLOCK = 64 * 1024
const UNCOMPRESSED = 0x8000_0000

/** Java's level 9, the default, is the fast way; all others, below it as well, look for longer matches. */
const FAST = 9

export function compressLz4(bytes: Buffer, level = FAST): Buffer {
  const parts: Uint8Array[] = [HEADER]
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK)
    if (level === FAST) parts.push(fastBlock(block))
    else parts.push(...highBlock(block, level))
  }
  parts.push(END_MARK)
  return Buffer.concat(parts)
}

/** One block with its length: what lies between the header and the end mark of a frame of its own. */
function fastBlock(block: Buffer): Buffer {
  const frame = lz4().compressFrameSync(block)
  return frame.subarray(HEADER.length, frame.length - END_MARK.length)
}

function highBlock(block: Buffer, level: number): Uint8Array[] {
  const compressed = compressLz4High(block, level)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(compressed ? compressed.length : block.length + UNCOMPRESSED)
  return [length, compressed ?? block]
}

interface Descriptor {
  readonly maxBlock: number
  readonly blockChecksums: boolean
  readonly end: number
}

/** Frame header; as Kafka's reader, takes independent blocks only, since it is these that fit a bounded buffer. */
function readDescriptor(bytes: Buffer): Descriptor {
  if (bytes.length < HEADER.length || bytes.readUInt32LE(0) !== MAGIC) throw new CorruptCompression('no lz4 frame')
  const flags = bytes[4]!
  const size = (bytes[5]! >> 4) & 7
  if (flags >> 6 !== 1) throw new CorruptCompression(`lz4 frame version ${flags >> 6}`)
  if ((flags & 0x20) === 0) throw new CorruptCompression('lz4 frame with dependent blocks')
  if ((flags & 0x03) !== 0) throw new CorruptCompression('lz4 frame with a dictionary or reserved bits')
  if (size < 4 || (bytes[5]! & 0x8f) !== 0) throw new CorruptCompression('lz4 block size is unknown')
  const checksum = 6 + (flags & 0x08 ? 8 : 0)
  if (checksum >= bytes.length || bytes[checksum] !== ((xxhash32(bytes.subarray(4, checksum)) >> 8) & 0xff))
    throw new CorruptCompression('lz4 frame header has a wrong checksum')
  return { maxBlock: 2 ** (2 * size + 8), blockChecksums: (flags & 0x10) !== 0, end: checksum + 1 }
}

export function decompressLz4(bytes: Buffer, limit: number): Buffer {
  const { maxBlock, blockChecksums, end } = readDescriptor(bytes)
  const output = new BoundedOutput(limit)
  let at = end
  for (;;) {
    if (bytes.length - at < 4) throw new CorruptCompression('lz4 frame is cut off')
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) return output.finish()
    const length = word % UNCOMPRESSED
    if (length > maxBlock || length > bytes.length - at) throw new CorruptCompression(`lz4 block of ${length} bytes`)
    const block = bytes.subarray(at, at + length)
    at += length
    if (blockChecksums) {
      if (bytes.length - at < 4 || bytes.readUInt32LE(at) !== xxhash32(block))
        throw new CorruptCompression('lz4 block has a wrong checksum')
      at += 4
    }
    output.add(word >= UNCOMPRESSED ? block : uncompressBlock(block, Math.min(maxBlock, output.left)))
  }
}

function uncompressBlock(block: Buffer, maxSize: number): Buffer {
  // The package wants the size in front, as room to make; no byte of a block gives more than 255.
  const sized = Buffer.allocUnsafe(block.length + 4)
  sized.writeUInt32LE(Math.min(maxSize, block.length * 255), 0)
  block.copy(sized, 4)
  try {
    return lz4().uncompressSync(sized)
  } catch (cause) {
    throw new CorruptCompression('lz4 block is damaged or too large', { cause })
  }
}
