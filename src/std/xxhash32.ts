const P1 = 0x9e3779b1
const P2 = 0x85ebca77
const P3 = 0xc2b2ae3d
const P4 = 0x27d4eb2f
const P5 = 0x165667b1

const rotl = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
const round = (lane: number, input: number): number => Math.imul(rotl((lane + Math.imul(input, P2)) | 0, 13), P1)

/** XXH32 with seed 0, as an unsigned 32-bit number: the checksum inside LZ4 frames. */
export function xxhash32(bytes: Buffer): number {
  const { length } = bytes
  let at = 0
  let hash = P5
  if (length >= 16) {
    let [a, b, c, d] = [(P1 + P2) | 0, P2 | 0, 0, -P1 | 0]
    for (; at + 16 <= length; at += 16) {
      a = round(a, bytes.readInt32LE(at))
      b = round(b, bytes.readInt32LE(at + 4))
      c = round(c, bytes.readInt32LE(at + 8))
      d = round(d, bytes.readInt32LE(at + 12))
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18)
  }
  hash = (hash + length) | 0
  for (; at + 4 <= length; at += 4) hash = Math.imul(rotl((hash + Math.imul(bytes.readInt32LE(at), P3)) | 0, 17), P4)
  for (; at < length; at++) hash = Math.imul(rotl((hash + Math.imul(bytes[at]!, P5)) | 0, 11), P1)
  hash = Math.imul(hash ^ (hash >>> 15), P2)
  hash = Math.imul(hash ^ (hash >>> 13), P3)
  return (hash ^ (hash >>> 16)) >>> 0
}
