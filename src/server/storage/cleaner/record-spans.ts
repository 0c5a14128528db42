import * as batch from '../../../protocol/records/batch.ts'
import { batchPayload, InvalidRecord } from '../../../protocol/records/record.ts'
import { VarintCursor } from '../../../std/varint.ts'

/** A record where it stands in its batch: what compaction looks at, and the bytes that it copies. */
export interface RecordSpan {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly isTombstone: boolean
  /** All behind its timestamp, which is a distance to the batch's: offset, key, value, headers. */
  readonly rest: Buffer
}

/** The records of a batch, in order; their bytes are views. Throws for one that breaks the format. */
export function recordSpans(b: Buffer): RecordSpan[] {
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
    const timestamp = appendTime ?? baseTimestamp + cursor.varlong()
    if (appendTime !== undefined) cursor.varlong()
    const rest = payload.subarray(cursor.position, end)
    const offset = baseOffset + cursor.varint()
    const key = readBytes(cursor, payload, end)
    const isTombstone = cursor.varint() < 0
    if (cursor.position > end) throw new InvalidRecord('record length is wrong')
    spans.push({ offset, timestamp, key, isTombstone, rest })
    cursor.position = end
  }
  if (cursor.position !== payload.length) throw new InvalidRecord('bytes left after the last record')
  return spans
}

function readBytes(cursor: VarintCursor, payload: Buffer, end: number): Buffer | null {
  const length = cursor.varint()
  if (length < 0) return null
  const start = cursor.position
  if (length > end - start) throw new InvalidRecord(`${length} bytes wanted, ${end - start} left`)
  cursor.position = start + length
  return payload.subarray(start, start + length)
}
