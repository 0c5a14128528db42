const WINDOW = 64 * 1024
let zeros: Buffer | undefined

interface Readable {
  /** Reads at most `length` bytes to `target[at...]`; gives the number read. */
  read(target: Uint8Array, at: number, length: number, position: number): number
}

/** Whether a file has only zeros in [from, to), as far as it goes. */
export function isBlank(file: Readable, from: number, to: number): boolean {
  zeros ??= Buffer.alloc(WINDOW)
  const window = Buffer.allocUnsafe(Math.min(WINDOW, to - from))
  for (let at = from; at < to; at += window.length) {
    const length = file.read(window, 0, Math.min(window.length, to - at), at)
    if (!window.subarray(0, length).equals(zeros.subarray(0, length))) return false
  }
  return true
}
