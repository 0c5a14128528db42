import { javaHash } from '../../std/java-hash.ts'

const spreadHash = (text: string): number => javaHash(text) ^ (javaHash(text) >>> 16)

/** The order in which Java's `HashMap` gives entries with these names: its table has 16 places, doubled when three quarters are taken. */
export function inHashOrder<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  let places = 16
  while (items.length > places * 0.75) places *= 2
  const placeOf = (item: T): number => spreadHash(nameOf(item)) & (places - 1)
  return [...items].sort((a, b) => placeOf(a) - placeOf(b))
}
