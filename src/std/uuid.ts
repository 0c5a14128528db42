import { readInt32, writeInt32 } from './big-endian.ts'
/** A 16-byte id as text: URL-safe base64 without padding, 22 characters. */
export type Uuid = string

export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'

interface Known {
  readonly text: Uuid
  /** Big-endian words. */
  readonly words: readonly [number, number, number, number]
}

/**
 * Ids met lately, by a byte of theirs: a topic's id is in every request, and turning it into text and back takes longer than the rest of
 * a small message.
 */
const byBytes: (Known | undefined)[] = new Array(256).fill(undefined)
const byText: (Known | undefined)[] = new Array(256).fill(undefined)

const isIt = ({ words }: Known, bytes: Buffer, at: number): boolean =>
  readInt32(bytes, at) === words[0] &&
  readInt32(bytes, at + 4) === words[1] &&
  readInt32(bytes, at + 8) === words[2] &&
  readInt32(bytes, at + 12) === words[3]

/** The id in the 16 bytes at `at`. */
export function readUuid(bytes: Buffer, at: number): Uuid {
  const slot = bytes[at + 15] as number
  const known = byBytes[slot]
  if (known !== undefined && isIt(known, bytes, at)) return known.text
  const text = bytes.toString('base64url', at, at + 16)
  remember(text, bytes, at)
  return text
}

export const formatUuid = (bytes: Uint8Array): Uuid =>
  Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url')

/** The 16 bytes of an id; undefined when the text is none. */
export function parseUuid(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === 16 && /^[\w-]{22}(==)?$/.test(text) ? bytes : undefined
}

/** Writes the 16 bytes of an id; throws for a text that is none. */
export function parseUuidInto(text: Uuid, target: Buffer, at: number): void {
  const known = byText[slotOf(text)]
  if (known?.text !== text) {
    if (target.write(text, at, 16, 'base64url') !== 16) throw new RangeError(`${text} is no uuid`)
    remember(text, target, at)
    return
  }
  const { words } = known
  writeInt32(target, at, words[0])
  writeInt32(target, at + 4, words[1])
  writeInt32(target, at + 8, words[2])
  writeInt32(target, at + 12, words[3])
}

const slotOf = (text: Uuid): number => (text.charCodeAt(19) * 7 + text.charCodeAt(20)) & 0xff

function remember(text: Uuid, bytes: Buffer, at: number): void {
  const words = [
    readInt32(bytes, at),
    readInt32(bytes, at + 4),
    readInt32(bytes, at + 8),
    readInt32(bytes, at + 12),
  ] as const
  const known = { text, words }
  byBytes[bytes[at + 15] as number] = known
  byText[slotOf(text)] = known
}
