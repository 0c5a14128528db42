/** Latencies that the percentiles are taken of, at most. */
const SAMPLES = 500_000
const MB = 1024 * 1024

export interface ProducerSummary {
  readonly records: number
  readonly bytes: number
  readonly elapsedMs: number
  /** Milliseconds. */
  readonly latency: {
    readonly avg: number
    readonly max: number
    readonly p50: number
    readonly p95: number
    readonly p99: number
    readonly p999: number
  }
}

export interface StatsOptions {
  /** Records that are expected. */
  readonly records: number
  /** Milliseconds between two reports. */
  readonly intervalMs: number
  readonly steady: boolean
  readonly now: number
  /** Takes the lines of progress; nothing is reported when left out. */
  readonly report?: ((line: string) => void) | undefined
}

/** Counts of one span of time. */
class Window {
  count = 0
  bytes = 0
  maxLatency = 0
  totalLatency = 0

  constructor(readonly start: number) {}

  add(count: number, bytes: number, latency: number): void {
    this.count += count
    this.bytes += bytes
    this.totalLatency += latency * count
    if (latency > this.maxLatency) this.maxLatency = latency
  }
}

/** What a run of a producer came to, as Apache's tool counts it: whole milliseconds, percentiles of evenly spread samples. */
export class ProducerStats {
  private readonly total: Window
  private readonly sampling: number
  /** Samples by latency. */
  private readonly samples = new Map<number, number>()
  private sampled = 0
  private window: Window
  private report: ((line: string) => void) | undefined

  constructor(private readonly options: StatsOptions) {
    const { records, now } = options
    this.total = new Window(now)
    this.window = new Window(now)
    this.sampling = Math.floor(records / Math.min(records, SAMPLES))
    this.report = options.report
  }

  /** Takes records that were sent at one time and are acknowledged now. */
  record(count: number, bytes: number, latency: number, now: number): void {
    const { total, sampling } = this
    const before = Math.ceil(total.count / sampling)
    total.add(count, bytes, latency)
    this.window.add(count, bytes, latency)
    const samples = Math.ceil(total.count / sampling) - before
    if (samples > 0) {
      this.samples.set(latency, (this.samples.get(latency) ?? 0) + samples)
      this.sampled += samples
    }
    if (now - this.window.start >= this.options.intervalMs) this.endWindow(now)
  }

  /** Samples by latency in milliseconds. */
  get latencies(): ReadonlyMap<number, number> {
    return this.samples
  }

  /** From now on only the end is told. */
  silence(): void {
    this.report = undefined
  }

  summary(now: number): ProducerSummary {
    const { count, bytes, maxLatency, totalLatency, start } = this.total
    const [p50, p95, p99, p999] = this.percentiles([0.5, 0.95, 0.99, 0.999]) as [number, number, number, number]
    const latency = { avg: totalLatency / count, max: maxLatency, p50, p95, p99, p999 }
    return { records: count, bytes, elapsedMs: now - start, latency }
  }

  private endWindow(now: number): void {
    const { window, total, options, report } = this
    if (options.steady && total.count === window.count) report?.('In steady state.')
    report?.(windowText(window, now))
    this.window = new Window(now)
  }

  private percentiles(wanted: readonly number[]): number[] {
    const sorted = [...this.samples].sort((a, b) => a[0] - b[0])
    return wanted.map((share) => {
      let left = Math.floor(share * this.sampled)
      for (const [latency, count] of sorted) {
        if (left < count) return latency
        left -= count
      }
      return 0
    })
  }
}

function windowText({ count, bytes, totalLatency, maxLatency, start }: Window, now: number): string {
  const elapsed = now - start
  const rate = (1000 * count) / elapsed
  const megabytes = (1000 * bytes) / elapsed / MB
  const latency = `${(totalLatency / count).toFixed(1)} ms avg latency, ${maxLatency.toFixed(1)} ms max latency`
  return `${count} records sent, ${rate.toFixed(1)} records/sec (${megabytes.toFixed(2)} MB/sec), ${latency}.`
}

export const recordsPerSecond = ({ records, elapsedMs }: ProducerSummary): number => (1000 * records) / elapsedMs
export const megabytesPerSecond = ({ bytes, elapsedMs }: ProducerSummary): number => (1000 * bytes) / elapsedMs / MB

/** The line at the end. */
export function summaryText(summary: ProducerSummary, steady: boolean): string {
  const { avg, max, p50, p95, p99, p999 } = summary.latency
  const counted = `${summary.records}${steady ? ' steady state' : ''} records sent`
  const rate = `${recordsPerSecond(summary).toFixed(6)} records/sec (${megabytesPerSecond(summary).toFixed(2)} MB/sec)`
  const latency = `${avg.toFixed(2)} ms avg latency, ${max.toFixed(2)} ms max latency`
  return `${counted}, ${rate}, ${latency}, ${p50} ms 50th, ${p95} ms 95th, ${p99} ms 99th, ${p999} ms 99.9th.`
}
