interface Known {
  readonly text: string
  readonly bytes: Uint8Array
}

/** Longer ones are rare, and a loop over them would take as long as the engine's function. */
const LONGEST = 64

/** Texts met lately, by their length and last byte: the name of a client is in every request, and comparing takes a quarter of decoding. */
const met: (Known | undefined)[] = new Array(256).fill(undefined)

/** The text that `length` bytes of UTF-8 at `at` are. */
export function readKnownText(bytes: Buffer, at: number, length: number): string {
  if (length === 0) return ''
  if (length > LONGEST) return bytes.toString('utf8', at, at + length)
  const slot = ((bytes[at + length - 1] as number) + 31 * length) & 0xff
  const known = met[slot]
  if (known !== undefined && isIt(known, bytes, at, length)) return known.text
  const text = bytes.toString('utf8', at, at + length)
  met[slot] = { text, bytes: Buffer.from(bytes.subarray(at, at + length)) }
  return text
}

function isIt(known: Known, bytes: Buffer, at: number, length: number): boolean {
  if (known.bytes.length !== length) return false
  for (let i = 0; i < length; i++) if (known.bytes[i] !== bytes[at + i]) return false
  return true
}
