/** Sizes of which memory is kept, powers of two: smaller pieces cost little, larger ones are rare. */
const SMALLEST = 4096
const LARGEST = 1024 * 1024
const MAX_KEPT_BYTES = 8 * 1024 * 1024

const kept = new Map<number, Buffer[]>()
let keptBytes = 0

export const hasScratch = (size: number): boolean => size >= SMALLEST && size <= LARGEST

/**
 * Memory for `size` bytes, of all connections in turn: a node that is sent large requests would get hundreds of megabytes a second otherwise, and
 * spend its time on marking what lives beside them.
 */
export function takeScratch(size: number): Buffer {
  const length = 2 ** Math.ceil(Math.log2(size))
  const buffer = kept.get(length)?.pop()
  if (!buffer) return Buffer.allocUnsafeSlow(length)
  keptBytes -= length
  return buffer
}

export function giveScratch(buffer: Buffer): void {
  if (keptBytes + buffer.length > MAX_KEPT_BYTES) return
  keptBytes += buffer.length
  const list = kept.get(buffer.length)
  if (list) list.push(buffer)
  else kept.set(buffer.length, [buffer])
}
