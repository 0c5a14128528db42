import { BATCH_HEADER, CURRENT_MAGIC, LOG_OVERHEAD } from '../../protocol/records/batch.ts'
import type { File } from '../../runtime/index.ts'
import { isBlank } from '../../std/blank.ts'

/** A batch in a buffer that is good until the next one is asked for. */
export interface ReadBatch {
  readonly buffer: Buffer
  readonly at: number
  readonly position: number
  readonly size: number
}

/** Bytes read at once. */
const WINDOW = 1024 * 1024
const MAGIC_END = LOG_OVERHEAD + 5
/** What a record of Kafka's first format took at least; a smaller length is a lie in any format. */
const SMALLEST = 14

/** A piece of a file at a time. */
class Window {
  private buffer: Buffer
  private from = 0
  private length = 0

  constructor(
    private readonly file: File,
    private readonly end: number,
    size: number,
  ) {
    this.buffer = Buffer.allocUnsafe(Math.max(Math.min(size, end), MAGIC_END))
  }

  /** Where `position` lies in the buffer, with `wanted` bytes behind it. */
  at(position: number, wanted: number): number {
    const inside = position >= this.from && position + wanted <= this.from + this.length
    if (!inside) {
      if (wanted > this.buffer.length) this.buffer = Buffer.allocUnsafe(wanted)
      this.from = position
      this.length = this.file.read(this.buffer, 0, Math.min(this.buffer.length, this.end - position), position)
      if (this.length < wanted) throw new Error(`${this.file.path} became shorter while it was read.`)
    }
    return position - this.from
  }

  get bytes(): Buffer {
    return this.buffer
  }
}

/**
 * Batch by batch, whatever their checksums say; ends before a batch that reaches over `end`, and before the zeros that stand behind the
 * records of a preallocated segment. Throws for lengths that cannot be, and for the formats before Kafka 0.11.
 */
export function* readBatches(file: File, from: number, end: number, readAhead = WINDOW): Generator<ReadBatch> {
  const window = new Window(file, end, readAhead)
  let position = from
  while (end - position >= MAGIC_END) {
    let at = window.at(position, MAGIC_END)
    const claimed = window.bytes.readInt32BE(at + LOG_OVERHEAD - 4)
    if (claimed === 0 && isBlank(file, position, end)) return
    if (claimed < SMALLEST)
      throw new Error(
        `Found record size ${claimed} smaller than minimum record overhead (${SMALLEST}) in file ${file.path}.`,
      )
    const size = claimed + LOG_OVERHEAD
    if (size > end - position) return
    const magic = window.bytes.readInt8(at + MAGIC_END - 1)
    if (magic < CURRENT_MAGIC)
      throw new Error(`${file.path} has a record of format ${magic} at byte ${position}; only format 2 can be read.`)
    if (size < BATCH_HEADER)
      throw new Error(`${file.path} has a batch of ${size} bytes at byte ${position}, which is less than its header.`)
    at = window.at(position, size)
    yield { buffer: window.bytes, at, position, size }
    position += size
  }
}
