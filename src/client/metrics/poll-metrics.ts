import { type ClientMetrics, secondsSince } from './client-metrics.ts'
import type { Stat } from './stat.ts'

/** How often an application polls, under the names of Apache's consumers. */
export class PollMetrics {
  private readonly between: Stat
  private readonly idle: Stat
  private polledAt: number | undefined
  private sinceLastMs = 0

  constructor(
    private readonly metrics: ClientMetrics,
    suffix: string,
  ) {
    this.between = metrics.stat()
    this.idle = metrics.stat()
    metrics
      .group(suffix)
      .spread('time-between-poll', this.between)
      .gauge('poll-idle-ratio-avg', (now) => this.idle.average(now))
      .gauge('last-poll-seconds-ago', (now) => secondsSince(this.polledAt, now))
  }

  began(): void {
    const { now } = this.metrics
    this.sinceLastMs = this.polledAt === undefined ? 0 : now - this.polledAt
    this.polledAt = now
    this.between.record(this.sinceLastMs, now)
  }

  /** The ratio is the share of a poll in the time since the one before began. */
  ended(): void {
    const { now } = this.metrics
    const tookMs = now - (this.polledAt ?? now)
    const allMs = tookMs + this.sinceLastMs
    if (allMs > 0) this.idle.record(tookMs / allMs, now)
  }
}
