import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { killNode } from '../support/killable-node.ts'
import { programOf } from '../support/programs.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { type GroupWorker, groupWorker, runs, workerProperties } from './group-rig.ts'
import { Rig, until } from './rig.ts'

const quick = {
  'session.timeout.ms': '2000',
  'heartbeat.interval.ms': '200',
  'consumer.session.timeout.ms': '2000',
  'consumer.heartbeat.interval.ms': '200',
}
/** Work of who is missed waits long: not that of a leader who has stopped it. */
const patient = { ...quick, 'scheduled.rebalance.max.delay.ms': '300000' }

let server: TestServer
let rig: Rig
let here: GroupWorker | undefined
let other: ChildProcess | undefined

beforeEach(async () => {
  server = await startTestServer({ 'group.min.session.timeout.ms': '1000' })
  rig = new Rig(server.bootstrap)
})
afterEach(async () => {
  if (other) await killNode(other)
  await here?.close()
  await server.close()
  rig.remove()
})

/** A second worker, in a process; gives its `host:port`. */
function startOther(): Promise<string> {
  const script = programOf(join(import.meta.dirname, '../support/group-worker-process.ts'))
  const properties = JSON.stringify(workerProperties(server.bootstrap, quick))
  const child = spawn(process.execPath, [script, properties], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  other = child
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()))
    child.once('exit', (code) => reject(new Error(`the worker ended with ${code}`)))
  })
}

async function startHere(properties: Readonly<Record<string, string>>): Promise<GroupWorker> {
  here = await groupWorker(workerProperties(server.bootstrap, properties))
  return here
}

async function makeConnectors({ ask }: GroupWorker): Promise<void> {
  writeFileSync(rig.path('in.txt'), '')
  const source = { 'connector.class': 'FileStreamSource', topic: 'lines', file: rig.path('in.txt'), 'batch.size': '50' }
  const sink = { 'connector.class': 'FileStreamSink', topics: 'lines', file: rig.path('out.txt') }
  for (const [name, config] of Object.entries({ source, sink }))
    expect(await ask('PUT', `/connectors/${name}/config`, config)).toMatchObject({ status: 201 })
}

const lines = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const write = (from: number, to: number): void =>
  appendFileSync(
    rig.path('in.txt'),
    lines(from, to)
      .map((line) => `${line}\n`)
      .join(''),
  )

/** All lines, each at its first place; one that was being written when its worker was killed may stand there in part. */
async function arrived(total: number): Promise<void> {
  await until('the last line is there', () => rig.read('out.txt').includes(`line ${total - 1}\n`), 30_000)
  const wanted = lines(0, total)
  const whole = new Set(wanted)
  expect([
    ...new Set(
      rig
        .read('out.txt')
        .split('\n')
        .filter((line) => whole.has(line)),
    ),
  ]).toEqual(wanted)
}

it('kill -9 of one of two workers loses no line and changes no order', async () => {
  const worker = await startHere(quick)
  await makeConnectors(worker)
  const id = await startOther()
  await until('the other has something to do', async () => {
    const all = [await runs(worker.ask, 'source', 1), await runs(worker.ask, 'sink', 1)]
    return all.some(({ tasks }) => tasks.some(({ worker_id: owner }) => owner === id))
  })
  write(0, 10_000)
  await until('something has come', () => rig.read('out.txt').length > 0)
  await killNode(other as ChildProcess)
  other = undefined
  write(10_000, 20_000)
  await until('all is here', async () => {
    const all = [await runs(worker.ask, 'source', 1), await runs(worker.ask, 'sink', 1)]
    return all.every(({ connector, tasks }) => [connector, ...tasks].every(({ worker_id: owner }) => owner !== id))
  })
  await arrived(20_000)
}, 60_000)

it('stops its work when it hears nothing of the group, and begins again when it does', async () => {
  const worker = await startHere(patient)
  await makeConnectors(worker)
  await runs(worker.ask, 'sink', 1)
  write(0, 100)
  await arrived(100)
  await server.stop()
  await until('it stops', () => worker.log.some((line) => line.includes('Nothing was heard of the group')))
  await until('its tasks have stopped', () => worker.log.filter((line) => line.includes('Stopping task')).length >= 2)
  write(100, 200)
  server = await server.restart()
  await arrived(200)
  await runs(worker.ask, 'source', 1)
}, 60_000)

it('ends although the brokers are gone', async () => {
  const worker = await startHere({ ...patient, 'task.shutdown.graceful.timeout.ms': '500' })
  await makeConnectors(worker)
  await runs(worker.ask, 'sink', 1)
  await server.stop()
  here = undefined
  const begun = performance.now()
  await worker.close()
  expect(performance.now() - begun).toBeLessThan(40_000)
}, 60_000)
