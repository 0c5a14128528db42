import type { Producer, RecordStream, SentRecords, StreamListener } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Payload } from './payload.ts'
import { ProducerStats, type ProducerSummary } from './producer-stats.ts'
import { TransactionSeries } from './transactions.ts'

export interface ProducePerfOptions {
  readonly topic: string
  readonly records: number
  /** Records to send before the steady state begins; 0 for none. */
  readonly warmup: number
  /** Records a second; below 0 as many as possible. */
  readonly throughput: number
  readonly intervalMs: number
  readonly payload: Payload
  /** Send in transactions of so many milliseconds; the producer needs a transactional id then. */
  readonly transactionMs?: number | undefined
  readonly report?: (line: string) => void
  /** Tells of records that did not arrive. */
  readonly onLost: (error: Error, count: number) => void
}

export interface ProducePerfResult {
  readonly total: ProducerSummary
  readonly steady: ProducerSummary | undefined
  /** Samples of what the last of them counts, by latency in milliseconds. */
  readonly latencies: ReadonlyMap<number, number>
}

/** Records between two looks at the clock while nothing is throttled. */
const STRIDE = 64

/** Sends records and measures how many a second are acknowledged, and how long each takes. */
export class ProducePerf {
  private readonly stats: ProducerStats
  private steadyStats: ProducerStats | undefined
  private readonly transactions: TransactionSeries | undefined

  constructor(
    private readonly producer: Producer,
    private readonly runtime: Runtime,
    private readonly options: ProducePerfOptions,
  ) {
    this.stats = this.newStats(options.records, false)
    const { transactionMs } = options
    if (transactionMs !== undefined) this.transactions = new TransactionSeries(producer, runtime.clock, transactionMs)
  }

  /** Resolves when every record is acknowledged or lost. */
  async run(): Promise<ProducePerfResult> {
    const { warmup, records } = this.options
    await this.transactions?.initialize()
    const total: StreamListener = { onSent: (sent, error) => this.onSent(sent, error, undefined) }
    if (warmup > 0) {
      await this.send(this.producer.stream(this.options.topic, total), 0, warmup)
      const stats = this.newStats(records - warmup, true)
      this.steadyStats = stats
      this.stats.silence()
      const steady: StreamListener = { onSent: (sent, error) => this.onSent(sent, error, stats) }
      await this.send(this.producer.stream(this.options.topic, steady), warmup, records)
    } else await this.send(this.producer.stream(this.options.topic, total), 0, records)
    await this.transactions?.end()
    await this.producer.flush()
    const now = this.runtime.clock.now()
    const { latencies } = this.steadyStats ?? this.stats
    return { total: this.stats.summary(now), steady: this.steadyStats?.summary(now), latencies }
  }

  private newStats(records: number, steady: boolean): ProducerStats {
    const { intervalMs, report } = this.options
    return new ProducerStats({ records, intervalMs, steady, now: this.runtime.clock.now(), report })
  }

  private send(stream: RecordStream, from: number, to: number): Promise<void> {
    return this.options.throughput < 0 ? this.sendFast(stream, from, to) : this.sendThrottled(stream, from, to)
  }

  private async sendFast(stream: RecordStream, from: number, to: number): Promise<void> {
    const { clock } = this.runtime
    const { transactions } = this
    const { payload } = this.options
    for (let record = from; record < to; record++) {
      if (record % STRIDE === 0 || record === from) {
        if (transactions?.isDue) await transactions.next()
        stream.timestamp = clock.now()
      }
      payload.next(record)
      const wait = stream.append(payload.buffer, payload.start, payload.length)
      if (!wait) continue
      await wait
      stream.timestamp = clock.now()
    }
  }

  private async sendThrottled(stream: RecordStream, from: number, to: number): Promise<void> {
    const { clock } = this.runtime
    const { payload, throughput } = this.options
    const start = clock.monotonic()
    for (let record = from; record < to; record++) {
      const due = start + ((record - from) * 1000) / throughput
      const early = due - clock.monotonic()
      if (early > 0) await clock.sleep(early)
      if (this.transactions?.isDue) await this.transactions.next()
      stream.timestamp = clock.now()
      payload.next(record)
      const wait = stream.append(payload.buffer, payload.start, payload.length)
      if (wait) await wait
    }
  }

  private onSent(sent: SentRecords, error: Error | undefined, steady: ProducerStats | undefined): void {
    if (error) return this.options.onLost(error, sent.recordCount)
    const now = this.runtime.clock.now()
    const { timestamps, recordCount, valueBytes } = sent
    for (let i = 0; i < timestamps.length; i += 2) {
      const count = timestamps[i + 1] as number
      const latency = now - (timestamps[i] as number)
      // Sizes matter in the sum only: a batch's bytes are spread evenly over its records.
      const bytes = (valueBytes * count) / recordCount
      this.stats.record(count, bytes, latency, now)
      steady?.record(count, bytes, latency, now)
    }
  }
}
