import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Consumer } from '../../src/client/index.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { killNode } from '../support/killable-node.ts'
import { programOf } from '../support/programs.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Rig, until } from './rig.ts'

let server: TestServer
let rig: Rig
let worker: ChildProcess | undefined

beforeAll(async () => {
  server = await startTestServer()
  rig = new Rig(server.bootstrap)
})
afterAll(async () => {
  if (worker) await killNode(worker)
  await server.close()
  rig.remove()
})

/** Starts a worker as a process of its own; resolves when its connectors run. */
function start(): Promise<ChildProcess> {
  const connectors = {
    source: { 'connector.class': 'FileStreamSource', topic: 'crash', file: rig.path('in.txt'), 'batch.size': '50' },
    sink: { 'connector.class': 'FileStreamSink', topics: 'crash', file: rig.path('out.txt') },
  }
  const properties = rig.properties({ 'offset.flush.interval.ms': '20', 'consumer.session.timeout.ms': '6000' })
  const script = programOf(join(import.meta.dirname, '../support/connect-process.ts'))
  const child = spawn(process.execPath, [script, JSON.stringify({ properties, connectors })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child))
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
}

/** The first places of lines, in the order in which they came; what came again does not count. */
function firstOf(lines: readonly string[]): string[] {
  return [...new Set(lines)]
}

it('kill -9 of a worker loses no line and changes no order', async () => {
  const total = 30_000
  const wanted = Array.from({ length: total }, (_, i) => `line ${i}`)
  writeFileSync(rig.path('in.txt'), '')
  const written = (count: number) =>
    appendFileSync(
      rig.path('in.txt'),
      wanted
        .slice(count, count + total / 3)
        .map((line) => `${line}\n`)
        .join(''),
    )
  for (let round = 0; round < 3; round++) {
    worker = await start()
    const before = rig.read('out.txt').length
    written((round * total) / 3)
    // Killed in the middle of its work, but not in the last round.
    await until('something has come', () => rig.read('out.txt').length > before, 30_000)
    if (round < 2) await killNode(worker)
  }
  await until('the last line has come', () => rig.read('out.txt').includes(`line ${total - 1}\n`), 30_000)
  const lines = rig.read('out.txt').trimEnd().split('\n')
  // A line that was being written when the process was killed may stand there in part.
  const whole = new Set(wanted)
  expect(firstOf(lines.filter((line) => whole.has(line)))).toEqual(wanted)
  expect(await topicLines(total)).toEqual(wanted)
}, 90_000)

/** The lines of the topic in the order of their first places. */
async function topicLines(total: number): Promise<string[]> {
  const consumer = new Consumer(
    { 'bootstrap.servers': server.bootstrap, 'group.id': 'check', 'auto.offset.reset': 'earliest' },
    nodeRuntime,
  )
  consumer.subscribe(['crash'])
  const seen = new Set<string>()
  while (!seen.has(`line ${total - 1}`))
    for (const { value } of await consumer.poll(500))
      seen.add((JSON.parse(String(value)) as { payload: string }).payload)
  await consumer.close()
  return [...seen]
}
