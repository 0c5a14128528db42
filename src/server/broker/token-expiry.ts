import type { Clock, Timer } from '../../runtime/index.ts'

/** Takes out delegation tokens that have ended, every now and then. */
export class TokenExpiry {
  private timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly intervalMs: number,
    private readonly remove: (now: number) => Promise<void>,
  ) {}

  start(): void {
    this.timer = this.clock.timer(this.intervalMs, () => {
      // A node that stops writes nothing more; the next look comes after its next start.
      this.remove(this.clock.now()).catch(() => {})
      this.start()
    })
  }

  close(): void {
    this.timer?.cancel()
  }
}
