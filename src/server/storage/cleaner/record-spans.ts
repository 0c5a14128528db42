import * as batch from '../../../protocol/records/batch.ts'
import { batchPayload, InvalidRecord } from '../../../protocol/records/record.ts'
import { VarintCursor } from '../../../std/varint.ts'

/** A record where it stands in a batch's payload: what compaction looks at, and the bytes that it copies. No views, for they cost more than all else. */
export interface RecordSpan {
  readonly offset: number
  readonly timestamp: number
  readonly keyStart: number
  /** -1 for null. */
  readonly keyLength: number
  readonly isTombstone: boolean
  /** All behind its timestamp, which is a distance to the batch's: offset, key, value, headers. */
  readonly restStart: number
  readonly end: number
}

/** The records of a batch, in order, and the bytes that they are in. */
export interface RecordSpans {
  readonly payload: Buffer
  readonly spans: RecordSpan[]
}

/** Throws for a batch that breaks the format. */
export function recordSpans(b: Buffer): RecordSpans {
  const payload = batchPayload(b)
  const cursor = new VarintCursor(payload, 0)
  const baseOffset = batch.baseOffset(b)
  const baseTimestamp = batch.baseTimestamp(b)
  const appendTime = batch.isLogAppendTime(b) ? batch.maxTimestamp(b) : undefined
  const spans: RecordSpan[] = []
  for (let left = batch.recordCount(b); left > 0; left--) {
    const length = cursor.varint()
    const end = cursor.position + length
    if (length < 0 || end > payload.length) throw new InvalidRecord(`record of ${length} bytes`)
    cursor.position++
    const timestamp = baseTimestamp + cursor.varlong()
    const restStart = cursor.position
    const offset = baseOffset + cursor.varint()
    const keyLength = cursor.varint()
    const keyStart = cursor.position
    cursor.position += Math.max(keyLength, 0)
    const isTombstone = cursor.varint() < 0
    if (cursor.position > end) throw new InvalidRecord('record length is wrong')
    spans.push({ offset, timestamp: appendTime ?? timestamp, keyStart, keyLength, isTombstone, restStart, end })
    cursor.position = end
  }
  if (cursor.position !== payload.length) throw new InvalidRecord('bytes left after the last record')
  return { payload, spans }
}

/** Null when there is none. */
export const keyOf = (payload: Buffer, { keyStart, keyLength }: RecordSpan): Buffer | null =>
  keyLength < 0 ? null : payload.subarray(keyStart, keyStart + keyLength)
