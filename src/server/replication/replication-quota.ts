import type { Clock } from '../../runtime/index.ts'

/** How many windows are looked back at, and how long each is; milliseconds. */
export interface QuotaWindows {
  readonly count: number
  readonly ms: number
}

/** The replicas on this broker that are throttled, of one topic: all, or these partitions. */
type Throttled = 'all' | ReadonlySet<number>

/**
 * What may be copied of throttled partitions, at one end of replication (KIP-73): counts what was copied, and says whether that is more than the rate
 * allows. Without a rate nothing is counted.
 */
export class ReplicationQuota {
  /** Bytes a second. */
  #limit = Number.POSITIVE_INFINITY
  readonly #throttled = new Map<string, Throttled>()
  #samples: { readonly begun: number; bytes: number }[] = []

  constructor(
    private readonly clock: Clock,
    private readonly windows: QuotaWindows,
  ) {}

  set limit(bytesPerSecond: number) {
    this.#limit = bytesPerSecond
    if (bytesPerSecond === Number.POSITIVE_INFINITY) this.#samples = []
  }

  throttle(topic: string, replicas: Throttled | undefined): void {
    if (replicas === undefined) this.#throttled.delete(topic)
    else this.#throttled.set(topic, replicas)
  }

  isThrottled(topic: string, partition: number): boolean {
    if (this.#limit === Number.POSITIVE_INFINITY) return false
    const replicas = this.#throttled.get(topic)
    return replicas === 'all' || replicas?.has(partition) === true
  }

  record(bytes: number): void {
    if (bytes === 0) return
    const now = this.clock.monotonic()
    let sample = this.#samples.at(-1)
    if (!sample || now - sample.begun >= this.windows.ms) this.#samples.push((sample = { begun: now, bytes: 0 }))
    sample.bytes += bytes
  }

  /**
   * How long nothing may be copied until the rate is down to the limit, 0 when it is; milliseconds. As Kafka measures it, the rate is what was copied in all
   * windows by the time since the oldest began, and by one window at least: a rest does not allow for a burst.
   */
  get excessMs(): number {
    const { count, ms } = this.windows
    const now = this.clock.monotonic()
    while (this.#samples[0] && now - this.#samples[0].begun >= count * ms) this.#samples.shift()
    const [oldest] = this.#samples
    if (!oldest) return 0
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0)
    const elapsed = now - oldest.begun
    const needed = (bytes / this.#limit) * 1000
    if (needed <= Math.max(elapsed, ms)) return 0
    // The oldest window counts no more when its time is over: then it is looked at again.
    return Math.max(1, Math.ceil(Math.min(needed, count * ms) - elapsed))
  }
}
