import type { Segment } from './segment.ts'

/** The segments of a log in the order of their offsets; the last one is the active one. */
export class Segments implements Iterable<Segment> {
  #list: Segment[]

  constructor(list: readonly Segment[]) {
    this.#list = [...list]
  }

  [Symbol.iterator](): Iterator<Segment> {
    return this.#list[Symbol.iterator]()
  }

  get length(): number {
    return this.#list.length
  }

  get first(): Segment {
    return this.#list[0] as Segment
  }

  get active(): Segment {
    return this.#list.at(-1) as Segment
  }

  at(index: number): Segment | undefined {
    return this.#list[index]
  }

  add(segment: Segment): void {
    this.#list.push(segment)
  }

  /** Index of the segment that holds an offset: the last one that begins at or below it, or the first. */
  indexFor(offset: number): number {
    let low = 0
    let high = this.#list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#list[middle] as Segment).baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return Math.max(low - 1, 0)
  }

  /** From the segment that holds an offset on. */
  from(offset: number): Segment[] {
    return this.#list.slice(this.indexFor(offset))
  }

  /** Takes out the oldest ones. */
  removeFirst(count: number): Segment[] {
    return this.#list.splice(0, count)
  }

  /** Takes out those that begin at or after an offset. */
  removeFrom(offset: number): Segment[] {
    const index = this.#list.findIndex((segment) => segment.baseOffset >= offset)
    return index < 0 ? [] : this.#list.splice(index)
  }

  /** Puts a segment in the place of others that stand one behind the other. */
  replace(old: readonly Segment[], fresh: Segment): void {
    this.#list.splice(this.#list.indexOf(old[0] as Segment), old.length, fresh)
  }

  /** Whether these are part of the log, one behind the other. */
  hold(segments: readonly Segment[]): boolean {
    const start = this.#list.indexOf(segments[0] as Segment)
    return start >= 0 && segments.every((segment, i) => this.#list[start + i] === segment)
  }

  get size(): number {
    let size = 0
    for (const segment of this.#list) size += segment.size
    return size
  }
}
