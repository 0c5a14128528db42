import { afterAll, beforeAll, expect, it } from 'vitest'
import { Consumer, Producer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { VerifiableConsume } from '../../src/tools/verifiable/consume.ts'
import { EventLines } from '../../src/tools/verifiable/events.ts'
import { VerifiableProduce } from '../../src/tools/verifiable/produce.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

/** Collects events; `on` is told of each. */
function collect(on: (event: { name: string }) => void = () => {}) {
  const events: { name: string; [field: string]: unknown }[] = []
  const lines = new EventLines(nodeRuntime.clock, (line) => {
    events.push(JSON.parse(line))
    on(events.at(-1) as { name: string })
  })
  return { events, lines }
}

it('what was sent is read, and told of until somebody stops it', async () => {
  const base = { 'bootstrap.servers': server.bootstrap }
  const sent = collect()
  const produce = new VerifiableProduce(new Producer(base, nodeRuntime), nodeRuntime, sent.lines, {
    topic: 'verified',
    maxMessages: 100,
    throughput: -1,
    repeatingKeys: 3,
  })
  expect(await produce.run(new AbortController().signal)).toBe(0)
  expect(sent.events[0]?.name).toBe('startup_complete')
  expect(sent.events.at(-1)).toMatchObject({ name: 'tool_data', sent: 100, acked: 100, target_throughput: -1 })
  const acked = sent.events.filter(({ name }) => name === 'producer_send_success')
  expect(acked.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, i) => i))

  const stop = new AbortController()
  let read = 0
  const got = collect((event) => {
    if (event.name === 'record_data') read++
    if (event.name === 'offsets_committed' && read === 100) stop.abort()
  })
  const properties = { ...base, 'group.id': 'v', 'auto.offset.reset': 'earliest', 'enable.auto.commit': false }
  const consumer = new Consumer(properties, nodeRuntime)
  const options = { topic: 'verified', maxMessages: -1, verbose: true, commits: true }
  await new VerifiableConsume(consumer, got.lines, options).run(stop.signal)
  const data = got.events.filter(({ name }) => name === 'record_data')
  expect(data.map(({ key, value, offset }) => [key, value, offset])).toEqual(
    acked.map(({ key, value, offset }) => [key, value, offset]),
  )
  const names = got.events.map(({ name }) => name)
  expect(names.slice(0, 2)).toEqual(['startup_complete', 'partitions_assigned'])
  expect(names.slice(-3)).toEqual(['shutdown_requested', 'partitions_revoked', 'shutdown_complete'])
  expect(got.events.findLast(({ name }) => name === 'offsets_committed')).toMatchObject({
    offsets: [{ topic: 'verified', partition: 0, offset: 100 }],
    success: true,
  })
})
