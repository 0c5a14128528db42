import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Admin, Consumer, Producer } from '../../src/client/index.ts'
import { DescribeLogDirs, Fetch, ListOffsets, Produce } from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { nodeRuntime } from '../../src/runtime/node/index.ts'
import { RawClient } from '../support/raw-client.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

/** A node that is alone, with two directories on a real disk. One is made useless: a file takes its place, and what is open stays open. */
let work: string
let node: TestServer
const [a, b] = ['a', 'b'].map((name) => () => join(work, name)) as [() => string, () => string]
const properties = () => ({
  'log.dirs': `${a()},${b()}`,
  'replica.high.watermark.checkpoint.interval.ms': '50',
})

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'log-directories-'))
  node = await startTestServer(properties(), { dir: work })
})
afterEach(async () => {
  // Without its metadata it cannot stop in good order.
  await node.server.close().catch(() => {})
  rmSync(work, { recursive: true, force: true })
})

const breakDir = (dir: string): void => {
  renameSync(dir, `${dir}.aside`)
  writeFileSync(dir, '')
}
const mendDir = (dir: string): void => {
  rmSync(dir)
  renameSync(`${dir}.aside`, dir)
}

const servers = () => ({ 'bootstrap.servers': node.bootstrap })
async function asking<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin(servers(), nodeRuntime)
  try {
    return await ask(admin)
  } finally {
    await admin.close()
  }
}

const create = (topic: string, partitions: number) =>
  asking(async (admin) => {
    const made = (await admin.createTopics([{ name: topic, partitions, replicationFactor: 1 }])).get(topic)
    if (made instanceof Error) throw made
  })

/** Each directory as what is wrong with it, and the partitions in it. */
const dirs = () =>
  asking(async (admin) => {
    const found = (await admin.describeLogDirs([1])).get(1)
    if (!found || found instanceof Error) throw found ?? new Error('no answer')
    return found.map(({ error, replicas }) => [
      error?.error ?? 'good',
      replicas.map(({ topic, partition }) => `${topic}-${partition}`).sort(),
    ])
  })

async function cordonedOf() {
  const client = await RawClient.connect(node.port)
  const answer = await client.call(DescribeLogDirs, 5, { topics: null })
  client.end()
  return answer?.results ?? []
}

const leaders = (topic: string) =>
  asking(async (admin) => {
    const found = (await admin.describeTopics([topic])).get(topic)
    if (!found || found instanceof Error) throw found ?? new Error('no answer')
    return found.partitions.map(({ leader }) => leader?.id)
  })

async function produce(topic: string, partitions: readonly number[], value: string): Promise<void> {
  const producer = new Producer(servers(), nodeRuntime)
  await Promise.all(partitions.map((partition) => producer.send({ topic, partition, key: null, value })))
  await producer.close()
}

async function valuesOf(topic: string, count: number): Promise<string[]> {
  const consumer = new Consumer({ ...servers(), 'auto.offset.reset': 'earliest' }, nodeRuntime)
  const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const ends = await consumer.endOffsets(partitions)
  const total = [...ends.values()].reduce((sum, end) => sum + end, 0)
  const values: string[] = []
  while (values.length < total)
    for (const { partition, value } of await consumer.poll(200)) values.push(`${partition}:${value}`)
  await consumer.close()
  return values.sort()
}

/** What the node answers for a partition to Produce, Fetch and ListOffsets. */
async function answersFor(topic: string, index: number): Promise<number[]> {
  const client = await RawClient.connect(node.port)
  const records = encodeBatch([{ key: null, value: Buffer.from('x'), timestamp: 1 }])
  const partitionData = [{ index, records }]
  const produced = await client.call(Produce, 9, {
    ...{ transactionalId: null, acks: -1, timeoutMs: 1000 },
    topicData: [{ name: topic, partitionData }],
  })
  const fetched = await client.call(Fetch, 12, {
    ...{ replicaId: -1, maxWaitMs: 0, minBytes: 1, maxBytes: 1000, isolationLevel: 0, sessionId: 0, sessionEpoch: -1 },
    topics: [{ topic, partitions: [{ partition: index, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    ...{ forgottenTopicsData: [], rackId: '' },
  })
  const listed = await client.call(ListOffsets, 7, {
    ...{ replicaId: -1, isolationLevel: 0 },
    topics: [{ name: topic, partitions: [{ partitionIndex: index, timestamp: -1 }] }],
  })
  client.end()
  return [
    produced?.responses[0]?.partitionResponses[0]?.errorCode ?? -1,
    fetched?.responses[0]?.partitions[0]?.errorCode ?? -1,
    listed?.topics[0]?.partitions[0]?.errorCode ?? -1,
  ]
}

const lost = Errors.KAFKA_STORAGE_ERROR

describe('a node with two log directories', () => {
  it('goes on without one that fails, and has it back after the next start', async () => {
    await create('t', 4)
    await produce('t', [0, 1, 2, 3], 'before')
    expect(await dirs()).toEqual([
      ['good', ['t-0', 't-2']],
      ['good', ['t-1', 't-3']],
    ])
    breakDir(b())
    // The log's file is open; that of its high watermark, which has moved, is not. Whoever is faster.
    const [inTime] = await answersFor('t', 1)
    expect([Errors.NONE, lost]).toContain(inTime)
    await vi.waitFor(async () => expect((await dirs())[1]).toEqual(['KAFKA_STORAGE_ERROR', []]), 10_000)
    await vi.waitFor(async () => expect(await leaders('t')).toEqual([1, undefined, 1, undefined]), 10_000)
    expect(await answersFor('t', 1)).toEqual([lost, lost, lost])
    await produce('t', [0, 2], 'meanwhile')
    await create('later', 2)
    await produce('later', [0, 1], 'later')
    expect((await dirs())[0]).toEqual(['good', ['later-0', 'later-1', 't-0', 't-2']])

    // ... also when it starts without it.
    node = await node.restart()
    expect(await leaders('t')).toEqual([1, undefined, 1, undefined])
    expect(await dirs()).toEqual([
      ['good', ['later-0', 'later-1', 't-0', 't-2']],
      ['KAFKA_STORAGE_ERROR', []],
    ])
    expect(await answersFor('t', 3)).toEqual([lost, lost, lost])
    await produce('t', [0], 'at last')

    await node.server.close()
    mendDir(b())
    node = await startTestServer(properties(), { dir: work, port: node.port })
    expect(await leaders('t')).toEqual([1, 1, 1, 1])
    expect(await valuesOf('t', 4)).toEqual([
      ...[
        '0:at last',
        '0:before',
        '0:meanwhile',
        '1:before',
        ...(inTime === Errors.NONE ? ['1:x'] : []),
        '2:before',
        '2:meanwhile',
        '3:before',
      ],
    ])
    expect(await valuesOf('later', 2)).toEqual(['0:later', '1:later'])
  })

  it('moves partitions from one to the other under its clients', async () => {
    await create('t', 1)
    const group = { ...servers(), 'group.id': 'g', 'auto.offset.reset': 'earliest' }
    const consumer = new Consumer(group, nodeRuntime)
    consumer.subscribe(['t'])
    const producer = new Producer({ ...servers(), 'linger.ms': 0 }, nodeRuntime)
    const value = (index: number) => `${index} ${'x'.repeat(1000)}`
    const sent: Promise<unknown>[] = []
    const send = (count: number) => {
      for (let i = 0; i < count; i++) sent.push(producer.send({ topic: 't', key: null, value: value(sent.length) }))
    }
    const read: string[] = []
    const readOn = async () => {
      for (const record of await consumer.poll(20)) read.push(String(record.value))
      await consumer.commit()
    }
    const moveAll = (path: string) =>
      asking(async (admin) => {
        const found = (await admin.describeLogDirs([1])).get(1)
        if (!found || found instanceof Error) throw found ?? new Error('no answer')
        const moves = found.flatMap(({ replicas }) => replicas.map((one) => ({ ...one, broker: 1, path })))
        for (const error of (await admin.alterReplicaLogDirs(moves)).values()) if (error) throw error
      })
    send(3000)
    await readOn()
    for (const [path, places] of [
      [b(), ['0', '5']],
      [a(), ['5', '0']],
    ] as const) {
      await moveAll(path)
      await vi.waitFor(async () => {
        send(20)
        await readOn()
        expect((await dirs()).map(([, partitions]) => String(partitions?.length))).toEqual(places)
      }, 60_000)
    }
    await Promise.all(sent)
    await producer.close()
    while (read.length < sent.length) await readOn()
    await consumer.close()
    const all = sent.map((_, index) => value(index))
    expect(read).toEqual(all)
    node = await node.restart()
    expect(await valuesOf('t', 1)).toEqual(all.map((text) => `0:${text}`).sort())
    const committed = (await asking((admin) => admin.listConsumerGroupOffsets(['g']))).get('g')
    expect(committed instanceof Map && committed.get('t-0')).toMatchObject({ offset: all.length })
  }, 120_000)

  it('begins nothing new in one that is cordoned', async () => {
    const cordon = (name: string, value: string | undefined) =>
      asking(async (admin) => {
        const op = value === undefined ? ({ op: 'delete' } as const) : ({ op: 'set', value } as const)
        const ops = [{ ...op, name: 'cordoned.log.dirs' }]
        const errors = await admin.incrementalAlterConfigs([{ type: 'broker', name, ops }])
        return [...errors.values()][0]?.message
      })
    expect(await cordon('1', b())).toBeUndefined()
    await vi.waitFor(async () =>
      expect((await cordonedOf()).map(({ isCordoned }) => isCordoned)).toEqual([false, true]),
    )
    await create('t', 3)
    expect((await dirs()).map(([, partitions]) => partitions)).toEqual([['t-0', 't-1', 't-2'], []])
    expect(await cordon('1', '/nowhere')).toBe(
      'requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : /nowhere',
    )
    expect(await cordon('1', `*,${b()}`)).toBe(
      'requirement failed: When cordoned.log.dirs is set to *, it must not contain other values',
    )
    expect(await cordon('', '*')).toBe(
      'Cannot update these configs at default cluster level, broker id must be specified: [cordoned.log.dirs]',
    )
    expect(await cordon('1', '*')).toBeUndefined()
    const full =
      'Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log directories cordoned.'
    await vi.waitFor(async () => expect(await create('u', 1).catch((error: Error) => error.message)).toBe(full))
    node = await node.restart()
    expect(await create('v', 1).catch((error: Error) => error.message)).toBe(full)
    expect(await cordon('1', undefined)).toBeUndefined()
    await vi.waitFor(() => create('w', 3))
    expect((await dirs())[1]).toEqual(['good', ['w-0', 'w-1', 'w-2']])
  })

  it('takes cordoned directories from its properties, and refuses others', async () => {
    await node.server.close()
    const start = (cordoned: string) =>
      startTestServer({ ...properties(), 'cordoned.log.dirs': cordoned }, { dir: work, port: node.port })
    await expect(start('/nowhere')).rejects.toThrow('Missing entries : /nowhere')
    node = await start(a())
    await create('t', 2)
    expect((await dirs()).map(([, partitions]) => partitions)).toEqual([[], ['t-0', 't-1']])
  })

  it('ends with one sentence when that of the metadata fails', async () => {
    await create('t', 2)
    breakDir(a())
    await answersFor('t', 0).catch(() => {})
    const error = await node.server.failed
    expect(error.message).toContain(`Log directory ${a()} failed: `)
    expect(error.message).not.toContain('\n')
  })

  it('does not start without that of the metadata', async () => {
    await node.server.close()
    breakDir(a())
    await expect(startTestServer(properties(), { dir: work })).rejects.toThrow(/^.*\/a is not a directory$/)
    mendDir(a())
    node = await startTestServer(properties(), { dir: work })
  })
})
