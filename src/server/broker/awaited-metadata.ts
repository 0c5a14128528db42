import type { Clock } from '../../runtime/index.ts'
import type { MetadataImage } from '../metadata/image.ts'

interface Waiter {
  holds(image: MetadataImage): boolean
  done(): void
}

/** Who waits for metadata that are on their way from a controller elsewhere. */
export class AwaitedMetadata {
  readonly #waiters = new Set<Waiter>()

  constructor(private readonly clock: Clock) {}

  /** Resolves when a condition holds, or after so many milliseconds. */
  until(image: MetadataImage, holds: (image: MetadataImage) => boolean, ms: number): Promise<void> {
    if (holds(image)) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel()
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter = { holds, done }
      const timer = this.clock.timer(ms, done)
      this.#waiters.add(waiter)
    })
  }

  publish(image: MetadataImage): void {
    for (const waiter of [...this.#waiters]) if (waiter.holds(image)) waiter.done()
  }
}
