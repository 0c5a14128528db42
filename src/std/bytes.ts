/** Bytes of their own: a view kept for long would keep the whole chunk it came in. */
export const copyOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

// As functions that are known beforehand, like those of big-endian.ts.
const { subarray, copy } = Buffer.prototype

/** What `subarray` gives. */
export const viewOf = (bytes: Buffer, start: number, end: number): Buffer => subarray.call(bytes, start, end)

/** Below this many bytes a loop over words is faster than a call of the engine's copy, which needs a view of the source. */
const LOOP_LIMIT = 144

const EMPTY = Buffer.alloc(0)

// One buffer is written, and one read, many times over before the next: the views of the last ones are kept.
let source: Uint8Array = EMPTY
let sourceView: DataView = new DataView(EMPTY.buffer, 0, 0)
let target: Uint8Array = EMPTY
let targetView: DataView = sourceView

/** Copies `length` bytes from `from[start...]` to `to[at...]`, which has room for them. The two ranges must not overlap. */
export function copyRange(to: Buffer, at: number, from: Uint8Array, start: number, length: number): void {
  if (length > LOOP_LIMIT) {
    copy.call(from as Buffer, to, at, start, start + length)
    return
  }
  if (from !== source) {
    source = from
    sourceView = new DataView(from.buffer, from.byteOffset, from.length)
  }
  if (to !== target) {
    target = to
    targetView = new DataView(to.buffer, to.byteOffset, to.length)
  }
  const words = length & ~3
  let i = 0
  for (; i < words; i += 4) targetView.setInt32(at + i, sourceView.getInt32(start + i, true), true)
  for (; i < length; i++) to[at + i] = from[start + i] as number
}

/** Below this many bytes a loop is faster than a call of the engine's copy. */
const SMALL = 48

/** Copies all of `bytes` to `target[at...]`, which has room for them. */
export function copyInto(to: Buffer, at: number, bytes: Uint8Array): void {
  const { length } = bytes
  if (length < SMALL) for (let i = 0; i < length; i++) to[at + i] = bytes[i] as number
  else to.set(bytes, at)
}

/** Whether all bytes are the same, in a time that does not tell how many of the first ones are. */
export function equalInSecret(known: Uint8Array, given: Uint8Array): boolean {
  let difference = known.length ^ given.length
  for (let i = 0; i < given.length; i++)
    difference |= (given[i] as number) ^ (known.length > 0 ? (known[i % known.length] as number) : 1)
  return difference === 0
}
