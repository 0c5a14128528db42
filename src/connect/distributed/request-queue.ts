import type { Clock } from '../../runtime/index.ts'
import { RequestError } from '../worker/request-error.ts'

/** Milliseconds that a request of a user may take. */
const TIMEOUT = 90_000

interface Waiting {
  /** On the monotonic clock. */
  readonly at: number
  readonly number: number
  run(): Promise<void>
  /** It will not be done. */
  cancel(): void
}

/** What is to be done between rebalances, one after the other: by the time at which it may be, and then in order. */
export class RequestQueue {
  private waiting: Waiting[] = []
  private number = 0
  private closed = false

  constructor(
    private readonly clock: Clock,
    /** Something may be done. */
    private readonly wake: () => void,
  ) {}

  /** When the next is to be done, on the monotonic clock; undefined when there is none. */
  get nextAt(): number | undefined {
    return this.waiting[0]?.at
  }

  /** A request of a user: gives what comes of it, or rejects after a minute and a half. */
  ask<T>(action: () => Promise<T> | T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refuse = () => reject(new RequestError(500, 'Worker is shutting down'))
      if (this.closed) return refuse()
      const timer = this.clock.timer(TIMEOUT, () => reject(new RequestError(500, 'Request timed out')))
      const run = async () => {
        try {
          resolve(await action())
        } catch (error) {
          reject(error as Error)
        } finally {
          timer.cancel()
        }
      }
      this.add(0, run, () => {
        timer.cancel()
        refuse()
      })
    })
  }

  /** Something of the worker's own, which must not reject. */
  later(delayMs: number, action: () => Promise<void>): void {
    if (!this.closed) this.add(delayMs, action, () => {})
  }

  /** Does what may be done now. */
  async runDue(): Promise<void> {
    for (;;) {
      const [next] = this.waiting
      if (!next || next.at > this.clock.monotonic()) return
      this.waiting.shift()
      await next.run()
    }
  }

  /** Nothing more is taken, and what waits is refused. */
  close(): void {
    this.closed = true
    for (const { cancel } of this.waiting) cancel()
    this.waiting = []
  }

  private add(delayMs: number, run: () => Promise<void>, cancel: () => void): void {
    const at = delayMs === 0 ? 0 : this.clock.monotonic() + delayMs
    this.waiting.push({ at, number: this.number++, run, cancel })
    this.waiting.sort((a, b) => a.at - b.at || a.number - b.number)
    this.wake()
  }
}
