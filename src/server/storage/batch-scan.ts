import { BATCH_HEADER, batchSize, CURRENT_MAGIC, magic } from '../../protocol/records/batch.ts'
import type { PooledFile } from './file-pool.ts'

/** A batch in a buffer that was read from a log file. */
export interface Scanned {
  readonly buffer: Buffer
  /** Where the batch begins in the buffer. */
  readonly at: number
  readonly size: number
  /** Where it begins in the file. */
  readonly position: number
}

const WINDOW = 1024 * 1024

/**
 * Goes through a log file batch by batch, in large reads. Ends before the first thing that cannot be a batch: a cut-off one, a length
 * that reaches over the end, zeros. With `keep` every read has memory of its own; else a buffer is good only until the next step.
 * `window` is how much is read at a time, at least.
 */
export function* scanBatches(
  file: PooledFile,
  from: number,
  end: number,
  keep = false,
  window = WINDOW,
): Generator<Scanned> {
  let buffer = Buffer.allocUnsafe(Math.min(window, Math.max(end - from, 0)))
  let position = from
  while (end - position >= BATCH_HEADER) {
    const wanted = Math.min(buffer.length, end - position)
    const length = file.read(buffer, 0, wanted, position)
    let at = 0
    let needed = 0
    while (length - at >= BATCH_HEADER) {
      const size = batchSize(buffer, at)
      if (size < BATCH_HEADER || magic(buffer, at) !== CURRENT_MAGIC || size > end - position - at) return
      if (size > length - at) {
        needed = size
        break
      }
      yield { buffer, at, size, position: position + at }
      at += size
    }
    if (at === 0 && needed === 0) return
    position += at
    if (needed > buffer.length || keep)
      buffer = Buffer.allocUnsafe(Math.max(needed, Math.min(window, Math.max(end - position, 0))))
  }
}
