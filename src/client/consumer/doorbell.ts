import type { Clock } from '../../runtime/index.ts'
import { Callbacks } from '../../std/callbacks.ts'

/** Something to wait at until anything happens. */
export class Doorbell {
  private rung = false
  private readonly waiting = new Callbacks()

  constructor(private readonly clock: Clock) {}

  /** Wakes everybody who waits, or else whoever comes next. */
  ring(): void {
    this.rung = this.waiting.isEmpty
    this.waiting.callAll()
  }

  /** Resolves when it rings, has rung since the last wait, or `ms` milliseconds have gone by. Lets I/O happen in any case. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.rung) {
        this.rung = false
        this.clock.defer(resolve)
        return
      }
      const wake = () => {
        timer.cancel()
        forget()
        resolve()
      }
      const timer = this.clock.timer(ms, wake)
      const forget = this.waiting.add(wake)
    })
  }
}
