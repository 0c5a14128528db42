import type { AcquiredRange, ReadBatch } from './acquire.ts'
import type { ShareState } from './share-state.ts'
import { DeliveryState, isTerminal } from './state-batch.ts'

/** Takes records of aborted transactions out of an acquisition: nobody is to see them. */
export function withoutAborted(
  state: ShareState,
  acquired: readonly AcquiredRange[],
  aborted: readonly ReadBatch[],
): AcquiredRange[] {
  let left = [...acquired]
  for (const { firstOffset, lastOffset } of aborted) {
    for (const batch of state.overlapping(firstOffset, lastOffset)) {
      if (batch.common && isTerminal(batch.common.state)) continue
      if (!batch.isWithin(firstOffset, lastOffset)) batch.split()
      for (const { delivery } of batch.parts(firstOffset, lastOffset))
        if (delivery.state === DeliveryState.acquired) delivery.archive()
    }
    left = left.flatMap((range) => cut(range, firstOffset, lastOffset))
  }
  return left
}

function cut(range: AcquiredRange, first: number, last: number): AcquiredRange[] {
  if (range.lastOffset < first || range.firstOffset > last) return [range]
  const before = { ...range, lastOffset: first - 1 }
  const after = { ...range, firstOffset: last + 1 }
  return [before, after].filter(({ firstOffset, lastOffset }) => firstOffset <= lastOffset)
}
