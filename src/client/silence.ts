import type { Clock, Timer } from '../runtime/index.ts'
import { Callbacks } from '../std/callbacks.ts'

/** A time in which a broker reads nothing from us, because we used more than a quota (KIP-219). */
export class Silence {
  private timer: Timer | undefined
  private until = 0
  private readonly waiting = new Callbacks()

  constructor(private readonly clock: Clock) {}

  get isOn(): boolean {
    return this.timer !== undefined
  }

  /** Milliseconds from now on; never shorter than it was. */
  last(ms: number): void {
    const until = this.clock.monotonic() + ms
    if (until <= this.until) return
    this.until = until
    this.timer?.cancel()
    this.timer = this.clock.timer(ms, () => this.end())
  }

  /** Resolves with true at its end, or with false when that takes longer than the patience, in milliseconds. */
  wait(patienceMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const patience = this.clock.timer(patienceMs, () => {
        forget()
        resolve(false)
      })
      const forget = this.waiting.add(() => {
        patience.cancel()
        resolve(true)
      })
    })
  }

  end(): void {
    this.timer?.cancel()
    this.timer = undefined
    this.waiting.callAll()
  }
}
