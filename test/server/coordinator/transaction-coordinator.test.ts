import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker.ts'
import { KafkaError } from '../../../src/protocol/errors.ts'
import * as batch from '../../../src/protocol/records/batch.ts'
import { encodeBatch } from '../../../src/protocol/records/record.ts'
import type { EndRequest } from '../../../src/server/coordinator/transaction/ending.ts'
import { MarkerSender } from '../../../src/server/coordinator/transaction/marker-sender.ts'
import { MarkerWriter } from '../../../src/server/coordinator/transaction/marker-writer.ts'
import { encodeTransactionRecord } from '../../../src/server/coordinator/transaction/records.ts'
import type { Transaction } from '../../../src/server/coordinator/transaction/transaction.ts'
import {
  TRANSACTION_TOPIC,
  TransactionCoordinator,
} from '../../../src/server/coordinator/transaction/transaction-coordinator.ts'
import { emptyImage, type MetadataImage, type PartitionImage } from '../../../src/server/metadata/image.ts'
import type { ReplicationContext } from '../../../src/server/replication/leadership.ts'
import { Partition } from '../../../src/server/replication/partition.ts'
import type { ReplicaManager } from '../../../src/server/replication/replica-manager.ts'
import { readMarker } from '../../../src/server/storage/producer-state.ts'
import { memoryRuntime } from '../../support/memory-runtime.ts'
import { batchOf, openLog } from '../storage/batches.ts'
import { placed } from './placed.ts'

/** A coordinator over one partition of `__transaction_state`, and two partitions of a topic, on a clock that is moved by hand. */
const HOUR = 3_600_000

let runtime: ReturnType<typeof memoryRuntime>
let image: MetadataImage
let partitions: Map<string, Partition>
let coordinator: TransactionCoordinator
let nextId: number

const open = (topic: string, index: number, over: Partial<PartitionImage> = {}) => {
  const log = openLog(runtime, { dir: `/logs/${topic}-${index}`, topic, partition: index })
  const replication = {
    ...{ nodeId: 1, clock: runtime.clock, lagTimeMaxMs: 1000, proposals: { submit: () => {} }, minInSync: () => 1 },
    ...{ brokerEpoch: () => 1, liveEpoch: () => 1, isEligible: () => true, log: () => {} },
  } as unknown as ReplicationContext
  return new Partition(topic, index, log, { ...placed, ...over }, 1, replication)
}

/** Brings everything up from the disk, as after a crash. */
function start(state: Partial<PartitionImage> = {}): void {
  partitions = new Map([
    [`${TRANSACTION_TOPIC}-0`, open(TRANSACTION_TOPIC, 0, state)],
    ['t-0', open('t', 0)],
    ['t-1', open('t', 1)],
  ])
  const find = (topic: string, index: number) => partitions.get(`${topic}-${index}`)
  const replicas = { find, get: find, minInSync: () => 1 } as unknown as ReplicaManager
  coordinator = new TransactionCoordinator({
    runtime,
    config: new BrokerConfig({ 'transactional.id.expiration.ms': String(24 * HOUR) }),
    replicas,
    producerIds: { next: async () => nextId++ },
    markers: new MarkerSender({
      local: new MarkerWriter({ replicas, clock: runtime.clock, onWritten: () => {} }),
      nodeId: 1,
      peers: { ask: () => Promise.reject(new Error('nobody else is there')) },
      image: () => image,
    }),
    image: () => image,
    createTopic: async () => {},
    log: () => {},
  })
  coordinator.start()
}

beforeEach(() => {
  runtime = memoryRuntime()
  nextId = 100
  const topic = { name: TRANSACTION_TOPIC, id: 's', partitions: [placed] }
  const features = new Map([['transaction.version', 2]])
  image = { ...emptyImage, features, topics: new Map([[TRANSACTION_TOPIC, topic]]) }
  start()
})

const init = (id: string, expected?: { producerId: number; epoch: number }, timeoutMs = 60_000) =>
  coordinator.init({ transactionalId: id, timeoutMs, expected })
const participants = new Map([['t', new Set([0, 1])]])
const add = (id: string, producerId: number, producerEpoch: number) =>
  coordinator.add({ transactionalId: id, producerId, producerEpoch }, participants, 2)
const end = (id: string, producerId: number, producerEpoch: number, more: Partial<EndRequest> = {}) =>
  coordinator.end(id, { producerId, producerEpoch, committed: true, version: 2, ...more })
const where = (id: string): Transaction => coordinator.describe(id)

/** Markers in a partition: `C` or `A` with their epochs. */
const markers = (index: number): string[] => {
  const found: string[] = []
  for (const { buffer } of (partitions.get(`t-${index}`) as Partition).log.readBatches(0)) {
    const marker = readMarker(buffer, 0)
    if (batch.isControl(buffer) && marker) found.push(`${marker.aborted ? 'A' : 'C'}${batch.producerEpoch(buffer)}`)
  }
  return found
}

describe('the coordinator', () => {
  it('writes a marker into each partition, and forgets nothing when it starts again', async () => {
    await init('a')
    await add('a', 100, 0)
    expect(where('a')).toMatchObject({ state: 'Ongoing', participants })
    expect(await end('a', 100, 0)).toEqual({ producerId: 100, producerEpoch: 1 })
    expect([markers(0), markers(1)]).toEqual([['C1'], ['C1']])
    expect(where('a')).toMatchObject({ state: 'CompleteCommit', producerEpoch: 1, participants: new Map() })
    const before = where('a')
    start()
    // Which epoch was the last one is not written down, as with Apache's.
    expect(where('a')).toEqual({ ...before, lastProducerEpoch: -1 })
    expect(await end('a', 100, 0)).toEqual({ producerId: 100, producerEpoch: 1 })
    expect(markers(0)).toEqual(['C1'])
  })

  it('completes what was decided before a crash, with one marker for each partition', async () => {
    await init('a')
    await add('a', 100, 0)
    // The marker of the second partition cannot be written.
    const second = partitions.get('t-1') as Partition
    partitions.delete('t-1')
    partitions.set('t-1', {
      isLeader: true,
      append: () => {
        throw new Error('not now')
      },
      log: second.log,
    } as unknown as Partition)
    expect(await end('a', 100, 0)).toEqual({ producerId: 100, producerEpoch: 1 })
    expect(where('a').state).toBe('PrepareCommit')
    await expect(init('a')).rejects.toMatchObject({ error: 'CONCURRENT_TRANSACTIONS' })
    await expect(end('a', 100, 0)).rejects.toMatchObject({ error: 'CONCURRENT_TRANSACTIONS' })
    await expect(end('a', 100, 0, { committed: false })).rejects.toMatchObject({ error: 'INVALID_TXN_STATE' })
    start()
    await runtime.clock.settle()
    expect(where('a').state).toBe('CompleteCommit')
    expect([markers(0), markers(1)]).toEqual([['C1'], ['C1']])
  })

  it('carries out no outcome that it has found and that may be lost with it', async () => {
    await init('a')
    await add('a', 100, 0)
    for (const index of [0, 1]) {
      const { log } = partitions.get(`t-${index}`) as Partition
      const append = () => {
        throw new Error('not now')
      }
      partitions.set(`t-${index}`, { isLeader: true, append, log } as unknown as Partition)
    }
    await end('a', 100, 0)
    start({ replicas: [1, 2], isr: [1, 2] })
    await runtime.clock.settle()
    expect(where('a').state).toBe('PrepareCommit')
    expect([markers(0), markers(1)]).toEqual([[], []])
    const state = partitions.get(`${TRANSACTION_TOPIC}-0`) as Partition
    const fetchOffset = state.log.logEndOffset
    state.noteFetch(state.follower(2, -1), { fetchOffset, logStartOffset: 0, brokerEpoch: 1 })
    await runtime.clock.settle()
    expect([markers(0), markers(1)]).toEqual([['C1'], ['C1']])
  })

  it('tries markers again that could not be written', async () => {
    await init('a')
    await add('a', 100, 0)
    const second = partitions.get('t-1') as Partition
    partitions.set('t-1', {
      isLeader: true,
      append: () => {
        throw new Error('not now')
      },
      log: second.log,
    } as unknown as Partition)
    await end('a', 100, 0)
    partitions.set('t-1', second)
    await runtime.clock.advance(1000)
    expect(where('a').state).toBe('CompleteCommit')
    expect([markers(0), markers(1)]).toEqual([['C1'], ['C1']])
  })

  it('completes a transaction although one of its partitions is gone', async () => {
    await init('a')
    await add('a', 100, 0)
    partitions.set('t-1', {
      append: () => {
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      },
    } as unknown as Partition)
    await end('a', 100, 0)
    expect(where('a').state).toBe('CompleteCommit')
  })

  it('aborts what is open for too long, and fences its producer', async () => {
    await init('a', undefined, 5000)
    await add('a', 100, 0)
    ;(partitions.get('t-0') as Partition).append(
      batchOf({ values: ['x'], producerId: 100, producerEpoch: 0, baseSequence: 0, transactional: true }),
      { origin: 'client', requiredAcks: -1, minInSync: 1 },
    )
    await runtime.clock.advance(10_000)
    expect(where('a')).toMatchObject({ state: 'CompleteAbort', producerEpoch: 1 })
    expect(markers(0)).toEqual(['A1'])
    await expect(end('a', 100, 0)).rejects.toMatchObject({ error: 'INVALID_TXN_STATE' })
    await expect(init('a', { producerId: 100, epoch: 7 })).rejects.toMatchObject({ error: 'PRODUCER_FENCED' })
  })

  it('gives a producer another id when its epochs have run out', async () => {
    await init('a')
    const value = { ...where('a'), producerEpoch: 32_766 }
    const state = partitions.get(`${TRANSACTION_TOPIC}-0`) as Partition
    const records = encodeBatch([encodeTransactionRecord({ id: 'a', value }, 0, 1)])
    state.append(records, { origin: 'coordinator', requiredAcks: -1, minInSync: 1 })
    start()
    await add('a', 100, 32_766)
    expect(await end('a', 100, 32_766)).toEqual({ producerId: 101, producerEpoch: 0 })
    expect(markers(0)).toEqual(['C32767'])
    // Its answer was lost.
    expect(await end('a', 100, 32_766)).toEqual({ producerId: 101, producerEpoch: 0 })
    await expect(end('a', 100, 32_765)).rejects.toMatchObject({ error: 'INVALID_PRODUCER_ID_MAPPING' })
    expect(await init('a', { producerId: 100, epoch: 32_766 })).toMatchObject({ producerId: 101, producerEpoch: 0 })
    await add('a', 101, 0)
    expect(await end('a', 101, 0)).toEqual({ producerId: 101, producerEpoch: 1 })
  })

  it("writes the first version of a value as Apache's coordinator does at transaction.version 0", async () => {
    await init('v0')
    const value = { ...where('v0'), producerId: 7, updatedAt: 1795622935095 }
    const record = encodeTransactionRecord({ id: 'v0', value }, 0, 0)
    expect(Buffer.from(record.key as Buffer).toString('hex')).toBe('000000027630')
    expect(Buffer.from(record.value as Buffer).toString('hex')).toBe(
      '0000' + '0000000000000007' + '0000' + '0000ea60' + '00' + 'ffffffff' + '000001a213779a37' + 'ffffffffffffffff',
    )
  })

  it('forgets transactional ids that nobody uses', async () => {
    await init('a')
    await init('b')
    await runtime.clock.advance(23 * HOUR)
    await init('b')
    await add('b', 101, 1)
    await runtime.clock.advance(2 * HOUR)
    expect(() => where('a')).toThrow('The transactionalId could not be found.')
    expect(where('b').state).toBe('CompleteAbort')
    start()
    expect([...coordinator.all()].map(({ id }) => id)).toEqual(['b'])
  })
})
