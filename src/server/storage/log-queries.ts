import * as batch from '../../protocol/records/batch.ts'
import type { LogRead } from './log-types.ts'
import type { RecordPlace, Segment } from './segment.ts'
import { type ReadRules, readSegment } from './segment-reads.ts'
import type { Segments } from './segments.ts'
import type { AbortedTransaction } from './transaction-index.ts'

/** Questions to a log's files. */

export const NOTHING: LogRead = { buffers: [], size: 0, release: () => {} }

/** Bytes that one read gives at most, unless a single batch is larger; a client may ask for 2 GB. */
const MAX_READ = 64 * 1024 * 1024

export function readFiles(segments: Segments, offset: number, rules: ReadRules): LogRead {
  const bounded = rules.maxBytes > MAX_READ ? { ...rules, maxBytes: MAX_READ } : rules
  for (let i = segments.indexFor(offset); i < segments.length; i++) {
    const found = readSegment(segments.at(i) as Segment, offset, bounded)
    if (found === undefined) continue
    const { bytes, release } = found
    if (bytes.length > 0) return { buffers: [bytes], size: bytes.length, release }
    release()
    return NOTHING
  }
  return NOTHING
}

/** Transactions that were aborted and have records in [from, to). */
export function abortedAmong(segments: Segments, from: number, to: number): AbortedTransaction[] {
  const aborted: AbortedTransaction[] = []
  for (let index = segments.indexFor(from); index < segments.length; index++) {
    const { transactions } = segments.at(index) as Segment
    for (let i = 0; i < transactions.count; i++) {
      const transaction = transactions.entry(i)
      if (transaction.lastOffset >= from && transaction.firstOffset < to) aborted.push(transaction)
      // Whatever comes behind began above the range.
      if (transaction.lastStableOffset >= to) return aborted
    }
  }
  return aborted
}

export function* batchesIn(
  segments: Segments,
  from: number,
  to: number,
): Generator<{ buffer: Buffer; position: number }> {
  for (const segment of segments.from(from))
    for (const { buffer, at, size, position } of segment.batches(from, true)) {
      if (batch.baseOffset(buffer, at) >= to) return
      yield { buffer: buffer.subarray(at, at + size), position }
    }
}

/** The first record from an offset on that is not older than a time. */
export function findTimestamp(segments: Segments, timestamp: number, from: number): RecordPlace | undefined {
  for (const segment of segments) {
    if (segment.largestTimestamp < timestamp) continue
    const found = segment.findTimestamp(timestamp, from)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record from an offset on that has the largest timestamp of all. */
export function findLargestTimestamp(segments: Segments, from: number): RecordPlace | undefined {
  let newest: Segment | undefined
  for (const segment of segments)
    if (segment.size > 0 && segment.largestTimestamp > (newest?.largestTimestamp ?? -1)) newest = segment
  return newest?.findTimestamp(newest.largestTimestamp, from)
}
