/** From here on a frame's memory is worth keeping: fresh pages cost more than what is done with their bytes. */
const LARGE = 256 * 1024
/** Sizes are rounded up, so that the next frame, a little larger, finds room as well. */
const STEP = 64 * 1024
const MAX_KEPT = 4

const made = new WeakSet<ArrayBufferLike>()
const kept: Buffer[] = []

/** Memory for at least `size` bytes of a frame. */
export function frameMemory(size: number): Buffer {
  if (size < LARGE) return Buffer.allocUnsafeSlow(size)
  const fitting = kept.findIndex(({ length }) => length >= size)
  if (fitting >= 0) return kept.splice(fitting, 1)[0] as Buffer
  const fresh = Buffer.allocUnsafeSlow(Math.ceil(size / STEP) * STEP)
  made.add(fresh.buffer)
  return fresh
}

/** Gives back the memory of a frame, by a part of it: nobody may look at any part afterwards. Memory from elsewhere is left alone. */
export function returnFrame({ buffer }: Uint8Array): void {
  if (made.has(buffer) && kept.length < MAX_KEPT) kept.push(Buffer.from(buffer))
}
