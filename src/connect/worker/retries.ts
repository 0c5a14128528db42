import type { Clock, Random } from '../../runtime/index.ts'
import type { ConnectorConfig } from '../connector.ts'

/** Milliseconds before the first new try; twice as many before each that follows. */
const FIRST = 300

export const isRetriable = (error: unknown): boolean => (error as Error | undefined)?.name === 'RetriableException'

/** Tries again what failed with a `RetriableError`, by `errors.retry.timeout` (-1 is without end) and `errors.retry.delay.max.ms` (KIP-298). */
export class Retries {
  private readonly timeoutMs: number
  private readonly longest: number

  constructor(
    config: ConnectorConfig,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.timeoutMs = Number(config['errors.retry.timeout'] ?? '0')
    this.longest = Number(config['errors.retry.delay.max.ms'] ?? '60000')
  }

  /** What another try gives; throws the last error when there is no time left, or `signal` is aborted. */
  async again<T>(first: unknown, action: () => T, signal: AbortSignal): Promise<T> {
    const deadline = this.timeoutMs < 0 ? Number.POSITIVE_INFINITY : this.clock.monotonic() + this.timeoutMs
    let last = first
    for (let delay = FIRST; ; delay *= 2) {
      const left = deadline - this.clock.monotonic()
      if (!isRetriable(last) || left <= 0) throw last
      const wanted = delay > this.longest ? this.random.int(Math.max(1, this.longest)) : delay
      await this.clock.sleep(Math.min(wanted, left), signal).catch(() => {})
      if (signal.aborted) throw last
      try {
        return action()
      } catch (error) {
        last = error
      }
    }
  }
}
