import { describe, expect, it } from 'vitest'
import {
  type CompactionFacts,
  dirtyRatio,
  findCleanable,
  isWorthCleaning,
} from '../../../../src/server/storage/cleaner/cleanable.ts'
import { groupSegments } from '../../../../src/server/storage/cleaner/groups.ts'
import { capacityOf, OffsetMap } from '../../../../src/server/storage/cleaner/offset-map.ts'

/** Four segments of 100 bytes and ten offsets; the last one is active. */
function factsOf(given: Partial<CompactionFacts> = {}): CompactionFacts {
  const segments = [0, 10, 20, 30].map((baseOffset) => ({
    ...{ baseOffset, size: 100 },
    largestTimestamp: () => baseOffset * 10 + 90,
    firstTimestamp: () => baseOffset * 10 + 1,
  }))
  return {
    ...{ segments, logStartOffset: 0, logEndOffset: 35, lastStableOffset: 35, cleanedUpTo: undefined, now: 1000 },
    config: { minCompactionLagMs: 0, maxCompactionLagMs: Number.POSITIVE_INFINITY },
    ...given,
  }
}

const rangeOf = (given: Partial<CompactionFacts> = {}) => {
  const { firstDirtyOffset, firstUncleanableOffset, cleanBytes, dirtyBytes } = findCleanable(factsOf(given))
  return [firstDirtyOffset, firstUncleanableOffset, cleanBytes, dirtyBytes]
}

describe('what of a log may be compacted', () => {
  it('is all but the active segment, from the checkpoint on', () => {
    expect(rangeOf()).toEqual([0, 30, 0, 300])
    expect(rangeOf({ cleanedUpTo: 20 })).toEqual([20, 30, 200, 100])
    expect(rangeOf({ cleanedUpTo: 30 })).toEqual([30, 30, 300, 0])
    expect(rangeOf({ cleanedUpTo: 15 })).toEqual([15, 30, 200, 200])
  })

  it('begins at the log start when the checkpoint lies outside of the log', () => {
    expect(rangeOf({ logStartOffset: 12, cleanedUpTo: 5 })).toEqual([12, 30, 200, 200])
    expect(rangeOf({ logEndOffset: 35, cleanedUpTo: 36 })).toEqual([0, 30, 0, 300])
  })

  it('ends with the last segment that is stable as a whole', () => {
    expect(rangeOf({ lastStableOffset: 25 })).toEqual([0, 20, 0, 200])
    expect(rangeOf({ lastStableOffset: 20 })).toEqual([0, 20, 0, 200])
    expect(rangeOf({ lastStableOffset: 5, cleanedUpTo: 20 })).toEqual([20, 20, 200, 0])
  })

  it('is older than min.compaction.lag.ms', () => {
    const lag = (minCompactionLagMs: number) => ({ minCompactionLagMs, maxCompactionLagMs: Number.POSITIVE_INFINITY })
    expect(rangeOf({ config: lag(750) })).toEqual([0, 20, 0, 200])
    expect(rangeOf({ config: lag(2000) })).toEqual([0, 0, 0, 0])
  })

  it('is worth it by its part of the log, or by its age', () => {
    const half = findCleanable(factsOf({ cleanedUpTo: 10 }))
    expect(dirtyRatio(half)).toBeCloseTo(2 / 3)
    expect([isWorthCleaning(half, 0.5), isWorthCleaning(half, 0.7)]).toEqual([true, false])
    const config = { minCompactionLagMs: 0, maxCompactionLagMs: 850 }
    expect(isWorthCleaning(findCleanable(factsOf({ cleanedUpTo: 10, config })), 1)).toBe(true)
    expect(isWorthCleaning(findCleanable(factsOf({ cleanedUpTo: 20, config })), 1)).toBe(false)
    expect(isWorthCleaning(findCleanable(factsOf({ cleanedUpTo: 30, config })), 0)).toBe(false)
  })
})

describe('segments that become one', () => {
  const segment = (baseOffset: number, size: number, index = 8) => ({
    ...{ baseOffset, size, offsetIndexSize: index, timeIndexSize: index },
  })
  const limits = { segmentBytes: 100, segmentIndexBytes: 32, firstUncleanableOffset: 1000 }
  const bases = (segments: ReturnType<typeof segment>[], given = limits) =>
    groupSegments(segments, given).map((group) => group.map(({ baseOffset }) => baseOffset))

  it('keep within the size of a segment and of its indexes', () => {
    expect(bases([segment(0, 50), segment(10, 50), segment(20, 1), segment(30, 200), segment(40, 1)])).toEqual([
      [0, 10],
      [20],
      [30],
      [40],
    ])
    expect(bases([segment(0, 1, 16), segment(10, 1, 16), segment(20, 1, 16)])).toEqual([[0, 10], [20]])
  })

  it('keep within the offsets that an index holds, but for empty ones', () => {
    const far = 2 ** 31
    expect(
      bases([segment(0, 1), segment(far - 10, 1), segment(far, 1)], { ...limits, firstUncleanableOffset: far + 5 }),
    ).toEqual([[0, far - 10], [far]])
    expect(bases([segment(0, 1), segment(far - 10, 1)], { ...limits, firstUncleanableOffset: far + 5 })).toEqual([
      [0],
      [far - 10],
    ])
    expect(bases([segment(0, 1), segment(far, 0)], { ...limits, firstUncleanableOffset: far + 5 })).toEqual([[0, far]])
  })
})

describe('the offsets of keys', () => {
  const limits = { bufferBytes: 24 * 100, loadFactor: 0.9, mostKeys: 10_000 }

  it('are found again, the newest of each', () => {
    const map = new OffsetMap(limits)
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 80; i++) map.put(Buffer.from(`key-${i}`), round * 100 + i)
    for (let i = 0; i < 80; i++) expect(map.get(Buffer.from(`key-${i}`))).toBe(200 + i)
    expect(map.get(Buffer.from('another'))).toBe(-1)
    expect([map.size, map.latestOffset, map.isFull]).toEqual([80, 279, false])
  })

  it('take no more than the buffer, and leave room', () => {
    const map = new OffsetMap(limits)
    let count = 0
    while (!map.isFull) map.put(Buffer.from(`key-${count}`), count++)
    expect(count).toBe(capacityOf(limits))
    for (let i = 0; i < count; i++) expect(map.get(Buffer.from(`key-${i}`))).toBe(i)
  })

  it('take no more than there are keys', () => {
    const map = new OffsetMap({ bufferBytes: 128 * 1024 * 1024, loadFactor: 0.9, mostKeys: 5 })
    for (let i = 0; i < 5; i++) {
      expect(map.isFull).toBe(false)
      map.put(Buffer.from([i]), i)
    }
    expect([0, 1, 2, 3, 4].map((i) => map.get(Buffer.from([i])))).toEqual([0, 1, 2, 3, 4])
  })
})
