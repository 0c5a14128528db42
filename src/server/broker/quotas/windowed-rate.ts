interface Sample {
  readonly begun: number
  sum: number
}

/**
 * A rate over the last windows, as Kafka measures it: what was recorded in them, divided by the time since the oldest began, and by all of them but one at least.
 * So a burst after a rest is measured against the whole time. Times are milliseconds of a clock that never goes back.
 */
export class WindowedRate {
  private readonly samples: Sample[] = []

  constructor(
    private readonly windows: number,
    private readonly windowMs: number,
  ) {}

  record(amount: number, now: number): void {
    let sample = this.samples.at(-1)
    if (!sample || now - sample.begun >= this.windowMs) this.samples.push((sample = { begun: now, sum: 0 }))
    sample.sum += amount
  }

  /** How long nothing may be recorded until the rate is down to the limit, both a second; milliseconds. */
  excessMs(limit: number, now: number): number {
    const elapsedMs = this.elapsed(now)
    const rate = this.sum() / (elapsedMs / 1000)
    return rate > limit ? Math.round(((rate - limit) / limit) * elapsedMs) : 0
  }

  private elapsed(now: number): number {
    while (this.samples[0] && this.samples[0].begun <= now - this.windows * this.windowMs) this.samples.shift()
    const elapsed = now - (this.samples[0]?.begun ?? now)
    return elapsed + Math.max(0, this.windows - 1 - Math.floor(elapsed / this.windowMs)) * this.windowMs
  }

  private sum(): number {
    return this.samples.reduce((total, { sum }) => total + sum, 0)
  }
}
