import { beforeEach, describe, expect, it } from 'vitest'
import { configKey, ResourceType } from '../../../src/server/metadata/image.ts'
import type { Log } from '../../../src/server/storage/log.ts'
import { errorOf } from '../../support/error-of.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import {
  DirectoryNode,
  ID_A,
  ID_B,
  PLACE_A,
  PLACE_B,
  PRODUCED,
  TopicMetadata,
} from '../../support/replicas/directory-node.ts'
import { asCoordinator, batchOf, markerOf, valuesFrom } from '../storage/batches.ts'

type World = ReturnType<typeof memoryRuntime>
const config = { segmentBytes: 4000, indexIntervalBytes: 100 }

let runtime: World
let node: DirectoryNode

const start = (metadata: TopicMetadata, options = {}) => new DirectoryNode(runtime, metadata, { config, ...options })

beforeEach(() => {
  runtime = memoryRuntime()
  node = start(new TopicMetadata())
})

let written = 0
const append = (count: number, padding = 0) => {
  for (let i = 0; i < count; i++)
    node.partition.append(batchOf({ values: [`v${written++}`], padding, timestamp: 1000 + written }), PRODUCED)
}
beforeEach(() => {
  written = 0
})
const valuesUpTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => `v${i + from}`)

/** What clients and followers may ask of a log. */
const answersOf = (log: Log) => ({
  ...{
    start: log.logStartOffset,
    end: log.logEndOffset,
    highWatermark: log.highWatermark,
    stable: log.lastStableOffset,
  },
  ...{ producers: log.activeProducers(), epochs: log.epochs, times: log.offsetForTimestamp(1005) },
  values: valuesFrom(log, log.logStartOffset),
  aborted: log.abortedTransactions(log.logStartOffset, log.logEndOffset),
})

/** Time passes in small steps: a flush of many files has many turns in it. */
const pass = async (ms: number) => {
  const step = Math.max(ms / 200, 1)
  for (let passed = 0; passed < ms; passed += step) await runtime.clock.advance(step)
}
const moveToB = async () => {
  node.replicas.alterDirectory('t', 0, PLACE_B)
  await pass(2000)
}

describe('a log that is moved to another directory', () => {
  it('is the same log there, for clients, followers and a start after a crash', async () => {
    const { log } = node.partition
    const transactional = { producerId: 7, producerEpoch: 0, transactional: true }
    append(60)
    node.partition.append(batchOf({ values: ['aborted'], ...transactional, baseSequence: 0 }), PRODUCED)
    log.append(markerOf('abort', 7, 0), asCoordinator)
    node.partition.append(batchOf({ values: ['open'], ...transactional, baseSequence: 1 }), PRODUCED)
    node.publish({ leaderEpoch: 3 })
    log.advanceHighWatermark(log.logEndOffset)
    log.deleteRecordsBefore(11)
    const before = answersOf(log)
    expect(before.epochs).toHaveLength(2)
    await moveToB()
    expect(node.folders).toEqual([PLACE_B])
    expect(log.dir).toBe(`${PLACE_B}/t-0`)
    expect(answersOf(log)).toEqual(before)
    expect(runtime.disk.stat(`${PLACE_A}/t-0`)).toBeUndefined()
    await log.flush()
    node.logs.checkpoint()
    runtime.clock.reset()
    runtime.disk.losePower('nothing')
    node = start(node.metadata)
    expect(node.folders).toEqual([PLACE_B])
    expect(answersOf(node.partition.log)).toEqual(before)
    await pass(120_000)
    expect(runtime.disk.list(PLACE_A)?.filter((name) => name.startsWith('t-'))).toEqual([])
  })

  it('takes records all the while, and is where the metadata says it is', async () => {
    append(200, 50)
    node.replicas.alterDirectory('t', 0, PLACE_B)
    expect(node.folders).toEqual([PLACE_A, `${PLACE_B} future`])
    const seen = new Set<string>()
    for (let i = 0; i < 400; i++) {
      append(1)
      await runtime.clock.advance(1)
      seen.add(`${node.metadata.partition.directories[0] === ID_B} ${node.folders}`)
      expect(valuesFrom(node.partition.log, 0)).toHaveLength(written)
    }
    expect([...seen]).toEqual([`false ${PLACE_A},${PLACE_B} future`, `true ${PLACE_B}`])
    expect(node.told).toEqual([ID_A, ID_B])
    expect(valuesFrom(node.partition.log, 0)).toEqual(valuesUpTo(600))
  })

  it('is moved while each record is synced before it is acknowledged, and keeps them', async () => {
    runtime = memoryRuntime()
    node = start(new TopicMetadata(), { config: { ...config, flushMessages: 1 } })
    append(50, 50)
    node.replicas.alterDirectory('t', 0, PLACE_B)
    let acknowledged = 0
    let moved = 0
    for (let turn = 0; turn < 400 && moved < 20; turn++) {
      // Whenever one sync ends the next has begun.
      for (let i = 0; i < 3; i++) {
        const { written: synced, lastOffset } = node.partition.append(batchOf({ values: [`v${written++}`] }), PRODUCED)
        synced?.then(() => {
          acknowledged = Math.max(acknowledged, lastOffset + 1)
        })
        for (let yielded = 0; yielded < 7; yielded++) await Promise.resolve()
      }
      await runtime.clock.advance(1)
      if (node.folders.join() === PLACE_B) moved++
    }
    expect(node.folders).toEqual([PLACE_B])
    expect(acknowledged).toBeGreaterThan(60)
    const sent = written
    runtime.clock.reset()
    runtime.disk.losePower('nothing')
    node = start(node.metadata)
    const left = valuesFrom(node.partition.log, 0)
    expect(left).toEqual(valuesUpTo(left.length))
    expect(left.length).toBeGreaterThanOrEqual(acknowledged)
    expect(left.length).toBeLessThanOrEqual(sent)
  })

  it('waits until the controller knows where it will be', async () => {
    append(5)
    await runtime.clock.settle()
    node.isHeard = false
    await moveToB()
    await pass(60_000)
    expect(node.folders).toEqual([PLACE_A, `${PLACE_B} future`])
    append(5)
    node.isHeard = true
    await pass(60_000)
    expect(node.folders).toEqual([PLACE_B])
    expect(valuesFrom(node.partition.log, 0)).toEqual(valuesUpTo(10))
  })

  it('is moved where the metadata knows of no directories', async () => {
    runtime = memoryRuntime()
    node = start(new TopicMetadata(8))
    append(5)
    await moveToB()
    expect(node.folders).toEqual([PLACE_B])
    expect(node.told).toEqual([])
  })

  it('follows another leader meanwhile, whose records take the place of others', async () => {
    node.publish({ replicas: [1, 2], isr: [1, 2], directories: [ID_A, ID_B] })
    append(30, 100)
    const { log } = node.partition
    log.advanceHighWatermark(10)
    await runtime.clock.settle()
    node.isHeard = false
    await moveToB()
    const future = node.logs.futures.of(log) as Log
    expect(future.logEndOffset).toBe(30)
    node.publish({ leader: 2, leaderEpoch: 1 })
    log.truncateTo(20)
    for (let i = 0; i < 15; i++) {
      const records = batchOf({ values: [`other${i}`] })
      records.writeBigInt64BE(BigInt(log.logEndOffset), 0)
      records.writeInt32BE(1, 12)
      log.append(records, { leaderEpoch: 1, origin: 'replication' })
    }
    node.isHeard = true
    await pass(60_000)
    expect(node.folders).toEqual([PLACE_B])
    const others = Array.from({ length: 15 }, (_, i) => `other${i}`)
    expect(valuesFrom(log, 0)).toEqual([...valuesUpTo(20), ...others])
    expect(log.epochs).toMatchObject([{ epoch: 0 }, { epoch: 1, startOffset: 20 }])
  })

  it('stays where it is when that is asked for before it has moved', async () => {
    append(5)
    await runtime.clock.settle()
    node.isHeard = false
    await moveToB()
    node.replicas.alterDirectory('t', 0, PLACE_A)
    node.isHeard = true
    await pass(120_000)
    expect(node.folders).toEqual([PLACE_A])
    expect(node.metadata.partition.directories).toEqual([ID_A])
    expect(runtime.disk.list(PLACE_B)?.filter((name) => name.startsWith('t-'))).toEqual([])
  })

  it('goes with its copy when its topic is deleted', async () => {
    append(5)
    node.isHeard = false
    await moveToB()
    const { image } = node.metadata
    const none = { changedTopics: new Set<string>(), changedConfigs: new Set<string>() }
    node.replicas.publish({ ...none, deletedTopics: [...image.topics.values()] }, { ...image, topics: new Map() })
    await pass(120_000)
    for (const dir of [PLACE_A, PLACE_B])
      expect(runtime.disk.list(dir)?.filter((name) => name.startsWith('t-'))).toEqual([])
  })

  it('goes on moving after a start', async () => {
    append(300, 50)
    node.replicas.alterDirectory('t', 0, PLACE_B)
    await runtime.clock.advance(1)
    await node.partition.log.flush()
    node.logs.checkpoint()
    runtime.clock.reset()
    runtime.disk.killProcess()
    node = start(node.metadata)
    expect(node.folders).toEqual([PLACE_A, `${PLACE_B} future`])
    await pass(2000)
    expect(node.folders).toEqual([PLACE_B])
    expect(valuesFrom(node.partition.log, 0)).toEqual(valuesUpTo(300))
  })

  it('is copied no faster than the rate allows', async () => {
    const rate = { name: 'replica.alter.log.dirs.io.max.bytes.per.second', value: '1000' }
    const key = configKey(ResourceType.broker, '1')
    node.metadata.image = { ...node.metadata.image, configs: new Map([[key, new Map([[rate.name, rate.value]])]]) }
    node.publish({}, new Set([key]))
    append(60, 2000)
    const size = node.partition.log.size
    node.replicas.alterDirectory('t', 0, PLACE_B)
    const begun = runtime.clock.monotonic()
    while (!node.folders.includes(PLACE_B)) await runtime.clock.advance(500)
    const seconds = (runtime.clock.monotonic() - begun) / 1000
    expect(size / seconds).toBeLessThan(30_000)
  })
})

describe('a move that cannot be', () => {
  it('is refused', () => {
    expect(errorOf(() => node.replicas.alterDirectory('t', 0, '/nowhere'))).toBe('LOG_DIR_NOT_FOUND')
    expect(errorOf(() => node.replicas.alterDirectory('t', 1, PLACE_B))).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(errorOf(() => node.replicas.alterDirectory('t'.repeat(230), 0, PLACE_B))).toBe('INVALID_TOPIC_EXCEPTION')
    node.logs.directories.cordon([PLACE_B])
    expect(errorOf(() => node.replicas.alterDirectory('t', 0, PLACE_B))).toBe('INVALID_REPLICA_ASSIGNMENT')
  })

  it('decides where a replica begins that is not here yet', () => {
    const metadata = new TopicMetadata()
    metadata.change({ replicas: [2] })
    runtime = memoryRuntime()
    node = start(metadata)
    expect(errorOf(() => node.replicas.alterDirectory('t', 0, PLACE_B))).toBe('REPLICA_NOT_AVAILABLE')
    node.publish({ replicas: [2, 1], leader: 2 })
    expect(node.folders).toEqual([PLACE_B])
  })

  it('ends when the new directory fails, and the controller hears that the log has stayed', async () => {
    append(5)
    await runtime.clock.settle()
    node.isHeard = false
    await moveToB()
    runtime.disk.faults.add({ operation: 'rename', path: `${PLACE_B}/t-0.`, code: 'EIO', times: 1 })
    node.isHeard = true
    await pass(60_000)
    expect(node.folders).toEqual([PLACE_A])
    append(1)
    expect(valuesFrom(node.partition.log, 0)).toEqual(valuesUpTo(6))
    expect(node.told).toEqual([ID_A, ID_B, ID_A])
    expect(node.metadata.partition.directories).toEqual([ID_A])
    expect(errorOf(() => node.replicas.alterDirectory('t', 0, PLACE_B))).toBe('KAFKA_STORAGE_ERROR')
  })

  it('ends when the old directory fails, and the copy does not stand for the log', async () => {
    append(5)
    await runtime.clock.settle()
    node.isHeard = false
    await moveToB()
    append(5)
    node.isHeard = true
    runtime.disk.faults.add({ operation: 'write', path: `${PLACE_A}/t-0`, code: 'EIO', times: 1 })
    expect(errorOf(() => append(1))).toBe('KAFKA_STORAGE_ERROR')
    await pass(60_000)
    expect(node.folders).toEqual([])
    expect(node.metadata.partition.directories).toEqual([ID_A])

    // ... nor after a start without it, whatever the metadata say.
    await node.logs.shutdown()
    node.metadata.change({ directories: [ID_B] })
    runtime.disk.faults.add({ operation: 'list', path: PLACE_A, code: 'EIO', times: 1 })
    node = start(node.metadata)
    expect(errorOf(() => node.partition)).toBe('KAFKA_STORAGE_ERROR')
    await node.logs.shutdown()
    node = start(node.metadata)
    await pass(60_000)
    expect(node.folders).toEqual([PLACE_B])
    expect(valuesFrom(node.partition.log, 0)).toEqual(valuesUpTo(10))
  })
})
