import { copyInto, viewOf } from '../../std/bytes.ts'
import { VarintCursor, varintSize, writeVarint } from '../../std/varint.ts'
import * as batch from './batch.ts'
import { type Codec, codecs, compress, decompress } from './compression.ts'

export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

/** One record as it comes out of a batch. Key and value are views of the batch's bytes. */
export interface StoredRecord {
  readonly offset: number
  /** Milliseconds since the epoch; -1 when there is none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Header[]
}

/** One record to be put in a batch. */
export interface NewRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

/** Thrown for a batch whose records do not follow the format. */
export class InvalidRecord extends Error {
  override name = 'InvalidRecord'
}

export interface BatchOptions {
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly codec?: Codec
  /** Compression level of gzip, lz4 or zstd; the codec's own default when left out. */
  readonly level?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactional?: boolean
  readonly control?: boolean
}

const sizeOfBytes = (bytes: Uint8Array | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length)

function sizeOfHeaders(headers: NonNullable<NewRecord['headers']>): number {
  let size = varintSize(headers.length)
  for (const header of headers) {
    const keyLength = Buffer.byteLength(header.key)
    size += varintSize(keyLength) + keyLength + sizeOfBytes(header.value)
  }
  return size
}

function bodySize(record: NewRecord, offsetDelta: number, timestampDelta: number): number {
  const { key, value, headers } = record
  const fixed = 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + sizeOfBytes(key) + sizeOfBytes(value)
  return fixed + (headers === undefined || headers.length === 0 ? 1 : sizeOfHeaders(headers))
}

function writeBytes(target: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) return writeVarint(target, at, -1)
  const start = writeVarint(target, at, bytes.length)
  copyInto(target, start, bytes)
  return start + bytes.length
}

function writeHeaders(target: Buffer, at: number, headers: NonNullable<NewRecord['headers']>): number {
  let position = writeVarint(target, at, headers.length)
  for (const header of headers) {
    position = writeBytes(target, position, Buffer.from(header.key))
    position = writeBytes(target, position, header.value)
  }
  return position
}

/** Writes one record and gives the position after it; the target must have room for it. */
export function writeRecord(
  target: Buffer,
  at: number,
  record: NewRecord,
  offsetDelta: number,
  timestampDelta: number,
): number {
  let position = writeVarint(target, at, bodySize(record, offsetDelta, timestampDelta))
  target[position++] = 0
  position = writeVarint(target, position, timestampDelta)
  position = writeVarint(target, position, offsetDelta)
  position = writeBytes(target, position, record.key)
  position = writeBytes(target, position, record.value)
  const { headers } = record
  if (headers !== undefined && headers.length > 0) return writeHeaders(target, position, headers)
  target[position++] = 0
  return position
}

/** A whole batch of records with offsets 0, 1, 2 ... after the base offset. */
export function encodeBatch(records: readonly NewRecord[], options: BatchOptions = {}): Buffer {
  const baseTimestamp = records[0]?.timestamp ?? -1
  let size = batch.BATCH_HEADER
  let maxTimestamp = baseTimestamp
  for (const [index, record] of records.entries()) {
    const body = bodySize(record, index, record.timestamp - baseTimestamp)
    size += varintSize(body) + body
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
  }
  const buffer = Buffer.allocUnsafe(size)
  let at = batch.BATCH_HEADER
  for (const [index, record] of records.entries())
    at = writeRecord(buffer, at, record, index, record.timestamp - baseTimestamp)
  return sealBatch(buffer, at, { ...options, baseTimestamp, maxTimestamp, recordCount: records.length }, options)
}

export type SealOptions = Pick<BatchOptions, 'codec' | 'level' | 'transactional' | 'control'>

/**
 * Finishes a batch whose records were written from `BATCH_HEADER` on and end at `end`: compresses them when a codec is given, writes
 * header and checksum. Gives a view of `buffer`, or a new buffer when it was compressed.
 */
export function sealBatch(buffer: Buffer, end: number, fields: batch.HeaderFields, options: SealOptions): Buffer {
  const codec = options.codec ?? 'none'
  let target = buffer
  let size = end
  if (codec !== 'none') {
    const payload = compress(codec, viewOf(buffer, batch.BATCH_HEADER, end), options.level)
    size = batch.BATCH_HEADER + payload.length
    target = Buffer.allocUnsafe(size)
    payload.copy(target, batch.BATCH_HEADER)
  }
  const attributes =
    codecs[codec] |
    (options.transactional ? batch.Attributes.transactional : 0) |
    (options.control ? batch.Attributes.control : 0)
  batch.writeHeader(target, 0, size, attributes, fields.recordCount - 1, fields)
  return viewOf(target, 0, size)
}

/** The bytes of a batch's records, decompressed if need be. */
export function batchPayload(b: Buffer, at = 0): Buffer {
  const payload = viewOf(b, at + batch.BATCH_HEADER, at + batch.batchSize(b, at))
  return decompress(batch.codecId(b, at), payload)
}

function readHeaders(cursor: VarintCursor, buffer: Buffer): Header[] {
  const count = cursor.varint()
  // Every header takes two bytes at least.
  if (count < 0 || count > (cursor.end - cursor.position) / 2) throw new InvalidRecord(`${count} headers`)
  const headers: Header[] = []
  for (let i = 0; i < count; i++) {
    const key = readBytes(cursor, buffer)
    if (key === null) throw new InvalidRecord('header key is null')
    headers.push({ key: key.toString('utf8'), value: readBytes(cursor, buffer) })
  }
  return headers
}

function readBytes(cursor: VarintCursor, buffer: Buffer): Buffer | null {
  const length = cursor.varint()
  if (length < 0) return null
  const start = cursor.position
  if (length > cursor.end - start) throw new InvalidRecord(`${length} bytes wanted, ${cursor.end - start} left`)
  cursor.position = start + length
  return viewOf(buffer, start, start + length)
}

/** The records of the batch at `at`, in order. Throws `InvalidRecord` for one that breaks the format. */
export function* decodeRecords(b: Buffer, at = 0): Generator<StoredRecord> {
  const payload = batchPayload(b, at)
  const baseOffset = batch.baseOffset(b, at)
  const baseTimestamp = batch.baseTimestamp(b, at)
  const appendTime = batch.isLogAppendTime(b, at) ? batch.maxTimestamp(b, at) : undefined
  const count = batch.recordCount(b, at)
  const cursor = new VarintCursor(payload, 0)
  for (let i = 0; i < count; i++) {
    const length = cursor.varint()
    const end = cursor.position + length
    if (length < 0 || end > payload.length) throw new InvalidRecord(`record of ${length} bytes`)
    cursor.position++
    const timestamp = baseTimestamp + cursor.varlong()
    const offset = baseOffset + cursor.varint()
    const key = readBytes(cursor, payload)
    const value = readBytes(cursor, payload)
    const headers = readHeaders(cursor, payload)
    if (cursor.position !== end) throw new InvalidRecord('record length is wrong')
    yield { offset, timestamp: appendTime ?? timestamp, key, value, headers }
  }
  if (cursor.position !== payload.length) throw new InvalidRecord('bytes left after the last record')
}
