/** How far the final results of a store's windows have gone on, in one task. */
export class EmitProgress {
  /** The close time by which they went on last, in milliseconds of stream time; -1 before the first. It is committed with the offsets. */
  closedAt = -1
  private nextLook = 0

  /** Looking for closed windows is dear: between two looks there is at least this time, in milliseconds on the wall's clock. */
  constructor(private readonly intervalMs: number) {}

  /** Whether it is time to look, and windows can have closed since the last time. */
  isDue(now: number, closeTime: number): boolean {
    if (now < this.nextLook) return false
    this.nextLook = now + this.intervalMs
    return this.closedAt < closeTime
  }
}
