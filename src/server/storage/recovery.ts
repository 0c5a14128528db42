import * as batch from '../../protocol/records/batch.ts'
import type { Disk } from '../../runtime/index.ts'
import { isBlank } from '../../std/blank.ts'
import { scanBatches } from './batch-scan.ts'
import { cleanUp } from './crash-leftovers.ts'
import type { FilePool } from './file-pool.ts'
import { LeaderEpochCache } from './leader-epoch-cache.ts'
import { type LogConfig, setAside } from './log-config.ts'
import { fileName, offsetOf, Suffix } from './names.ts'
import { ProducerState } from './producer-state.ts'
import { recallRepeatable } from './repeatable.ts'
import { Segment } from './segment.ts'
import { Segments } from './segments.ts'
import { SnapshotFiles } from './snapshot-files.ts'

export interface LoadOptions {
  readonly disk: Disk
  readonly files: FilePool
  readonly dir: string
  readonly config: LogConfig
  /** Wall time. */
  readonly now: number
  /** Everything below it was flushed. */
  readonly recoveryPoint: number
  readonly logStartOffset: number
  /** Compaction may have left holes below it. */
  readonly cleanedUpTo?: number
  /** The last run ended with a clean stop: nothing has to be read but the end. */
  readonly clean: boolean
  /** False where that is so of the files, and not of the device, which has what is below the recovery point; true when left out. */
  readonly durable?: boolean
}

export interface LoadedLog {
  readonly segments: Segments
  readonly producers: ProducerState
  readonly snapshots: SnapshotFiles
  readonly epochs: LeaderEpochCache
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly recoveryPoint: number
  /** The folder is as a clean stop left it. */
  readonly intact: boolean
  /** Bytes that were cut off because they were no valid batches. */
  readonly truncatedBytes: number
}

/** Brings a log up from its folder, which may be empty or missing, and may have seen a crash. */
export const loadLog = (options: LoadOptions): LoadedLog => new Loader(options).load()

class Loader {
  readonly #options: LoadOptions
  readonly #producers = new ProducerState()
  readonly #epochs: LeaderEpochCache
  readonly #snapshots: SnapshotFiles
  readonly #names: ReadonlySet<string>
  #segments: Segments
  /** Offset up to which the producers' state has come; undefined before anything was loaded. */
  #reached: number | undefined
  #truncatedBytes = 0

  constructor(options: LoadOptions) {
    this.#options = options
    const { disk, dir, logStartOffset } = options
    disk.mkdir(dir)
    cleanUp(disk, dir)
    const names = disk.list(dir) ?? []
    this.#names = new Set(names)
    this.#epochs = new LeaderEpochCache(disk, dir)
    this.#snapshots = new SnapshotFiles(disk, dir, names)
    const offsets = names.map((name) => offsetOf(name, Suffix.log)).filter((offset) => offset !== undefined)
    const existing = offsets.map((offset) => this.#segment(offset, false))
    this.#segments = new Segments(existing.length > 0 ? existing : [this.#segment(logStartOffset, true)])
  }

  load(): LoadedLog {
    if (!this.#epochs.load()) this.#rebuildEpochs()
    const recovered = this.#recoverSuspects()
    let end = recovered ?? this.#endOfActive()
    const logStartOffset = Math.max(this.#options.logStartOffset, this.#segments.first.baseOffset)
    if (end < logStartOffset) {
      // Nothing of what is left may be read any more.
      this.#startOver(logStartOffset)
      end = logStartOffset
    }
    this.#epochs.truncateFromEnd(end)
    this.#epochs.truncateFromStart(logStartOffset)
    this.#snapshots.removeAbove(end)
    this.#bringProducersTo(end)
    recallRepeatable(this.#producers, this.#segments, end)
    this.#snapshots.removeStray(new Set([...this.#segments].map((segment) => segment.baseOffset)))
    const { clean, durable = true } = this.#options
    const isStopped = clean && recovered === undefined && durable
    return {
      segments: this.#segments,
      producers: this.#producers,
      snapshots: this.#snapshots,
      epochs: this.#epochs,
      logStartOffset,
      logEndOffset: end,
      recoveryPoint: isStopped ? end : Math.min(this.#options.recoveryPoint, end),
      intact: isStopped && this.#snapshots.latest === end && !this.#epochs.dirty,
      truncatedBytes: this.#truncatedBytes,
    }
  }

  #segment(baseOffset: number, isNew: boolean): Segment {
    const { disk, files, dir, config, now } = this.#options
    return new Segment({
      disk,
      files,
      dir,
      baseOffset,
      isNew,
      hasTransactionIndex: this.#names.has(fileName(baseOffset, Suffix.txnIndex)),
      indexIntervalBytes: config.indexIntervalBytes,
      created: isNew ? now : (disk.stat(`${dir}/${fileName(baseOffset, Suffix.log)}`)?.modified ?? now),
      setAside: setAside(config),
    })
  }

  /** Scans what a crash may have hurt. Gives the log's end when that included the active segment. */
  #recoverSuspects(): number | undefined {
    const { clean, config, cleanedUpTo } = this.#options
    const holesUpTo = config.cleanupPolicy.includes('compact') ? Number.POSITIVE_INFINITY : (cleanedUpTo ?? 0)
    let end: number | undefined
    for (let i = 0; i < this.#segments.length; i++) {
      const segment = this.#segments.at(i) as Segment
      const next = this.#segments.at(i + 1)
      // Of one that ends at the recovery point the indexes may be missing: they are synced with the flush after that.
      const unflushed = !clean && (next === undefined || next.baseOffset >= this.#options.recoveryPoint)
      if (!unflushed && this.#hasIndexes(segment)) continue
      const { nextOffset, cut } = this.#recover(segment, unflushed, next?.baseOffset)
      if (next === undefined) end = nextOffset
      else if (
        cut ||
        nextOffset > next.baseOffset ||
        (unflushed && nextOffset < next.baseOffset && next.baseOffset > holesUpTo)
      ) {
        // The segments behind are not the continuation of what is left.
        this.#drop(this.#segments.removeFrom(next.baseOffset))
        end = nextOffset
      } else if (unflushed && nextOffset < next.baseOffset)
        // If it is no compaction's hole, what snapshots say of the records that were in it is not true any more.
        this.#snapshots.removeAbove(nextOffset)
    }
    return end
  }

  #hasIndexes(segment: Segment): boolean {
    if (segment.size === 0) return true
    const has = (suffix: string) => this.#names.has(fileName(segment.baseOffset, suffix))
    return has(Suffix.index) && has(Suffix.timeIndex) && segment.transactions.fits(segment.baseOffset)
  }

  /**
   * Reads a segment, makes its indexes anew and ends it before the first thing that is no valid batch. That was a cut, unless it is room
   * for more records: zeros, where `endOffset`, if there is a segment behind, has been reached.
   */
  #recover(segment: Segment, unflushed: boolean, endOffset?: number): { nextOffset: number; cut: boolean } {
    this.#bringProducersTo(segment.baseOffset)
    // What the epoch file says of this part may have been truncated away before the crash.
    if (unflushed) this.#epochs.truncateFromEnd(segment.baseOffset)
    segment.resetIndexes()
    segment.transactions.clear()
    let nextOffset = segment.baseOffset
    let validBytes = 0
    for (const scanned of scanBatches(segment.file, 0, segment.size)) {
      const { buffer, at, size } = scanned
      const baseOffset = batch.baseOffset(buffer, at)
      const lastOffset = batch.lastOffset(buffer, at)
      if (baseOffset < nextOffset || lastOffset < baseOffset || lastOffset - segment.baseOffset > 0x7fff_ffff) break
      if (!batch.crcMatches(buffer, at)) break
      // Left from before a truncation that did not reach the device, behind newer records that did.
      if (unflushed && batch.leaderEpoch(buffer, at) < (this.#epochs.latest?.epoch ?? -1)) break
      segment.indexScanned(scanned)
      this.#noteEpoch(buffer, at)
      this.#applyTo(segment, buffer, at)
      nextOffset = lastOffset + 1
      validBytes += size
    }
    this.#reached = nextOffset
    const rest = segment.size - validBytes
    const isWhole = nextOffset === (endOffset ?? nextOffset)
    const cut = rest > 0 && !(isWhole && isBlank(segment.file, validBytes, segment.size))
    if (cut) this.#truncatedBytes += rest
    if (rest > 0) {
      segment.file.truncate(validBytes)
      segment.size = validBytes
      this.#snapshots.removeAbove(nextOffset)
    }
    segment.saveIndexes()
    return { nextOffset, cut }
  }

  #applyTo(segment: Segment, buffer: Buffer, at: number): void {
    const completed = this.#producers.apply(buffer, at)
    if (completed?.aborted)
      segment.transactions.add({ ...completed, lastStableOffset: this.#producers.stableOffsetAfter(completed) })
  }

  #noteEpoch(buffer: Buffer, at: number): void {
    const epoch = batch.leaderEpoch(buffer, at)
    if (epoch > (this.#epochs.latest?.epoch ?? -1)) this.#epochs.assign(epoch, batch.baseOffset(buffer, at))
  }

  #rebuildEpochs(): void {
    for (const segment of this.#segments)
      for (const { buffer, at } of scanBatches(segment.file, 0, segment.size)) this.#noteEpoch(buffer, at)
  }

  #endOfActive(): number {
    const { active } = this.#segments
    const { nextOffset, validBytes } = active.resume()
    // A clean stop leaves whole batches only; where it did not, it was none.
    return validBytes === active.size ? nextOffset : this.#recover(active, true).nextOffset
  }

  /** Makes the producers' state what it was when the log ended at `offset`: from a snapshot, and the batches behind it. */
  #bringProducersTo(offset: number): void {
    const snapshot = this.#snapshots.loadAtOrBelow(offset)
    const isBehind = this.#reached === undefined || this.#reached > offset
    if (isBehind || (snapshot !== undefined && snapshot.offset > (this.#reached as number))) {
      this.#producers.clear()
      for (const producer of snapshot?.producers ?? []) this.#producers.restore(producer)
      this.#reached = snapshot?.offset ?? this.#segments.first.baseOffset
    }
    const from = this.#reached as number
    if (from < offset) this.#replay(from, offset)
    this.#reached = offset
  }

  #replay(from: number, to: number): void {
    for (const segment of this.#segments.from(from)) {
      if (segment.baseOffset >= to) return
      for (const { buffer, at } of segment.batches(from)) {
        if (batch.baseOffset(buffer, at) >= to) return
        this.#producers.apply(buffer, at)
      }
    }
  }

  #drop(segments: readonly Segment[]): void {
    for (const segment of segments) {
      this.#truncatedBytes += segment.size
      segment.remove()
      this.#snapshots.remove(segment.baseOffset)
    }
  }

  #startOver(offset: number): void {
    this.#drop(this.#segments.removeFrom(0))
    this.#segments = new Segments([this.#segment(offset, true)])
    this.#snapshots.removeAll()
    this.#epochs.clear()
    this.#producers.clear()
    this.#reached = offset
  }
}
