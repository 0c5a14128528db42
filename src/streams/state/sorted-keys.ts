/** Where a key stands, or would stand, among those that are sorted. */
export const placeOf = (sorted: readonly Buffer[], stored: Buffer): number =>
  firstWhere(sorted, (other) => Buffer.compare(other, stored) >= 0)

/** The first place from which on something holds. */
export function firstWhere(sorted: readonly Buffer[], holds: (stored: Buffer) => boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(sorted[middle] as Buffer)) high = middle
    else low = middle + 1
  }
  return low
}
