import type { Segment } from '../segment.ts'

/** Appends batches to a segment in large writes. */
export class SegmentWriter {
  readonly #buffer: Buffer
  #used = 0

  constructor(
    private readonly segment: Segment,
    bytes: number,
  ) {
    this.#buffer = Buffer.allocUnsafe(bytes)
  }

  /** Takes a copy of a whole batch. */
  add(b: Buffer): void {
    if (b.length > this.#buffer.length - this.#used) this.flush()
    if (b.length > this.#buffer.length) return this.segment.append(b, false)
    b.copy(this.#buffer, this.#used)
    this.#used += b.length
  }

  flush(): void {
    if (this.#used > 0) this.segment.append(this.#buffer.subarray(0, this.#used), false)
    this.#used = 0
  }
}
