import { describe, expect, it } from 'vitest'
import { StripedPlacer } from '../../../src/server/controller/striped-placer.ts'
import type { BrokerImage } from '../../../src/server/metadata/image.ts'
import { metadataRecord } from '../../../src/server/metadata/records.ts'
import { SeededRandom } from '../../support/memory-runtime.ts'

/** Where replicas of new partitions go. */
const broker = (id: number, rack: string | null = null, over: Partial<BrokerImage> = {}) =>
  ({
    ...{ id, rack, fenced: false, inControlledShutdown: false, ...over },
    record: metadataRecord('RegisterBrokerRecord', 4, { brokerId: id, rack }),
  }) as BrokerImage
const place = (brokers: BrokerImage[], factor: number, count: number) => {
  const placer = new StripedPlacer(brokers, new SeededRandom())
  return Array.from({ length: count }, () => placer.place(factor))
}
const times = (ids: readonly (number | undefined)[]) => {
  const counts = new Map<number | undefined, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts.values()]
}

describe('the placement of replicas', () => {
  it('spreads leaders and replicas evenly', () => {
    const placed = place(
      [1, 2, 3, 4, 5].map((id) => broker(id)),
      3,
      50,
    )
    expect(times(placed.map(([leader]) => leader))).toEqual([10, 10, 10, 10, 10])
    expect(times(placed.flat())).toEqual([30, 30, 30, 30, 30])
    for (const replicas of placed) expect(new Set(replicas).size).toBe(3)
  })

  it('has no two replicas in one rack while there are others', () => {
    const rackOf = (id: number) => `rack ${id % 3}`
    const placed = place(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((id) => broker(id, rackOf(id))),
      3,
      90,
    )
    for (const replicas of placed) expect(new Set(replicas.map(rackOf)).size).toBe(3)
    expect(times(placed.map(([leader]) => (leader as number) % 3))).toEqual([30, 30, 30])
  })

  it('takes fenced brokers last and never to lead, and none that is about to stop', () => {
    const brokers = [
      broker(1),
      broker(2, null, { fenced: true }),
      broker(3),
      broker(4, null, { inControlledShutdown: true }),
    ]
    for (const replicas of place(brokers, 3, 20)) {
      expect(replicas[2]).toBe(2)
      expect([...replicas].sort()).toEqual([1, 2, 3])
    }
    expect(() => place(brokers, 4, 1)).toThrow('because only 3 broker(s) are registered')
    expect(() => place([broker(2, null, { fenced: true })], 1, 1)).toThrow('All brokers are currently fenced')
  })
})
