import type { Producer } from '../../client/index.ts'
import type { Clock } from '../../runtime/index.ts'

/** Transactions one after the other, each about as long as asked for. */
export class TransactionSeries {
  private startedAt: number | undefined

  constructor(
    private readonly producer: Producer,
    private readonly clock: Clock,
    private readonly durationMs: number,
  ) {}

  /** To be called before the first record. */
  initialize(): Promise<void> {
    return this.producer.initTransactions()
  }

  /** Whether `next` has something to do. */
  get isDue(): boolean {
    return this.startedAt === undefined || this.clock.monotonic() - this.startedAt >= this.durationMs
  }

  /** Commits the transaction that has lasted long enough, if there is one, and begins another. */
  async next(): Promise<void> {
    await this.end()
    this.producer.beginTransaction()
    this.startedAt = this.clock.monotonic()
  }

  /** Commits what is open. */
  async end(): Promise<void> {
    if (this.startedAt === undefined) return
    this.startedAt = undefined
    await this.producer.commitTransaction()
  }
}
