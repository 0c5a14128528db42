/** Bytes of their own: a view kept for long would keep the whole chunk it came in. */
export const copyOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes)

/** Below this many bytes a loop is faster than a call of the engine's copy. */
const LOOP_LIMIT = 48

/** Copies all of `bytes` to `target[at...]`, which has room for them. */
export function copyInto(target: Buffer, at: number, bytes: Uint8Array): void {
  const { length } = bytes
  if (length < LOOP_LIMIT) for (let i = 0; i < length; i++) target[at + i] = bytes[i] as number
  else if (bytes instanceof Buffer) bytes.copy(target, at)
  else target.set(bytes, at)
}
