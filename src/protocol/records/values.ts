import { arenaAddress, arenaBuffer, linkCode } from '../../std/arena.ts'
import { copyRange } from '../../std/bytes.ts'
import { varintSize, writeVarint } from '../../std/varint.ts'
import { recordsCode } from './records.wasm.ts'

/** The most bytes that a record's own length, attributes, deltas and the lengths of key, value and header list take. */
export const RECORD_OVERHEAD = 5 + 1 + 10 + 5 + 5 + 5 + 5

/** What records.wat exports; `source` and `target` are where `takeValues` has got to. */
interface Code {
  writeValue(at: number, source: number, length: number, offsetDelta: number, timestampDelta: number): number
  takeValues(from: number, end: number, to: number, limit: number, most: number, separator: number): number
  readonly source: { readonly value: number }
  readonly target: { readonly value: number }
}

/** Undefined where the engine cannot run it. */
let code: Code | undefined
let isLinked = false

function link(): void {
  isLinked = true
  code = linkCode(Buffer.from(recordsCode, 'base64')) as Code | undefined
}

// One buffer is written, and one read, many times over before the next: the addresses of the last ones are kept.
const NONE = Buffer.alloc(0)
let source: Uint8Array = NONE
let sourceAddress = -1
let target: Uint8Array = NONE
let targetAddress = -1

function locate(to: Buffer, from: Uint8Array): void {
  if (!isLinked) link()
  if (from !== source) {
    source = from
    sourceAddress = arenaAddress(from)
  }
  if (to !== target) {
    target = to
    targetAddress = arenaAddress(to)
  }
}

/**
 * Writes a record that is only a value, taken from a range of another buffer: no object, no view, no second look at its size. Gives the
 * position after it; `to` must have room for `RECORD_OVERHEAD` more than the value. Between buffers of the arena it takes a quarter of the time.
 */
export function writeValue(
  to: Buffer,
  at: number,
  from: Uint8Array,
  start: number,
  length: number,
  offsetDelta: number,
  timestampDelta: number,
): number {
  if (to !== target || from !== source) locate(to, from)
  const isNear = sourceAddress >= 0 && targetAddress >= 0 && timestampDelta === (timestampDelta | 0)
  // Nothing there looks at the bounds of a buffer.
  if (code && isNear && start >= 0 && start + length <= from.length && at + length + RECORD_OVERHEAD <= to.length)
    return (
      code.writeValue(targetAddress + at, sourceAddress + start, length, offsetDelta, timestampDelta) - targetAddress
    )
  // Attributes, a key that is null and no headers: one byte each.
  const size = 3 + varintSize(timestampDelta) + varintSize(offsetDelta) + varintSize(length) + length
  let position = writeVarint(to, at, size)
  to[position++] = 0
  position = writeVarint(to, position, timestampDelta)
  position = writeVarint(to, position, offsetDelta)
  to[position++] = 1
  position = writeVarint(to, position, length)
  copyRange(to, position, from, start, length)
  position += length
  to[position++] = 0
  return position
}

/** Bytes of a batch that are looked at together. */
const WINDOW = 256 * 1024
let window: Buffer | undefined

/** Where `takeValues` has got to. */
export const taken = { position: 0, end: 0 }

/**
 * Copies the values of records that lie one after the other from `from` on to `target[at...]`, a separator after each, and gives how many; where
 * it has got to is in `taken`. It stops before the first record that it does not understand (no value, or long numbers), after `most`, and
 * when there is no more room; that may be at once.
 */
export function takeValues(
  payload: Buffer,
  from: number,
  target: Buffer,
  at: number,
  most: number,
  separator: number,
): number {
  if (!isLinked) link()
  window ??= arenaBuffer(WINDOW)
  taken.position = from
  taken.end = at
  const [to, source] = [arenaAddress(target), arenaAddress(window)]
  if (!code || to < 0 || source < 0) return 0
  const length = payload.copy(window, 0, from, from + WINDOW)
  const count = code.takeValues(source, source + length, to + at, to + target.length, most, separator)
  taken.position = from + code.source.value - source
  taken.end = code.target.value - to
  return count
}
