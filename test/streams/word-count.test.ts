import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamsBuilder, serdes, type Topology } from '../../src/streams/index.ts'
import { retentionAtOnce, startTestServer, type TestServer } from '../support/server.ts'
import { latest, StreamsHarness, spell } from './harness.ts'

let node: TestServer
let harness: StreamsHarness

beforeAll(async () => {
  node = await startTestServer(retentionAtOnce)
  harness = new StreamsHarness(node.bootstrap)
})
afterAll(async () => {
  await harness.close()
  await node.close()
})

function wordCount(from: string, to: string, store?: string): Topology {
  const builder = new StreamsBuilder()
  builder
    .stream<string, string>(from)
    .flatMapValues((line) => line.toLowerCase().split(/\W+/))
    .groupBy((_, word) => word)
    .count({ store })
    .toStream()
    .to(to, { value: serdes.long })
  return builder.build()
}

const lines = ['all streams lead to kafka', 'hello kafka streams', 'join kafka summit']
const counts = { all: '1', streams: '2', lead: '1', to: '1', kafka: '3', hello: '1', join: '1', summit: '1' }

describe('a word count', () => {
  it('sends every change on without a cache', async () => {
    await harness.topics({ in1: 1, out1: 1 })
    const begin = Date.now()
    await harness.produce(...lines.map((value, at) => ({ topic: 'in1', value, timestamp: begin + at })))
    const app = harness.application('plain', wordCount('in1', 'out1'), { 'statestore.cache.max.bytes': 0 })
    await app.start()
    expect(app.state).toBe('RUNNING')
    const records = await harness.read('out1', (found) => found.length >= 11)
    expect(records.map(spell).join(' ')).toBe(
      'all=1 streams=1 lead=1 to=1 kafka=1 hello=1 kafka=2 streams=2 join=1 kafka=3 summit=1',
    )
    expect(records.map(({ timestamp }) => timestamp - begin)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    await app.close()
    expect(app.state).toBe('NOT_RUNNING')
  })

  it('sends the newest counts on with a cache, in the order of their last change', async () => {
    await harness.topics({ in2: 1, out2: 1 })
    await harness.produce(...lines.map((value) => ({ topic: 'in2', value })))
    const app = harness.application('cached', wordCount('in2', 'out2', 'counts'), { 'commit.interval.ms': 60_000 })
    await app.start()
    await expect.poll(() => app.store('counts').get('summit'), { timeout: 10_000 }).toBe(1)
    expect(Object.fromEntries([...app.store('counts').all()].map(({ key, value }) => [key, `${value}`]))).toEqual(
      counts,
    )
    await app.close()
    const records = await harness.read('out2', (found) => found.length >= 8)
    expect(records.map(spell).join(' ')).toBe('all=1 lead=1 to=1 hello=1 streams=2 join=1 kafka=3 summit=1')
  })

  it('goes on counting where another life ended', async () => {
    await harness.topics({ in3: 3, out3: 2 })
    for (let life = 1; life <= 3; life++) {
      const app = harness.application('lives', wordCount('in3', 'out3'))
      await harness.produce(...lines.map((value, partition) => ({ topic: 'in3', partition, value })))
      await app.start()
      const want = Object.fromEntries(Object.entries(counts).map(([word, count]) => [word, `${Number(count) * life}`]))
      const records = await harness.read('out3', (found) => {
        const now = latest(found)
        return Object.entries(want).every(([word, count]) => now[word] === count)
      })
      expect(latest(records)).toEqual(want)
      await app.close()
    }
  }, 30_000)

  it('goes on when its broker was away', async () => {
    await harness.topics({ in4: 2, out4: 1 })
    const app = harness.application('patient', wordCount('in4', 'out4'))
    await app.start()
    const count = async (times: number) => {
      await harness.produce({ topic: 'in4', partition: times % 2, value: 'word' })
      const records = await harness.read('out4', (found) => Number(latest(found)['word'] ?? 0) >= times)
      expect(latest(records)).toEqual({ word: `${times}` })
    }
    await count(1)
    node = await node.restart()
    await count(2)
    await app.close()
    expect(app.state).toBe('NOT_RUNNING')
  }, 60_000)
})
