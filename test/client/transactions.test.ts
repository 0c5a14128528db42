import { beforeEach, describe, expect, test } from 'vitest'
import { Producer } from '../../src/client/producer/producer.ts'
import {
  failed,
  isAbortable,
  settled,
  step,
  type TransactionPhase,
  type TransactionStep,
} from '../../src/client/producer/transaction-state.ts'
import type { ClientProperties } from '../../src/client/types.ts'
import * as apis from '../../src/protocol/apis/index.ts'
import { type ErrorName, Errors, KafkaError } from '../../src/protocol/errors.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { decodeRecords } from '../../src/protocol/records/record.ts'
import { FakeCluster, topicId } from '../support/fake-cluster.ts'

describe('the states', () => {
  const phases: TransactionPhase[] = [
    'uninitialized',
    'initializing',
    'ready',
    'open',
    'committing',
    'aborting',
    'abortable',
    'fatal',
  ]
  const steps: TransactionStep[] = ['initialize', 'begin', 'send', 'commit', 'abort']
  const error = new KafkaError('UNKNOWN_SERVER_ERROR')
  const named = (phase: TransactionPhase) => ({
    phase,
    error: phase === 'abortable' || phase === 'fatal' ? error : undefined,
  })
  const outcome = (action: () => { phase: string }) => {
    try {
      return action().phase
    } catch (thrown) {
      return (thrown as Error).name === 'TransactionError' ? '!' : '-'
    }
  }

  test('each step from each state', () => {
    const table = phases.map(
      (phase) => `${phase}: ${steps.map((asked) => outcome(() => step(named(phase), asked))).join(' ')}`,
    )
    // initialize, begin, send, commit, abort; "-" is out of order, "!" tells of the failure.
    expect(table).toEqual([
      'uninitialized: initializing - - - -',
      'initializing: initializing - - - -',
      'ready: - open - - -',
      'open: - - open committing aborting',
      'committing: - - - committing -',
      'aborting: - - - - aborting',
      'abortable: ! ! ! ! aborting',
      'fatal: ! ! ! ! !',
    ])
  })

  test('each kind of error in each state', () => {
    const becomes = (abortable: boolean) => phases.map((phase) => failed(named(phase), error, abortable).phase)
    expect(becomes(false)).toEqual(phases.map(() => 'fatal'))
    expect(becomes(true)).toEqual([
      'uninitialized',
      'initializing',
      'ready',
      'abortable',
      'abortable',
      'aborting',
      'abortable',
      'fatal',
    ])
    expect(settled(named('fatal')).phase).toBe('fatal')
    expect(settled(named('aborting'))).toEqual({ phase: 'ready' })
  })

  test.each<[ErrorName, boolean, boolean]>([
    // error, abortable when records failed, abortable when a coordinator answers it
    ['PRODUCER_FENCED', false, false],
    ['INVALID_PRODUCER_EPOCH', true, false],
    ['TRANSACTION_ABORTABLE', true, true],
    ['TOPIC_AUTHORIZATION_FAILED', true, true],
    ['GROUP_AUTHORIZATION_FAILED', true, true],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', false, false],
    ['INVALID_TXN_STATE', true, false],
    ['MESSAGE_TOO_LARGE', true, false],
    ['ILLEGAL_GENERATION', true, true],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', true, false],
    ['UNKNOWN_PRODUCER_ID', true, true],
    ['UNSUPPORTED_VERSION', false, false],
  ])('%s', (name, records, coordinator) => {
    expect([isAbortable(new KafkaError(name), 'records'), isAbortable(new KafkaError(name), 'coordinator')]).toEqual([
      records,
      coordinator,
    ])
  })
})

/** What the cluster of a test remembers of the one transactional id. */
let epoch: number
let inTransaction: Set<string>
let ended: string[]
let written: { readonly value: string; readonly epoch: number; readonly sequence: number }[]
/** Errors that the next calls of an API are answered with. */
let errors: Map<string, number[]>
let cluster: FakeCluster

const nextError = (name: string): number => errors.get(name)?.shift() ?? Errors.NONE
const fail = (name: string, ...codes: number[]) => errors.set(name, codes)

beforeEach(() => {
  cluster = new FakeCluster(1)
  cluster.topics.set('t', 2)
  epoch = -1
  inTransaction = new Set()
  ended = []
  written = []
  errors = new Map()
})

/** Makes the cluster coordinate transactions by version 1 or 2 of the protocol. */
function coordinate(version: 1 | 2): void {
  const { broker } = cluster
  const known = Object.values(apis) as { key: number; versions: readonly [number, number] }[]
  broker.on(apis.ApiVersions, () => ({
    errorCode: 0,
    apiKeys: known.map(({ key, versions: [minVersion, maxVersion] }) => ({ apiKey: key, minVersion, maxVersion })),
    finalizedFeatures: [{ name: 'transaction.version', minVersionLevel: version, maxVersionLevel: version }],
  }))
  broker.on(apis.FindCoordinator, ({ coordinatorKeys }) => ({
    coordinators: coordinatorKeys.map((key) => ({
      key,
      nodeId: 1,
      host: 'broker',
      port: 9092,
      errorCode: 0,
      errorMessage: null,
    })),
  }))
  broker.on(apis.InitProducerId, () => {
    const errorCode = nextError('InitProducerId')
    return { errorCode, producerId: 9, producerEpoch: errorCode === 0 ? ++epoch : -1 }
  })
  broker.on(apis.AddPartitionsToTxn, ({ v3AndBelowTopics: topics }) => {
    const code = nextError('AddPartitionsToTxn')
    const rows = topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => {
        if (code === 0) inTransaction.add(`${name}-${partitionIndex}`)
        return { partitionIndex, partitionErrorCode: code }
      }),
    }))
    return { throttleTimeMs: 0, resultsByTopicV3AndBelow: rows }
  })
  broker.on(apis.AddOffsetsToTxn, () => ({ throttleTimeMs: 0, errorCode: nextError('AddOffsetsToTxn') }))
  broker.on(apis.TxnOffsetCommit, ({ topics }) => {
    const errorCode = nextError('TxnOffsetCommit')
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
      })),
    }
  })
  broker.on(apis.EndTxn, ({ committed, producerEpoch }, context) => {
    const errorCode = nextError('EndTxn')
    if (errorCode !== 0) return { throttleTimeMs: 0, errorCode }
    ended.push(`${committed ? 'commit' : 'abort'} ${producerEpoch}`)
    inTransaction.clear()
    return context.version >= 5
      ? { throttleTimeMs: 0, errorCode: 0, producerId: 9, producerEpoch: ++epoch }
      : { throttleTimeMs: 0, errorCode: 0 }
  })
  broker.on(apis.Produce, (request, context) => ({
    responses: request.topicData.map(({ name, topicId: id, partitionData }) => ({
      name,
      topicId: id,
      partitionResponses: partitionData.map(({ index, records }) => {
        const bytes = records as Buffer
        expect(request.transactionalId).toBe('tx')
        expect(batch.isTransactional(bytes)).toBe(true)
        expect(batch.crcMatches(bytes)).toBe(true)
        const code = nextError('Produce')
        if (code !== 0) return { index, errorCode: code, baseOffset: -1 }
        const known = name === '' ? `t-${index}` : `${name}-${index}`
        if (context.version < 12 && !inTransaction.has(known))
          return { index, errorCode: Errors.INVALID_TXN_STATE, baseOffset: -1 }
        if (context.version >= 13) expect(id).toBe(topicId('t'))
        const baseOffset = written.length
        let sequence = batch.baseSequence(bytes)
        for (const { value } of decodeRecords(bytes))
          written.push({ value: String(value), epoch: batch.producerEpoch(bytes), sequence: sequence++ })
        return { index, errorCode: 0, baseOffset }
      }),
    })),
  }))
}

const producer = (properties: ClientProperties = {}): Producer =>
  new Producer({ 'bootstrap.servers': 'broker:9092', 'transactional.id': 'tx', ...properties }, cluster.runtime)

async function opened(properties: ClientProperties = {}): Promise<Producer> {
  const target = producer(properties)
  await cluster.drive(target.initTransactions())
  target.beginTransaction()
  return target
}

const group = { groupId: 'g', generationId: 3, memberId: 'm', groupInstanceId: undefined }
const calls = () =>
  cluster.broker.seen
    .filter(({ name }) => !['ApiVersions', 'Metadata', 'FindCoordinator'].includes(name))
    .map(({ name, version }) => `${name} ${version}`)
const send = (target: Producer, value: string, partition = 0) => target.send({ topic: 't', partition, value })
const reason = (promise: Promise<unknown>): Promise<KafkaError & { abortable?: boolean }> =>
  cluster.drive(
    promise.then(
      () => Promise.reject(new Error('it succeeded')),
      (error) => error,
    ),
  )

describe('version 1 of the protocol', () => {
  beforeEach(() => coordinate(1))

  test('partitions and offsets are announced before they are used; the epoch stays', async () => {
    const target = await opened()
    await cluster.drive(Promise.all([send(target, 'a'), send(target, 'b', 1), send(target, 'c')]))
    await cluster.drive(target.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: 5 }], group))
    await cluster.drive(target.commitTransaction())
    target.beginTransaction()
    await cluster.drive(send(target, 'd'))
    await cluster.drive(target.abortTransaction())
    expect(calls()).toEqual([
      'InitProducerId 5',
      'AddPartitionsToTxn 3',
      'Produce 11',
      'AddOffsetsToTxn 4',
      'TxnOffsetCommit 4',
      'EndTxn 4',
      'AddPartitionsToTxn 3',
      'Produce 11',
      'EndTxn 4',
    ])
    expect(ended).toEqual(['commit 0', 'abort 0'])
    // One epoch: the sequences of a partition go on over the transactions.
    expect(written.filter(({ value }) => 'acd'.includes(value)).map(({ sequence }) => sequence)).toEqual([0, 1, 2])
  })

  test('the markers of the transaction before may still be on their way', async () => {
    const target = await opened()
    fail('AddPartitionsToTxn', Errors.CONCURRENT_TRANSACTIONS, Errors.CONCURRENT_TRANSACTIONS)
    await cluster.drive(send(target, 'a'))
    expect(cluster.broker.count('AddPartitionsToTxn')).toBe(3)
  })

  test('sequences that were lost need another epoch, after the abort', async () => {
    const target = await opened()
    await cluster.drive(send(target, 'a'))
    fail('Produce', Errors.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect((await reason(send(target, 'b'))).error).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const refused = await reason(target.commitTransaction())
    expect([refused.name, refused.abortable]).toEqual(['TransactionError', true])
    await cluster.drive(target.abortTransaction())
    expect(calls().slice(-2)).toEqual(['EndTxn 4', 'InitProducerId 5'])
    target.beginTransaction()
    await cluster.drive(send(target, 'c'))
    expect(written.at(-1)).toEqual({ value: 'c', epoch: 1, sequence: 0 })
  })

  test('a coordinator that forgot the producer is not asked to end anything', async () => {
    const target = await opened()
    fail('AddPartitionsToTxn', Errors.INVALID_PRODUCER_ID_MAPPING)
    expect((await reason(send(target, 'a'))).abortable).toBe(true)
    await cluster.drive(target.abortTransaction())
    expect(calls().slice(-2)).toEqual(['AddPartitionsToTxn 3', 'InitProducerId 5'])
  })
})

describe('version 2 of the protocol', () => {
  beforeEach(() => coordinate(2))

  test('nothing is announced, and every end brings another epoch', async () => {
    const target = await opened()
    await cluster.drive(Promise.all([send(target, 'a'), send(target, 'b', 1)]))
    await cluster.drive(target.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: 5 }], group))
    await cluster.drive(target.commitTransaction())
    target.beginTransaction()
    await cluster.drive(send(target, 'c'))
    await cluster.drive(target.commitTransaction())
    expect(calls()).toEqual([
      'InitProducerId 5',
      'Produce 13',
      'TxnOffsetCommit 5',
      'EndTxn 5',
      'Produce 13',
      'EndTxn 5',
    ])
    expect(written.at(-1)).toEqual({ value: 'c', epoch: 1, sequence: 0 })
  })

  test('a commit sends what waits, and an empty transaction asks nobody', async () => {
    const target = await opened({ 'linger.ms': 60_000 })
    for (let i = 0; i < 50; i++) target.enqueue({ topic: 't', value: `v${i}` })
    await cluster.drive(target.commitTransaction(), 1000)
    expect(written).toHaveLength(50)
    target.beginTransaction()
    await cluster.drive(target.commitTransaction())
    expect(ended).toEqual(['commit 0'])
  })

  test('an abort fails what was not sent, and nothing else', async () => {
    const target = await opened({ 'linger.ms': 60_000 })
    const sent = send(target, 'sent')
    await cluster.drive(target.flush())
    const unsent = reason(send(target, 'unsent'))
    await cluster.drive(target.abortTransaction())
    await expect(sent).resolves.toMatchObject({ offset: 0 })
    expect((await unsent).message).toBe('The transaction was aborted before the record was sent.')
    expect(written.map(({ value }) => value)).toEqual(['sent'])
    expect(ended).toEqual(['abort 0'])
    // Records that nobody asked about and that an abort took away are no failure of a later flush.
    target.beginTransaction()
    target.enqueue({ topic: 't', value: 'x' })
    await cluster.drive(target.abortTransaction())
    await cluster.drive(target.flush())
  })

  test('a failed record fails the others that wait, and only an abort leads on', async () => {
    const target = await opened({ 'batch.size': 0, 'max.in.flight.requests.per.connection': 1 })
    fail('Produce', Errors.MESSAGE_TOO_LARGE)
    const results = await cluster.drive(
      Promise.allSettled([send(target, 'a'), send(target, 'b'), send(target, 'c', 1)]),
    )
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(() => target.enqueue({ topic: 't', value: 'd' })).toThrow('larger than the max message size')
    expect((await reason(target.commitTransaction())).abortable).toBe(true)
    await cluster.drive(target.abortTransaction())
    target.beginTransaction()
    await cluster.drive(send(target, 'e'))
    await cluster.drive(target.commitTransaction())
    expect(written).toEqual([{ value: 'e', epoch: 1, sequence: 0 }])
  })

  test('a stream goes from transaction to transaction', async () => {
    const target = await opened()
    const sizes: number[] = []
    const stream = target.stream('t', { onSent: ({ recordCount }) => sizes.push(recordCount) })
    const value = Buffer.from('streamed')
    const append = async (count: number) => {
      for (let i = 0; i < count; i++) await cluster.drive(Promise.resolve(stream.append(value, 0, value.length)))
    }
    await append(100)
    await cluster.drive(target.commitTransaction())
    target.beginTransaction()
    await append(100)
    await cluster.drive(target.commitTransaction())
    expect(sizes.reduce((sum, count) => sum + count)).toBe(200)
    expect(written.map((record) => record.epoch)).toEqual([...Array(100).fill(0), ...Array(100).fill(1)])
  })

  test.each(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH'] as const)(
    'a producer that was fenced (%s) can only be closed',
    async (name) => {
      const target = await opened()
      await cluster.drive(send(target, 'a'))
      fail('EndTxn', Errors[name])
      const error = await reason(target.commitTransaction())
      expect([error.error, error.abortable]).toEqual(['PRODUCER_FENCED', false])
      expect((await reason(target.abortTransaction())).error).toBe('PRODUCER_FENCED')
      expect(() => target.beginTransaction()).toThrow('taken over')
      await cluster.drive(target.close())
    },
  )

  test('TRANSACTION_ABORTABLE of any call is undone by an abort', async () => {
    for (const name of ['Produce', 'TxnOffsetCommit', 'EndTxn']) {
      const target = await opened()
      fail(name, Errors.TRANSACTION_ABORTABLE)
      const errorsOf = [
        send(target, 'a'),
        target.sendOffsetsToTransaction([{ topic: 't', partition: 0, offset: 5 }], group),
      ]
      await cluster.drive(Promise.allSettled(errorsOf))
      expect(await reason(target.commitTransaction())).toMatchObject({
        error: 'TRANSACTION_ABORTABLE',
        abortable: true,
      })
      await cluster.drive(target.abortTransaction())
      target.beginTransaction()
      await cluster.drive(target.commitTransaction())
    }
  })

  test('a commit that takes too long may be asked for again', async () => {
    const target = await opened({ 'max.block.ms': 1000 })
    await cluster.drive(send(target, 'a'))
    fail('EndTxn', ...Array(4).fill(Errors.COORDINATOR_LOAD_IN_PROGRESS))
    expect((await reason(target.commitTransaction())).name).toBe('TimeoutError')
    expect(() => target.enqueue({ topic: 't', value: 'b' })).toThrow('takes no send')
    await cluster.drive(target.commitTransaction())
    expect(ended).toEqual(['commit 0'])
  })

  test('closing aborts what is open', async () => {
    const target = await opened()
    await cluster.drive(send(target, 'a'))
    target.enqueue({ topic: 't', value: 'b' })
    await cluster.drive(target.close())
    expect(ended).toEqual(['abort 0'])
  })
})

test('calls out of order, and without a transactional id', async () => {
  coordinate(2)
  const target = producer()
  expect(() => target.beginTransaction()).toThrow('Call initTransactions first.')
  await expect(send(target, 'x')).rejects.toThrow('Call initTransactions first.')
  await cluster.drive(target.initTransactions())
  await expect(send(target, 'x')).rejects.toThrow('No transaction is open: call beginTransaction before sending.')
  await expect(target.commitTransaction()).rejects.toThrow('No transaction is open')
  await expect(target.initTransactions()).rejects.toThrow('initialized already')
  const plain = new Producer({ 'bootstrap.servers': 'broker:9092' }, cluster.runtime)
  await expect(plain.initTransactions()).rejects.toThrow('set transactional.id')
})
