import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { AppendPlan } from './append-plan.ts'
import { Flusher } from './flusher.ts'
import type { LeaderEpochCache } from './leader-epoch-cache.ts'
import { type LogConfig, rollMs, setAside } from './log-config.ts'
import { batchesIn } from './log-queries.ts'
import type { LogResources } from './log-resources.ts'
import { DELETED } from './names.ts'
import type { ProducerState } from './producer-state.ts'
import type { LoadedLog } from './recovery.ts'
import { Segment } from './segment.ts'
import { Segments } from './segments.ts'
import type { SnapshotFiles } from './snapshot-files.ts'
import { Tail } from './tail.ts'

export interface LogStoreOptions {
  readonly runtime: Runtime
  readonly resources: LogResources
  readonly dir: string
  /** The log's name, for messages. */
  readonly name: string
  /** The configuration as it is now. */
  config(): LogConfig
  /** The recovery point has gone back, before the files change. */
  recoveryPointFell(): void
  /** Notes an error of the disk and gives the one to throw. */
  fail(error: Error): Error
}

const MAX_RELATIVE_OFFSET = 0x7fff_ffff

/**
 * A log's files and what is derived from them: segments, leader epochs, the producers' state and its snapshots, the tail in memory. It
 * knows the end of the log, but neither its start nor what is committed.
 */
export class LogStore {
  readonly producers: ProducerState
  readonly epochs: LeaderEpochCache
  readonly tail: Tail
  readonly flusher: Flusher
  readonly #options: LogStoreOptions
  readonly #snapshots: SnapshotFiles
  #segments: Segments
  #endOffset: number
  #rollJitterMs: number
  /** A cleaned segment that a crash would put in the place of old ones. */
  #awaited: Segment | undefined

  constructor(options: LogStoreOptions, loaded: LoadedLog) {
    this.#options = options
    this.#segments = loaded.segments
    this.#snapshots = loaded.snapshots
    this.#endOffset = loaded.logEndOffset
    this.producers = loaded.producers
    this.epochs = loaded.epochs
    this.tail = new Tail(options.resources.tails)
    this.#rollJitterMs = this.#drawJitter()
    this.flusher = new Flusher({
      disk: options.runtime.disk,
      dir: options.dir,
      recoveryPoint: loaded.recoveryPoint,
      touched: !loaded.intact,
      snapshots: loaded.snapshots,
      epochs: loaded.epochs,
      endOffset: () => this.#endOffset,
      segments: () => this.#segments,
      fail: (error) => options.fail(error),
    })
  }

  get segments(): Segments {
    return this.#segments
  }

  get endOffset(): number {
    return this.#endOffset
  }

  /** The one place where bytes enter the log. Epochs that they begin are noted. */
  append({ bytes, baseOffset, nextOffset }: AppendPlan, gather: boolean): void {
    this.#prepareSegment(bytes, baseOffset, nextOffset)
    const { active } = this.#segments
    active.append(bytes, gather)
    for (let at = 0; at < bytes.length; at += batch.batchSize(bytes, at)) {
      const epoch = batch.leaderEpoch(bytes, at)
      if (epoch > (this.epochs.latest?.epoch ?? -1)) this.epochs.assign(epoch, batch.baseOffset(bytes, at))
      if (batch.producerId(bytes, at) < 0) continue
      const completed = this.producers.apply(bytes, at)
      if (completed?.aborted)
        active.transactions.add({ ...completed, lastStableOffset: this.producers.stableOffsetAfter(completed) })
    }
    this.#endOffset = nextOffset
    const now = this.#options.runtime.clock.monotonic()
    this.tail.append(bytes, baseOffset, nextOffset, now)
    this.flusher.appended(now)
  }

  /** Rolls when the active segment cannot or should not take these bytes. Throws RECORD_LIST_TOO_LARGE when none can. */
  #prepareSegment(bytes: Buffer, baseOffset: number, nextOffset: number): void {
    const config = this.#options.config()
    if (bytes.length > config.segmentBytes)
      throw new KafkaError(
        'RECORD_LIST_TOO_LARGE',
        `Message batch size is ${bytes.length} bytes in append to partition ${this.#options.name}, which exceeds the maximum configured segment size of ${config.segmentBytes}.`,
      )
    const { active } = this.#segments
    const isFull =
      active.size > config.segmentBytes - bytes.length ||
      active.offsetIndex.byteLength + 8 > config.segmentIndexBytes ||
      active.timeIndex.byteLength + 12 > config.segmentIndexBytes ||
      nextOffset - 1 - active.baseOffset > MAX_RELATIVE_OFFSET
    if (isFull || (active.size > 0 && this.#waited(active, bytes) > rollMs(config) - this.#rollJitterMs))
      this.roll(Math.max(this.#endOffset, baseOffset))
  }

  /** Milliseconds that the first record has been in the segment, by record time where there is one. */
  #waited(active: Segment, bytes: Buffer): number {
    const { firstTimestamp } = active
    if (firstTimestamp === undefined || firstTimestamp < 0) return this.#options.runtime.clock.now() - active.created
    return batch.maxTimestamp(bytes) - firstTimestamp
  }

  /** Makes a new active segment that begins at an offset; the old one is flushed soon. */
  roll(baseOffset: number): void {
    const { active } = this.#segments
    if (active.baseOffset === baseOffset) return
    active.seal()
    this.#snapshots.take(baseOffset, this.producers)
    this.#segments.add(this.#newSegment(baseOffset))
    this.#rollJitterMs = this.#drawJitter()
    this.#options.runtime.clock.defer(() => void this.flusher.flush().catch(() => {}))
  }

  #newSegment(baseOffset: number): Segment {
    const { runtime, resources, dir } = this.#options
    const config = this.#options.config()
    this.flusher.namesChanged()
    return new Segment({
      disk: runtime.disk,
      files: resources.files,
      dir,
      baseOffset,
      isNew: true,
      hasTransactionIndex: false,
      indexIntervalBytes: config.indexIntervalBytes,
      created: runtime.clock.now(),
      setAside: setAside(config),
    })
  }

  #drawJitter(): number {
    const { segmentJitterMs, segmentMs } = this.#options.config()
    const limit = Math.min(segmentJitterMs, segmentMs)
    return limit > 0 ? this.#options.runtime.random.int(limit) : 0
  }

  /** Takes the oldest segments out of the log; their files stay until they are discarded. */
  detach(count: number): Segment[] {
    // The log needs a segment to append to.
    if (count === this.#segments.length) this.roll(this.#endOffset)
    return this.#segments.removeFirst(count)
  }

  /** Removes the files of segments that are no longer part of the log. */
  discard(segments: readonly Segment[]): void {
    for (const segment of segments) {
      segment.remove()
      this.#snapshots.remove(segment.baseOffset)
    }
    if (segments.length > 0) this.flusher.namesChanged()
  }

  /** A cleaned segment has names that a start takes for complete work. */
  awaits(fresh: Segment): void {
    this.#awaited = fresh
  }

  /** Puts a cleaned segment in the place of those that it was made from, whose files are no part of the log from now on. */
  replace(old: readonly Segment[], fresh: Segment): void {
    this.#awaited = undefined
    for (const segment of old) segment.rename(DELETED)
    this.#segments.replace(old, fresh)
    for (const { baseOffset } of old.slice(1)) this.#snapshots.remove(baseOffset)
    // The transaction index no longer tells of aborted records that memory may still have.
    this.tail.clear()
  }

  /** Cuts off everything from an offset on; a batch that holds the offset goes as a whole. Durable when it returns. */
  truncateTo(offset: number): void {
    const holder = this.#segments.from(offset)[0] as Segment
    const place = holder.locate(offset)
    const end = place === undefined ? offset : Math.min(offset, place.baseOffset)
    this.#beforeTruncation(end)
    this.discard(this.#segments.removeFrom(holder.baseOffset + 1).reverse())
    if (place !== undefined) holder.truncate(place.position, end)
    this.#afterTruncation(end)
    this.#reloadProducers()
  }

  /** Empties the log; the next record gets this offset. `lowest` is the first offset that it had. Durable when it returns. */
  startOver(offset: number, lowest: number): void {
    this.#beforeTruncation(Math.min(offset, lowest))
    this.discard(this.#segments.removeFrom(0).reverse())
    this.#segments = new Segments([this.#newSegment(offset)])
    this.producers.clear()
    this.#snapshots.removeAll()
    this.epochs.clear()
    this.#afterTruncation(offset)
  }

  /** A recovery point above the new end would keep recovery from looking at what is appended there later. */
  #beforeTruncation(offset: number): void {
    // It may hold what is to be cut off.
    this.#awaited?.remove()
    this.#awaited = undefined
    this.tail.clear()
    if (this.flusher.truncating(offset)) this.#options.recoveryPointFell()
  }

  #afterTruncation(offset: number): void {
    this.#endOffset = offset
    this.epochs.truncateFromEnd(offset)
    this.epochs.save()
    // Segments that were removed must not come back among those that are written next.
    this.#options.runtime.disk.syncDir(this.#options.dir)
  }

  #reloadProducers(): void {
    this.#snapshots.removeAbove(this.#endOffset)
    const before = [...this.producers.producers]
    this.producers.clear()
    const snapshot = this.#snapshots.loadAtOrBelow(this.#endOffset)
    for (const producer of snapshot?.producers ?? []) this.producers.restore(producer)
    const from = snapshot?.offset ?? this.#segments.first.baseOffset
    for (const { buffer } of batchesIn(this.#segments, from, this.#endOffset)) this.producers.apply(buffer, 0)
    // A producer may still repeat any of the batches that it has under way.
    for (const producer of before) this.producers.get(producer.producerId)?.recall(producer, this.#endOffset)
  }

  /** Writes what a clean start wants to find: complete indexes, and a snapshot of the producers at the end. */
  seal(): void {
    this.#segments.active.seal()
    if (this.#snapshots.latest < this.#endOffset) this.snapshotProducers()
  }

  /** Writes down what is known of the producers at the end. */
  snapshotProducers(): void {
    this.#snapshots.take(this.#endOffset, this.producers)
  }

  /** Has all records on the device when it returns. */
  syncRecords(): void {
    const { runtime, dir } = this.#options
    for (const segment of this.#segments.from(this.flusher.recoveryPoint - 1)) segment.file.syncNow()
    runtime.disk.syncDir(dir)
  }

  /** Frees memory that nobody has used since a monotonic time. */
  tidy(quietSince: number): void {
    this.tail.clearIfIdleSince(quietSince)
    for (const segment of this.#segments) if (segment !== this.#segments.active) segment.unloadIndexes()
  }

  closeFiles(): void {
    this.tail.clear()
    for (const segment of this.#segments) segment.close()
  }

  /** The same after an error of the disk: nothing that waits is written. */
  dropFiles(): void {
    this.tail.clear()
    for (const segment of this.#segments) segment.file.drop()
  }
}
