const M = 0x5bd1e995

/** MurmurHash2 of 32 bits with the seed that Kafka's clients use for keys; a signed number, as in Java. */
export function murmur2(bytes: Uint8Array): number {
  const { length } = bytes
  let hash = 0x9747b28c ^ length
  let at = 0
  for (; at + 4 <= length; at += 4) {
    let k =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    k = Math.imul(k, M)
    hash = Math.imul(hash, M) ^ k
  }
  const rest = length - at
  if (rest >= 3) hash ^= (bytes[at + 2] as number) << 16
  if (rest >= 2) hash ^= (bytes[at + 1] as number) << 8
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[at] as number), M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  hash ^= hash >>> 15
  return hash | 0
}
