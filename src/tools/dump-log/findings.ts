import { stringHashOrder } from '../java/hash-order.ts'

interface Pair {
  readonly first: number
  readonly second: number
}

class PairsByFile {
  private readonly found = new Map<string, Pair[]>()

  add(path: string, first: number, second: number): void {
    const pairs = this.found.get(path) ?? []
    this.found.set(path, pairs)
    pairs.push({ first, second })
  }

  get any(): boolean {
    return this.found.size > 0
  }

  /** Files in the order in which Apache's tool lists them. */
  lines(title: (path: string) => string, line: (pair: Pair) => string, sort?: (a: Pair, b: Pair) => number): string[] {
    return stringHashOrder(this.found.keys()).flatMap((path) => {
      const pairs = this.found.get(path) as Pair[]
      return [title(path), ...(sort ? [...pairs].sort(sort) : pairs).map(line)]
    })
  }
}

/** What does not fit in the files of a dump, told after the last of them. */
export class Findings {
  private readonly mismatches = new PairsByFile()
  private readonly timestamps = new PairsByFile()
  private readonly order = new PairsByFile()
  private readonly missing = new PairsByFile()
  private readonly gaps = new PairsByFile()

  /** An offset index names another offset than the log has at its position. */
  mismatch(path: string, indexOffset: number, logOffset: number): void {
    this.mismatches.add(path, indexOffset, logOffset)
  }

  timestampMismatch(path: string, indexed: number, found: number): void {
    this.timestamps.add(path, indexed, found)
  }

  timestampOutOfOrder(path: string, indexed: number, previous: number): void {
    this.order.add(path, indexed, previous)
  }

  /** A time index names an offset that ends no batch; `found` is the next that does, or -1. */
  offsetNotFound(path: string, indexed: number, found: number): void {
    this.missing.add(path, indexed, found)
  }

  notConsecutive(path: string, offset: number, next: number): void {
    this.gaps.add(path, offset, next)
  }

  /** Whether an index does not fit its log. Gaps between offsets are no fault: compaction makes them. */
  get inIndexes(): boolean {
    return [this.mismatches, this.timestamps, this.order, this.missing].some(({ any }) => any)
  }

  lines(): string[] {
    return [
      ...this.mismatches.lines(
        (path) => `Mismatches in :${path}`,
        ({ first, second }) => `  Index offset: ${first}, log offset: ${second}`,
        (a, b) => b.first - a.first,
      ),
      ...this.timestamps.lines(
        (path) => `Found timestamp mismatch in :${path}`,
        ({ first, second }) => `  Index timestamp: ${first}, log timestamp: ${second}`,
      ),
      ...this.order.lines(
        (path) => `Found out of order timestamp in :${path}`,
        ({ first, second }) => `  Index timestamp: ${first}, Previously indexed timestamp: ${second}`,
      ),
      ...this.missing.lines(
        (path) => `The following indexed offsets are not found in :${path}`,
        ({ first, second }) => `Indexed offset: ${first}, found log offset: ${second}`,
      ),
      ...this.gaps.lines(
        (path) => `Non-consecutive offsets in ${path}`,
        ({ first, second }) => `  ${first} is followed by ${second}`,
      ),
    ]
  }
}
