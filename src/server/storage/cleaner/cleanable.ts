import type { LogConfig } from '../log-config.ts'

/** What compaction has to know of a segment. */
export interface SegmentFacts {
  readonly baseOffset: number
  /** Bytes in the log file. */
  readonly size: number
  /** Its youngest record, or the file's last change when its records have no timestamps; in milliseconds. */
  largestTimestamp(): number
  /** The largest timestamp of its first batch; undefined when it has none. */
  firstTimestamp(): number | undefined
}

export interface CompactionFacts {
  /** Oldest first; the last one is the active one. */
  readonly segments: readonly SegmentFacts[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  /** Nothing from here on is decided yet. */
  readonly lastStableOffset: number
  /** The first offset that was not cleaned, as the checkpoint has it. */
  readonly cleanedUpTo: number | undefined
  readonly config: Pick<LogConfig, 'minCompactionLagMs' | 'maxCompactionLagMs'>
  readonly now: number
}

/** How much of a log there is to clean. Offsets of records; sizes in bytes. */
export interface Cleanable {
  readonly firstDirtyOffset: number
  /** Where a segment begins from which on everything is left as it is. */
  readonly firstUncleanableOffset: number
  readonly cleanBytes: number
  readonly dirtyBytes: number
  /** A dirty record has waited for longer than `max.compaction.lag.ms` (KIP-354). */
  readonly isOverdue: boolean
}

/** Says what may be cleaned: never the active segment, never what is not stable, never what is younger than `min.compaction.lag.ms`. */
export function findCleanable(facts: CompactionFacts): Cleanable {
  const { segments, config, now } = facts
  const firstDirtyOffset = firstDirty(facts)
  const active = segments.at(-1) as SegmentFacts
  const sealed = segments.slice(0, -1)
  const dirty = sealed.slice(holder(sealed, firstDirtyOffset))
  const limits = [facts.lastStableOffset, active.baseOffset]
  if (config.minCompactionLagMs > 0) {
    const young = dirty.find((segment) => segment.largestTimestamp() > now - config.minCompactionLagMs)
    if (young !== undefined) limits.push(young.baseOffset)
  }
  const uncleanable = Math.max(firstDirtyOffset, Math.min(...limits))
  const firstUncleanableOffset =
    uncleanable >= active.baseOffset
      ? active.baseOffset
      : (segments[holder(segments, uncleanable)] as SegmentFacts).baseOffset
  const from = Math.min(firstDirtyOffset, firstUncleanableOffset)
  const cleaned = sealed.filter(({ baseOffset }) => baseOffset < firstDirtyOffset)
  return {
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanBytes: bytesOf(cleaned),
    dirtyBytes: bytesOf(overlapping(segments, from, firstUncleanableOffset)),
    isOverdue: isOverdue(dirty, now - Math.max(config.maxCompactionLagMs, 0)),
  }
}

/** The checkpoint, unless the log has been cut at either end. */
function firstDirty({ cleanedUpTo, logStartOffset, logEndOffset }: CompactionFacts): number {
  if (cleanedUpTo === undefined || cleanedUpTo < logStartOffset || cleanedUpTo > logEndOffset) return logStartOffset
  return cleanedUpTo
}

function isOverdue(dirty: readonly SegmentFacts[], cleanUntil: number): boolean {
  // The common case is no bound at all, and asking would read each segment.
  if (cleanUntil <= 0) return false
  return dirty.some((segment) => {
    const first = segment.firstTimestamp()
    return first !== undefined && first > 0 && first < cleanUntil
  })
}

/** Index of the segment that holds an offset: the last one that begins at or below it, or the first. */
const holder = (segments: readonly SegmentFacts[], offset: number): number =>
  Math.max(
    segments.findLastIndex(({ baseOffset }) => baseOffset <= offset),
    0,
  )

/** Segments with offsets in [from, to). */
export const overlapping = <S extends { readonly baseOffset: number }>(
  segments: readonly S[],
  from: number,
  to: number,
): S[] =>
  from === to
    ? []
    : segments.filter(({ baseOffset }, i) => baseOffset < to && (segments[i + 1]?.baseOffset ?? to) > from)

const bytesOf = (segments: readonly { readonly size: number }[]): number =>
  segments.reduce((sum, { size }) => sum + size, 0)

/** The part of a log that is dirty, of what could be clean; 0 for one that has nothing of either. */
export const dirtyRatio = ({ cleanBytes, dirtyBytes }: Cleanable): number =>
  dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes)

export const isWorthCleaning = (cleanable: Cleanable, minDirtyRatio: number): boolean =>
  cleanable.dirtyBytes > 0 && (cleanable.isOverdue || dirtyRatio(cleanable) > minDirtyRatio)
