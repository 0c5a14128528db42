import { describe, expect, it } from 'vitest'
import {
  type Cancellable,
  keyValueStore,
  type Processor,
  type ProcessorContext,
  type PunctuationType,
  serdes,
  Topology,
} from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import { type StreamsHarness, spell } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

const texts = { key: serdes.string, value: serdes.string }

/** Counts its calls in a store, and sends each count on; the third ends them. */
function ticking(type: PunctuationType, intervalMs: number): Processor<string, string, string, string> {
  let schedule: Cancellable
  return {
    init: (context: ProcessorContext<string, string>) => {
      const counts = context.stateStore<string, string>('counts')
      schedule = context.schedule(intervalMs, type, (timestamp) => {
        const count = String(Number(counts.get('calls') ?? 0) + 1)
        counts.put('calls', count)
        context.forward({ key: 'calls', value: `${count} at ${timestamp}`, timestamp, headers: [] })
        if (count === '3') schedule.cancel()
      })
    },
    process: () => {},
  }
}

const program = (from: string, to: string, processor: () => Processor<string, string, string, string>) =>
  new Topology()
    .addSource('source', [from], texts)
    .addProcessor('ticking', processor, ['source'])
    .addStateStore(keyValueStore('counts', texts), ['ticking'])
    .addSink('sink', to, ['ticking'], texts)

describe('punctuation by the clock on the wall', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'comes without any records, is committed, and goes on in another life, %s',
    async (guarantee) => {
      const [from, to] = [`quiet-${guarantee}`, `ticks-${guarantee}`] as const
      await harness.topics({ [from]: 1, [to]: 1 })
      const build = () => program(from, to, () => ticking('wall-clock-time', 300))
      const begin = Date.now()
      const app = harness.application(`ticks-${guarantee}`, build(), { 'processing.guarantee': guarantee })
      await app.start()
      const [first] = (await harness.read(to, ({ length }) => length > 0)).map(spell)
      expect(Number(first?.split(' at ')[1])).toBeGreaterThanOrEqual(begin + 300)
      await app.close()
      const again = harness.application(`ticks-${guarantee}`, build(), { 'processing.guarantee': guarantee })
      await again.start()
      await harness.read(to, (records) => records.some((record) => spell(record).startsWith('calls=3 ')))
      await new Promise((resolve) => setTimeout(resolve, 700))
      const counts = (await harness.read(to, ({ length }) => length >= 3)).map(
        (record) => spell(record).split(' at ')[0],
      )
      expect(counts).toEqual(['calls=1', 'calls=2', 'calls=3'])
      expect(again.store('counts').get('calls')).toBe('3')
      await again.close()
    },
    30_000,
  )
})

describe("punctuation by the stream's time", () => {
  it('comes at once in another life, at the time that the one before came to', async () => {
    await harness.topics({ timed: 1, times: 1 })
    const build = () => program('timed', 'times', () => ticking('stream-time', 10))
    const time = Date.now()
    await harness.produce({ topic: 'timed', key: 'a', value: 'x', timestamp: time })
    await harness.produce({ topic: 'timed', key: 'a', value: 'x', timestamp: time - 50 })
    const app = harness.application('times-app', build())
    await app.start()
    await harness.read('times', ({ length }) => length === 1)
    await app.close()
    const again = harness.application('times-app', build())
    await again.start()
    const found = await harness.read('times', ({ length }) => length === 2)
    expect(found.map(spell)).toEqual([`calls=1 at ${time}`, `calls=2 at ${time}`])
    await again.close()
  })
})

describe('a schedule', () => {
  it.each([
    ['of no time at all', 0, undefined, 'The minimum supported scheduling interval is 1 millisecond.'],
    ['that begins before time does', 10, -1, 'The minimum supported start time is the epoch.'],
  ] as const)('%s is refused', async (name, intervalMs, startMs, reason) => {
    const topic = `refused-${name.replaceAll(' ', '-')}`
    await harness.topics({ [topic]: 1 })
    const topology = new Topology().addSource('source', [topic], texts).addProcessor(
      'never',
      () => ({
        init: (context) => void context.schedule(intervalMs, 'stream-time', () => {}, startMs),
        process: () => {},
      }),
      ['source'],
    )
    const app = harness.application(topic, topology)
    await expect(app.start()).rejects.toThrow(`Task 0_0 failed in never: ${reason}`)
  })

  it('is refused to the processor of a global store', async () => {
    await harness.topics({ whole: 1 })
    const topology = new Topology().addGlobalStore(
      keyValueStore('whole', texts),
      'source',
      'whole',
      'keeping',
      () => ({
        init: (context) => void context.schedule(10, 'wall-clock-time', () => {}),
        process: () => {},
      }),
      texts,
    )
    const app = harness.application('whole-app', topology)
    await expect(app.start()).rejects.toThrow('keeping cannot schedule anything: it fills a global store.')
  })

  it('that fails ends the application', async () => {
    await harness.topics({ failing: 1 })
    const topology = new Topology().addSource('source', ['failing'], texts).addProcessor(
      'bad',
      () => ({
        init: (context) => {
          const fail = () => {
            throw new Error('no time')
          }
          context.schedule(10, 'wall-clock-time', fail)
        },
        process: () => {},
      }),
      ['source'],
    )
    const app = harness.application('failing-app', topology)
    await app.start().catch(() => {})
    await expect(app.untilEnd()).rejects.toThrow('Task 0_0 failed in bad: no time')
  })
})
