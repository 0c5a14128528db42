import type { Clock } from '../../runtime/index.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { PooledFile } from './file-pool.ts'

/** What comes behind a read, for the same reader. */
export interface NextRead {
  readonly file: PooledFile
  /** Which bytes the file has; another object when some of them were cut off. */
  readonly contents: object
  /** The offset that the reader will ask for. */
  readonly offset: number
  readonly position: number
  readonly length: number
}

interface Ahead {
  readonly contents: object
  readonly offset: number
  readonly position: number
  readonly length: number
  readonly pooled: Buffer
  readonly since: number
}

/** Who asks for less spends his time on other things than reads. */
const SMALLEST = 4 * 1024
/** What holds up all others while it is read. */
const LARGEST = 2 * 1024 * 1024
/** Together they are less than the pool keeps for reads to come. */
const PLACES = 8
/** Who has not asked for it after so many milliseconds may never do so, and gives way to others. */
const PATIENCE_MS = 1000

/**
 * Reads what a consumer will ask for next while it is busy with what it has just been sent: it reads on where it was, and has nothing to
 * do while a megabyte comes out of a file. A read that finds nothing here goes to the file.
 */
export class ReadAhead {
  #all: Ahead[] = []

  constructor(
    private readonly pool: BufferPool,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** Reads what comes next into a buffer that has been sent, or gives it back to the pool. */
  read(pooled: Buffer, next: NextRead): void {
    if (this.#hasPlace() && this.#fill(pooled, next)) return
    this.pool.give(pooled)
  }

  #hasPlace(): boolean {
    if (this.#all.length < PLACES) return true
    const oldest = this.#all[0] as Ahead
    if (this.clock.monotonic() - oldest.since < PATIENCE_MS) return false
    this.#all.shift()
    this.pool.give(oldest.pooled)
    return true
  }

  #fill(pooled: Buffer, { file, contents, offset, position, length }: NextRead): boolean {
    if (length < SMALLEST || length > LARGEST || length > pooled.length) return false
    // An error is told to whoever asks for the bytes, and so is one of what is still to be written.
    if (file.readIfReady(pooled, length, position) < length) return false
    this.#all.push({ contents, offset, position, length, pooled, since: this.clock.monotonic() })
    return true
  }

  /** Hands over what was read ahead of a reader at that offset, with its buffer. */
  take(contents: object, offset: number): Ahead | undefined {
    for (let i = 0; i < this.#all.length; i++) {
      const one = this.#all[i] as Ahead
      if (one.offset !== offset || one.contents !== contents) continue
      this.#all.splice(i, 1)
      return one
    }
    return undefined
  }
}
