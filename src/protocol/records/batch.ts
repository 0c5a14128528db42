import {
  readInt8,
  readInt16,
  readInt32,
  readInt64,
  readUInt32,
  writeInt8,
  writeInt16,
  writeInt32,
  writeInt64,
  writeUInt32,
} from '../../std/big-endian.ts'
import { viewOf } from '../../std/bytes.ts'
import { crc32c } from '../../std/crc32c.ts'

/**
 * The header of a record batch, format 2 (KIP-98), read and patched in place. Every function takes the buffer and the position at which
 * the batch begins; nothing is copied or allocated.
 */

/** Bytes of base offset and length: the part that `batchLength` does not count. */
export const LOG_OVERHEAD = 12
/** Bytes before the first record. */
export const BATCH_HEADER = 61
const LEADER_EPOCH = 12
const MAGIC = 16
const CRC = 17
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const BASE_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const PRODUCER_ID = 43
const PRODUCER_EPOCH = 51
const BASE_SEQUENCE = 53
const RECORD_COUNT = 57

export const CURRENT_MAGIC = 2

export const Attributes = {
  compressionMask: 0x07,
  /** The timestamps are the broker's (LogAppendTime), not the producer's (CreateTime). */
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  /** The base timestamp is the horizon after which tombstones may go (KIP-534). */
  deleteHorizon: 0x40,
} as const

export const baseOffset = (b: Buffer, at = 0): number => readInt64(b, at)
/** The whole size in bytes, header included. */
export const batchSize = (b: Buffer, at = 0): number => readInt32(b, at + 8) + LOG_OVERHEAD
export const leaderEpoch = (b: Buffer, at = 0): number => readInt32(b, at + LEADER_EPOCH)
export const magic = (b: Buffer, at = 0): number => readInt8(b, at + MAGIC)
export const storedCrc = (b: Buffer, at = 0): number => readUInt32(b, at + CRC)
export const attributes = (b: Buffer, at = 0): number => readInt16(b, at + ATTRIBUTES)
export const lastOffsetDelta = (b: Buffer, at = 0): number => readInt32(b, at + LAST_OFFSET_DELTA)
export const lastOffset = (b: Buffer, at = 0): number => baseOffset(b, at) + lastOffsetDelta(b, at)
/** -1 when the batch has none. */
export const baseTimestamp = (b: Buffer, at = 0): number => readInt64(b, at + BASE_TIMESTAMP)
export const maxTimestamp = (b: Buffer, at = 0): number => readInt64(b, at + MAX_TIMESTAMP)
/** -1 when the producer is not idempotent. */
export const producerId = (b: Buffer, at = 0): number => readInt64(b, at + PRODUCER_ID)
export const producerEpoch = (b: Buffer, at = 0): number => readInt16(b, at + PRODUCER_EPOCH)
export const baseSequence = (b: Buffer, at = 0): number => readInt32(b, at + BASE_SEQUENCE)
export const recordCount = (b: Buffer, at = 0): number => readInt32(b, at + RECORD_COUNT)

export const codecId = (b: Buffer, at = 0): number => attributes(b, at) & Attributes.compressionMask
export const isControl = (b: Buffer, at = 0): boolean => (attributes(b, at) & Attributes.control) !== 0
export const isTransactional = (b: Buffer, at = 0): boolean => (attributes(b, at) & Attributes.transactional) !== 0
export const isLogAppendTime = (b: Buffer, at = 0): boolean => (attributes(b, at) & Attributes.logAppendTime) !== 0

/** When tombstones and markers in the batch may go, in milliseconds (KIP-534); undefined before they were first cleaned. */
export const deleteHorizon = (b: Buffer, at = 0): number | undefined =>
  (attributes(b, at) & Attributes.deleteHorizon) === 0 ? undefined : baseTimestamp(b, at)

/** The checksum that the batch should carry: over everything from the attributes on. */
export const computeCrc = (b: Buffer, at = 0): number => crc32c(viewOf(b, at + ATTRIBUTES, at + batchSize(b, at)))
export const crcMatches = (b: Buffer, at = 0): boolean => computeCrc(b, at) === storedCrc(b, at)

/** Base offset and leader epoch lie outside the checksum, so that the leader sets them in place. */
export function setBaseOffset(b: Buffer, at: number, offset: number): void {
  writeInt64(b, at, offset)
}
export function setLeaderEpoch(b: Buffer, at: number, epoch: number): void {
  writeInt32(b, at + LEADER_EPOCH, epoch)
}

/** Turns the batch's timestamps into the broker's and repairs the checksum. */
export function stampLogAppendTime(b: Buffer, at: number, timestamp: number): void {
  writeInt16(b, at + ATTRIBUTES, attributes(b, at) | Attributes.logAppendTime)
  writeInt64(b, at + MAX_TIMESTAMP, timestamp)
  writeUInt32(b, at + CRC, computeCrc(b, at))
}

export interface HeaderFields {
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly recordCount: number
}

/**
 * Writes a header before records that are already in place, and the checksum over both. What each caller computes comes beside the fields:
 * putting them together in a new object for each batch costs more than writing them.
 */
export function writeHeader(
  b: Buffer,
  at: number,
  size: number,
  attributeBits: number,
  offsetDelta: number,
  fields: HeaderFields,
): void {
  writeInt64(b, at, fields.baseOffset ?? 0)
  writeInt32(b, at + 8, size - LOG_OVERHEAD)
  writeInt32(b, at + LEADER_EPOCH, fields.leaderEpoch ?? -1)
  writeInt8(b, at + MAGIC, CURRENT_MAGIC)
  writeInt16(b, at + ATTRIBUTES, attributeBits)
  writeInt32(b, at + LAST_OFFSET_DELTA, offsetDelta)
  writeInt64(b, at + BASE_TIMESTAMP, fields.baseTimestamp)
  writeInt64(b, at + MAX_TIMESTAMP, fields.maxTimestamp)
  writeInt64(b, at + PRODUCER_ID, fields.producerId ?? -1)
  writeInt16(b, at + PRODUCER_EPOCH, fields.producerEpoch ?? -1)
  writeInt32(b, at + BASE_SEQUENCE, fields.baseSequence ?? -1)
  writeInt32(b, at + RECORD_COUNT, fields.recordCount)
  writeUInt32(b, at + CRC, computeCrc(b, at))
}

/** Positions of the whole batches in a buffer; a cut-off one at the end is left out. Throws nothing: a lying length ends the walk. */
export function* batchPositions(b: Buffer, from = 0, end = b.length): Generator<number> {
  let at = from
  while (end - at >= BATCH_HEADER) {
    const size = batchSize(b, at)
    if (size < BATCH_HEADER || size > end - at) return
    yield at
    at += size
  }
}
