import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { type AppendPlan, assignOffsets, findDuplicate, planGiven, validateBatches } from './append-plan.ts'
import type { EpochEnd, EpochEntry } from './leader-epoch-cache.ts'
import { LogCompaction } from './log-compaction.ts'
import type { LogConfig } from './log-config.ts'
import { isSystemError, LogFaults } from './log-faults.ts'
import { abortedAmong, batchesIn, findLargestTimestamp, findTimestamp, NOTHING, readFiles } from './log-queries.ts'
import { type LogResources, makeLogResources } from './log-resources.ts'
import { LogStore } from './log-store.ts'
import type { ActiveProducer, AppendOptions, AppendResult, LogRead, LogSettings } from './log-types.ts'
import { firstOffset } from './producer-entry.ts'
import { type LoadedLog, loadLog } from './recovery.ts'
import { countExpired, factsOf } from './retention.ts'
import type { RecordPlace, Segment } from './segment.ts'

export type {
  ActiveProducer,
  AppendOptions,
  AppendOrigin,
  AppendResult,
  LogRead,
} from './log-types.ts'

/** What a log asks of the one that keeps it. */
export interface LogOwner {
  /** The log start has moved and must be durable before the files below it go. */
  persistLogStart(log: Log): void
  /** The recovery point has gone back and must be durable before the files change. */
  persistRecoveryPoint(log: Log): void
  /** The disk failed; the log answers KAFKA_STORAGE_ERROR from now on. */
  onFailure(log: Log, error: Error): void
}

export interface LogOptions extends LogSettings {
  readonly runtime: Runtime
  readonly owner?: LogOwner
  readonly resources?: LogResources
}

/** One replica's log: an append-only sequence of record batches in segment files, Kafka's format exactly. */
export class Log {
  readonly topic: string
  readonly partition: number
  /** Topic and number of the partition. */
  readonly name: string
  readonly topicId: Uuid
  config: LogConfig
  /** Bytes that recovery had to cut off when the log was opened. */
  readonly truncatedBytes: number
  readonly #runtime: Runtime
  readonly #owner: LogOwner | undefined
  readonly #resources: LogResources
  readonly #faults: LogFaults
  #dir: string
  #store: LogStore
  #logStartOffset: number
  #highWatermark: number
  #compaction: LogCompaction | undefined

  /** Opens what is in the folder, makes it when there is nothing, and repairs it after a crash. Throws the disk's errors. */
  static open(options: LogOptions): Log {
    const { disk, clock } = options.runtime
    const resources = options.resources ?? makeLogResources(options.runtime)
    const loaded = loadLog({ ...options, disk, files: resources.files, now: clock.now() })
    return new Log(options, resources, loaded)
  }

  private constructor(options: LogOptions, resources: LogResources, loaded: LoadedLog) {
    this.topic = options.topic
    this.partition = options.partition
    this.name = `${options.topic}-${options.partition}`
    this.topicId = options.topicId
    this.#dir = options.dir
    this.config = options.config
    this.truncatedBytes = loaded.truncatedBytes
    this.#runtime = options.runtime
    this.#owner = options.owner
    this.#resources = resources
    this.#faults = new LogFaults({
      name: this.name,
      dir: () => this.#dir,
      onFailure: (error) => this.#owner?.onFailure(this, error),
    })
    this.#store = this.#storeOf(loaded, options.dir)
    this.#logStartOffset = loaded.logStartOffset
    this.#highWatermark = Math.min(Math.max(options.highWatermark ?? 0, this.#logStartOffset), this.logEndOffset)
    this.#store.producers.onHighWatermark(this.#highWatermark)
  }

  #storeOf(loaded: LoadedLog, dir: string): LogStore {
    const store: LogStore = new LogStore(
      {
        runtime: this.#runtime,
        resources: this.#resources,
        dir,
        name: this.name,
        config: () => this.config,
        recoveryPointFell: () => this.#owner?.persistRecoveryPoint(this),
        // Of files that the log has left, as it has moved, nothing is believed.
        fail: (error) => (isSystemError(error) && store === this.#store ? this.#faults.explain(error) : error),
      },
      loaded,
    )
    return store
  }

  /** The folder that holds it. */
  get dir(): string {
    return this.#dir
  }
  get logStartOffset(): number {
    return this.#logStartOffset
  }
  get logEndOffset(): number {
    return this.#store.endOffset
  }
  get highWatermark(): number {
    return this.#highWatermark
  }
  /** Readers of committed data see nothing from here on: the first open transaction, or the high watermark. */
  get lastStableOffset(): number {
    const unstable = this.#store.producers.firstUnstableOffset
    if (unstable === undefined || unstable >= this.#highWatermark) return this.#highWatermark
    return Math.max(unstable, this.#logStartOffset)
  }
  /** Everything below it is durable. */
  get recoveryPoint(): number {
    return this.#store.flusher.recoveryPoint
  }
  /** Bytes in the log files. */
  get size(): number {
    return this.#store.segments.size
  }
  get segmentCount(): number {
    return this.#store.segments.length
  }
  get latestEpoch(): number | undefined {
    return this.#store.epochs.latest?.epoch
  }
  get epochs(): readonly EpochEntry[] {
    return this.#store.epochs.entries
  }
  get failed(): boolean {
    return this.#faults.failed
  }

  /** Never back, and never over the log end. */
  advanceHighWatermark(offset: number): void {
    const next = Math.min(offset, this.logEndOffset)
    if (next <= this.#highWatermark) return
    this.#highWatermark = next
    this.#store.producers.onHighWatermark(next)
  }

  /** Appends whole batches without suspending. `records` may be patched. Throws `KafkaError`; then nothing was appended. */
  append(records: Buffer, options: AppendOptions): AppendResult {
    return this.#faults.guarded(() =>
      options.origin === 'client' || options.origin === 'coordinator'
        ? this.#appendAsLeader(records, options)
        : this.#appendGiven(records, options.leaderEpoch),
    )
  }

  /** Hands gathered appends over to the operating system. Throws KAFKA_STORAGE_ERROR. */
  writeOut(): void {
    this.#faults.guarded(() => this.#store.segments.active.file.writeOut())
  }

  #appendAsLeader(records: Buffer, options: AppendOptions): AppendResult {
    const { leaderEpoch, producedWith, transactionVersion = 1 } = options
    const now = this.#runtime.clock.now()
    const fromClient = options.origin === 'client'
    const rules = { where: this.name, config: this.config, fromClient, now, producedWith }
    const batches = validateBatches(records, rules)
    const duplicate = findDuplicate(this.#store.producers, batches, rules, transactionVersion)
    if (duplicate !== undefined) {
      const recordCount = duplicate.offsetDelta + 1
      const place = { baseOffset: firstOffset(duplicate), nextOffset: duplicate.lastOffset + 1, recordCount }
      return this.#result(place, duplicate.timestamp, undefined, true)
    }
    const plan = assignOffsets(batches, this.logEndOffset, leaderEpoch)
    return this.#result(plan, now, this.#write(plan, options.gather), false)
  }

  #appendGiven(records: Buffer, leaderEpoch: number): AppendResult {
    const { logEndOffset } = this
    const plan = planGiven(records, {
      where: this.name,
      logEndOffset,
      lastEpoch: this.latestEpoch ?? -1,
      leaderEpoch,
    })
    const place = plan ?? { baseOffset: logEndOffset, nextOffset: logEndOffset, recordCount: 0 }
    return this.#result(place, -1, plan && this.#write(plan), false)
  }

  #write(plan: AppendPlan, gather = false): Promise<void> | undefined {
    const mustFlush = plan.nextOffset - this.recoveryPoint >= this.config.flushMessages
    // Bytes that wait are lent: a flush that has to wait for another one must not find them changed.
    this.#store.append(plan, gather && !mustFlush)
    return mustFlush ? this.flush() : undefined
  }

  #result(
    place: Omit<AppendPlan, 'bytes'>,
    time: number,
    written: Promise<void> | undefined,
    duplicate: boolean,
  ): AppendResult {
    return {
      baseOffset: place.baseOffset,
      lastOffset: place.nextOffset - 1,
      logAppendTime: this.config.messageTimestampType === 'LogAppendTime' ? time : -1,
      logStartOffset: this.#logStartOffset,
      duplicate,
      recordCount: place.recordCount,
      written,
    }
  }

  /**
   * Whole batches from the one that holds `offset`, below `limit` (high watermark, last stable offset or log end), up to `maxBytes`; with
   * `atLeastOne` the first may be larger. Throws OFFSET_OUT_OF_RANGE.
   */
  read(offset: number, maxBytes: number, limit: number, atLeastOne: boolean): LogRead {
    return this.#faults.guarded(() => {
      if (offset < this.#logStartOffset || offset > this.logEndOffset)
        throw new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `Received request for offset ${offset} for partition ${this.name}, but we only have log segments from offset ${this.#logStartOffset} to ${this.logEndOffset}.`,
        )
      const end = Math.min(limit, this.logEndOffset)
      if (offset >= end) return NOTHING
      const inMemory = this.#store.tail.read(offset, maxBytes, end, atLeastOne)
      if (inMemory !== undefined) return inMemory
      return readFiles(this.#store.segments, offset, { maxBytes, limit: end, atLeastOne, resources: this.#resources })
    })
  }

  /** Transactions that were aborted and have records in [from, to), for readers of committed data. */
  abortedTransactions(from: number, to: number): { producerId: number; firstOffset: number }[] {
    return this.#faults.guarded(() =>
      abortedAmong(this.#store.segments, from, to).map(({ producerId, firstOffset }) => ({ producerId, firstOffset })),
    )
  }

  /**
   * Batches from the one that holds `from` on, below `to`. Each `buffer` is one whole batch in memory that stays good; `position` is its
   * place in its file.
   */
  *readBatches(from: number, to = this.logEndOffset): Generator<{ buffer: Buffer; position: number }> {
    let store = this.#store
    let batches = batchesIn(store.segments, from, to)
    let nextOffset = from
    for (;;) {
      // Between two batches the log may have moved.
      if (store !== this.#store) {
        store = this.#store
        batches = batchesIn(store.segments, nextOffset, to)
      }
      const next = this.#faults.guarded(() => batches.next())
      if (next.done) return
      nextOffset = batch.lastOffset(next.value.buffer) + 1
      yield next.value
    }
  }

  /** The first record that is not older than a time. */
  offsetForTimestamp(timestamp: number): RecordPlace | undefined {
    return this.#faults.guarded(() => findTimestamp(this.#store.segments, timestamp, this.#logStartOffset))
  }

  /** The first record with the largest timestamp (KIP-734). */
  maxTimestampOffset(): RecordPlace | undefined {
    return this.#faults.guarded(() => findLargestTimestamp(this.#store.segments, this.#logStartOffset))
  }

  /** The largest epoch up to the requested one and where it ends (KIP-279); -1 for both when that cannot be said. */
  endOffsetForEpoch(epoch: number): EpochEnd {
    return this.#store.epochs.endOffsetFor(epoch, this.logEndOffset)
  }

  /** -1 when unknown. */
  epochForOffset(offset: number): number {
    return offset >= this.logEndOffset ? -1 : this.#store.epochs.epochFor(offset)
  }

  /** Notes that a leader epoch begins, on becoming its leader. */
  assignEpochStart(epoch: number, startOffset: number): void {
    this.#store.epochs.assign(epoch, startOffset)
  }

  /** What is known of one producer. */
  producer(producerId: number): ActiveProducer | undefined {
    return this.#store.producers.get(producerId)
  }

  activeProducers(): ActiveProducer[] {
    return this.#store.producers.described()
  }

  /**
   * Moves the log start, which is durable when this returns, and deletes segments that lie below it. Throws OFFSET_OUT_OF_RANGE above the
   * high watermark.
   */
  deleteRecordsBefore(offset: number): void {
    this.#faults.guarded(() => {
      if (offset > this.#highWatermark)
        throw new KafkaError(
          'OFFSET_OUT_OF_RANGE',
          `Cannot increment the log start offset to ${offset} of partition ${this.name} since it is larger than the high watermark ${this.#highWatermark}`,
        )
      if (offset <= this.#logStartOffset) return
      this.#moveLogStart(offset)
      const below = this.#store.detach(this.#store.segments.indexFor(offset))
      this.#owner?.persistLogStart(this)
      this.#store.discard(below)
    })
  }

  #moveLogStart(offset: number): void {
    if (offset <= this.#logStartOffset) return
    this.#logStartOffset = offset
    this.#store.epochs.truncateFromStart(offset)
  }

  /** Deletes what the configuration wants gone, and gives the number of segments. `now` is wall time. */
  applyRetention(now: number): number {
    const expired = this.detachExpired(now)
    this.#faults.guarded(() => {
      if (expired.length > 0) this.#owner?.persistLogStart(this)
      this.#store.discard(expired)
    })
    return expired.length
  }

  /** Takes expired segments out of the log. The log start must be made durable before they are discarded. */
  detachExpired(now: number): Segment[] {
    return this.#faults.guarded(() => {
      const { segments } = this.#store
      const count = countExpired({
        segments: factsOf(segments, this.logEndOffset),
        logStartOffset: this.#logStartOffset,
        highWatermark: this.#highWatermark,
        config: this.config,
        now,
      })
      const expired = this.#store.detach(count)
      this.#moveLogStart(segments.first.baseOffset)
      return expired
    })
  }

  /** What the cleaner works with. */
  get compaction(): LogCompaction {
    const store = this.#store
    this.#compaction ??= new LogCompaction({
      runtime: this.#runtime,
      resources: this.#resources,
      store,
      dir: this.dir,
      config: () => this.config,
      bounds: () => ({
        logStartOffset: this.#logStartOffset,
        logEndOffset: this.logEndOffset,
        lastStableOffset: this.lastStableOffset,
      }),
      isOpen: () => this.#faults.isOpen && store === this.#store,
    })
    return this.#compaction
  }

  /** Removes the files of segments that were detached. */
  discard(segments: readonly Segment[]): void {
    this.#faults.guarded(() => this.#store.discard(segments))
  }

  /** Cuts off everything from an offset on; a batch that holds the offset goes as a whole. Durable when it returns. */
  truncateTo(offset: number): void {
    this.#faults.guarded(() => {
      // An epoch may have begun at the end, of which no record came: the leader knows nothing of it.
      if (offset >= this.logEndOffset) return this.#store.epochs.truncateFromEnd(this.logEndOffset)
      if (offset < this.#store.segments.first.baseOffset) return this.truncateFullyAndStartAt(Math.max(offset, 0))
      this.#store.truncateTo(offset)
      this.#highWatermark = Math.min(this.#highWatermark, this.logEndOffset)
      this.#logStartOffset = Math.min(this.#logStartOffset, this.logEndOffset)
      this.#store.producers.onHighWatermark(this.#highWatermark)
    })
  }

  /** Empties the log; the next record gets this offset. Durable when it returns. */
  truncateFullyAndStartAt(offset: number): void {
    this.#faults.guarded(() => {
      this.#store.startOver(offset, this.#logStartOffset)
      this.#logStartOffset = offset
      this.#highWatermark = offset
      this.#owner?.persistLogStart(this)
    })
  }

  /** Makes everything appended so far durable. Rejects with KAFKA_STORAGE_ERROR. */
  async flush(): Promise<void> {
    this.#faults.check()
    if (this.#faults.isClosed) return
    const store = this.#store
    try {
      await store.flusher.flush()
    } catch (error) {
      if (store === this.#store) throw error
    }
    // It has moved meanwhile, and what was synced where it had been says nothing.
    if (store !== this.#store) return this.flush()
    // Another log of the directory may have failed meanwhile: nothing that its disk says is believed any more.
    this.#faults.check()
  }

  /** Has the records on the device when it returns; what goes with them may come later, and the recovery point stays where it is. */
  syncNow(): void {
    this.#faults.guarded(() => this.#store.syncRecords())
  }

  /** Monotonic time of the oldest append that is not flushed. */
  get unflushedSince(): number | undefined {
    return this.#store.flusher.unflushedSince
  }

  /** Frees memory of a log that has been quiet since a monotonic time, and forgets silent producers. */
  tidy(quietSince: number): void {
    this.#faults.guarded(() => {
      this.#store.tidy(quietSince)
      this.#store.producers.expire(this.#runtime.clock.now(), this.config.producerIdExpirationMs)
    })
  }

  /** Flushes everything, leaves what a quick start needs, and closes the files. A log that nobody touched is left as it is. */
  async close(): Promise<void> {
    if (this.#faults.isClosed) return
    try {
      if (!this.failed && this.#store.flusher.touched) {
        this.#faults.guarded(() => this.#store.seal())
        await this.#store.flusher.flush(true)
      }
    } finally {
      this.abandon()
    }
  }

  /** Closes it so that it can be opened at once under another name, although not all of it may be durable. */
  closeAsWritten(): void {
    this.#faults.guarded(() => {
      this.#store.seal()
      this.#store.epochs.save()
    })
    this.abandon()
  }

  /**
   * Goes on in another folder, where a log with the same records was closed as written; what is in the old one is nothing to it from then on. Throws the
   * other disk's errors, and when the records are not the same; then nothing has changed.
   */
  moveTo(dir: string, recoveryPoint: number): void {
    this.#faults.check()
    const loaded = loadLog({
      ...{ dir, recoveryPoint, config: this.config, logStartOffset: this.#logStartOffset },
      ...{ disk: this.#runtime.disk, files: this.#resources.files, now: this.#runtime.clock.now() },
      ...{ clean: true, durable: false },
    })
    const { logStartOffset, logEndOffset } = loaded
    if (logStartOffset !== this.#logStartOffset || logEndOffset !== this.logEndOffset)
      throw new Error(
        `${dir} has the offsets from ${logStartOffset} to ${logEndOffset}, ${this.#dir} those from ${this.#logStartOffset} to ${this.logEndOffset}`,
      )
    const before = this.#store
    // These know of more than the records tell: epochs without any, producers whose records have expired.
    loaded.epochs.take(before.epochs.entries)
    this.#store = this.#storeOf({ ...loaded, producers: before.producers }, dir)
    this.#dir = dir
    this.#compaction = undefined
    this.#store.snapshotProducers()
    if (this.recoveryPoint < logEndOffset) this.#store.flusher.appended(this.#runtime.clock.monotonic())
    before.closeFiles()
  }

  /** Its directory is out of use: nothing is read or written here any more. */
  fail(error: Error): void {
    this.#faults.set(error)
    this.#store.dropFiles()
  }

  /** Closes the files as they are. */
  abandon(): void {
    this.#faults.close()
    this.#store.closeFiles()
  }
}
