import type { KafkaError } from '../../../protocol/errors.ts'

export interface Divided<T> {
  readonly permitted: readonly T[]
  readonly refused: readonly { readonly item: T; readonly error: KafkaError }[]
}

/** Parts what a request names into what its sender may have done with it, and the rest with what to answer for each. */
export function divide<T>(items: readonly T[], refusalOf: (item: T) => KafkaError | undefined): Divided<T> {
  const permitted: T[] = []
  const refused: { item: T; error: KafkaError }[] = []
  for (const item of items) {
    const error = refusalOf(item)
    if (error) refused.push({ item, error })
    else permitted.push(item)
  }
  return { permitted, refused }
}

/** The same, except that what is named more than once is left to whoever refuses it for that. */
export function divideOnce<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  refusalOf: (item: T) => KafkaError | undefined,
): Divided<T> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1)
  return divide(items, (item) => (counts.get(keyOf(item)) === 1 ? refusalOf(item) : undefined))
}
