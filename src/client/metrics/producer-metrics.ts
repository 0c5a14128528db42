import { BATCH_HEADER } from '../../protocol/records/batch.ts'
import { CallTimes } from './call-times.ts'
import type { ClientMetrics } from './client-metrics.ts'
import { allOf, type Stat, type Told } from './stat.ts'

/** What the producer knows at any time. */
export interface ProducerState {
  requestsInFlight(): number
  /** `buffer.memory`, and what of it is free. */
  readonly bufferBytes: number
  availableBytes(): number
  /** Milliseconds since the last answer with metadata. */
  metadataAgeMs(): number
}

/** What is told of a batch that goes out. */
interface SentBatch {
  readonly topic: string
  readonly recordCount: number
  /** Bytes as it is sent, and before compression. */
  readonly size: number
  readonly uncompressedSize: number
  readonly largestRecord: number
  /** On the monotonic clock. */
  readonly createdAt: number
}

/** Calls that a caller waits for; the time that they took in all is told. */
type TimedCall = 'flush' | 'metadata-wait' | `txn-${'init' | 'send-offsets' | 'commit' | 'abort'}`

const TIMED: readonly TimedCall[] = [
  'flush',
  'metadata-wait',
  'txn-init',
  'txn-send-offsets',
  'txn-commit',
  'txn-abort',
]

interface TopicStats {
  readonly records: Stat
  readonly bytes: Stat
  /** Of records, before compression. */
  readonly recordBytes: Stat
  readonly retries: Stat
  readonly errors: Stat
}

/** `producer-metrics` and `producer-topic-metrics`, under the names of Apache's producer. */
export class ProducerMetrics {
  private readonly largest: Stat
  private readonly queueTime: Stat
  private readonly throttling: Stat
  private readonly splits: Stat
  private readonly topics = new Map<string, TopicStats>()
  readonly calls: CallTimes<TimedCall>

  constructor(
    private readonly metrics: ClientMetrics,
    /** Milliseconds until records were acknowledged. */
    latency: Told,
    state: ProducerState,
  ) {
    this.largest = metrics.stat()
    this.queueTime = metrics.stat()
    this.throttling = metrics.stat()
    this.splits = metrics.stat()
    const records = allOf(this.topics, ({ records }) => records)
    const bytes = allOf(this.topics, ({ bytes }) => bytes)
    const recordBytes = allOf(this.topics, ({ recordBytes }) => recordBytes)
    const retries = allOf(this.topics, ({ retries }) => retries)
    const errors = allOf(this.topics, ({ errors }) => errors)
    const group = metrics
      .group('-metrics')
      .spread('batch-size', bytes)
      .sums('record-send', records)
      .gauge('record-size-avg', (now) => recordBytes.average(now) / records.average(now))
      .gauge('record-size-max', (now) => this.largest.max(now))
      .gauge('records-per-request-avg', (now) => records.rate(now) / latency.countRate(now))
      .spread('record-queue-time', this.queueTime)
      .spread('request-latency', latency)
      .gauge('produce-throttle-time-avg', (now) => this.throttling.rate(now) / latency.countRate(now))
      .gauge('produce-throttle-time-max', (now) =>
        latency.countRate(now) > 0 ? this.throttling.max(now) || 0 : Number.NaN,
      )
      .gauge('compression-rate-avg', (now) => compression(bytes, recordBytes, now))
      .sums('record-retry', retries)
      .sums('record-error', errors)
      .events('batch-split', this.splits)
      .gauge('requests-in-flight', () => state.requestsInFlight())
      .gauge('buffer-total-bytes', () => state.bufferBytes)
      .gauge('buffer-available-bytes', () => state.availableBytes())
      .gauge('metadata-age', () => state.metadataAgeMs() / 1000)
    this.calls = new CallTimes(metrics, group, TIMED)
  }

  /** A batch goes out for the first time. */
  sent(batch: SentBatch, now: number): void {
    const topic = this.topic(batch.topic)
    topic.records.record(batch.recordCount, now)
    topic.bytes.record(batch.size, now)
    topic.recordBytes.record(batch.uncompressedSize - BATCH_HEADER, now)
    this.largest.record(batch.largestRecord, now)
    this.queueTime.record(now - batch.createdAt, now)
  }

  /** A broker has nothing read from this producer for so many milliseconds. */
  throttled(ms: number): void {
    if (ms > 0) this.throttling.record(ms, this.metrics.now)
  }

  retried({ topic, recordCount }: Pick<SentBatch, 'topic' | 'recordCount'>): void {
    this.topic(topic).retries.record(recordCount, this.metrics.now)
  }

  failed({ topic, recordCount }: Pick<SentBatch, 'topic' | 'recordCount'>): void {
    this.topic(topic).errors.record(recordCount, this.metrics.now)
  }

  split(): void {
    this.splits.record(1, this.metrics.now)
  }

  private topic(topic: string): TopicStats {
    const known = this.topics.get(topic)
    if (known) return known
    const stat = () => this.metrics.stat()
    const made = { records: stat(), bytes: stat(), recordBytes: stat(), retries: stat(), errors: stat() }
    this.metrics
      .group('-topic-metrics', () => ({ topic }))
      .sums('record-send', made.records)
      .sums('byte', made.bytes)
      .gauge('compression-rate', (now) => compression(made.bytes, made.recordBytes, now))
      .sums('record-retry', made.retries)
      .sums('record-error', made.errors)
    this.topics.set(topic, made)
    return made
  }
}

/** Of all bytes together. */
const compression = (sent: Told, records: Told, now: number): number =>
  sent.average(now) / (records.average(now) + BATCH_HEADER)
