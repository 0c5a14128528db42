import type { Clock } from '../../../runtime/index.ts'

/** Work that may hold up the event loop at a time, in milliseconds. */
const PIECE_MS = 1

export interface PaceLimits {
  /** Bytes after which a piece ends in any case. */
  readonly pieceBytes: number
  /** `log.cleaner.io.max.bytes.per.second`, of what is read and written together. */
  readonly bytesPerSecond: number
}

/** Cuts long work into pieces, and rests between them for as long as they took: whoever waits for an answer goes first. */
export class Pace {
  #since: number
  #bytes = 0

  constructor(
    private readonly clock: Clock,
    private readonly limits: PaceLimits,
    private readonly signal: AbortSignal,
  ) {
    this.#since = clock.monotonic()
  }

  /** Notes bytes that were read or written. */
  spent(bytes: number): void {
    this.#bytes += bytes
  }

  get isOver(): boolean {
    return this.#bytes >= this.limits.pieceBytes || this.clock.monotonic() - this.#since >= PIECE_MS
  }

  /** Rejects when the work is to stop. */
  async rest(): Promise<void> {
    const took = this.clock.monotonic() - this.#since
    const owed = (this.#bytes * 1000) / this.limits.bytesPerSecond
    await this.clock.sleep(Math.max(Math.ceil(Math.max(took, owed - took)), 1), this.signal)
    this.#since = this.clock.monotonic()
    this.#bytes = 0
  }
}
