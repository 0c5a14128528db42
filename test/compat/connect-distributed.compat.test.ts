import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Ask,
  asker,
  type GroupWorker,
  groupWorker,
  runs,
  statusOf,
  workerProperties,
} from '../connect/group-rig.ts'
import { Rig, until } from '../connect/rig.ts'
import { apacheMissing, javaLine } from '../support/apache.ts'
import { freePort } from '../support/free-ports.ts'
import { killNode } from '../support/killable-node.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const missing = apacheMissing()
if (missing) console.warn(`Workers of Connect are not put beside Apache's: ${missing}`)

/** A worker that was killed is missed soon, and what it had is nobody's for no longer than that. */
const quick = {
  'session.timeout.ms': '2000',
  'heartbeat.interval.ms': '300',
  'consumer.session.timeout.ms': '2000',
  'consumer.heartbeat.interval.ms': '300',
}

let server: TestServer
let rig: Rig
let apache: ChildProcess | undefined
let ours: GroupWorker | undefined

beforeAll(async () => {
  if (missing) return
  server = await startTestServer({ 'group.min.session.timeout.ms': '1000' })
  rig = new Rig(server.bootstrap)
})
afterAll(async () => {
  if (apache) await killNode(apache)
  await ours?.close()
  await server?.close()
  rig?.remove()
})

async function startApache(): Promise<{ readonly ask: Ask; readonly id: string }> {
  const port = await freePort()
  const file = rig.path('worker.properties')
  const properties = workerProperties(server.bootstrap, { ...quick, listeners: `http://127.0.0.1:${port}` })
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const main = 'org.apache.kafka.connect.cli.ConnectDistributed'
  apache = spawn('java', [...javaLine('-Xmx512M'), main, file], { stdio: 'ignore' })
  const ask = asker(port)
  const answers = () =>
    ask('GET', '/connectors').then(
      ({ status }) => status === 200,
      () => false,
    )
  await until("Apache's worker answers", answers, 60_000)
  return { ask, id: `127.0.0.1:${port}` }
}

const join = async (): Promise<GroupWorker> => (ours = await groupWorker(workerProperties(server.bootstrap, quick)))

const source = (number: number) => ({
  'connector.class': 'FileStreamSource',
  file: rig.path(`in-${number}.txt`),
  topic: `lines-${number}`,
})
const sink = () => ({
  'connector.class': 'FileStreamSink',
  file: rig.path('out.txt'),
  'topics.regex': 'lines-.*',
  'tasks.max': '2',
})

const connectors = ['source-0', 'source-1', 'sink']
const tasksOf = (name: string): number => (name === 'sink' ? 2 : 1)

/** The workers that have something to do, when all that there is runs. */
async function owners(ask: Ask): Promise<string[]> {
  const ids = new Set<string>()
  for (const name of connectors) {
    const { connector, tasks } = await runs(ask, name, tasksOf(name))
    for (const { worker_id: id } of [connector, ...tasks]) ids.add(id)
  }
  return [...ids].sort()
}

const write = (from: number, to: number): string[] => {
  const wanted: string[] = []
  for (const number of [0, 1]) {
    const lines = Array.from({ length: to - from }, (_, i) => `${number} ${from + i}`)
    appendFileSync(rig.path(`in-${number}.txt`), lines.map((line) => `${line}\n`).join(''))
    wanted.push(...lines)
  }
  return wanted
}

/** The lines of one file, in the order in which they first came. */
const arrived = (number: number): string[] => [
  ...new Set(
    rig
      .read('out.txt')
      .split('\n')
      .filter((line) => line.startsWith(`${number} `)),
  ),
]

async function allArrive(count: number): Promise<void> {
  const wanted = (number: number) => Array.from({ length: count }, (_, i) => `${number} ${i}`)
  await until(
    `${count} lines of each file are there`,
    () => [0, 1].every((number) => arrived(number).length >= count),
    30_000,
  )
  for (const number of [0, 1]) expect(arrived(number)).toEqual(wanted(number))
}

it.skipIf(missing !== undefined)(
  "shares one group with a worker of Apache's: either goes on where the other was",
  async () => {
    write(0, 500)
    const starting = startApache()
    const here = await join()
    for (const number of [0, 1])
      expect(await here.ask('POST', '/connectors', { name: `source-${number}`, config: source(number) })).toMatchObject(
        {
          status: 201,
        },
      )
    await runs(here.ask, 'source-1', 1)
    const theirs = await starting
    // Ours leads: Apache's sends it there, and so it does with what the connectors that it runs want.
    expect(await theirs.ask('PUT', '/connectors/sink/config', sink())).toMatchObject({ status: 201 })
    await until('both work', async () => (await owners(here.ask)).length === 2)
    expect(await owners(theirs.ask)).toEqual([theirs.id, here.id].sort())
    await allArrive(500)
    for (const path of ['/connectors', '/connectors/sink', '/connectors/source-0/tasks', '/connectors/source-0/topics'])
      expect(sorted(await here.ask('GET', path)), path).toEqual(sorted(await theirs.ask('GET', path)))
    // Whoever runs a task starts it anew, whoever is asked.
    for (const { ask } of [here, theirs])
      for (const name of ['source-0', 'source-1'])
        expect(await ask('POST', `/connectors/${name}/tasks/0/restart`), name).toMatchObject({ status: 204 })

    await here.close()
    write(500, 1000)
    await until('all is at the other', async () => (await owners(theirs.ask)).every((id) => id === theirs.id))
    await allArrive(1000)

    // Now Apache's leads.
    const again = await join()
    await until('both work again', async () => (await owners(again.ask)).includes(again.id))
    for (const number of [0, 1])
      expect(
        await again.ask('PUT', `/connectors/source-${number}/config`, { ...source(number), 'batch.size': '77' }),
      ).toMatchObject({ status: 200 })
    await until('tasks have their new configs', async () => {
      const tasks = [
        await again.ask('GET', '/connectors/source-0/tasks'),
        await theirs.ask('GET', '/connectors/source-1/tasks'),
      ]
      return tasks.every(({ body }) => JSON.stringify(body).includes('"batch.size":"77"'))
    })
    write(1000, 1500)
    await killNode(apache as ChildProcess)
    apache = undefined
    write(1500, 2000)
    await until('all is here', async () => (await owners(again.ask)).every((id) => id === again.id), 30_000)
    await allArrive(2000)
    expect(await again.ask('PUT', '/connectors/source-0/stop')).toMatchObject({ status: 204 })
    await until('it has no tasks', async () => (await statusOf(again.ask, 'source-0'))?.tasks.length === 0)
  },
  120_000,
)

const sorted = ({ status, body }: { readonly status: number; readonly body: unknown }) => ({
  status,
  body: JSON.parse(
    JSON.stringify(body, (_, value: unknown) => {
      if (Array.isArray(value)) return [...value].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    }),
  ) as unknown,
})
