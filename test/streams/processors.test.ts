import { describe, expect, it } from 'vitest'
import {
  type KeyValueStore,
  keyValueStore,
  type Processor,
  type ProcessorContext,
  serdes,
  Topology,
} from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import { type StreamsHarness, spell } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

/** Lets the first record of each key through, to one of two sinks, and asks for a commit. */
function firstOnly(): Processor<string, string, string, string> {
  let context: ProcessorContext<string, string>
  let seen: KeyValueStore<string, string>
  return {
    init: (given) => {
      context = given
      seen = given.stateStore('seen')
    },
    process: (record) => {
      if (seen.putIfAbsent(record.key, record.value) !== undefined) return
      const { topic, offset } = context.recordMetadata ?? { topic: '', offset: -1 }
      const value = `${record.value} of ${topic} ${offset}, task ${context.taskId}, time ${context.streamTime}`
      context.forward({ ...record, value }, record.key < 'm' ? 'low' : 'high')
      context.commit()
    },
  }
}

const build = () =>
  new Topology()
    .addSource('source', ['events'], { key: serdes.string, value: serdes.string })
    .addProcessor('first', firstOnly, ['source'])
    .addStateStore(keyValueStore('seen', { key: serdes.string, value: serdes.string }), ['first'])
    .addSink('low', 'low', ['first'], { key: serdes.string, value: serdes.string })
    .addSink('high', 'high', ['first'], { key: serdes.string, value: serdes.string })

describe('a processor with a store', () => {
  it('remembers over lives, and chooses where records go', async () => {
    await harness.topics({ events: 1, low: 1, high: 1 })
    const base = Date.now()
    const send = (key: string, value: string, at: number) =>
      harness.produce({ topic: 'events', key, value, timestamp: base + at })
    await send('a', '1', 7)
    await send('z', '2', 3)
    await send('a', '3', 9)
    const first = harness.application('firsts', build(), { 'commit.interval.ms': 600_000 })
    await first.start()
    await harness.read('high', ({ length }) => length === 1)
    await first.close()
    const second = harness.application('firsts', build(), { 'commit.interval.ms': 600_000 })
    await send('z', '4', 10)
    await send('b', '5', 11)
    await second.start()
    const low = await harness.read('low', ({ length }) => length === 2)
    expect(low.map(spell)).toEqual([
      `a=1 of events 0, task 0_0, time ${base + 7}`,
      `b=5 of events 4, task 0_0, time ${base + 11}`,
    ])
    expect((await harness.read('high', ({ length }) => length > 0)).map(spell)).toEqual([
      `z=2 of events 1, task 0_0, time ${base + 7}`,
    ])
    expect(second.store('seen').get('z')).toBe('2')
    await second.close()
  })
})
