import { describe, expect, it } from 'vitest'
import { StreamsBuilder, serdes, type Topology } from '../../src/streams/index.ts'
import { streamsAtNode } from './at-node.ts'
import { latest, type StreamsHarness } from './harness.ts'

let harness: StreamsHarness

streamsAtNode((given) => {
  harness = given
})

function counter(from: string, to: string): Topology {
  const builder = new StreamsBuilder()
  const input = builder.stream<string, string>(from)
  input.groupByKey().count({ store: 'counts' }).toStream().to(to, { value: serdes.long })
  return builder.build()
}

/** Counts one topic in ones, and a second one in thousands. */
function cogrouped(from: string, to: string): Topology {
  const builder = new StreamsBuilder()
  const group = (topic: string) => builder.stream<string, string>(topic).groupByKey()
  group(from)
    .cogroup((_key, _value, sum: number) => sum + 1)
    .cogroup(group(`${from}-too`), (_key, _value, sum) => sum + 1000)
    .aggregate(() => 0, { store: 'counts', value: serdes.long })
    .toStream()
    .to(to, { value: serdes.long })
  return builder.build()
}

const programs = [
  { name: 'a count', guarantee: 'at_least_once', program: counter, topics: [''], step: 1 },
  { name: 'a count', guarantee: 'exactly_once_v2', program: counter, topics: [''], step: 1 },
  { name: 'a cogroup', guarantee: 'at_least_once', program: cogrouped, topics: ['', '-too'], step: 1001 },
  { name: 'a cogroup', guarantee: 'exactly_once_v2', program: cogrouped, topics: ['', '-too'], step: 1001 },
]

const KEYS = Array.from({ length: 20 }, (_, at) => `key${at}`)

describe('two instances', () => {
  it.each(programs)(
    'share partitions and hand them over with all that was counted, $name, $guarantee',
    async ({ guarantee, program, topics, step }) => {
      const [from, to, id] = ['in', 'out', 'two'].map((name) => `${name}-${guarantee}-${step}`) as [
        string,
        string,
        string,
      ]
      await harness.topics({ ...Object.fromEntries(topics.map((suffix) => [from + suffix, 4])), [to]: 1 })
      let sent = 0
      const send = async () => {
        for (const suffix of topics)
          await harness.produce(...KEYS.map((key) => ({ topic: from + suffix, key, value: 'x' })))
        sent += step
      }
      const counted = async () => {
        const records = await harness.read(to, (found) => KEYS.every((key) => Number(latest(found)[key] ?? 0) >= sent))
        expect(latest(records)).toEqual(Object.fromEntries(KEYS.map((key) => [key, `${sent}`])))
      }
      const instance = () =>
        harness.application(id, program(from, to), {
          'processing.guarantee': guarantee,
          'consumer.heartbeat.interval.ms': 300,
        })
      const keysOf = (app: ReturnType<typeof instance>) => [...app.store<string, number>('counts').all()].length

      const first = instance()
      await send()
      await first.start()
      await counted()
      const second = instance()
      await send()
      await second.start()
      await counted()
      await expect.poll(() => first.state).toBe('RUNNING')
      expect(keysOf(first)).toBeGreaterThan(0)
      expect(keysOf(second)).toBeGreaterThan(0)
      expect(keysOf(first) + keysOf(second)).toBe(KEYS.length)
      await send()
      await first.close()
      await send()
      await counted()
      await expect.poll(() => second.state).toBe('RUNNING')
      expect(keysOf(second)).toBe(KEYS.length)
      await second.close()
    },
    60_000,
  )
})
