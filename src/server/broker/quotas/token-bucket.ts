/** Fills at a rate up to what it holds; more may be taken than is there, and has to be filled up again (KIP-599). Times are milliseconds. */
export class TokenBucket {
  private tokens: number
  private filledAt: number

  constructor(
    private readonly capacity: number,
    private readonly perSecond: number,
    now: number,
  ) {
    this.tokens = capacity
    this.filledAt = now
  }

  /** How long until nothing is owed any more. */
  owedMs(now: number): number {
    this.fill(now)
    return this.tokens < 0 ? Math.round((-this.tokens / this.perSecond) * 1000) : 0
  }

  take(amount: number, now: number): void {
    this.fill(now)
    this.tokens -= amount
  }

  private fill(now: number): void {
    this.tokens = Math.min(this.capacity, this.tokens + ((now - this.filledAt) / 1000) * this.perSecond)
    this.filledAt = now
  }
}
