import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords } from '../../protocol/records/record.ts'
import type { File } from '../../runtime/index.ts'
import { readInt32, readInt64 } from '../../std/big-endian.ts'
import { readBatches } from './batch-reader.ts'
import type { DumpEvent } from './events.ts'
import type { Findings } from './findings.ts'

export interface IndexOptions {
  /** Entries are checked and not told. */
  readonly verifyOnly: boolean
  /** Only whether a broker would make the index anew. */
  readonly sanityOnly: boolean
  /** The most bytes that are read to find the batch of an entry of an offset index. */
  readonly maxMessageSize: number
}

export interface IndexFiles {
  readonly path: string
  readonly baseOffset: number
  readonly index: File
  readonly log: File
}

const OFFSET_ENTRY = 8
const TIME_ENTRY = 12
/** Entries read at once. */
const CHUNK = 8192
/** Bytes read ahead in the log where the first batch is nearly always the one. */
const ONE_BATCH = 4096

/** Entries of an index file one by one. Those of a broker at work end in zeros, which are told like any other. */
function* entries(file: File, size: number): Generator<{ buffer: Buffer; at: number; number: number }> {
  const count = Math.floor(file.size() / size)
  const buffer = Buffer.allocUnsafe(CHUNK * size)
  for (let number = 0; number < count; number++) {
    const at = (number % CHUNK) * size
    if (at === 0) file.read(buffer, 0, Math.min(CHUNK, count - number) * size, number * size)
    yield { buffer, at, number }
  }
}

function lastEntry(file: File, size: number): Buffer | undefined {
  const count = Math.floor(file.size() / size)
  if (count === 0) return undefined
  const entry = Buffer.alloc(size)
  file.read(entry, 0, size, (count - 1) * size)
  return entry
}

/** The entries of an offset index, held against the batches at their positions. */
export function* dumpOffsetIndex(
  { path, baseOffset, index, log }: IndexFiles,
  options: IndexOptions,
  findings: Findings,
): Generator<DumpEvent> {
  const last = lastEntry(index, OFFSET_ENTRY)
  if (!last) return yield { kind: 'empty-index' }
  if (options.sanityOnly) {
    checkOffset(`Corrupt index found, index file ${index.path}`, baseOffset + readInt32(last, 0), 'base', baseOffset)
    checkLength(`Index file ${index.path}`, index, OFFSET_ENTRY)
    return yield { kind: 'sane-index' }
  }
  const end = log.size()
  for (const { buffer, at, number } of entries(index, OFFSET_ENTRY)) {
    const offset = baseOffset + readInt32(buffer, at)
    const position = readInt32(buffer, at + 4)
    if (offset === baseOffset && number > 0) return
    const [first] = readBatches(log, position, Math.min(end, position + options.maxMessageSize), ONE_BATCH)
    if (!first)
      throw new Error(`${log.path} has no whole batch at byte ${position}, where ${index.path} says there is.`)
    const lastOffset = batch.lastOffset(first.buffer, first.at)
    if (lastOffset !== offset) findings.mismatch(path, offset, lastOffset)
    if (!options.verifyOnly) yield { kind: 'offset-entry', offset, position }
  }
}

function checkOffset(file: string, last: number, which: 'base' | 'first', lowest: number): void {
  if (last < lowest)
    throw new Error(
      `${file} has non-zero size but the last offset is ${last} which is less than the ${which} offset ${lowest}`,
    )
}

function checkLength(title: string, file: File, entry: number): void {
  if (file.size() % entry !== 0)
    throw new Error(
      `${title} is corrupt, found ${file.size()} bytes which is neither positive nor a multiple of ${entry}`,
    )
}

/** The entries of a time index, held against the records of the batches that they name. */
export function* dumpTimeIndex(
  { path, baseOffset, index, log }: IndexFiles,
  offsets: File,
  options: IndexOptions,
  findings: Findings,
): Generator<DumpEvent> {
  if (options.sanityOnly) {
    checkTimeIndex(index, baseOffset)
    return yield { kind: 'sane-index' }
  }
  const positions = positionsOf(offsets, baseOffset)
  let previous = -1
  for (const { buffer, at, number } of entries(index, TIME_ENTRY)) {
    const timestamp = readInt64(buffer, at)
    const offset = baseOffset + readInt32(buffer, at + 8)
    if (offset === baseOffset && number > 0) return
    const found = batchEnding(log, positions(offset), offset)
    if (found?.lastOffset !== offset) findings.offsetNotFound(path, offset, found?.lastOffset ?? -1)
    else {
      if (found.timestamp !== timestamp) findings.timestampMismatch(path, timestamp, found.timestamp)
      if (previous >= timestamp) findings.timestampOutOfOrder(path, timestamp, previous)
    }
    if (!options.verifyOnly) yield { kind: 'time-entry', timestamp, offset }
    previous = timestamp
  }
}

function checkTimeIndex(index: File, baseOffset: number): void {
  const file = `Corrupt time index found, time index file (${index.path})`
  const last = lastEntry(index, TIME_ENTRY)
  if (last) {
    const [first] = entries(index, TIME_ENTRY)
    const lowest = first ? readInt64(first.buffer, first.at) : 0
    const highest = readInt64(last, 0)
    if (highest < lowest)
      throw new Error(
        `${file} has non-zero size but the last timestamp is ${highest} which is less than the first timestamp ${lowest}`,
      )
    checkOffset(file, baseOffset + readInt32(last, 8), 'first', baseOffset)
  }
  checkLength(`Time index file ${index.path}`, index, TIME_ENTRY)
}

/** Where to begin the search for an offset. Time entries rise, and so one walk over the offset index does for all of them. */
function positionsOf(offsets: File, baseOffset: number): (offset: number) => number {
  const walk = entries(offsets, OFFSET_ENTRY)
  let position = 0
  let ahead = walk.next()
  return (wanted) => {
    for (; !ahead.done; ahead = walk.next()) {
      const { buffer, at, number } = ahead.value
      const offset = baseOffset + readInt32(buffer, at)
      if (offset > wanted || (offset === baseOffset && number > 0)) break
      position = readInt32(buffer, at + 4)
    }
    return position
  }
}

/** The first batch from `position` on that ends at the offset or behind it, and its largest timestamp when it ends there. */
function batchEnding(
  log: File,
  position: number,
  offset: number,
): { lastOffset: number; timestamp: number } | undefined {
  for (const { buffer, at } of readBatches(log, position, log.size(), ONE_BATCH)) {
    const lastOffset = batch.lastOffset(buffer, at)
    if (lastOffset < offset) continue
    let timestamp = -1
    if (lastOffset === offset)
      for (const record of decodeRecords(buffer, at)) timestamp = Math.max(timestamp, record.timestamp)
    return { lastOffset, timestamp }
  }
  return undefined
}
