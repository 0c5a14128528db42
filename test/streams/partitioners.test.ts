import { describe, expect, it } from 'vitest'
import { StreamsBuilder } from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import type { StreamsHarness } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

const KEYS = Array.from({ length: 30 }, (_, at) => `k${at}`)
const numberOf = (key: string) => Number(key.slice(1))

describe('a partitioner', () => {
  it('says where records go, to topics of others and of the application, and leaves others to their hashes', async () => {
    await harness.topics({ from: 2, to: 5, hashed: 5 })
    await harness.produce(...KEYS.map((key) => ({ topic: 'from', key, value: 'x' })))
    await harness.produce(...KEYS.map((key) => ({ topic: 'hashed', key, value: 'x' })))
    const builder = new StreamsBuilder()
    builder
      .stream<string, string>('from')
      .repartition({ name: 'again', partitions: 3, partitioner: (key, _, partitions) => numberOf(key) % partitions })
      .to('to', {
        partitioner: (key, _, partitions) => (numberOf(key) < 15 ? (numberOf(key) + 1) % partitions : undefined),
      })
    const app = harness.application('spreading', builder.build())
    await app.start()
    const placesIn = async (topic: string) => {
      const found = await harness.read(topic, ({ length }) => length === KEYS.length)
      return Object.fromEntries(found.map(({ key, partition }) => [`${key}`, partition]))
    }
    const hashes = await placesIn('hashed')
    const expected = KEYS.map((key) => [key, numberOf(key) < 15 ? (numberOf(key) + 1) % 5 : hashes[key]])
    expect(await placesIn('to')).toEqual(Object.fromEntries(expected))
    const again = Object.fromEntries(KEYS.map((key) => [key, numberOf(key) % 3]))
    expect(await placesIn('spreading-again-repartition')).toEqual(again)
    await app.close()
  }, 30_000)

  it('ends the application when it gives what is no partition, or its topic is missing', async () => {
    await harness.topics({ some: 1, few: 2 })
    await harness.produce({ topic: 'some', key: 'k1', value: 'x' })
    const program = (to: string) => {
      const builder = new StreamsBuilder()
      builder.stream<string, string>('some').to(to, { partitioner: (_key, _value, partitions) => partitions })
      return builder.build()
    }
    await expect(harness.application('nowhere-app', program('nowhere')).start()).rejects.toThrow(
      'Topics with a partitioner are missing: nowhere.',
    )
    const app = harness.application('beyond-app', program('few'))
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow(
      'KSTREAM-SINK-0000000001 has got 2 from its partitioner, and few has 2 partitions.',
    )
  })
})
