import type { RecordContext } from './record-context.ts'

/** A change that is held back, as bytes. */
export interface BufferedChange {
  /** What those behind the buffer know of the key. */
  readonly prior: Buffer | null
  readonly before: Buffer | null
  readonly now: Buffer | null
  /** Of the record that made it. */
  readonly context: RecordContext
}

const NULL = -1
/** Stands for a value before that is the prior one. */
const AS_PRIOR = -2

const sameBytes = (a: Buffer | null, b: Buffer | null): boolean => a !== null && b !== null && a.equals(b)

/** What Java takes a change to need in memory, besides its key and time. */
export function sizeOf({ prior, before, now, context: { metadata, headers } }: BufferedChange): number {
  const values = (prior?.length ?? 0) + (sameBytes(prior, before) ? 0 : (before?.length ?? 0)) + (now?.length ?? 0)
  const inHeaders = headers.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0)
  return values + 8 + 8 + (metadata?.topic.length ?? 0) + 4 + inHeaders
}

/** Where changes of punctuations come from. */
const nowhere = { topic: '', partition: -1, offset: -1 }

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

const sized = (bytes: Uint8Array | null): readonly Uint8Array[] =>
  bytes === null ? [int(NULL)] : [int(bytes.length), bytes]

/** The value of a changelog, in the third version of its form, with the time by which the change is ordered. */
export function writeChange({ prior, before, now, context }: BufferedChange, time: number): Buffer {
  const { timestamp, headers, metadata = nowhere } = context
  return Buffer.concat([
    long(timestamp),
    long(metadata.offset),
    ...sized(Buffer.from(metadata.topic)),
    int(metadata.partition),
    int(headers.length),
    ...headers.flatMap(({ key, value }) => [...sized(Buffer.from(key)), ...sized(value)]),
    ...sized(prior),
    ...(sameBytes(prior, before) ? [int(AS_PRIOR)] : sized(before)),
    ...sized(now),
    long(time),
  ])
}

/** Throws a `RangeError` for bytes that end too early. */
export function readChange(bytes: Buffer): { readonly change: BufferedChange; readonly time: number } {
  let at = 0
  const nextInt = () => {
    at += 4
    return bytes.readInt32BE(at - 4)
  }
  const nextLong = () => {
    at += 8
    return Number(bytes.readBigInt64BE(at - 8))
  }
  const take = (length: number): Buffer => {
    at += length
    if (at > bytes.length) throw new RangeError('A change in a changelog ends too early.')
    return bytes.subarray(at - length, at)
  }
  const next = (): Buffer | null => {
    const length = nextInt()
    return length < 0 ? null : take(length)
  }
  const timestamp = nextLong()
  const offset = nextLong()
  const topic = String(next() ?? '')
  const partition = nextInt()
  const headers = Array.from({ length: nextInt() }, () => ({ key: String(next() ?? ''), value: next() }))
  const prior = next()
  const length = nextInt()
  const before = length === AS_PRIOR ? prior : length === NULL ? null : take(length)
  const now = next()
  const context = { timestamp, headers, metadata: { topic, partition, offset } }
  return { change: { prior, before, now, context }, time: nextLong() }
}
