/**
 * The order in which a Java hash map walks its keys. Apache's tools print some lists in it, and a user who compares outputs should find
 * the same lines in the same places.
 */
export function stringHash(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

/** The hash of a topic and a partition number in Apache's clients. */
export const partitionHash = (topic: string, partition: number): number =>
  (Math.imul(31, 31 + partition) + stringHash(topic)) | 0

function tableSize(capacity: number): number {
  let size = 1
  while (size < capacity) size *= 2
  return size
}

/**
 * The items as a map would list them that got them in the given order. `capacity` is what the map was made with; a map grows when it is
 * three quarters full.
 */
export function hashOrder<T>(items: Iterable<T>, hash: (item: T) => number, capacity = 16): T[] {
  const list = [...items]
  let size = tableSize(capacity)
  while (list.length > size * 0.75) size *= 2
  const bucket = (item: T): number => {
    const value = hash(item)
    return (value ^ (value >>> 16)) & (size - 1)
  }
  return list
    .map((item) => [bucket(item), item] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, item]) => item)
}

export const stringHashOrder = (texts: Iterable<string>, capacity?: number): string[] =>
  hashOrder(texts, stringHash, capacity)
