import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeProducers,
  DescribeTransactions,
  EndTxn,
  Fetch,
  FindCoordinator,
  InitProducerId,
  ListOffsets,
  ListTransactions,
  OffsetCommit,
  OffsetFetch,
  Produce,
  TxnOffsetCommit,
  WriteTxnMarkers,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import { encodeBatch } from '../../src/protocol/records/record.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** What a transaction coordinator is asked, in order and out of order, asked of Apache's and of ours: codes, ids and epochs must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of transactions with Apache's broker is skipped: ${missing}`)

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_120, { 'transaction.state.log.num.partitions': '3' })
  for (const keyType of [0, 1]) await twin.ask('a', FindCoordinator, 2, { key: 'first', keyType })
  // Apache's broker takes a while to load its partitions of the new topic.
  for (const transactionalId of ['warm', 'warn', 'ward']) {
    const request = { transactionalId, transactionTimeoutMs: 60_000 }
    const isLoading = async () => (await twin.ask('a', InitProducerId, 5, request)).theirs.errorCode !== Errors.NONE
    while (await isLoading()) await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await twin.makeTopics({ t: 2, u: 2, v: 2, w: 2 })
}, 120_000)
afterAll(() => twin?.close())

const RECORD_TIME = 1_700_000_000_000

interface Identity {
  readonly id: string
  readonly producerId: number
  readonly epoch: number
}

async function init(id: string | null, more: object = {}, version = 5): Promise<Identity> {
  const request = { transactionalId: id, transactionTimeoutMs: 60_000, ...more }
  const { producerId, producerEpoch } = await twin.same('a', InitProducerId, version, request)
  return { id: id ?? '', producerId, epoch: producerEpoch }
}

const describeOne = async (id: string): Promise<Plain> => {
  const blur = (answer: Plain) => ({
    ...answer,
    transactionStates: answer.transactionStates.map((one: Plain) => ({
      ...one,
      transactionStartTimeMs: Math.sign(one.transactionStartTimeMs),
    })),
  })
  return (await twin.same('a', DescribeTransactions, 0, { transactionalIds: [id] }, blur)).transactionStates[0]
}

/** Waits until both coordinators have completed what they had decided, and compares where they stand. */
async function completed(id: string): Promise<Plain> {
  await expect
    .poll(async () => {
      const { ours, theirs } = await twin.ask('a', DescribeTransactions, 0, { transactionalIds: [id] })
      return [ours, theirs].some(({ transactionStates: [one] }) => one.transactionState.startsWith('Prepare'))
    })
    .toBe(false)
  return describeOne(id)
}

const add = ({ id, producerId, epoch }: Identity, topics: Record<string, number[]>, version = 3) =>
  twin.same('a', AddPartitionsToTxn, version, {
    v3AndBelowTransactionalId: id,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: epoch,
    v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
  })

const end = ({ id, producerId, epoch }: Identity, committed: boolean, version: number) =>
  twin.same('a', EndTxn, version, { transactionalId: id, producerId, producerEpoch: epoch, committed })

const produce = (
  { id, producerId, epoch }: Identity,
  name: string,
  baseSequence: number,
  version: number,
  { index = 0, transactionalId = id as string | null, transactional = true } = {},
) => {
  const options = { producerId, producerEpoch: epoch, baseSequence, transactional }
  const records = encodeBatch([{ key: null, value: Buffer.from('v'), timestamp: RECORD_TIME }], options)
  const topicData = [{ name, partitionData: [{ index, records }] }]
  const request = { transactionalId, acks: -1, timeoutMs: 5000, topicData }
  // Ours says in a sentence what was wrong, Apache's leaves it out.
  return twin.same('a', Produce, version, request, (answer) => without(answer, 'errorMessage', 'logStartOffset'))
}

/** An answer without some of its fields, wherever they stand. */
const without = (answer: Plain, ...names: string[]): Plain =>
  JSON.parse(JSON.stringify(answer, (name, value) => (names.includes(name) ? undefined : value)))

const ends = async (name: string) => {
  for (const isolationLevel of [0, 1])
    for (const timestamp of [-1, -3, RECORD_TIME]) {
      const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp }))
      const request = { replicaId: -1, isolationLevel, topics: [{ name, partitions }] }
      // Markers have the time at which each broker wrote them.
      await twin.same('a', ListOffsets, 7, request, (answer) =>
        JSON.parse(
          JSON.stringify(answer, (key, value) => (key === 'timestamp' && value > RECORD_TIME ? 'now' : value)),
        ),
      )
    }
  for (const isolationLevel of [0, 1]) {
    const partitions = [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }))
    const request = { maxWaitMs: 0, minBytes: 0, isolationLevel, topics: [{ topic: name, partitions }] }
    const withoutRecords = (answer: Plain) => ({
      ...answer,
      responses: answer.responses.map((topic: Plain) => ({
        ...topic,
        partitions: topic.partitions.map((one: Plain) => ({ ...one, records: String(one.records).length })),
      })),
    })
    await twin.same('a', Fetch, 11, { ...request, forgottenTopicsData: [], sessionId: 0 }, withoutRecords)
  }
  await twin.same('a', DescribeProducers, 0, { topics: [{ name, partitionIndexes: [0, 1, 2] }] }, (answer) =>
    without(answer, 'lastTimestamp'),
  )
}

describe.skipIf(missing !== undefined)('transactions, as Apache has them', () => {
  it('gives producers their ids and epochs', async () => {
    await init('')
    for (const transactionTimeoutMs of [0, -1, 900_000, 900_001]) await init('timeouts', { transactionTimeoutMs })
    const one = await init('init')
    await init('init', { producerId: one.producerId })
    await init('init', { producerEpoch: 0 })
    expect((await init('init')).epoch).toBe(1)
    const expected = { producerId: one.producerId, producerEpoch: 1 }
    expect((await init('init', expected)).epoch).toBe(2)
    // Its answer was lost.
    expect((await init('init', expected)).epoch).toBe(2)
    await init('init', { ...expected, producerEpoch: 0 })
    await init('init', { ...expected, producerEpoch: 0 }, 3)
    await init('init', { ...expected, producerEpoch: 7 })
    await init('init', { producerId: 4711, producerEpoch: 2 })
    await init('unheard', { producerId: 4711, producerEpoch: 3 })
    await init(null)
    await init(null, { producerId: 4711, producerEpoch: 3 })
    await describeOne('init')
    await describeOne('')
    await describeOne('nobody')
  })

  it('ends transactions of version 1, and answers what is out of order', async () => {
    const one = await init('old')
    for (const version of [1, 3]) {
      await add({ ...one, producerId: 4711 }, { t: [0] }, version)
      await add({ ...one, epoch: 5 }, { t: [0] }, version)
      await add({ ...one, id: 'nobody' }, { t: [0] }, version)
      await add({ ...one, id: '' }, { t: [0] }, version)
      await end({ ...one, producerId: 4711 }, true, version)
      await end({ ...one, epoch: 5 }, true, version)
      await end({ ...one, id: 'nobody' }, true, version)
      await end({ ...one, id: '' }, true, version)
      await end(one, true, version)
      await end(one, false, version)
    }
    await add(one, { t: [0], missing: [0], u: [9] })
    for (const version of [9, 10, 11]) await produce(one, 't', 0, version)
    await add(one, { t: [0] })
    await add(one, { t: [0] })
    await describeOne('old')
    for (const version of [9, 11]) await produce(one, 't', 0, version, { index: 1 })
    await produce(one, 't', 0, 9)
    await produce(one, 't', 0, 9, { transactionalId: null })
    await produce(one, 't', 1, 9, { transactional: false })
    await produce(one, 't', 1, 11)
    await ends('t')
    await end(one, true, 3)
    await completed('old')
    await end(one, true, 3)
    await end(one, false, 3)
    await ends('t')
    await produce(one, 't', 2, 9)
    await add(one, { t: [0, 1] })
    await produce(one, 't', 2, 9)
    await produce(one, 't', 0, 9, { index: 1 })
    await end(one, false, 3)
    await completed('old')
    await end(one, false, 3)
    await end(one, true, 3)
    await ends('t')
  }, 30_000)

  it('ends transactions of version 2 with a new epoch each', async () => {
    const one = await init('new')
    const next = (by: number) => ({ ...one, epoch: one.epoch + by })
    await end(one, true, 5)
    await end({ ...one, producerId: 4711 }, false, 5)
    await end({ ...one, id: 'nobody' }, false, 5)
    expect((await end(one, false, 5)).producerEpoch).toBe(1)
    await completed('new')
    // The same again, and its opposite.
    await end(one, false, 5)
    await end(one, true, 5)
    await produce(one, 'u', 0, 12)
    await produce(next(1), 'u', 0, 12, { transactionalId: 'nobody' })
    await produce(next(1), 'u', 0, 12)
    await produce(next(1), 'u', 1, 12)
    await produce(next(1), 'u', 0, 12, { index: 1 })
    await describeOne('new')
    await ends('u')
    await end(one, true, 5)
    expect((await end(next(1), true, 5)).producerEpoch).toBe(2)
    await completed('new')
    await end(next(1), true, 5)
    await end(next(1), false, 5)
    await end(next(2), true, 5)
    await end(next(3), false, 5)
    await produce(next(1), 'u', 2, 12)
    await produce(next(2), 'u', 0, 12)
    await end(next(2), false, 5)
    await completed('new')
    await ends('u')
    await produce(next(3), 'u', 5, 12)
    await produce(next(3), 'u', 0, 12)
    await ends('u')
    await end(next(3), true, 5)
    await completed('new')
  }, 30_000)

  it('fences who is followed by another producer', async () => {
    for (const [id, version] of [
      ['fenced', 12],
      ['fenced-old', 9],
    ] as const) {
      const one = await init(id)
      if (version < 12) await add(one, { v: [0] })
      await produce(one, 'v', 0, version)
      await init(id)
      const { producerEpoch } = await completed(id)
      await end(one, true, 5)
      await end(one, true, 3)
      await produce(one, 'v', 1, version)
      const two = await init(id)
      expect(two.epoch).toBe(producerEpoch + 1)
      await describeOne(id)
      await ends('v')
    }
  }, 30_000)

  it('takes offsets of groups into transactions', async () => {
    const one = await init('offsets')
    const stable = async (requireStable: boolean) => {
      const groups = [{ groupId: 'g', topics: [{ name: 't', partitionIndexes: [0, 1, 5] }] }]
      await twin.same('a', OffsetFetch, 8, { groups, requireStable })
      await twin.same('a', OffsetFetch, 8, { groups: [{ groupId: 'g', topics: null }], requireStable })
    }
    const commit = (who: Identity, version: number, more: object = {}, partitions = [0], committedOffset = 5) =>
      twin.same('a', TxnOffsetCommit, version, {
        transactionalId: who.id,
        groupId: 'g',
        producerId: who.producerId,
        producerEpoch: who.epoch,
        topics: [
          {
            name: 't',
            partitions: partitions.map((partitionIndex) => ({
              ...{ partitionIndex, committedOffset, committedMetadata: 'm' },
            })),
          },
        ],
        ...more,
      })
    for (const version of [2, 3, 4]) await commit(one, version)
    for (const version of [1, 3]) {
      await twin.same('a', AddOffsetsToTxn, version, {
        ...{ transactionalId: 'offsets', producerId: 4711, producerEpoch: 0, groupId: 'g' },
      })
      await twin.same('a', AddOffsetsToTxn, version, {
        ...{ transactionalId: 'offsets', producerId: one.producerId, producerEpoch: 9, groupId: 'g' },
      })
    }
    await twin.same('a', AddOffsetsToTxn, 3, {
      ...{ transactionalId: 'offsets', producerId: one.producerId, producerEpoch: one.epoch, groupId: 'g' },
    })
    await commit(one, 3, {}, [9])
    await commit(one, 3, { groupId: '' })
    await commit(one, 3, { generationId: 3, memberId: 'm' })
    await commit({ ...one, epoch: 9 }, 3)
    await commit({ ...one, id: 'nobody' }, 3)
    await commit(one, 3, {}, [0, 9])
    for (const requireStable of [true, false]) await stable(requireStable)
    // A plain commit that comes later counts, however the transaction ends.
    await commit(one, 3, {}, [1])
    await twin.same('a', OffsetCommit, 7, {
      ...{ groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '' },
      topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 3, committedMetadata: 'later' }] }],
    })
    await stable(true)
    await end(one, true, 3)
    await completed('offsets')
    for (const requireStable of [true, false]) await stable(requireStable)
    await commit(one, 5, {}, [0], 9)
    await stable(true)
    await end(one, false, 5)
    await completed('offsets')
    await stable(true)
    await commit(one, 5, {}, [0], 9)
    await commit({ ...one, epoch: one.epoch + 1 }, 5, {}, [0], 11)
    await end({ ...one, epoch: one.epoch + 1 }, true, 5)
    await completed('offsets')
    await stable(true)
  }, 30_000)

  it('writes markers for whoever asks', async () => {
    const write = (producerId: number, producerEpoch: number, coordinatorEpoch: number, version = 1, more = {}) =>
      twin.same('a', WriteTxnMarkers, version, {
        markers: [
          {
            ...{ producerId, producerEpoch, transactionResult: false, coordinatorEpoch, ...more },
            topics: [
              { name: 'w', partitionIndexes: [0, 7] },
              { name: 'missing', partitionIndexes: [0] },
            ],
          },
        ],
      })
    await write(4711, 0, 0)
    const one = await init('markers')
    await produce(one, 'w', 0, 12)
    await write(one.producerId, one.epoch + 1, 3)
    await write(one.producerId, one.epoch, 3)
    await write(one.producerId, one.epoch + 1, 2)
    await write(one.producerId, one.epoch + 1, 3, 2, { transactionVersion: 2 })
    await write(one.producerId, one.epoch + 2, 3, 2, { transactionVersion: 2 })
    await ends('w')
  }, 30_000)

  it('lists transactions by state, producer, age and pattern', async () => {
    const one = await init('listed')
    await produce(one, 'w', 0, 12, { index: 1 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    for (const filter of [
      {},
      { stateFilters: ['Ongoing'] },
      { stateFilters: ['Empty', 'Nonsense', 'CompleteCommit'] },
      { stateFilters: ['Dead', 'PrepareEpochFence'] },
      { producerIdFilters: [one.producerId, 4711] },
      { stateFilters: ['Empty'], producerIdFilters: [one.producerId] },
      { durationFilter: 0 },
      { durationFilter: 20 },
      { durationFilter: 600_000 },
      { durationFilter: -2 },
      { transactionalIdPattern: 'l.*' },
      { transactionalIdPattern: 'liste' },
      { transactionalIdPattern: 'old|new' },
      { transactionalIdPattern: '' },
      { transactionalIdPattern: '(' },
      { transactionalIdPattern: 'listed', stateFilters: ['Nonsense'] },
    ])
      await twin.same('a', ListTransactions, 2, { stateFilters: [], producerIdFilters: [], ...filter })
  })
})
