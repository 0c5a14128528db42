import { REMEMBERED } from './producer-entry.ts'
import { ProducerState } from './producer-state.ts'
import type { Segment } from './segment.ts'
import type { Segments } from './segments.ts'

/** How much of a log's end is read again; the batches that a client still has under way are the newest ones. */
const RECENT_BYTES = 1024 * 1024

/**
 * Has producers remember the batches that their clients may still repeat. A snapshot, which a clean stop or a roll leaves, tells of the last batch
 * only: an older one that is sent again after a restart would be refused as out of order, and sent once more under a new epoch.
 */
export function recallRepeatable(producers: ProducerState, segments: Segments, endOffset: number): void {
  const short = [...producers.producers].filter(({ batches: { length } }) => length > 0 && length < REMEMBERED)
  if (short.length === 0) return
  const recent = new ProducerState()
  for (const segment of recentSegments(segments))
    for (const { buffer, at } of segment.lastBatches(RECENT_BYTES)) recent.apply(buffer, at)
  for (const producer of short) {
    const known = recent.get(producer.producerId)
    if (known) producer.recall(known, endOffset)
  }
}

function recentSegments(segments: Segments): Segment[] {
  const found: Segment[] = []
  let bytes = 0
  for (let at = segments.length - 1; at >= 0 && bytes < RECENT_BYTES; at--) {
    const segment = segments.at(at) as Segment
    found.unshift(segment)
    bytes += segment.size
  }
  return found
}
