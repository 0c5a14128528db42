import type { LogConfig } from './log-config.ts'
import type { Segments } from './segments.ts'

/** What retention has to know of a segment. */
export interface SegmentFacts {
  readonly size: number
  /** Offset after its last record. */
  readonly endOffset: number
  /** Its youngest record, or the file's last change when its records have no timestamps; in milliseconds. */
  largestTimestamp(): number
}

/** The segments of a log that ends at an offset. */
export const factsOf = (segments: Segments, logEndOffset: number): SegmentFacts[] =>
  [...segments].map((segment, i) => ({
    size: segment.size,
    endOffset: segments.at(i + 1)?.baseOffset ?? logEndOffset,
    largestTimestamp: () => segment.youngestTime,
  }))

export interface RetentionFacts {
  /** Oldest first; the last one is the active one. */
  readonly segments: readonly SegmentFacts[]
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly config: Pick<LogConfig, 'retentionMs' | 'retentionBytes' | 'cleanupPolicy'>
  readonly now: number
}

/**
 * How many of the oldest segments may go: those out of time, then those over the size, then those below the log start. Never one with
 * records that are not committed, and never an empty last one.
 */
export function countExpired(facts: RetentionFacts): number {
  const { segments, config } = facts
  let count = 0
  const mayGo = (index: number): boolean => {
    const segment = segments[index]
    if (segment === undefined || segment.endOffset > facts.highWatermark) return false
    return index < segments.length - 1 || segment.size > 0
  }
  if (config.cleanupPolicy.includes('delete')) {
    while (config.retentionMs >= 0 && mayGo(count) && isOutOfTime(segments[count] as SegmentFacts, facts)) count++
    let excess = -config.retentionBytes
    for (const segment of segments.slice(count)) excess += segment.size
    while (config.retentionBytes >= 0 && mayGo(count) && excess >= (segments[count] as SegmentFacts).size) {
      excess -= (segments[count] as SegmentFacts).size
      count++
    }
  }
  while (
    count < segments.length - 1 &&
    mayGo(count) &&
    (segments[count] as SegmentFacts).endOffset <= facts.logStartOffset
  )
    count++
  return count
}

const isOutOfTime = (segment: SegmentFacts, { config, now }: RetentionFacts): boolean =>
  now - segment.largestTimestamp() > config.retentionMs
