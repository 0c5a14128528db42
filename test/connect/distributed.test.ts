import { appendFileSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Admin, DistributedWorker, SourceConnector, SourceTask } from '../../src/index.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { type GroupWorker, groupWorker, runs, statusOf, workerProperties } from './group-rig.ts'
import { Rig, until } from './rig.ts'

let server: TestServer
let rig: Rig
let workers: GroupWorker[] = []

beforeAll(async () => {
  server = await startTestServer()
  rig = new Rig(server.bootstrap)
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()))
  workers = []
})
afterAll(async () => {
  await server.close()
  rig.remove()
})

async function start(
  extra: Readonly<Record<string, string>> = {},
  modules: Readonly<Record<string, unknown>> = {},
): Promise<GroupWorker> {
  const worker = await groupWorker(workerProperties(server.bootstrap, extra), modules)
  workers.push(worker)
  return worker
}

const source = (file: string, topic: string) => ({ 'connector.class': 'FileStreamSource', file: rig.path(file), topic })
const sink = (file: string, topics: string, tasks = 1) => ({
  'connector.class': 'FileStreamSink',
  'tasks.max': String(tasks),
  file: rig.path(file),
  topics,
})

it('shares connectors out, answers on any worker, and takes over what a worker leaves', async () => {
  const first = await start()
  writeFileSync(rig.path('in.txt'), 'one\ntwo\n')
  expect(await first.ask('POST', '/connectors', { name: 'source', config: source('in.txt', 'lines') })).toEqual({
    status: 201,
    body: { name: 'source', config: { ...source('in.txt', 'lines'), name: 'source' }, tasks: [], type: 'source' },
  })
  await runs(first.ask, 'source', 1)
  const second = await start()
  // Whoever leads: the other one sends it there.
  for (const worker of [first, second])
    expect(
      await worker.ask('PUT', `/connectors/sink-${worker.id}/config`, sink(`${worker.id}.txt`, 'lines')),
    ).toMatchObject({ status: 201 })
  const placed = []
  for (const name of ['source', `sink-${first.id}`, `sink-${second.id}`]) placed.push(await runs(second.ask, name, 1))
  const owners = new Set(placed.map(({ connector }) => connector.worker_id))
  expect([...owners].sort()).toEqual([first.id, second.id].sort())
  for (const { id } of [first, second]) await until('lines are there', () => rig.read(`${id}.txt`) === 'one\ntwo\n')

  await first.close()
  workers = [second]
  appendFileSync(rig.path('in.txt'), 'three\n')
  for (const name of ['source', `sink-${first.id}`, `sink-${second.id}`])
    await until(`${name} is here`, async () => {
      const status = await runs(second.ask, name, 1)
      return [status.connector, ...status.tasks].every(({ worker_id: id }) => id === second.id)
    })
  for (const { id } of [first, second])
    await until('the last is there', () => rig.read(`${id}.txt`) === 'one\ntwo\nthree\n')
  expect((await second.ask('GET', '/connectors/source/topics')).body).toEqual({ source: { topics: ['lines'] } })
}, 60_000)

it('goes on where it was after all workers were gone, and does what users ask for', async () => {
  const group = {
    'group.id': 'again',
    'config.storage.topic': 'a-configs',
    'offset.storage.topic': 'a-offsets',
    'status.storage.topic': 'a-status',
  }
  const before = await start(group)
  writeFileSync(rig.path('a.txt'), '1\n2\n')
  await before.ask('POST', '/connectors', { name: 'a', config: source('a.txt', 'a') })
  await before.ask('POST', '/connectors', { name: 'b', config: sink('b.txt', 'a', 2), initial_state: 'PAUSED' })
  await runs(before.ask, 'a', 1)
  await until('two lines are committed', async () =>
    JSON.stringify((await before.ask('GET', '/connectors/a/offsets')).body).includes('"position":4'),
  )
  await before.close()
  workers = []

  const { ask } = await start(group)
  appendFileSync(rig.path('a.txt'), '3\n')
  await until('the connector rests', async () => (await statusOf(ask, 'b'))?.connector.state === 'PAUSED')
  expect(await ask('PUT', '/connectors/b/resume')).toMatchObject({ status: 202 })
  await runs(ask, 'b', 2)
  await until('each line came once', () => rig.read('b.txt') === '1\n2\n3\n')
  expect(await ask('POST', '/connectors/b/tasks/1/restart')).toMatchObject({ status: 204 })
  expect(await ask('POST', '/connectors/b/restart')).toMatchObject({ status: 204 })
  expect(await ask('POST', '/connectors/b/restart?includeTasks=true')).toMatchObject({
    status: 202,
    body: { connector: { state: 'RESTARTING' }, tasks: [{ state: 'RESTARTING' }, { state: 'RESTARTING' }] },
  })
  await runs(ask, 'b', 2)
  expect(await ask('PUT', '/connectors/b/config', sink('b.txt', 'a', 1))).toMatchObject({ status: 200 })
  await runs(ask, 'b', 1)

  expect(await ask('DELETE', '/connectors/a/offsets')).toMatchObject({ status: 400 })
  expect(await ask('PUT', '/connectors/a/stop')).toMatchObject({ status: 204 })
  await until('it has no tasks', async () => (await statusOf(ask, 'a'))?.tasks.length === 0)
  const partition = { filename: rig.path('a.txt') }
  await until('its offsets can be set', async () => {
    const answer = await ask('PATCH', '/connectors/a/offsets', { offsets: [{ partition, offset: { position: 4 } }] })
    return answer.status === 200
  })
  expect((await ask('GET', '/connectors/a/offsets')).body).toEqual({
    offsets: [{ partition, offset: { position: 4 } }],
  })
  await ask('PUT', '/connectors/a/resume')
  await until('the last line came again', () => rig.read('b.txt') === '1\n2\n3\n3\n')
  expect(await ask('DELETE', '/connectors/a')).toMatchObject({ status: 204 })
  await until('nothing is known of it', async () => (await statusOf(ask, 'a')) === undefined)
  expect(await ask('GET', '/connectors')).toEqual({ status: 200, body: ['b'] })
}, 60_000)

it('is one group, however its workers begin, and deletes what is stopped or new', async () => {
  const group = {
    'group.id': 'three',
    'config.storage.topic': 't-configs',
    'offset.storage.topic': 't-offsets',
    'status.storage.topic': 't-status',
    'offset.storage.partitions': '3',
  }
  const [one, two, three] = (await Promise.all([start(group), start(group), start(group)])) as [
    GroupWorker,
    GroupWorker,
    GroupWorker,
  ]
  writeFileSync(rig.path('t.txt'), 'x\n')
  const names = Array.from({ length: 6 }, (_, i) => `c${i}`)
  await Promise.all(
    names.map((name, i) => {
      const { ask } = [one, two, three][i % 3] as GroupWorker
      return until(`${name} is made`, async () => {
        const config = i % 2 === 0 ? source('t.txt', `t${i}`) : sink(`t${i}.txt`, 't0', 3)
        const { status } = await ask('PUT', `/connectors/${name}/config`, config)
        // A rebalance may be under way.
        expect([200, 201, 409]).toContain(status)
        return status !== 409
      })
    }),
  )
  const owners = new Set<string>()
  for (const [i, name] of names.entries())
    for (const { worker_id: id } of (await runs(two.ask, name, i % 2 === 0 ? 1 : 3)).tasks) owners.add(id)
  expect(owners.size).toBe(3)
  await until('the line is there', () => rig.read('t1.txt') === 'x\n')
  for (const name of names)
    await until(`${name} is deleted`, async () => (await three.ask('DELETE', `/connectors/${name}`)).status === 204)
  for (const { ask } of [one, two, three])
    await until('nothing is left', async () => {
      const { body } = await ask('GET', '/connectors')
      const statuses = await Promise.all(names.map((name) => statusOf(ask, name)))
      return JSON.stringify(body) === '[]' && statuses.every((status) => status === undefined)
    })
}, 60_000)

it('does not wait for a task that does not stop, nor keep where it was', async () => {
  let release = () => {}
  const hangs = new Promise<void>((resolve) => {
    release = resolve
  })
  let hasStopped = false
  class StuckTask extends SourceTask {
    private polls = 0
    override async poll() {
      if (this.polls++ > 0) await hangs
      return this.polls > 1 ? [] : [{ topic: 'stuck', sourcePartition: { s: 1 }, sourceOffset: { n: 1 }, value: 'x' }]
    }
    override stop() {
      hasStopped = true
    }
  }
  class StuckConnector extends SourceConnector {
    taskConfigs() {
      return [{}]
    }
    createTask() {
      return new StuckTask()
    }
  }
  const slow = { 'offset.flush.interval.ms': '60000', 'task.shutdown.graceful.timeout.ms': '200' }
  const { ask, log } = await start({ 'group.id': 'stuck', ...slow }, { StuckConnector })
  await ask('PUT', '/connectors/stuck/config', { 'connector.class': 'StuckConnector' })
  await runs(ask, 'stuck', 1)
  await until('its record is there', async () =>
    JSON.stringify((await ask('GET', '/connectors/stuck/topics')).body).includes('"stuck"]'),
  )
  await ask('PUT', '/connectors/stuck/stop')
  await until('it is given up', () => log.some((line) => line.includes('Graceful stop of task stuck-0 failed.')))
  const offsets = [{ partition: { s: 1 }, offset: { n: 99 } }]
  await until(
    'offsets can be set',
    async () => (await ask('PATCH', '/connectors/stuck/offsets', { offsets })).status === 200,
  )
  release()
  await until('it has stopped at last', () => hasStopped)
  expect((await ask('GET', '/connectors/stuck/offsets')).body).toEqual({ offsets })
  await ask('DELETE', '/connectors/stuck')
}, 60_000)

it('refuses what would not be kept', async () => {
  const { ask } = await start()
  expect(await ask('POST', '/connectors/none/tasks', [])).toEqual({
    status: 400,
    body: { error_code: 400, message: 'Internal request missing required signature' },
  })
  for (const [path, message] of [
    ['none/status', 'No status found for connector none'],
    ['none', 'Connector none not found'],
  ])
    expect(await ask('GET', `/connectors/${path}`)).toEqual({ status: 404, body: { error_code: 404, message } })
  const admin = new Admin({ 'bootstrap.servers': server.bootstrap })
  await admin.createTopics([{ name: 'plain', partitions: 1, replicationFactor: 1 }])
  await admin.close()
  await expect(start({ 'status.storage.topic': 'plain' })).rejects.toThrow(
    "Topic 'plain' supplied via the 'status.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of connector and task statuses, but found the topic currently has 'cleanup.policy=delete'.",
  )
  await expect(start({ 'config.storage.topic': 'c-offsets' })).rejects.toThrow(
    "Topic 'c-offsets' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found 25 partitions.",
  )
}, 60_000)

it.each([
  ['exactly.once.source.support', 'enabled', 'sources write at least once here, it can only be disabled.'],
  ['connect.protocol', 'eager', 'workers rebalance incrementally here, use compatible or sessioned.'],
  ['connect.protocol', 'x', 'Invalid Connect protocol compatibility'],
  ['inter.worker.signature.algorithm', 'HmacMD5', 'there are HmacSHA1, HmacSHA256, HmacSHA384, HmacSHA512 here.'],
  ['offset.storage.partitions', '0', 'Number of partitions must be positive'],
])('refuses %s=%s', (name, value, why) => {
  const properties = workerProperties(server.bootstrap, { [name]: value })
  expect(() => new DistributedWorker({ properties })).toThrow(
    `Invalid value ${value} for configuration ${name}: ${why}`,
  )
})

it('asks for no signature in a group with older workers', async () => {
  const group = { 'group.id': 'older', 'connect.protocol': 'compatible', 'worker.unsync.backoff.ms': '1' }
  const { ask, log } = await start(group)
  expect(log).toContain(
    'WARN Without effect: worker.unsync.backoff.ms (only workers with connect.protocol=eager wait so).',
  )
  expect(await ask('POST', '/connectors/none/tasks', [])).toMatchObject({ status: 404 })
  expect(
    await ask('PUT', '/connectors/sink/config', { ...sink('x', 'x'), 'consumer.override.group.id': 'older' }),
  ).toMatchObject({
    status: 400,
    body: {
      message: expect.stringContaining('Consumer group older conflicts with Connect worker group older') as string,
    },
  })
}, 30_000)
