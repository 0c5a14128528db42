import type { Disk } from '../../runtime/index.ts'
import type { LeaderEpochCache } from './leader-epoch-cache.ts'
import { syncPartitionMetadata } from './partition-metadata.ts'
import type { Segments } from './segments.ts'
import type { SnapshotFiles } from './snapshot-files.ts'

export interface FlusherOptions {
  readonly disk: Disk
  readonly dir: string
  readonly recoveryPoint: number
  /** Whether there is something to flush from the start. */
  readonly touched: boolean
  readonly snapshots: SnapshotFiles
  readonly epochs: LeaderEpochCache
  endOffset(): number
  segments(): Segments
  /** Notes an error of the disk and gives the one to throw. */
  fail(error: Error): Error
}

/**
 * Makes a log durable, one run at a time; callers that come during a run share the next one. The recovery point moves only after data,
 * indexes, producer snapshots and epochs below it are on the device.
 */
export class Flusher {
  #recoveryPoint: number
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  /** Rises with each truncation: a run that was under way then has proved nothing about what was written since. */
  #truncations = 0
  #namesChanged: boolean
  #touched: boolean
  #parentSynced = false
  #unflushedSince: number | undefined

  constructor(private readonly options: FlusherOptions) {
    this.#recoveryPoint = options.recoveryPoint
    this.#namesChanged = options.touched
    this.#touched = options.touched
  }

  /** False while the folder is just as a clean stop left it. */
  get touched(): boolean {
    return this.#touched || this.options.epochs.dirty
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  /** Monotonic time. */
  get unflushedSince(): number | undefined {
    return this.#unflushedSince
  }

  appended(now: number): void {
    this.#touched = true
    this.#unflushedSince ??= now
  }

  /** Files were made or removed. */
  namesChanged(): void {
    this.#touched = true
    this.#namesChanged = true
  }

  /** The log is about to be cut at an offset. True when that moved the recovery point back. */
  truncating(offset: number): boolean {
    this.#touched = true
    this.#truncations++
    if (offset >= this.#recoveryPoint) return false
    this.#recoveryPoint = offset
    return true
  }

  /** With `closing`, the active segment's indexes too. */
  flush(closing = false): Promise<void> {
    if (this.#running === undefined) {
      this.#running = this.#run(closing).finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    const { fail } = this.options
    const after = () => {
      this.#next = undefined
      return this.flush(closing)
    }
    if (closing) return this.#running.then(after, (error) => Promise.reject(fail(error as Error)))
    this.#next ??= this.#running.then(after)
    return this.#next
  }

  async #run(closing: boolean): Promise<void> {
    const { disk, dir, snapshots, epochs, fail } = this.options
    const target = this.options.endOffset()
    const truncations = this.#truncations
    try {
      if (target > this.#recoveryPoint || closing || this.#namesChanged) await this.#flushFiles(closing)
      await snapshots.sync()
      if (await epochs.saveLater()) this.#namesChanged = true
      if (!this.#parentSynced) await syncPartitionMetadata(disk, dir)
      if (this.#namesChanged) {
        this.#namesChanged = false
        await disk.syncDirLater(dir)
      }
      if (!this.#parentSynced) await disk.syncDirLater(dir.slice(0, dir.lastIndexOf('/')) || '/')
      this.#parentSynced = true
    } catch (error) {
      throw fail(error as Error)
    }
    if (truncations !== this.#truncations) return
    this.#recoveryPoint = Math.max(this.#recoveryPoint, target)
    if (this.options.endOffset() === target) this.#unflushedSince = undefined
  }

  async #flushFiles(closing: boolean): Promise<void> {
    const segments = this.options.segments()
    // A segment that was flushed to its end while it was the active one has indexes that nobody has synced since.
    for (const segment of segments.from(this.#recoveryPoint - 1))
      await segment.flush(closing || segment !== segments.active)
  }
}
