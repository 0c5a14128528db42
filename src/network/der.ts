/** One value of ASN.1's DER. */
export interface Item {
  readonly tag: number
  readonly content: Buffer
  /** Tag and length included. */
  readonly whole: Buffer
}

/** The values that lie one after the other in bytes. */
export function* itemsIn(bytes: Buffer): Generator<Item> {
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1] as number
    const more = short < 0x80 ? 0 : short & 0x7f
    const length = more === 0 ? short : bytes.readUIntBE(at + 2, more)
    const start = at + 2 + more
    yield {
      tag: bytes[at] as number,
      content: bytes.subarray(start, start + length),
      whole: bytes.subarray(at, start + length),
    }
    at = start + length
  }
}
