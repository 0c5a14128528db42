import type { Clock, Timer } from '../runtime/index.ts'

/** A time in which a broker reads nothing from us, because we used more than a quota (KIP-219). */
export class Silence {
  private timer: Timer | undefined
  private until = 0
  private pending: Promise<void> | undefined
  private resolve: () => void = () => {}

  constructor(private readonly clock: Clock) {}

  /** Resolves at its end; undefined when there is none. Whoever waited looks again, for it may have become longer. */
  get over(): Promise<void> | undefined {
    return this.pending
  }

  /** Milliseconds from now on; never shorter than it was. */
  last(ms: number): void {
    const until = this.clock.monotonic() + ms
    if (until <= this.until) return
    this.until = until
    this.timer?.cancel()
    this.timer = this.clock.timer(ms, () => this.end())
    this.pending ??= new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  end(): void {
    this.timer?.cancel()
    this.pending = undefined
    this.resolve()
  }
}
