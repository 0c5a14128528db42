import type { Runtime } from '../../runtime/index.ts'
import type { LastRecord } from './cleaner/batch-filter.ts'
import type { CompactionFacts } from './cleaner/cleanable.ts'
import type { LogConfig } from './log-config.ts'
import { abortedAmong } from './log-queries.ts'
import type { LogResources } from './log-resources.ts'
import type { LogStore } from './log-store.ts'
import { CLEANED, SWAP } from './names.ts'
import { Segment } from './segment.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export interface LogCompactionOptions {
  readonly runtime: Runtime
  readonly resources: LogResources
  readonly store: LogStore
  readonly dir: string
  config(): LogConfig
  bounds(): Pick<CompactionFacts, 'logStartOffset' | 'logEndOffset' | 'lastStableOffset'>
  /** Whether the log is in use: not closed, not deleted, not failed. */
  isOpen(): boolean
}

/** Thrown when the segments that were being cleaned are no longer there: nothing is wrong, and nothing was changed. */
export class CleaningAborted extends Error {
  override name = 'CleaningAborted'
}

/** A log as the cleaner works on it: what there is to know, new segments, and how they take the place of old ones. */
export class LogCompaction {
  constructor(private readonly options: LogCompactionOptions) {}

  facts(cleanedUpTo: number | undefined, now: number): CompactionFacts {
    const { store, config, bounds } = this.options
    const segments = [...store.segments].map((segment) => ({
      baseOffset: segment.baseOffset,
      size: segment.size,
      largestTimestamp: () => segment.youngestTime,
      firstTimestamp: () => segment.readFirstTimestamp(),
    }))
    return { segments, ...bounds(), cleanedUpTo, config: config(), now }
  }

  get isOpen(): boolean {
    return this.options.isOpen()
  }

  /** All but the one that is written to. */
  sealed(): Segment[] {
    return [...this.options.store.segments].slice(0, -1)
  }

  /** The recovery point is at or behind an offset when it resolves, unless the disk fails. */
  async makeDurable(offset: number): Promise<void> {
    const { flusher } = this.options.store
    if (flusher.recoveryPoint < offset) await flusher.flush()
    if (flusher.recoveryPoint < offset) throw new CleaningAborted()
  }

  /** What the log knows of producers, by their ids. */
  lastRecords(): Map<number, LastRecord> {
    const records = new Map<number, LastRecord>()
    for (const { producerId, producerEpoch, lastBatch } of this.options.store.producers.producers)
      records.set(producerId, { producerEpoch, lastDataOffset: lastBatch?.lastOffset ?? -1 })
    return records
  }

  /** Transactions that were aborted and have offsets in [from, to). */
  aborted(from: number, to: number): AbortedTransaction[] {
    return abortedAmong(this.options.store.segments, from, to)
  }

  /** An empty segment that is not part of the log. */
  create(baseOffset: number): Segment {
    const { runtime, resources, dir } = this.options
    const options = {
      ...{ disk: runtime.disk, files: resources.files, dir, baseOffset, state: CLEANED },
      ...{ indexIntervalBytes: this.options.config().indexIntervalBytes, created: runtime.clock.now() },
    }
    // What a cleaning that failed may have left.
    new Segment({ ...options, isNew: false, hasTransactionIndex: false }).remove()
    return new Segment({ ...options, isNew: true, hasTransactionIndex: false })
  }

  /** Throws `CleaningAborted` unless these are part of the log, as they were. */
  mustHold(segments: readonly Segment[]): void {
    if (!this.options.isOpen() || !this.options.store.segments.hold(segments)) throw new CleaningAborted()
  }

  /**
   * Puts a segment, whose files are durable, in the place of those that it was made from. A crash at any point leaves the old ones or the
   * new one (`crash-leftovers.ts`): each step is durable before the next. Throws `CleaningAborted`; then nothing has changed.
   */
  async swap(old: readonly Segment[], fresh: Segment): Promise<void> {
    const { store } = this.options
    await this.#syncNames()
    this.mustHold(old)
    fresh.rename(SWAP)
    store.awaits(fresh)
    await this.#syncNames()
    this.mustHold(old)
    if (fresh.removed) throw new CleaningAborted()
    store.replace(old, fresh)
    await this.#syncNames()
    if (fresh.removed || !this.options.isOpen()) return
    fresh.rename('')
    await this.#syncNames()
  }

  async #syncNames(): Promise<void> {
    if (this.options.isOpen()) await this.options.runtime.disk.syncDirLater(this.options.dir)
  }

  /** Drops a segment that did not become part of the log. The folder of a log that was deleted may belong to another one by now. */
  drop(fresh: Segment): void {
    if (this.options.isOpen()) fresh.remove()
    else fresh.close()
  }
}
