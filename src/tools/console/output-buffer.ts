import type { RecordCursor } from '../../client/consumer/record-cursor.ts'
import type { ByteSink } from '../../runtime/console.ts'
import { arenaBuffer, giveBack } from '../../std/arena.ts'
import { copyRange } from '../../std/bytes.ts'

/** Bytes of one write. */
const CHUNK = 256 * 1024

/** Room for one more value, of those that are taken many at a time. */
const ROOM = 16 * 1024

/** Gathers what a formatter writes, so that it leaves in big pieces. */
export class OutputBuffer {
  /** Where values can be taken to at once. */
  private chunk = arenaBuffer(CHUNK)
  private start = 0
  private end = 0
  private waiting: Promise<void> | undefined

  constructor(private readonly sink: ByteSink) {}

  bytes(bytes: Buffer): void {
    this.copy(bytes, 0, bytes.length)
  }

  /** Part of a buffer, without a view of it. */
  copy(source: Buffer, start: number, length: number): void {
    if (length > this.chunk.length - this.end) this.makeRoom(length)
    copyRange(this.chunk, this.end, source, start, length)
    this.end += length
  }

  byte(byte: number): void {
    if (this.end === this.chunk.length) this.makeRoom(1)
    this.chunk[this.end++] = byte
  }

  /** The values of at most `most` records, with a separator after each, as far as they can be taken in one go; gives how many. */
  values(records: RecordCursor, most: number, separator: number): number {
    let count = 0
    for (;;) {
      if (this.chunk.length - this.end < ROOM) this.makeRoom(ROOM)
      const more = records.takeValues(this.chunk, this.end, most - count, separator)
      if (more === 0) return count
      this.end = records.valuesEnd
      count += more
    }
  }

  text(text: string): void {
    const most = text.length * 3
    if (most > this.chunk.length - this.end) this.makeRoom(most)
    this.end += this.chunk.write(text, this.end)
  }

  /** Something to await before more is written: the reader is slower than the writer. */
  get backPressure(): Promise<void> | undefined {
    return this.waiting
  }

  /** Hands over what is there. */
  flush(): void {
    if (this.end === this.start) return
    const wait = this.sink.write(this.chunk.subarray(this.start, this.end))
    // The same bytes again while they are in the processor's cache.
    if (this.sink.idle) this.begin(this.chunk.length > CHUNK ? arenaBuffer(CHUNK) : this.chunk)
    else this.start = this.end
    if (wait) this.waiting = wait.finally(() => (this.waiting = undefined))
  }

  private makeRoom(length: number): void {
    this.flush()
    if (length <= this.chunk.length - this.end) return
    const { chunk } = this
    this.sink.write(chunk.subarray(0, 0), () => giveBack(chunk))
    this.begin(length > CHUNK ? Buffer.allocUnsafe(length) : arenaBuffer(CHUNK))
  }

  private begin(chunk: Buffer): void {
    this.chunk = chunk
    this.start = this.end = 0
  }
}
