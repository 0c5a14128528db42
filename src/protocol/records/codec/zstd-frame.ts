import { CorruptCompression } from './corrupt.ts'

/** One frame of a Zstandard stream (RFC 8878). */
export interface ZstdFrame {
  readonly bytes: Buffer
  /** As the header says, undefined when it does not. Never more than `largestSize`. */
  readonly contentSize: number | undefined
  /** The most that the frame's blocks can give, whatever the header says. */
  readonly largestSize: number
}

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
const MAX_BLOCK = 128 * 1024
/** As the reference decoder, refuses to look back further than 2^27 bytes: a window is memory that a header asks for. */
const MAX_WINDOW = 2 ** 27

/** Walks the headers only, so that a lying size is found before anything is allocated. */
export function* zstdFrames(bytes: Buffer): Generator<ZstdFrame> {
  let at = 0
  while (at < bytes.length) {
    if (bytes.length - at < 8) throw new CorruptCompression('zstd frame is cut off')
    const magic = bytes.readUInt32LE(at)
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      at += 8 + bytes.readUInt32LE(at + 4)
      continue
    }
    if (magic !== MAGIC) throw new CorruptCompression('no zstd frame')
    const frame = readFrame(bytes, at)
    yield frame
    at += frame.bytes.length
  }
  if (at > bytes.length) throw new CorruptCompression('zstd frame is cut off')
}

function readFrame(bytes: Buffer, start: number): ZstdFrame {
  const { contentSize, checksum, blocks } = readHeader(bytes, start)
  let at = blocks
  let largestSize = 0
  for (let last = false; !last; ) {
    if (bytes.length - at < 3) throw new CorruptCompression('zstd block is cut off')
    const header = bytes.readUIntLE(at, 3)
    last = (header & 1) === 1
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === 3 || size > MAX_BLOCK) throw new CorruptCompression('zstd block is of no known kind')
    largestSize += type === 2 ? MAX_BLOCK : size
    at += 3 + (type === 1 ? 1 : size)
  }
  const end = at + (checksum ? 4 : 0)
  if (end > bytes.length) throw new CorruptCompression('zstd frame is cut off')
  if (contentSize !== undefined && contentSize > largestSize)
    throw new CorruptCompression(`zstd frame claims ${contentSize} bytes, its blocks give ${largestSize} at most`)
  return { bytes: bytes.subarray(start, end), contentSize, largestSize }
}

function readHeader(bytes: Buffer, start: number) {
  const descriptor = bytes[start + 4]!
  const single = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][sizeFlag]!
  const sizeAt = start + 5 + (single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!
  if ((descriptor & 3) !== 0) throw new CorruptCompression('zstd frame with a dictionary')
  if (sizeAt + sizeBytes > bytes.length) throw new CorruptCompression('zstd frame header is cut off')
  if (!single && windowSize(bytes[start + 5]!) > MAX_WINDOW) throw new CorruptCompression('zstd window is too large')
  return {
    contentSize: sizeBytes === 0 ? undefined : readSize(bytes, sizeAt, sizeBytes),
    checksum: (descriptor & 0x04) !== 0,
    blocks: sizeAt + sizeBytes,
  }
}

const windowSize = (descriptor: number): number => 2 ** (10 + (descriptor >> 3)) * (1 + (descriptor & 7) / 8)

function readSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
  const value = bytes.readUIntLE(at, length)
  return length === 2 ? value + 256 : value
}
