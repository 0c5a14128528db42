import { StreamsError } from './errors.ts'
import type { DependentSerde, Serde } from './serde.ts'

/** A stretch of time, in milliseconds since the epoch. The end is part of sessions and sliding windows only; that of an unlimited one is `Infinity`. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A key in one window. */
export interface Windowed<K> {
  readonly key: K
  readonly window: Window
}

/** A serde of keys in windows, whose records go to the partition that the key alone would go to. */
export interface WindowedSerde<K> extends DependentSerde<Windowed<K>> {
  /** The bytes of the key without its window. */
  serializeKey(value: Windowed<K>): Uint8Array
  withDefault(key: Serde<unknown> | undefined): WindowedSerde<K>
}

const LONG = 8

/** How the bytes of a window are written behind those of a key, and read. */
interface WindowBytes {
  readonly size: number
  write(to: Buffer, at: number, window: Window): void
  read(from: Buffer, at: number): Window
}

const readTime = (bytes: Buffer, at: number): number => Number(bytes.readBigInt64BE(at))
const writeTime = (bytes: Buffer, at: number, time: number): number => bytes.writeBigInt64BE(BigInt(time), at)

const sessionBytes: WindowBytes = {
  size: 2 * LONG,
  write: (to, at, { start, end }) => writeTime(to, writeTime(to, at, end), start),
  read: (from, at) => ({ end: readTime(from, at), start: readTime(from, at + LONG) }),
}

const timeBytes = (sizeMs: number): WindowBytes => ({
  size: LONG,
  write: (to, at, { start }) => writeTime(to, at, start),
  read: (from, at) => ({ start: readTime(from, at), end: readTime(from, at) + sizeMs }),
})

/** As in a store and its changelog: behind the start stands a number, for stores that keep equal keys apart. */
const storedTimeBytes = (sizeMs: number): WindowBytes => ({ ...timeBytes(sizeMs), size: LONG + 4 })

function windowedSerde<K>(given: Serde<K> | undefined, window: WindowBytes): WindowedSerde<K> {
  const key = (): Serde<K> => {
    if (given) return given
    throw new StreamsError('A key in a window has no serde: give one, or set default.key.serde.')
  }
  const serializeKey = (value: Windowed<K>) => key().serialize(value.key)
  return {
    serializeKey,
    serialize(value) {
      const inner = serializeKey(value)
      const bytes = Buffer.alloc(inner.length + window.size)
      bytes.set(inner)
      window.write(bytes, inner.length, value.window)
      return bytes
    },
    deserialize(bytes) {
      const at = bytes.length - window.size
      if (at < 0)
        throw new StreamsError(`A key in a window has at least ${window.size} bytes, this has ${bytes.length}.`)
      return { key: key().deserialize(bytes.subarray(0, at)), window: window.read(bytes, at) }
    },
    withDefault: (other) => windowedSerde(given ?? (other as Serde<K> | undefined), window),
  }
}

/** Keys with the starts of windows of one size, as Java's `WindowedSerdes.timeWindowedSerdeFrom`. */
export const timeWindowed = <K>(key: Serde<K> | undefined, sizeMs: number): WindowedSerde<K> =>
  windowedSerde(key, timeBytes(sizeMs))

/** Keys with the ends and starts of sessions, as Java's `WindowedSerdes.sessionWindowedSerdeFrom`. */
export const sessionWindowed = <K>(key: Serde<K> | undefined): WindowedSerde<K> => windowedSerde(key, sessionBytes)

/** Keys of a store of windows. */
export const storedTimeWindowed = <K>(key: Serde<K> | undefined, sizeMs: number): WindowedSerde<K> =>
  windowedSerde(key, storedTimeBytes(sizeMs))

export const isWindowed = (serde: Serde<unknown> | undefined): serde is WindowedSerde<unknown> =>
  serde !== undefined && 'serializeKey' in serde

/** The bytes of a store's key without those of its window. */
export const keyPart = (stored: Buffer, kind: 'time' | 'session'): Buffer =>
  stored.subarray(0, stored.length - (kind === 'time' ? LONG + 4 : 2 * LONG))

/** The time by which an entry of a store ages: when its window begins, or a session ends. */
export const storedTime = (stored: Buffer, kind: 'time' | 'session'): number =>
  readTime(stored, stored.length - (kind === 'time' ? LONG + 4 : 2 * LONG))

/** A key of a store that keeps entries with equal keys and times apart by their numbers. */
export function storedKey(key: Uint8Array, time: number, number: number): Buffer {
  const bytes = Buffer.alloc(key.length + LONG + 4)
  bytes.set(key)
  bytes.writeInt32BE(number, writeTime(bytes, key.length, time))
  return bytes
}
