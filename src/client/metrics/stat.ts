/** `metrics.sample.window.ms` and `metrics.num.samples`. */
export interface SampleRules {
  readonly windowMs: number
  readonly samples: number
}

/** What was recorded in one window. */
interface Sample {
  startedAt: number
  lastAt: number
  sum: number
  count: number
  max: number
  min: number
}

/** What Kafka's clients tell of values: totals since the start, and rates, averages and maxima of the last windows. All times are monotonic milliseconds. */
export interface Told {
  /** Of all values. */
  readonly total: number
  /** Values so far. */
  readonly count: number
  /** Of the values, a second. */
  rate(now: number): number
  /** Values a second. */
  countRate(now: number): number
  /** NaN when there was no value of late. */
  average(now: number): number
  /** NaN when there was no value of late. */
  max(now: number): number
  /** NaN when there was no value of late. */
  min(now: number): number
}

/** Values as they come. */
export class Stat implements Told {
  total = 0
  count = 0
  private readonly samples: Sample[] = []
  private at = 0

  constructor(private readonly rules: SampleRules) {}

  record(value: number, now: number): void {
    let sample = this.samples[this.at]
    if (sample === undefined || now - sample.startedAt >= this.rules.windowMs) sample = this.begin(now)
    sample.sum += value
    sample.count++
    if (value > sample.max) sample.max = value
    if (value < sample.min) sample.min = value
    sample.lastAt = now
    this.total += value
    this.count++
  }

  rate(now: number): number {
    return (this.recent(now).sum * 1000) / this.spanMs(now)
  }

  countRate(now: number): number {
    return (this.recent(now).count * 1000) / this.spanMs(now)
  }

  average(now: number): number {
    const { sum, count } = this.recent(now)
    return sum / count
  }

  max(now: number): number {
    const { max, count } = this.recent(now)
    return count === 0 ? Number.NaN : max
  }

  min(now: number): number {
    const { min, count } = this.recent(now)
    return count === 0 ? Number.NaN : min
  }

  /** What was recorded in the windows that still count. */
  recent(now: number): Pick<Sample, 'sum' | 'count' | 'max' | 'min'> {
    const all = emptySample(now)
    for (const { sum, count, max, min, lastAt } of this.samples) {
      if (this.isOver(lastAt, now)) continue
      all.sum += sum
      all.count += count
      all.max = Math.max(all.max, max)
      all.min = Math.min(all.min, min)
    }
    return all
  }

  /** A rate is over all windows but the current one, and that one so far: a client that has just begun has no large ones. */
  private spanMs(now: number): number {
    const { windowMs, samples } = this.rules
    let oldest = now
    for (const { startedAt, lastAt } of this.samples)
      if (!this.isOver(lastAt, now)) oldest = Math.min(oldest, startedAt)
    const elapsed = now - oldest
    const missing = Math.max(0, samples - 1 - Math.floor(elapsed / windowMs))
    return Math.max(1, elapsed + missing * windowMs)
  }

  private isOver(lastAt: number, now: number): boolean {
    return now - lastAt >= this.rules.samples * this.rules.windowMs
  }

  private begin(now: number): Sample {
    if (this.samples.length > 0) this.at = (this.at + 1) % (this.rules.samples + 1)
    const sample = emptySample(now)
    this.samples[this.at] = sample
    return sample
  }
}

/** Values of several, told as those of one: nothing is recorded twice. */
export class Together implements Told {
  constructor(private readonly parts: () => Iterable<Stat>) {}

  get total(): number {
    return this.sum((part) => part.total)
  }

  get count(): number {
    return this.sum((part) => part.count)
  }

  rate(now: number): number {
    return this.sum((part) => part.rate(now))
  }

  countRate(now: number): number {
    return this.sum((part) => part.countRate(now))
  }

  average(now: number): number {
    return this.sum((part) => part.recent(now).sum) / this.sum((part) => part.recent(now).count)
  }

  max(now: number): number {
    return this.outermost(Math.max, (part) => part.max(now))
  }

  min(now: number): number {
    return this.outermost(Math.min, (part) => part.min(now))
  }

  private outermost(of: (...values: number[]) => number, read: (part: Stat) => number): number {
    const all = Array.from(this.parts(), read).filter((value) => !Number.isNaN(value))
    return all.length === 0 ? Number.NaN : of(...all)
  }

  private sum(read: (part: Stat) => number): number {
    let sum = 0
    for (const part of this.parts()) sum += read(part)
    return sum
  }
}

/** The same of each part of something, as of one. */
export const allOf = <T>(parts: ReadonlyMap<unknown, T>, of: (part: T) => Stat): Told =>
  new Together(() => Array.from(parts.values(), of))

const emptySample = (now: number): Sample => ({
  startedAt: now,
  lastAt: now,
  sum: 0,
  count: 0,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
})
