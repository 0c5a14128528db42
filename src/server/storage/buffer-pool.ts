const SMALLEST = 16 * 1024
const LARGEST = 8 * 1024 * 1024

/**
 * Buffers for reads from files. Fetch answers come and go in the same few sizes; fresh memory for each costs page faults and garbage
 * collection.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>()
  #kept = 0

  constructor(private readonly keep = 32 * 1024 * 1024) {}

  /** A buffer of at least `size` bytes, with any content. */
  take(size: number): Buffer {
    const capacity = capacityFor(size)
    const free = this.#free.get(capacity)?.pop()
    if (free === undefined) return Buffer.allocUnsafeSlow(capacity)
    this.#kept -= capacity
    return free
  }

  /** Gives back what `take` gave. Nobody may look at it any more. */
  give(buffer: Buffer): void {
    if (buffer.length > LARGEST * 2 || this.#kept + buffer.length > this.keep) return
    const free = this.#free.get(buffer.length)
    if (free) free.push(buffer)
    else this.#free.set(buffer.length, [buffer])
    this.#kept += buffer.length
  }
}

/** Powers of two with a little on top, since clients ask for round sizes and the reader has to begin at a batch before. */
function capacityFor(size: number): number {
  if (size > LARGEST) return size
  let capacity = SMALLEST
  while (capacity + SMALLEST < size) capacity *= 2
  return capacity + SMALLEST
}
