import type { Consumer, ConsumerBatch } from '../../client/index.ts'
import type { Runtime } from '../../runtime/index.ts'

const MB = 1024 * 1024
/** Longest wait of one poll in milliseconds. */
const POLL_MS = 100

export interface ConsumePerfOptions {
  readonly topics: readonly string[] | RegExp
  /** Records after which it ends. */
  readonly records: number
  /** Milliseconds without a record after which it ends. */
  readonly timeoutMs: number
  readonly intervalMs: number
  /** Takes the figures of each interval. */
  readonly onInterval?: ((interval: ConsumeInterval) => void) | undefined
}

/** Figures of a span of time. */
export interface ConsumeFigures {
  readonly startMs: number
  readonly endMs: number
  readonly records: number
  /** Bytes of keys and values. */
  readonly bytes: number
  /** Milliseconds spent in joining the group. */
  readonly joinMs: number
}

/** One interval, and where the whole stands after it. */
export interface ConsumeInterval extends ConsumeFigures {
  readonly totalRecords: number
  readonly totalBytes: number
}

/** Reads records as fast as it can and measures how many a second come. */
export class ConsumePerf {
  private records = 0
  private bytes = 0
  private joinMs = 0
  private intervalJoinMs = 0
  private joinStart = 0
  private readonly assigned = new Set<string>()

  constructor(
    private readonly consumer: Consumer,
    private readonly runtime: Runtime,
    private readonly options: ConsumePerfOptions,
  ) {}

  async run(): Promise<ConsumeFigures> {
    const { clock } = this.runtime
    const { topics, records, timeoutMs } = this.options
    const startMs = clock.now()
    this.joinStart = startMs
    this.consumer.lendRecords()
    this.consumer.subscribe(topics, this.listener())
    let now = clock.now()
    let lastRecord = now
    let interval = { startMs: now, records: 0, bytes: 0 }
    while (this.records < records && now - lastRecord <= timeoutMs) {
      const batch = await this.consumer.poll(POLL_MS)
      now = clock.now()
      if (batch.count === 0) continue
      lastRecord = now
      this.count(batch)
      if (now - interval.startMs >= this.options.intervalMs) interval = this.endInterval(interval, now)
    }
    return { startMs, endMs: clock.now(), records: this.records, bytes: this.bytes, joinMs: this.joinMs }
  }

  private count(batch: ConsumerBatch): void {
    const record = batch.cursor()
    let bytes = 0
    while (record.next()) {
      if (record.keyLength > 0) bytes += record.keyLength
      if (record.valueLength > 0) bytes += record.valueLength
    }
    this.bytes += bytes
    this.records += batch.count
  }

  private endInterval(interval: { startMs: number; records: number; bytes: number }, now: number) {
    const { records, bytes } = this
    this.options.onInterval?.({
      startMs: interval.startMs,
      endMs: now,
      records: records - interval.records,
      bytes: bytes - interval.bytes,
      joinMs: this.intervalJoinMs,
      totalRecords: records,
      totalBytes: bytes,
    })
    this.intervalJoinMs = 0
    return { startMs: now, records, bytes }
  }

  private listener() {
    const { clock } = this.runtime
    const key = ({ topic, partition }: { topic: string; partition: number }) => `${topic}-${partition}`
    return {
      onPartitionsRevoked: (partitions: readonly { topic: string; partition: number }[]) => {
        for (const partition of partitions) this.assigned.delete(key(partition))
        if (this.assigned.size === 0) this.joinStart = clock.now()
      },
      onPartitionsAssigned: (partitions: readonly { topic: string; partition: number }[]) => {
        if (this.assigned.size === 0) {
          const elapsed = clock.now() - this.joinStart
          this.joinMs += elapsed
          this.intervalJoinMs += elapsed
        }
        for (const partition of partitions) this.assigned.add(key(partition))
      },
    }
  }
}

const fixed = (value: number): string => value.toFixed(4)
const perSecond = (value: number, ms: number): number => (value * 1000) / ms

export const consumeHeader = (detailed: boolean): string =>
  `${detailed ? 'time, threadId' : 'start.time, end.time'}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec`

/** The rates of a span, over all of it and without the time for joining. */
export function consumeRates({ startMs, endMs, records, bytes, joinMs }: ConsumeFigures) {
  const elapsedMs = endMs - startMs
  const fetchMs = elapsedMs - joinMs
  const megabytes = bytes / MB
  return {
    megabytes,
    megabytesPerSecond: perSecond(megabytes, elapsedMs),
    recordsPerSecond: perSecond(records, elapsedMs),
    fetchMs,
    fetchMegabytesPerSecond: perSecond(megabytes, fetchMs),
    fetchRecordsPerSecond: perSecond(records, fetchMs),
  }
}

/** The row at the end. */
export function consumeRow(figures: ConsumeFigures, date: (millis: number) => string): string {
  const rates = consumeRates(figures)
  return [
    date(figures.startMs),
    date(figures.endMs),
    fixed(rates.megabytes),
    fixed(rates.megabytesPerSecond),
    figures.records,
    fixed(rates.recordsPerSecond),
    figures.joinMs,
    rates.fetchMs,
    fixed(rates.fetchMegabytesPerSecond),
    fixed(rates.fetchRecordsPerSecond),
  ].join(', ')
}

/** The row of one interval with `--show-detailed-stats`. */
export function intervalRow(interval: ConsumeInterval, date: (millis: number) => string): string {
  const rates = consumeRates(interval)
  const isFetching = rates.fetchMs > 0
  return [
    date(interval.endMs),
    0,
    fixed(interval.totalBytes / MB),
    fixed(rates.megabytesPerSecond),
    interval.totalRecords,
    fixed(rates.recordsPerSecond),
    interval.joinMs,
    rates.fetchMs,
    fixed(isFetching ? rates.fetchMegabytesPerSecond : 0),
    fixed(isFetching ? rates.fetchRecordsPerSecond : 0),
  ].join(', ')
}
