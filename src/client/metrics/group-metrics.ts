import { type ClientMetrics, secondsSince } from './client-metrics.ts'
import { HeartbeatMetrics } from './heartbeat-metrics.ts'
import type { Stat } from './stat.ts'

type TimedCall = 'join' | 'sync' | 'commit'

/** `consumer-coordinator-metrics`, under the names of Apache's consumer: a member's talk with its group. */
export class GroupMetrics {
  private readonly calls: Readonly<Record<TimedCall, Stat>>
  private readonly rebalances: Stat
  private readonly heartbeats: HeartbeatMetrics
  private rebalancingSince: number | undefined
  private rebalancedAt: number | undefined

  constructor(
    private readonly metrics: ClientMetrics,
    assigned: () => number,
  ) {
    this.heartbeats = new HeartbeatMetrics(metrics, '-coordinator-metrics')
    this.calls = { join: metrics.stat(), sync: metrics.stat(), commit: metrics.stat() }
    this.rebalances = metrics.stat()
    const { join, sync, commit } = this.calls
    this.heartbeats.group
      .gauge('assigned-partitions', assigned)
      .events('join', join)
      .spread('join-time', join)
      .events('sync', sync)
      .spread('sync-time', sync)
      .events('commit', commit)
      .spread('commit-latency', commit)
      .spread('rebalance-latency', this.rebalances)
      .gauge('rebalance-latency-total', () => this.rebalances.total)
      .gauge('last-rebalance-seconds-ago', (now) => secondsSince(this.rebalancedAt, now))
  }

  /** Notes how long an answer takes; failures do not count. */
  time<T>(call: TimedCall | 'heartbeat', answer: Promise<T>): Promise<T> {
    return call === 'heartbeat' ? this.heartbeats.time(answer) : this.metrics.time(this.calls[call], answer)
  }

  /** The member is on its way to another assignment. */
  rebalancing(): void {
    this.rebalancingSince ??= this.metrics.now
  }

  /** It has the assignment. */
  rebalanced(): void {
    const { now } = this.metrics
    this.heartbeats.rebalanced()
    this.rebalances.record(now - (this.rebalancingSince ?? now), now)
    this.rebalancingSince = undefined
    this.rebalancedAt = now
  }
}
