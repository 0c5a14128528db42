/** Sizes in bytes. */
export interface GroupedSegment {
  readonly baseOffset: number
  readonly size: number
  readonly offsetIndexSize: number
  readonly timeIndexSize: number
}

export interface GroupLimits {
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  /** What ends the last segment. */
  readonly firstUncleanableOffset: number
}

const MAX_RELATIVE_OFFSET = 0x7fff_ffff

/**
 * Puts neighbours together of which one segment is made: as many as keep within a segment's size and the size of its indexes, and within
 * the offsets that an index can hold.
 */
export function groupSegments<S extends GroupedSegment>(segments: readonly S[], limits: GroupLimits): S[][] {
  const groups: S[][] = []
  let [size, offsetIndexSize, timeIndexSize] = [0, 0, 0]
  for (const [i, segment] of segments.entries()) {
    const group = groups.at(-1)
    const lastOffset = (segments[i + 1]?.baseOffset ?? limits.firstUncleanableOffset) - 1
    const fits =
      group !== undefined &&
      size + segment.size <= limits.segmentBytes &&
      offsetIndexSize + segment.offsetIndexSize <= limits.segmentIndexBytes &&
      timeIndexSize + segment.timeIndexSize <= limits.segmentIndexBytes &&
      (segment.size === 0 || lastOffset - (group[0] as S).baseOffset <= MAX_RELATIVE_OFFSET)
    if (fits) group.push(segment)
    else {
      groups.push([segment])
      ;[size, offsetIndexSize, timeIndexSize] = [0, 0, 0]
    }
    size += segment.size
    offsetIndexSize += segment.offsetIndexSize
    timeIndexSize += segment.timeIndexSize
  }
  return groups
}
