import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamsBuilder, serdes, type Topology } from '../../src/streams/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { latest, StreamsHarness } from './harness.ts'

let node: TestServer
let harness: StreamsHarness

beforeAll(async () => {
  node = await startTestServer()
  harness = new StreamsHarness(node.bootstrap)
})
afterAll(async () => {
  await harness.close()
  await node.close()
})

function counter(from: string, to: string): Topology {
  const builder = new StreamsBuilder()
  const input = builder.stream<string, string>(from)
  input.groupByKey().count({ store: 'counts' }).toStream().to(to, { value: serdes.long })
  return builder.build()
}

const KEYS = Array.from({ length: 20 }, (_, at) => `key${at}`)

describe('two instances', () => {
  it.each(['at_least_once', 'exactly_once_v2'])(
    'share partitions and hand them over with all that was counted, %s',
    async (guarantee) => {
      const [from, to] = [`in-${guarantee}`, `out-${guarantee}`] as const
      await harness.topics({ [from]: 4, [to]: 1 })
      let sent = 0
      const send = async () => {
        await harness.produce(...KEYS.map((key) => ({ topic: from, key, value: 'x' })))
        sent++
      }
      const counted = async () => {
        const records = await harness.read(to, (found) => KEYS.every((key) => Number(latest(found)[key] ?? 0) >= sent))
        expect(latest(records)).toEqual(Object.fromEntries(KEYS.map((key) => [key, `${sent}`])))
      }
      const instance = () =>
        harness.application(`two-${guarantee}`, counter(from, to), {
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
