import type { Partition } from './partition.ts'

/**
 * The appends of the requests that came in with one read of a socket: handed over to the operating system together, before anybody hears
 * of them. Two thirds of a busy broker's time are these writes, and a large one costs less than several small ones.
 */
export class GatheredWrites {
  /** Mostly there is one partition at a time, for which a map would be the larger part of the work. */
  #first: Gathered | undefined
  #others: Map<Partition, Gathered> | undefined

  /** Notes an append that waits; `failed` is told when its bytes could not be written. */
  add(partition: Partition, failed: (error: unknown) => void): void {
    const known = this.#first?.partition === partition ? this.#first : this.#others?.get(partition)
    if (known) known.failures.push(failed)
    else if (!this.#first) this.#first = { partition, failures: [failed] }
    else {
      this.#others ??= new Map()
      this.#others.set(partition, { partition, failures: [failed] })
    }
  }

  /** Writes everything, and shows it to readers. */
  settle(): void {
    const first = this.#first
    if (!first) return
    const others = this.#others
    this.#first = undefined
    this.#others = undefined
    writeOut(first)
    if (others) for (const gathered of others.values()) writeOut(gathered)
  }
}

interface Gathered {
  readonly partition: Partition
  readonly failures: ((error: unknown) => void)[]
}

function writeOut({ partition, failures }: Gathered): void {
  try {
    partition.writeOut()
  } catch (error) {
    for (const failed of failures) failed(error)
  }
}
