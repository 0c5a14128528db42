/** Something that is worth a word now, and not again for a while. */
export class Seldom {
  #saidAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: { monotonic(): number },
    private readonly pauseMs: number,
  ) {}

  /** Whether to say it now, which then counts as said. */
  isTime(): boolean {
    const now = this.clock.monotonic()
    if (now - this.#saidAt < this.pauseMs) return false
    this.#saidAt = now
    return true
  }

  /** What comes next is news. */
  reset(): void {
    this.#saidAt = Number.NEGATIVE_INFINITY
  }
}
