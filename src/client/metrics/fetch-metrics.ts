import type { ClientMetric } from '../types.ts'
import type { ClientMetrics, MakeMetric } from './client-metrics.ts'
import { allOf, type Stat, Together, type Told } from './stat.ts'

/** Where a consumer stands in a partition. */
interface Progress {
  readonly topic: string
  readonly partition: number
  readonly position: number | undefined
  readonly highWatermark: number | undefined
  readonly logStartOffset: number | undefined
  readonly preferredReplica: { readonly id: number } | undefined
}

/** Records that are still to come, and how far the oldest of the log is behind. */
interface Distance {
  readonly lag: Stat
  readonly lead: Stat
}

interface TopicStats {
  readonly sizes: Stat
  readonly perRequest: Stat
  readonly bytes: Stat
  readonly records: Stat
}

/** `consumer-fetch-manager-metrics`, under the names of Apache's consumer. */
export class FetchMetrics {
  private readonly sizes: Stat
  private readonly perRequest: Stat
  private readonly throttling: Stat
  private readonly topics = new Map<string, TopicStats>()
  private readonly distances = new WeakMap<Progress, Distance>()

  constructor(
    private readonly metrics: ClientMetrics,
    /** Milliseconds until records were fetched. */
    latency: Told,
    private readonly assigned: () => Iterable<Progress>,
  ) {
    const stat = () => metrics.stat()
    this.sizes = stat()
    this.perRequest = stat()
    this.throttling = stat()
    const lags = new Together(() => Array.from(this.assigned(), (where) => this.distanceOf(where).lag))
    const leads = new Together(() => Array.from(this.assigned(), (where) => this.distanceOf(where).lead))
    const bytes = allOf(this.topics, (topic) => topic.bytes)
    const records = allOf(this.topics, (topic) => topic.records)
    metrics
      .group('-fetch-manager-metrics')
      .events('fetch', latency)
      .spread('fetch-latency', latency)
      .spread('fetch-size', this.sizes)
      .spread('fetch-throttle-time', this.throttling)
      .gauge('records-per-request-avg', (now) => this.perRequest.average(now))
      .sums('bytes-consumed', bytes)
      .sums('records-consumed', records)
      .gauge('records-lag-max', (now) => lags.max(now))
      .gauge('records-lead-min', (now) => leads.min(now))
    metrics.source('-fetch-manager-metrics', (make, now) => this.ofPartitions(make, now))
  }

  /** An answer has come, with so much in it. */
  answered(answer: { readonly throttleTimeMs: number; readonly bytes: number; readonly records: number }): void {
    const { now } = this.metrics
    this.throttling.record(answer.throttleTimeMs, now)
    if (answer.bytes === 0) return
    this.sizes.record(answer.bytes, now)
    this.perRequest.record(answer.records, now)
  }

  /** What of an answer is of one topic. */
  fetched(name: string, bytes: number, records: number): void {
    const { now } = this.metrics
    const topic = this.topic(name)
    topic.sizes.record(bytes, now)
    topic.perRequest.record(records, now)
  }

  /** Records were handed out, and the answers that they were in had so many bytes, which count with the last record. */
  consumed(where: Progress, records: number, bytes: number): void {
    const { now } = this.metrics
    const topic = this.topic(where.topic)
    topic.records.record(records, now)
    topic.bytes.record(bytes, now)
    const { position = 0, highWatermark, logStartOffset } = where
    const { lag, lead } = this.distanceOf(where)
    if (highWatermark !== undefined) lag.record(Math.max(0, highWatermark - position), now)
    if (logStartOffset !== undefined && logStartOffset >= 0) lead.record(position - logStartOffset, now)
  }

  private ofPartitions(make: MakeMetric, now: number): ClientMetric[] {
    return Array.from(this.assigned()).flatMap((where) => {
      const { position = 0, highWatermark, logStartOffset } = where
      const tags = { topic: where.topic, partition: String(where.partition) }
      const { lag, lead } = this.distanceOf(where)
      const rows = [make('preferred-read-replica', where.preferredReplica?.id ?? -1, tags)]
      if (highWatermark !== undefined)
        rows.push(
          make('records-lag', Math.max(0, highWatermark - position), tags),
          make('records-lag-avg', lag.average(now), tags),
          make('records-lag-max', lag.max(now), tags),
        )
      if (logStartOffset !== undefined && logStartOffset >= 0)
        rows.push(
          make('records-lead', position - logStartOffset, tags),
          make('records-lead-avg', lead.average(now), tags),
          make('records-lead-min', lead.min(now), tags),
        )
      return rows
    })
  }

  private distanceOf(where: Progress): Distance {
    let known = this.distances.get(where)
    if (!known) this.distances.set(where, (known = { lag: this.metrics.stat(), lead: this.metrics.stat() }))
    return known
  }

  private topic(topic: string): TopicStats {
    const known = this.topics.get(topic)
    if (known) return known
    const stat = () => this.metrics.stat()
    const made = { sizes: stat(), perRequest: stat(), bytes: stat(), records: stat() }
    this.topics.set(topic, made)
    this.metrics
      .group('-fetch-manager-metrics', () => ({ topic }))
      .spread('fetch-size', made.sizes)
      .gauge('records-per-request-avg', (now) => made.perRequest.average(now))
      .sums('bytes-consumed', made.bytes)
      .sums('records-consumed', made.records)
    return made
  }
}
