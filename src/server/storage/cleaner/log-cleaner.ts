import type { Clock } from '../../../runtime/index.ts'
import type { Log } from '../log.ts'
import { CleaningAborted } from '../log-compaction.ts'
import type { LogDirectory } from '../log-directory.ts'
import { type Cleanable, dirtyRatio, findCleanable, isWorthCleaning } from './cleanable.ts'
import { Cleaning, type CleaningResult } from './cleaning.ts'
import { Pace } from './pace.ts'

/** The `log.cleaner.*` properties. */
export interface CleanerSettings {
  /** False as well where `log.cleaner.threads` is 0. */
  readonly enabled: boolean
  /** `log.cleaner.dedupe.buffer.size`, the part of one thread; one log is cleaned at a time, whatever the number of threads. */
  readonly bufferBytes: number
  readonly loadFactor: number
  /** `log.cleaner.io.buffer.size`, the part of one thread. */
  readonly ioBytes: number
  readonly bytesPerSecond: number
  readonly backoffMs: number
}

export interface LogCleanerOptions {
  readonly clock: Clock
  readonly dirs: readonly LogDirectory[]
  settings(): CleanerSettings
  /** Logs that are not to be compacted now. */
  isLeftOut(log: Log): boolean
  /** Deletes what is expired of compacted logs. */
  applyRetention(): void
  say(line: string): void
}

/** Bytes that are read at a time, at least: a batch's header must fit in. */
const LEAST_PIECE = 1024

interface Candidate {
  readonly dir: LogDirectory
  readonly log: Log
  readonly range: Cleanable
}

/** Compacts one log after the other, the one with the largest dirty part first, and waits when none is worth it. */
export class LogCleaner {
  readonly #options: LogCleanerOptions
  readonly #stop = new AbortController()
  /** Logs in which something is damaged, until the node starts again. */
  readonly #setAside = new WeakSet<Log>()
  #running: Promise<void> | undefined
  #current: Log | undefined

  constructor(options: LogCleanerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) =>
      this.#options.say(
        `The log cleaner has ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ),
    )
  }

  isCleaning(log: Log): boolean {
    return this.#current === log
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, settings, applyRetention } = this.#options
    const { signal } = this.#stop
    let cleaned = false
    while (!signal.aborted) {
      if (!cleaned) await clock.sleep(settings().backoffMs, signal).catch(() => {})
      if (signal.aborted) return
      const found = this.#filthiest()
      cleaned = found !== undefined && (await this.#clean(found))
      if (!signal.aborted) applyRetention()
    }
  }

  #filthiest(): Candidate | undefined {
    let best: Candidate | undefined
    for (const dir of this.#options.dirs)
      dir.quietly(() => {
        for (const log of dir.logs) {
          const range = this.#rangeOf(dir, log)
          if (range === undefined || !isWorthCleaning(range, log.config.minCleanableDirtyRatio)) continue
          if (best === undefined || dirtyRatio(range) > dirtyRatio(best.range)) best = { dir, log, range }
        }
      })
    return best
  }

  #rangeOf(dir: LogDirectory, log: Log): Cleanable | undefined {
    const isCandidate = log.config.cleanupPolicy.includes('compact') && log.segmentCount > 1
    if (!isCandidate || log.failed || this.#setAside.has(log) || this.#options.isLeftOut(log)) return undefined
    const cleanedUpTo = dir.cleanedUpTo.get(log.name)
    const range = findCleanable(log.compaction.facts(cleanedUpTo, this.#options.clock.now()))
    // The log was cut below what was clean.
    if (cleanedUpTo !== undefined && cleanedUpTo !== range.firstDirtyOffset)
      dir.cleanedUpTo.set(log.name, range.firstDirtyOffset)
    return range
  }

  /** False when the log is no cleaner than before. */
  async #clean({ dir, log, range }: Candidate): Promise<boolean> {
    const { clock, say } = this.#options
    const started = clock.monotonic()
    this.#current = log
    try {
      const result = await this.#cleaning(log, range).run()
      if (dir.failed) return false
      dir.cleanedUpTo.set(log.name, result.endOffset)
      await dir.writeCleanedLater()
      say(summary(log, result, clock.monotonic() - started))
      return true
    } catch (error) {
      this.#failed(dir, log, error as Error)
      return false
    } finally {
      this.#current = undefined
    }
  }

  #cleaning(log: Log, range: Cleanable): Cleaning {
    const { clock, settings } = this.#options
    const { bufferBytes, loadFactor, ioBytes, bytesPerSecond } = settings()
    // Half of it to read into, half to write from.
    const pieceBytes = Math.max(Math.floor(ioBytes / 2), LEAST_PIECE)
    return new Cleaning({
      log: log.compaction,
      config: log.config,
      range,
      pace: new Pace(clock, { pieceBytes, bytesPerSecond }, this.#stop.signal),
      buffers: { bufferBytes, loadFactor },
      ioBytes: pieceBytes,
      now: clock.now(),
    })
  }

  #failed(dir: LogDirectory, log: Log, error: Error): void {
    if (error instanceof CleaningAborted || this.#stop.signal.aborted || !log.compaction.isOpen) return
    if ((error as NodeJS.ErrnoException).syscall !== undefined) return dir.fail(error)
    this.#setAside.add(log)
    this.#options.say(`Cannot compact ${log.name}, which is left as it is until the next start: ${error.message}`)
  }
}

const summary = (log: Log, result: CleaningResult, ms: number): string =>
  `Compacted ${log.name} up to offset ${result.endOffset}: ${result.bytesBefore} bytes in ${result.segmentsBefore} segments ` +
  `became ${result.bytesAfter} in ${result.segmentsAfter}, in ${Math.round(ms)} ms`
