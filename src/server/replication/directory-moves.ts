import type { Clock } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Log } from '../storage/log.ts'
import type { LogDirectory } from '../storage/log-directory.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { alignEmptyLog, truncationOffset } from './fetcher/copying.ts'
import type { ReplicationQuota } from './replication-quota.ts'

export interface DirectoryMovesOptions {
  readonly logs: LogManager
  readonly clock: Clock
  /** `replica.alter.log.dirs.io.max.bytes.per.second` */
  readonly quota: ReplicationQuota
  /** Where this broker's replica lies by the metadata; undefined while that cannot say so. */
  placeOf(log: Log): Uuid | undefined
  /** Has the controller know where it lies. */
  tell(log: Log, directory: Uuid): void
  log(line: string): void
}

/** Copied at a time: other work of the node waits for it. */
const PIECE = 256 * 1024
/** Before a move is tried again in which something is wrong, milliseconds. */
const RETRY_MS = 30_000
/** The longest rest while moves wait for something, milliseconds. */
const LOOK_AGAIN_MS = 1000

interface Move {
  readonly log: Log
  /** The new directory, once the controller was told of it: the log goes there as soon as that is known. */
  told: Uuid | undefined
  /** Monotonic time before which nothing is done. */
  notBefore: number
  /** Whether all but the newest records of the copy are durable. */
  isFlushed: boolean
}

/**
 * Moves logs to other directories of this node (KIP-113): copies one beside the other, has the controller know where it will lie (KIP-858), and puts the copy
 * in the log's place. One log after the other gets its turn; the node's other work goes first.
 */
export class DirectoryMoves {
  readonly #moves = new Map<Log, Move>()
  readonly #closing = new AbortController()
  #wake: (() => void) | undefined
  /** Counted, so that a change during a round is not slept over. */
  #changes = 0
  #running: Promise<void> | undefined

  constructor(private readonly options: DirectoryMovesOptions) {}

  /** Throws as `FutureLogs.begin`. */
  begin(log: Log, dir: LogDirectory): void {
    if (!this.options.logs.futures.of(log)) this.options.logs.futures.begin(log, dir)
    this.resume(log)
  }

  /** Goes on with a move whose copy is there. */
  resume(log: Log): void {
    if (this.#moves.has(log) || this.#closing.signal.aborted) return
    this.#moves.set(log, { log, told: undefined, notBefore: 0, isFlushed: false })
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    this.notice()
  }

  /** The log stays where it is. */
  cancel(log: Log): void {
    this.options.logs.futures.drop(log)
    this.forget(log)
  }

  /** The log or its copy is gone; `lost` is the directory that it was in where that has failed. */
  forget(log: Log, lost?: Uuid): void {
    const move = this.#moves.get(log)
    this.#moves.delete(log)
    const place = this.options.logs.directoryIdOf(log.topic, log.partition) ?? lost
    if (move?.told !== undefined && place !== undefined) this.options.tell(log, place)
  }

  /** Forgets those that had part in a directory that has failed. */
  forgetLost(failed: Uuid | undefined): void {
    for (const log of [...this.#moves.keys()]) if (!this.options.logs.futures.of(log)) this.forget(log, failed)
  }

  /** Where the controller is to believe that a log lies, before it does; undefined for one that does not move. */
  announced(log: Log): Uuid | undefined {
    return this.#moves.get(log)?.told
  }

  /** The metadata may have changed. */
  notice(): void {
    this.#changes++
    this.#wake?.()
  }

  close(): void {
    this.#closing.abort()
    this.#moves.clear()
    this.notice()
  }

  async #run(): Promise<void> {
    const { clock } = this.options
    while (this.#moves.size > 0) {
      let isIdle = true
      const changes = this.#changes
      for (const move of [...this.#moves.values()]) {
        if (this.#moves.get(move.log) !== move || clock.monotonic() < move.notBefore) continue
        const started = clock.monotonic()
        const outcome = await this.#step(move)
        if (outcome === 'waits') continue
        isIdle = false
        await this.#rest(clock.monotonic() - started)
      }
      if (isIdle && this.#moves.size > 0 && changes === this.#changes) await this.#pause()
    }
  }

  /** As long as the work took, and until the rate is down to the limit, which may change meanwhile. */
  async #rest(ms: number): Promise<void> {
    const { clock, quota } = this.options
    const { signal } = this.#closing
    let next = Math.max(ms, 1)
    do {
      await clock.sleep(next, signal).catch(() => {})
      next = Math.min(quota.excessMs, LOOK_AGAIN_MS)
    } while (next > 0 && !signal.aborted)
  }

  /** Until the metadata or the moves change, or it is time to look again. */
  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.timer(LOOK_AGAIN_MS, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#wake = undefined
  }

  async #step(move: Move): Promise<'went on' | 'waits'> {
    const { log } = move
    const { logs, quota } = this.options
    const future = logs.futures.of(log)
    if (!future) return 'waits'
    try {
      quota.record(copyPiece(log, future))
      return future.logEndOffset < log.logEndOffset ? 'went on' : await this.#caughtUp(move, future)
    } catch (error) {
      // A disk that fails has been noted, and ends the moves that it has part in.
      if (logs.futures.of(log) === future && !log.failed) this.#stuck(move, error as Error)
      return 'waits'
    }
  }

  #stuck(move: Move, error: Error): void {
    const { clock, log } = this.options
    move.notBefore = clock.monotonic() + RETRY_MS
    log(`Cannot move ${move.log.name} to another log directory, and will try again: ${error.message}`)
  }

  /** Nothing is lacking now, which may be over after each wait. */
  async #caughtUp(move: Move, future: Log): Promise<'went on' | 'waits'> {
    const { log } = move
    const { logs } = this.options
    if (!move.isFlushed) {
      await future.flush()
      move.isFlushed = true
      return 'went on'
    }
    const destination = logs.futures.destinationOf(log) as LogDirectory
    if (!this.#isKnown(move, destination)) return 'waits'
    // What is durable in the old place has to be that in the new one. Where each record is synced there is always something new to sync, and no end to waiting for it.
    if (future.recoveryPoint < log.recoveryPoint) future.syncNow()
    if (!logs.promote(log)) return 'waits'
    this.#moves.delete(log)
    this.options.log(`Moved ${log.name} to ${destination.path}`)
    return 'went on'
  }

  /** Whether the controller knows where the log will lie; it is told if not. */
  #isKnown(move: Move, { id }: LogDirectory): boolean {
    const known = this.options.placeOf(move.log)
    if (id === undefined || known === undefined) return true
    if (move.told === undefined) {
      move.told = id
      this.options.tell(move.log, id)
    }
    return known === id
  }
}

/** Copies records that the copy lacks, and takes away what the log has no more. Gives the bytes; 0 when both end alike. Throws `KafkaError`. */
function copyPiece(log: Log, future: Log): number {
  align(log, future)
  const from = future.logEndOffset
  const read = log.read(from, PIECE, log.logEndOffset, true)
  try {
    if (read.size === 0) return 0
    const records = read.buffers.length === 1 ? (read.buffers[0] as Buffer) : Buffer.concat(read.buffers)
    alignEmptyLog(future, records)
    const { written } = future.append(records, { leaderEpoch: log.latestEpoch ?? -1, origin: 'replication' })
    // Whether it is durable is asked when all is there.
    written?.catch(() => {})
  } finally {
    read.release()
  }
  follow(log, future)
  return read.size
}

/** Cuts off what the log was cut off since, as a follower does at its leader's word. */
function align(log: Log, future: Log): void {
  for (;;) {
    const { latestEpoch, logEndOffset } = future
    if (logEndOffset < log.logStartOffset) future.truncateFullyAndStartAt(log.logStartOffset)
    if (latestEpoch === undefined || logEndOffset === future.logStartOffset) break
    const shared = Math.min(latestEpoch, log.latestEpoch ?? -1)
    const end = shared < 0 ? log.logStartOffset : truncationOffset(future, log.endOffsetForEpoch(shared))
    if (end >= future.logEndOffset) break
    future.truncateTo(end)
  }
  if (future.logEndOffset > log.logEndOffset) future.truncateTo(log.logEndOffset)
  follow(log, future)
}

function follow(log: Log, future: Log): void {
  future.advanceHighWatermark(log.highWatermark)
  if (log.logStartOffset > future.logStartOffset && log.logStartOffset <= future.highWatermark)
    future.deleteRecordsBefore(log.logStartOffset)
}
