import { type ClientMetrics, type MetricGroup, secondsSince } from './client-metrics.ts'
import type { Stat } from './stat.ts'

const HOUR_MS = 3_600_000

/** What is told of every member of a group, under the names of Apache's consumers: its heartbeats, and how often it has another assignment. */
export class HeartbeatMetrics {
  /** The figures, for more of them. */
  readonly group: MetricGroup
  private readonly heartbeats: Stat
  /** In windows of an hour. */
  private readonly rebalances: Stat
  private heartbeatAt: number | undefined

  constructor(
    private readonly metrics: ClientMetrics,
    suffix: string,
  ) {
    this.heartbeats = metrics.stat()
    this.rebalances = metrics.stat(HOUR_MS)
    this.group = metrics
      .group(suffix)
      .events('heartbeat', this.heartbeats)
      .gauge('heartbeat-response-time-max', (now) => this.heartbeats.max(now))
      .gauge('last-heartbeat-seconds-ago', (now) => secondsSince(this.heartbeatAt, now))
      .gauge('rebalance-rate-per-hour', (now) => (this.rebalances.countRate(now) * HOUR_MS) / 1000)
      .gauge('rebalance-total', () => this.rebalances.count)
  }

  /** Notes how long the answer to a heartbeat takes; failures do not count. */
  time<T>(answer: Promise<T>): Promise<T> {
    this.heartbeatAt = this.metrics.now
    return this.metrics.time(this.heartbeats, answer)
  }

  rebalanced(): void {
    this.rebalances.record(1, this.metrics.now)
  }
}
