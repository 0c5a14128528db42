import type { ClientMetrics } from './client-metrics.ts'
import type { Stat } from './stat.ts'

const HOUR_MS = 3_600_000

/** `consumer-coordinator-metrics`, under the names of Apache's consumer: a member's talk with its group. */
export class GroupMetrics {
  private readonly calls: Readonly<Record<'join' | 'sync' | 'heartbeat' | 'commit', Stat>>
  private readonly rebalances: Stat
  /** In windows of an hour. */
  private readonly hourly: Stat
  private heartbeatAt: number | undefined
  private rebalancingSince: number | undefined
  private rebalancedAt: number | undefined

  constructor(
    private readonly metrics: ClientMetrics,
    assigned: () => number,
  ) {
    const stat = () => metrics.stat()
    this.calls = { join: stat(), sync: stat(), heartbeat: stat(), commit: stat() }
    this.rebalances = stat()
    this.hourly = metrics.stat(HOUR_MS)
    const { join, sync, heartbeat, commit } = this.calls
    const secondsSince = (at: number | undefined, now: number) => (at === undefined ? -1 : (now - at) / 1000)
    metrics
      .group('-coordinator-metrics')
      .gauge('assigned-partitions', assigned)
      .events('join', join)
      .spread('join-time', join)
      .events('sync', sync)
      .spread('sync-time', sync)
      .events('heartbeat', heartbeat)
      .gauge('heartbeat-response-time-max', (now) => heartbeat.max(now))
      .gauge('last-heartbeat-seconds-ago', (now) => Math.trunc(secondsSince(this.heartbeatAt, now)))
      .events('commit', commit)
      .spread('commit-latency', commit)
      .spread('rebalance-latency', this.rebalances)
      .gauge('rebalance-latency-total', () => this.rebalances.total)
      .gauge('rebalance-rate-per-hour', (now) => (this.hourly.countRate(now) * HOUR_MS) / 1000)
      .gauge('rebalance-total', () => this.rebalances.count)
      .gauge('last-rebalance-seconds-ago', (now) => Math.trunc(secondsSince(this.rebalancedAt, now)))
  }

  /** Notes how long an answer takes; failures do not count. */
  async time<T>(call: keyof GroupMetrics['calls'], answer: Promise<T>): Promise<T> {
    const begun = this.metrics.now
    if (call === 'heartbeat') this.heartbeatAt = begun
    const given = await answer
    const { now } = this.metrics
    this.calls[call].record(now - begun, now)
    return given
  }

  /** The member is on its way to another assignment. */
  rebalancing(): void {
    this.rebalancingSince ??= this.metrics.now
  }

  /** It has the assignment. */
  rebalanced(): void {
    const { now } = this.metrics
    this.rebalances.record(now - (this.rebalancingSince ?? now), now)
    this.hourly.record(1, now)
    this.rebalancingSince = undefined
    this.rebalancedAt = now
  }
}
