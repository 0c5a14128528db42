import type { Partition } from './partition.ts'

/**
 * The appends of the requests that came in with one read of a socket: handed over to the operating system together, before anybody hears
 * of them. Two thirds of a busy broker's time are these writes, and a large one costs less than several small ones.
 */
export class GatheredWrites {
  #failures = new Map<Partition, ((error: unknown) => void)[]>()

  /** Notes an append that waits; `failed` is told when its bytes could not be written. */
  add(partition: Partition, failed: (error: unknown) => void): void {
    const known = this.#failures.get(partition)
    if (known) known.push(failed)
    else this.#failures.set(partition, [failed])
  }

  /** Writes everything, and shows it to readers. */
  settle(): void {
    if (this.#failures.size === 0) return
    const gathered = this.#failures
    this.#failures = new Map()
    for (const [partition, failures] of gathered) {
      try {
        partition.writeOut()
      } catch (error) {
        for (const failed of failures) failed(error)
      }
    }
  }
}
