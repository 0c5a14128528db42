import * as batch from '../../../protocol/records/batch.ts'
import { scanBatches } from '../batch-scan.ts'
import type { LogCompaction } from '../log-compaction.ts'
import type { LogConfig } from '../log-config.ts'
import { DamagedLog } from '../log-faults.ts'
import type { Segment } from '../segment.ts'
import { type FilterRules, filterBatch } from './batch-filter.ts'
import { type Cleanable, overlapping } from './cleanable.ts'
import { CleanedTransactions } from './cleaned-transactions.ts'
import { groupSegments } from './groups.ts'
import { OffsetMap, type OffsetMapLimits } from './offset-map.ts'
import type { Pace } from './pace.ts'
import { keyOf, recordSpans } from './record-spans.ts'
import { SegmentWriter } from './segment-writer.ts'

export interface CleaningOptions {
  readonly log: LogCompaction
  readonly config: LogConfig
  readonly range: Cleanable
  readonly pace: Pace
  readonly buffers: Omit<OffsetMapLimits, 'mostKeys'>
  /** Bytes that are read, and written, at a time. */
  readonly ioBytes: number
  /** Wall time at which it begins. */
  readonly now: number
}

export interface CleaningResult {
  /** Everything below it is clean. */
  readonly endOffset: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly segmentsBefore: number
  readonly segmentsAfter: number
}

/** Bytes by which a file is shortened at a time before it goes: the system takes its time over a large one. */
const SHRINK = 32 * 1024 * 1024

/**
 * One cleaning of one log: reads the dirty part for the newest offset of each key, and writes the whole clean part anew without what is
 * out of date. Throws `CleaningAborted` when the log changes under it, `DamagedLog` when it meets what is no batch, the disk's errors.
 */
export class Cleaning {
  readonly #options: CleaningOptions

  constructor(options: CleaningOptions) {
    this.#options = options
  }

  async run(): Promise<CleaningResult> {
    const { log, config, range } = this.#options
    const { firstUncleanableOffset } = range
    // What is not durable may be cut off by a crash, and its place in a cleaned segment would be lost.
    await log.makeDurable(firstUncleanableOffset)
    const newest = await this.#readNewest()
    const endOffset = newest.latestOffset + 1
    if (endOffset <= range.firstDirtyOffset)
      throw new Error('log.cleaner.dedupe.buffer.size has no room for a single key')
    const sources = log.sealed().filter(({ baseOffset }) => baseOffset < endOffset)
    const limits = { ...config, firstUncleanableOffset }
    const groups = groupSegments(sources, limits)
    const [bytesBefore, segmentsBefore] = [sizeOf(sources), sources.length]
    const pass = new Pass(this.#options, newest)
    let bytesAfter = 0
    for (const group of groups) bytesAfter += await pass.clean(group)
    return { endOffset, bytesBefore, bytesAfter, segmentsBefore, segmentsAfter: groups.length }
  }

  async #readNewest(): Promise<OffsetMap> {
    const { log, range, buffers } = this.#options
    const { firstDirtyOffset: from, firstUncleanableOffset: to } = range
    const newest = new OffsetMap({ ...buffers, mostKeys: to - from })
    const transactions = new CleanedTransactions()
    transactions.expect(log.aborted(from, to))
    const dirty = overlapping(log.sealed(), from, to)
    for (const [i, segment] of dirty.entries()) {
      const isWhole = await eachBatch(this.#options, [segment], segment, from, (b) =>
        noteKeys(b, from, transactions, newest),
      )
      if (!isWhole) break
      newest.latestOffset = (dirty[i + 1]?.baseOffset ?? to) - 1
    }
    return newest
  }
}

/** Takes a batch's keys into the map; false when there is no room for one of them. */
function noteKeys(b: Buffer, from: number, transactions: CleanedTransactions, newest: OffsetMap): boolean {
  const isAborted = transactions.observe(b)
  if (!batch.isControl(b) && !isAborted) {
    const { payload, spans } = recordSpans(b)
    for (const span of spans) {
      const key = keyOf(payload, span)
      if (key === null || span.offset < from) continue
      if (newest.isFull) return false
      newest.put(key, span.offset)
    }
  }
  newest.latestOffset = Math.max(newest.latestOffset, batch.lastOffset(b))
  return true
}

/** The second time through the log, in which new segments are written. */
class Pass {
  readonly #options: CleaningOptions
  readonly #rules: FilterRules
  readonly #transactions: CleanedTransactions
  #fresh: Segment | undefined

  constructor(options: CleaningOptions, newest: OffsetMap) {
    this.#options = options
    this.#transactions = new CleanedTransactions((transaction) => this.#fresh?.transactions.add(transaction))
    this.#rules = {
      now: options.now,
      deleteRetentionMs: options.config.deleteRetentionMs,
      endOffset: options.range.firstUncleanableOffset,
      newest,
      transactions: this.#transactions,
      lastRecords: options.log.lastRecords(),
    }
  }

  /** Makes one segment of some. Gives its size. */
  async clean(group: readonly Segment[]): Promise<number> {
    const { log } = this.#options
    log.mustHold(group)
    const fresh = log.create((group[0] as Segment).baseOffset)
    this.#fresh = fresh
    try {
      await this.#write(group, fresh)
      fresh.modified = (group.at(-1) as Segment).modified
      await log.swap(group, fresh)
    } catch (error) {
      if (!log.sealed().includes(fresh)) log.drop(fresh)
      throw error
    }
    await this.#remove(group)
    return fresh.size
  }

  async #write(group: readonly Segment[], fresh: Segment): Promise<void> {
    const { log, pace, ioBytes } = this.#options
    const writer = new SegmentWriter(fresh, ioBytes)
    for (const segment of group) {
      this.#transactions.expect(log.aborted(segment.baseOffset, endOf(log, segment)))
      await eachBatch(this.#options, group, segment, segment.baseOffset, (b) => {
        const kept = filterBatch(b, this.#rules)
        if (kept === undefined) return true
        writer.add(kept)
        pace.spent(kept.length)
        return true
      })
    }
    writer.flush()
    fresh.seal()
    await fresh.flush(true)
    log.mustHold(group)
  }

  async #remove(group: readonly Segment[]): Promise<void> {
    const { log, pace } = this.#options
    for (const segment of group) {
      for (let size = segment.size - SHRINK; size > 0 && log.isOpen; size -= SHRINK) {
        segment.file.truncate(size)
        await pace.rest()
      }
      if (log.isOpen) segment.remove()
    }
  }
}

/**
 * Calls for each batch of a segment from the one that holds `from` on, in pieces, until it is told false: then it resolves with false.
 * `held` are the segments without which there is no reason to go on.
 */
async function eachBatch(
  { log, pace, ioBytes }: CleaningOptions,
  held: readonly Segment[],
  segment: Segment,
  from: number,
  work: (b: Buffer) => boolean,
): Promise<boolean> {
  log.mustHold(held)
  const start = from <= segment.baseOffset ? 0 : segment.startFor(from)
  let end = start
  for (const { buffer, at, size, position } of scanBatches(segment.file, start, segment.size, false, ioBytes)) {
    end = position + size
    if (batch.lastOffset(buffer, at) < from) continue
    if (!onSound(segment, buffer.subarray(at, at + size), position, work)) return false
    pace.spent(size)
    if (!pace.isOver) continue
    await pace.rest()
    log.mustHold(held)
  }
  if (end !== segment.size) throw new DamagedLog(`${segment.file.path} is damaged at byte ${end}`)
  return true
}

/** A batch that is damaged must stay as it is: what can be saved of it is not for the cleaner to say. */
function onSound(segment: Segment, b: Buffer, position: number, work: (b: Buffer) => boolean): boolean {
  if (!batch.crcMatches(b)) throw new DamagedLog(`${segment.file.path} has a wrong checksum at byte ${position}`)
  try {
    return work(b)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall !== undefined) throw cause
    throw new DamagedLog(`${segment.file.path} cannot be read at byte ${position}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

function endOf(log: LogCompaction, segment: Segment): number {
  const sealed = log.sealed()
  return sealed[sealed.indexOf(segment) + 1]?.baseOffset ?? Number.POSITIVE_INFINITY
}

const sizeOf = (segments: readonly Segment[]): number => segments.reduce((sum, { size }) => sum + size, 0)
