import type { ClientMetrics } from './client-metrics.ts'
import type { Stat } from './stat.ts'

/** What `consumer-metrics` say of an application's calls, under the names of Apache's consumer. */
export class PollMetrics {
  private readonly between: Stat
  private readonly idle: Stat
  private polledAt: number | undefined
  private sinceLastMs = 0
  private readonly spentMs = { 'commit-sync': 0, committed: 0 }

  constructor(private readonly metrics: ClientMetrics) {
    this.between = metrics.stat()
    this.idle = metrics.stat()
    metrics
      .group('-metrics')
      .spread('time-between-poll', this.between)
      .gauge('poll-idle-ratio-avg', (now) => this.idle.average(now))
      .gauge('last-poll-seconds-ago', (now) =>
        this.polledAt === undefined ? -1 : Math.trunc((now - this.polledAt) / 1000),
      )
      .gauge('commit-sync-time-ns-total', () => this.spentMs['commit-sync'] * 1e6)
      .gauge('committed-time-ns-total', () => this.spentMs.committed * 1e6)
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

  /** Adds the time until it is settled. */
  async time<T>(call: keyof PollMetrics['spentMs'], action: Promise<T>): Promise<T> {
    const begun = this.metrics.now
    try {
      return await action
    } finally {
      this.spentMs[call] += this.metrics.now - begun
    }
  }
}
