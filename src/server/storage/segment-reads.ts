import * as batch from '../../protocol/records/batch.ts'
import { viewOf } from '../../std/bytes.ts'
import { DamagedLog } from './log-faults.ts'
import type { LogResources } from './log-resources.ts'
import type { NextRead } from './read-ahead.ts'
import type { Segment } from './segment.ts'
import { endOfBatches } from './tail.ts'

/** Whole batches in memory that is lent. */
export interface SegmentRead {
  readonly bytes: Buffer
  /** Must be called when nobody looks at the bytes any more. */
  release(): void
}

/** What a reader may be given, and out of which memory. */
export interface ReadRules {
  readonly maxBytes: number
  /** The records of offsets below it. */
  readonly limit: number
  /** Whether the first batch may be larger than `maxBytes`. */
  readonly atLeastOne: boolean
  readonly resources: Pick<LogResources, 'buffers' | 'ahead'>
}

/** Read beyond what was asked for, so that a batch that begins before the offset still fits. */
const SLACK = 8 * 1024

/**
 * Whole batches of a segment from the first one that does not end below `offset`; undefined when there is none. The bytes may be empty:
 * when the first batch is too large or reaches the limit. Throws `DamagedLog`.
 */
export function readSegment(segment: Segment, offset: number, rules: ReadRules): SegmentRead | undefined {
  return readFromAhead(segment, offset, rules) ?? readFromFile(segment, offset, rules)
}

/** What was read ahead for this reader; undefined when it is not there, or is less than the file would give. */
function readFromAhead(segment: Segment, offset: number, rules: ReadRules): SegmentRead | undefined {
  const { buffers, ahead } = rules.resources
  const found = ahead.take(segment.contents, offset)
  if (found === undefined) return undefined
  const { pooled, length, position } = found
  const end = length < rules.maxBytes ? 0 : endOfBatches(pooled, 0, length, rules.maxBytes, rules.limit, false)
  if (end > 0) return lend(segment, pooled, 0, end, position, rules)
  buffers.give(pooled)
  return undefined
}

function readFromFile(segment: Segment, offset: number, rules: ReadRules): SegmentRead | undefined {
  const { maxBytes, limit, atLeastOne } = rules
  const { buffers } = rules.resources
  let position = segment.startFor(offset)
  let window = maxBytes + SLACK
  for (;;) {
    const wanted = Math.min(segment.size - position, window)
    if (wanted < batch.BATCH_HEADER) return undefined
    const pooled = buffers.take(wanted)
    const length = segment.file.read(pooled, 0, wanted, position)
    const start = skipTo(segment, offset, pooled, length, position)
    const needed = length - start < batch.BATCH_HEADER ? 0 : batch.batchSize(pooled, start)
    const isWhole = needed > 0 && needed <= length - start
    if (isWhole || (needed > maxBytes && !atLeastOne)) {
      const end = isWhole ? endOfBatches(pooled, start, length, maxBytes, limit, atLeastOne) : start
      return lend(segment, pooled, start, end, position, rules)
    }
    buffers.give(pooled)
    if (start === 0 && (needed === 0 || window >= needed) && length < wanted) throw damaged(segment, position)
    position += start
    window = Math.max(window, needed)
  }
}

/** Bytes of a pooled buffer, which holds the file from `position` on. */
function lend(
  segment: Segment,
  buffer: Buffer,
  start: number,
  end: number,
  position: number,
  { maxBytes, resources }: ReadRules,
): SegmentRead {
  const bytes = viewOf(buffer, start, end)
  const { contents } = segment
  let pooled: Buffer | undefined = buffer
  const release = () => {
    if (pooled === undefined) return
    const isPart = bytes.length > 0 && bytes.length <= maxBytes && segment.size - position - end >= maxBytes
    // Where something was cut off, other bytes may stand by now.
    if (isPart && contents === segment.contents)
      resources.ahead.read(pooled, nextRead(segment, bytes, position + end, maxBytes))
    else resources.buffers.give(pooled)
    pooled = undefined
  }
  return { bytes, release }
}

/** What the reader of these batches will ask for next. */
function nextRead({ file, contents }: Segment, batches: Buffer, position: number, length: number): NextRead {
  let last = 0
  for (const at of batch.batchPositions(batches)) last = at
  return { file, contents, offset: batch.lastOffset(batches, last) + 1, position, length }
}

/** Position in the buffer of the first batch that does not end below `offset`; at or behind `length` when it is not in there. */
function skipTo(segment: Segment, offset: number, buffer: Buffer, length: number, position: number): number {
  let at = 0
  while (length - at >= batch.BATCH_HEADER) {
    const size = batch.batchSize(buffer, at)
    if (size < batch.BATCH_HEADER || position + at + size > segment.size) throw damaged(segment, position + at)
    if (batch.lastOffset(buffer, at) >= offset) return at
    at += size
  }
  return at
}

const damaged = ({ file }: Segment, position: number): Error =>
  new DamagedLog(`${file.path} is damaged at byte ${position}`)
