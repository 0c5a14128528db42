import type { Clock } from '../../runtime/index.ts'

/** Something to wait at until anything happens. */
export class Doorbell {
  private rung = false
  private waiting: (() => void) | undefined

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.rung = true
    this.waiting?.()
  }

  /** Resolves when it rings, has rung since the last wait, or `ms` milliseconds have gone by. Lets I/O happen in any case. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.rung ? undefined : this.clock.timer(ms, () => finish())
      const finish = () => {
        timer?.cancel()
        this.waiting = undefined
        this.rung = false
        resolve()
      }
      this.waiting = finish
      if (this.rung) this.clock.defer(finish)
    })
  }
}
