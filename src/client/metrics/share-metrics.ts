import type { ClientMetrics } from './client-metrics.ts'
import { HeartbeatMetrics } from './heartbeat-metrics.ts'
import { PollMetrics } from './poll-metrics.ts'
import type { Stat } from './stat.ts'

/** What a share consumer tells, under the names of Apache's; what goes over its connections is told as a consumer's. */
export class ShareMetrics {
  readonly polls: PollMetrics
  readonly membership: HeartbeatMetrics
  private readonly latency: Stat
  private readonly throttling: Stat
  private readonly sizes: Stat
  private readonly records: Stat
  private readonly acknowledged: Stat
  private readonly refused: Stat

  constructor(private readonly metrics: ClientMetrics) {
    const stat = () => metrics.stat()
    this.polls = new PollMetrics(metrics, '-share-metrics')
    this.membership = new HeartbeatMetrics(metrics, '-share-coordinator-metrics')
    this.latency = stat()
    this.throttling = stat()
    this.sizes = stat()
    this.records = stat()
    this.acknowledged = stat()
    this.refused = stat()
    metrics
      .group('-share-fetch-manager-metrics')
      .events('fetch', this.latency)
      .spread('fetch-latency', this.latency)
      .spread('fetch-throttle-time', this.throttling)
      .spread('fetch-size', this.sizes)
      .spread('records-per-request', this.records)
      .sums('bytes-consumed', this.sizes)
      .sums('records-consumed', this.records)
      .sums('acknowledgements-send', this.acknowledged)
      .sums('acknowledgements-error', this.refused)
  }

  get now(): number {
    return this.metrics.now
  }

  /** A broker answered a fetch; times in milliseconds. */
  answered(latencyMs: number, throttleTimeMs: number): void {
    const { now } = this.metrics
    this.latency.record(latencyMs, now)
    this.throttling.record(throttleTimeMs, now)
  }

  /** Records of one answer were handed out. */
  delivered(records: number, bytes: number): void {
    const { now } = this.metrics
    this.records.record(records, now)
    this.sizes.record(bytes, now)
  }

  /** The leader has heard what became of so many offsets, or has refused to. */
  told(offsets: number, isRefused: boolean): void {
    const { now } = this.metrics
    this.acknowledged.record(offsets, now)
    if (isRefused) this.refused.record(offsets, now)
  }
}
