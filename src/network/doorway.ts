import type { Clock } from '../runtime/index.ts'

/** Who comes when so many wait is sent away, as a system does whose backlog is full. */
const MAX_WAITING = 500
/** Limits may be raised while connections wait. */
const LOOK_AGAIN_MS = 1000

export interface DoorwayOptions {
  readonly clock: Clock
  /** Whether there is a place for one more now. */
  hasPlace(): boolean
  /** Calls back, once, when a place may be free. Gives what takes the call back. */
  onFreed(callback: () => void): () => void
  /** Counts one that comes in; gives the milliseconds that it has to wait for that, and all behind it. */
  pace(): number
}

/**
 * Lets connections in one after the other, each when there is a place for it, and no more of them than a rate allows (KIP-402, KIP-612). Nothing is read
 * from those that wait.
 */
export class Doorway {
  private readonly line: ((mayEnter: boolean) => void)[] = []
  private isBusy = false
  private isShut = false

  constructor(private readonly options: DoorwayOptions) {}

  /** Calls back with whether the connection is let in: at once where nobody has to wait. */
  enter(decided: (mayEnter: boolean) => void): void {
    if (this.isShut || this.line.length >= MAX_WAITING) return decided(false)
    if (this.isBusy || !this.options.hasPlace()) {
      this.line.push(decided)
      if (!this.isBusy) void this.serve(0)
      return
    }
    const ms = this.options.pace()
    if (ms <= 0) return decided(true)
    this.line.push(decided)
    void this.serve(ms)
  }

  /** Nobody comes in any more. */
  shut(): void {
    this.isShut = true
    for (const decided of this.line.splice(0)) decided(false)
  }

  /** Lets in those who wait; the first one was counted already where it has to wait for that. */
  private async serve(firstMs: number): Promise<void> {
    this.isBusy = true
    for (let counted = firstMs; this.line.length > 0; counted = 0) {
      const ms = counted || this.options.pace()
      if (ms > 0) await this.options.clock.sleep(ms)
      // Last, for others may have taken the place meanwhile: listeners share theirs.
      while (!this.isShut && !this.options.hasPlace()) await this.freed()
      this.line.shift()?.(true)
    }
    this.isBusy = false
  }

  private freed(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel()
        forget()
        resolve()
      }
      const timer = this.options.clock.timer(LOOK_AGAIN_MS, done)
      const forget = this.options.onFreed(done)
    })
  }
}
