import type { ProducerConfig } from '../../config/client.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Accumulator } from './accumulator.ts'

/** Bytes that are worth collecting ahead of what is under way, when batches are small. */
const AHEAD = 1024 * 1024
/** The same in batches, when they are large. */
const BATCHES_AHEAD = 16

/**
 * Holds back a writer that is faster than the broker long before memory is full: what waits in a long queue only gets old, and falls out
 * of the processor's caches before it is sent.
 */
export class Pace {
  /** Bytes held by the producer at which a writer has to wait, and at which it goes on. */
  private readonly high: number
  private readonly low: number
  private waiting: (() => void)[] = []

  constructor(
    private readonly accumulator: Accumulator,
    private readonly clock: Clock,
    config: ProducerConfig,
  ) {
    const wanted = Math.max(AHEAD, BATCHES_AHEAD * config['batch.size'])
    this.high = Math.min(wanted, config['buffer.memory'] / 2)
    this.low = this.high * 0.75
  }

  /** Resolves when more may be written: after a turn of the event loop at the earliest. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      if (this.accumulator.usedBytes < this.high) this.clock.defer(resolve)
      else this.waiting.push(resolve)
    })
  }

  /** Called when memory was given back. */
  check(): void {
    if (this.waiting.length === 0 || this.accumulator.usedBytes > this.low) return
    const { waiting } = this
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}
