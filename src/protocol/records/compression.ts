import zlib from 'node:zlib'
import { KafkaError } from '../errors.ts'
import { CorruptCompression, overLimit } from './codec/corrupt.ts'
import { compressLz4, decompressLz4 } from './codec/lz4.ts'
import { compressSnappy, decompressSnappy } from './codec/snappy.ts'
import { compressZstd, decompressZstd } from './codec/zstd.ts'

export { CorruptCompression } from './codec/corrupt.ts'

/** Codec ids, as the three low bits of a batch's attributes. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
export type Codec = keyof typeof codecs

/** The codec with an id; undefined when there is none. */
export const codecOf = (id: number): Codec | undefined =>
  (Object.keys(codecs) as Codec[]).find((name) => codecs[name] === id)

/** Most that a batch may give decompressed when the caller sets no limit: the largest array of Kafka's own platform. */
const DECOMPRESSED_LIMIT = 2_147_483_639

/** `level` is the codec's own scale; Snappy has none. */
export function compress(codec: Codec, bytes: Buffer, level?: number): Buffer {
  switch (codec) {
    case 'none':
      return bytes
    case 'gzip':
      return zlib.gzipSync(bytes, level === undefined ? undefined : { level })
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return compressLz4(bytes, level)
    case 'zstd':
      return compressZstd(bytes, level)
  }
}

/**
 * Memory follows what comes out, never what a header claims. Throws `CorruptCompression` for garbage and for more than `limit` bytes,
 * and UNSUPPORTED_COMPRESSION_TYPE for an id that no codec has.
 */
export function decompress(id: number, bytes: Buffer, limit = DECOMPRESSED_LIMIT): Buffer {
  switch (id) {
    case codecs.none:
      return bytes
    case codecs.gzip:
      return gunzip(bytes, limit)
    case codecs.snappy:
      return decompressSnappy(bytes, limit)
    case codecs.lz4:
      return decompressLz4(bytes, limit)
    case codecs.zstd:
      return decompressZstd(bytes, limit)
    default:
      throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `Unknown compression type id: ${id}`)
  }
}

function gunzip(bytes: Buffer, limit: number): Buffer {
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: limit })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw overLimit(limit)
    throw new CorruptCompression('gzip data is damaged', { cause })
  }
}
