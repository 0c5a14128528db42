import { javaHash } from '../../std/java-hash.ts'

/** The hash of a topic and a partition number in Apache's clients. */
export const partitionHash = (topic: string, partition: number): number =>
  (Math.imul(31, 31 + partition) + javaHash(topic)) | 0

function tableSize(capacity: number): number {
  let size = 1
  while (size < capacity) size *= 2
  return size
}

/**
 * The items as a Java hash map would list them that got them in the given order: Apache's tools print some lists so, and a user who compares
 * outputs should find the same lines in the same places. `capacity` is what the map was made with; a map grows when it is
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
  hashOrder(texts, javaHash, capacity)
