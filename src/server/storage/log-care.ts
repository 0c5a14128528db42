import { KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../../runtime/index.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import type { Segment } from './segment.ts'

/** How often a node looks after its logs, in milliseconds, by the names of Kafka's properties. */
export interface CareIntervals {
  /** `log.retention.check.interval.ms` */
  readonly retentionCheckMs?: number
  /** `log.flush.scheduler.interval.ms`: how often logs are looked through for `flush.ms`. */
  readonly flushCheckMs?: number
  /** `log.flush.offset.checkpoint.interval.ms`, and the same for log starts. */
  readonly flushCheckpointMs?: number
  /** `replica.high.watermark.checkpoint.interval.ms` */
  readonly highWatermarkCheckpointMs?: number
  /** `log.initial.task.delay.ms` */
  readonly initialDelayMs?: number
}

const RETENTION_CHECK_MS = 5 * 60_000
const FLUSH_CHECK_MS = 1000
const CHECKPOINT_MS = 60_000
const HIGH_WATERMARK_MS = 5000
const INITIAL_DELAY_MS = 30_000
const TIDY_MS = 30_000

/** The work that comes back while a node runs: retention, flushes, checkpoints, freeing memory. */
export class LogCare {
  readonly #timers = new Map<string, Timer>()
  #stopped = false

  constructor(
    private readonly clock: Clock,
    private readonly dirs: readonly LogDirectory[],
    private readonly intervals: CareIntervals,
    private readonly say: (line: string) => void,
  ) {}

  start(): void {
    const { intervals } = this
    const delay = intervals.initialDelayMs ?? INITIAL_DELAY_MS
    this.#every('retention', intervals.retentionCheckMs ?? RETENTION_CHECK_MS, delay, () => this.applyRetention())
    this.#every('flush', intervals.flushCheckMs ?? FLUSH_CHECK_MS, delay, () => this.#flushOld())
    this.#every('checkpoint', intervals.flushCheckpointMs ?? CHECKPOINT_MS, delay, () =>
      this.#eachDir((dir) => dir.writeFlushedLater()),
    )
    const highWatermarkMs = intervals.highWatermarkCheckpointMs ?? HIGH_WATERMARK_MS
    this.#every('high watermark', highWatermarkMs, highWatermarkMs, () =>
      this.#eachDir((dir) => dir.writeHighWatermarksLater()),
    )
    this.#every('tidy', TIDY_MS, TIDY_MS, () => this.#tidy())
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  /** Calls once, unless everything is stopped before. */
  after(name: string, ms: number, work: () => void): void {
    if (this.#stopped) return
    const timer = this.clock.timer(ms, () => {
      this.#timers.delete(name)
      work()
    })
    this.#timers.set(name, timer)
  }

  #every(name: string, ms: number, firstMs: number, work: () => void | Promise<void>): void {
    const again = async () => {
      await work()
      this.after(name, ms, () => void again())
    }
    this.after(name, firstMs, () => void again())
  }

  /** Deletes expired segments of logs; one checkpoint of the log starts covers those of a directory. */
  applyRetention(concerns: (log: Log) => boolean = () => true): void {
    const now = this.clock.now()
    for (const dir of this.dirs)
      dir.quietly(() => {
        const expired = [...dir.logs].filter(concerns).map((log) => ({ log, segments: this.#expiredIn(log, now) }))
        const concerned = expired.filter(({ segments }) => segments.length > 0)
        if (concerned.length > 0) dir.writeLogStarts()
        for (const { log, segments } of concerned) {
          log.discard(segments)
          this.say(`Deleted ${segments.length} segments of ${log.name}, which begins at ${log.logStartOffset} now`)
        }
      })
  }

  #expiredIn(log: Log, now: number): Segment[] {
    return this.#onOne(log, () => log.detachExpired(now)) ?? []
  }

  /** A log that is damaged must not keep the others from their care. */
  #onOne<T>(log: Log, work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.say(`Cannot look after ${log.name}: ${error.message}`)
      return undefined
    }
  }

  async #flushOld(): Promise<void> {
    const now = this.clock.monotonic()
    for (const log of this.#live())
      if (log.unflushedSince !== undefined && now - log.unflushedSince >= log.config.flushMs)
        // A failure has been told to the log's owner.
        await log.flush().catch(() => {})
  }

  #tidy(): void {
    const quietSince = this.clock.monotonic() - TIDY_MS
    for (const log of this.#live()) this.#onOne(log, () => log.tidy(quietSince))
  }

  #live(): Log[] {
    return this.dirs.flatMap((dir) => (dir.failed ? [] : [...dir.logs])).filter((log) => !log.failed)
  }

  async #eachDir(work: (dir: LogDirectory) => Promise<void>): Promise<void> {
    for (const dir of this.dirs) if (!this.#stopped) await dir.quietlyLater(() => work(dir))
  }
}
