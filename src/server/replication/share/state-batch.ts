/** What became of records that a share group's members were given, as the protocol and the records of `__share_group_state` number it. */
export const DeliveryState = { available: 0, acquired: 1, acknowledged: 2, archived: 4 } as const
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState]

/** Nobody is ever given such records again. */
export const isTerminal = (state: number): boolean =>
  state === DeliveryState.acknowledged || state === DeliveryState.archived

/** Offsets with one state; both ends belong to it. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryState: number
  /** How often its records were delivered. */
  readonly deliveryCount: number
}

const isSame = (a: StateBatch, b: StateBatch): boolean =>
  a.deliveryCount === b.deliveryCount && a.deliveryState === b.deliveryState

/** More deliveries, or a later state of the same delivery, is the newer knowledge, whatever order it came in. */
const isNewer = (a: StateBatch, b: StateBatch): boolean =>
  a.deliveryCount === b.deliveryCount ? a.deliveryState > b.deliveryState : a.deliveryCount > b.deliveryCount

/**
 * One list out of two: sorted, without overlaps, neighbours alike made one. Of an offset that both know, the newer state counts.
 *
 * @param startOffset what lies below is left out; -1 keeps all
 */
export function combineBatches(
  known: readonly StateBatch[],
  added: readonly StateBatch[],
  startOffset: number,
): StateBatch[] {
  let combined: StateBatch[] = []
  for (const batch of [...known, ...added]) combined = lay(combined, batch)
  const result: StateBatch[] = []
  for (const batch of combined) {
    if (batch.lastOffset < startOffset) continue
    const kept = batch.firstOffset < startOffset ? { ...batch, firstOffset: startOffset } : batch
    const last = result.at(-1)
    if (last && last.lastOffset + 1 === kept.firstOffset && isSame(last, kept))
      result[result.length - 1] = { ...last, lastOffset: kept.lastOffset }
    else result.push(kept)
  }
  return result
}

/** Lays a batch over a sorted list without overlaps. */
function lay(list: readonly StateBatch[], batch: StateBatch): StateBatch[] {
  const result: StateBatch[] = []
  // What of the batch is still to be placed.
  let next = batch.firstOffset
  const place = (upTo: number) => {
    if (next <= upTo) result.push({ ...batch, firstOffset: next, lastOffset: upTo })
    next = Math.max(next, upTo + 1)
  }
  for (const old of list) {
    if (old.lastOffset < batch.firstOffset || old.firstOffset > batch.lastOffset) {
      if (old.firstOffset > batch.lastOffset) place(batch.lastOffset)
      result.push(old)
      continue
    }
    place(old.firstOffset - 1)
    if (!isNewer(batch, old)) {
      result.push(old)
      next = Math.max(next, old.lastOffset + 1)
      continue
    }
    if (old.firstOffset < next) result.push({ ...old, lastOffset: next - 1 })
    place(Math.min(old.lastOffset, batch.lastOffset))
    if (old.lastOffset > batch.lastOffset) result.push({ ...old, firstOffset: batch.lastOffset + 1 })
  }
  place(batch.lastOffset)
  return result
}
