import { describe, expect, it } from 'vitest'
import { StateTopic } from '../../../src/server/coordinator/state-topic.ts'
import { emptyImage } from '../../../src/server/metadata/image.ts'

describe('a coordinator', () => {
  it.each([
    // Computed by Apache's Utils.abs(hash) % 50: of a negative hash the positive counterpart counts, and of the one that has none 0.
    ['orders-billing', 11],
    ['my-group', 12],
    ['polygenelubricants', 0],
    ['jobs', 20],
  ])('of %s is the leader of the partition that Kafka says', async (group, partition) => {
    const topic = { name: 't', id: 'x', partitions: Array.from({ length: 50 }) }
    const image = { ...emptyImage, topics: new Map([['t', topic as never]]) }
    const state = new StateTopic('t', { replicas: {} as never, image: () => image, create: async () => {} })
    expect(await state.indexFor(group)).toBe(partition)
  })
})
