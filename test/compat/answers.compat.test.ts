import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AlterConfigs,
  CreatePartitions,
  CreateTopics,
  DeleteTopics,
  Fetch,
  FindCoordinator,
  IncrementalAlterConfigs,
  InitProducerId,
  ListOffsets,
  Produce,
} from '../../src/protocol/apis/index.ts'
import { Errors } from '../../src/protocol/errors.ts'
import * as batch from '../../src/protocol/records/batch.ts'
import { type BatchOptions, encodeBatch } from '../../src/protocol/records/record.ts'
import { apacheMissing } from '../support/apache.ts'
import { type Plain, Twin } from '../support/twin.ts'

/** Requests that are in order and requests that are not, sent to Apache's broker and to ours: codes and sentences must be the same. */
const missing = apacheMissing()
if (missing) console.warn(`the comparison of answers with Apache's broker is skipped: ${missing}`)

const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAAg'
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

let twin: Twin
beforeAll(async () => {
  if (missing) return
  twin = await Twin.start(26_020, {})
  await twin.ask('admin', FindCoordinator, 2, { key: 'g', keyType: 0 })
  const { theirs } = await twin.ask(
    'admin',
    CreateTopics,
    7,
    creation([
      topic('data', { numPartitions: 2 }),
      topic('a.b'),
      topic('small', { configs: [{ name: 'max.message.bytes', value: '500' }] }),
      topic('keyed', { configs: [{ name: 'cleanup.policy', value: 'compact' }] }),
      topic('timed', { configs: [{ name: 'message.timestamp.before.max.ms', value: '1000' }] }),
    ]),
  )
  expect(theirs.topics.map(({ errorCode }: Plain) => errorCode)).toEqual([0, 0, 0, 0, 0])
}, 120_000)
afterAll(() => twin?.close())

interface Creatable {
  name: string
  numPartitions: number
  replicationFactor: number
  assignments: { partitionIndex: number; brokerIds: number[] }[]
  configs: { name: string; value: string | null }[]
}
const topic = (name: string, options: Partial<Creatable> = {}): Creatable => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...options,
})
const creation = (topics: Creatable[], validateOnly = false) => ({ topics, timeoutMs: 10_000, validateOnly })

/** Configs of a topic come in an answer of their own test. */
const withoutConfigs = (response: Plain): Plain => ({
  ...response,
  topics: response.topics.map(({ configs: _, ...rest }: Plain) => rest),
})

describe.skipIf(missing)('topics, as Apache answers', () => {
  const create = (topics: Creatable[], validateOnly = false, version = 7) =>
    twin.same('admin', CreateTopics, version, creation(topics, validateOnly), withoutConfigs)

  it('refuses names', async () => {
    for (const name of [
      '',
      '.',
      '..',
      'x'.repeat(249),
      'x'.repeat(250),
      'a/b',
      'a b',
      'a\0b',
      'ä',
      'a_b',
      'a.b',
      'data',
    ])
      await create([topic(name)], true)
    await create([topic('c.d'), topic('c_d')], true)
    await create([topic('twice'), topic('twice'), topic('once')], true)
    await create([])
    await create([topic('__consumer_offsets')], true)
  })

  it('refuses partitions and replicas', async () => {
    for (const numPartitions of [0, -1, -2]) await create([topic('t', { numPartitions })], true)
    for (const replicationFactor of [0, -1, -2, 2, 3, 32767]) await create([topic('t', { replicationFactor })], true)
    await create([topic('t', { numPartitions: 0, replicationFactor: 0 })], true)
    await create([topic('t', { numPartitions: 10_001 })], true)
    await create([topic('t', { numPartitions: 2_000_000 })], true)
    await create([topic('t1', { numPartitions: 6000 }), topic('t2', { numPartitions: 6000 })], true)
  })

  it('refuses assignments', async () => {
    const assigned = (...lists: [number, number[]][]): Partial<Creatable> => ({
      numPartitions: -1,
      replicationFactor: -1,
      assignments: lists.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
    })
    const rows: Partial<Creatable>[] = [
      assigned([0, [1]]),
      assigned([0, [1]], [1, [1]]),
      assigned([0, []]),
      assigned([0, [2]]),
      assigned([0, [1, 1]]),
      assigned([0, [1, 2]]),
      assigned([0, [-1]]),
      assigned([1, [1]]),
      assigned([0, [1]], [2, [1]]),
      assigned([0, [1]], [0, [1]]),
      assigned([0, [1]], [1, []]),
      assigned([-1, [1]]),
      { ...assigned([0, [1]]), replicationFactor: 1 },
      { ...assigned([0, [1]]), numPartitions: 1 },
      { ...assigned([0, [1]]), numPartitions: 1, replicationFactor: 1 },
    ]
    for (const row of rows) await create([topic('t', row)], true)
  })

  it('refuses configs', async () => {
    const configs: [string, string | null][] = [
      ['unknown', '1'],
      ['', '1'],
      ['retention.ms', null],
      ['retention.ms', 'x'],
      ['retention.ms', '-2'],
      ['retention.ms', '-1'],
      ['retention.ms', ''],
      ['retention.ms', ' 5 '],
      ['segment.bytes', '1'],
      ['segment.bytes', '99999999999'],
      ['max.message.bytes', '-1'],
      ['cleanup.policy', 'x'],
      ['cleanup.policy', ''],
      ['cleanup.policy', 'compact,delete'],
      ['cleanup.policy', 'delete,delete'],
      ['compression.type', 'x'],
      ['compression.type', 'zstd'],
      ['min.insync.replicas', '0'],
      ['min.insync.replicas', '5'],
      ['min.cleanable.dirty.ratio', '2'],
      ['preallocate', 'maybe'],
      ['message.timestamp.type', 'x'],
      ['unclean.leader.election.enable', 'TRUE'],
      ['leader.replication.throttled.replicas', 'x'],
      ['leader.replication.throttled.replicas', '0:1'],
      ['remote.storage.enable', 'true'],
      ['local.retention.ms', '-3'],
      ['min.compaction.lag.ms', '10'],
      ['message.format.version', '2.0'],
    ]
    for (const [name, value] of configs) await create([topic('t', { configs: [{ name, value }] })], true)
    await create(
      [
        topic('t', {
          configs: [
            { name: 'min.compaction.lag.ms', value: '10' },
            { name: 'max.compaction.lag.ms', value: '5' },
          ],
        }),
      ],
      true,
    )
    await create(
      [
        topic('t', {
          configs: [
            { name: 'retention.ms', value: '5' },
            { name: 'retention.ms', value: '6' },
          ],
        }),
      ],
      true,
    )
    const { ours, theirs } = await twin.ask('admin', CreateTopics, 7, creation([topic('t')], true))
    expect(ours.topics[0].configs).toEqual(theirs.topics[0].configs)
  })

  it('adds partitions', async () => {
    const grow = (
      name: string,
      count: number,
      assignments: { brokerIds: number[] }[] | null = null,
      validateOnly = true,
    ) =>
      twin.same('admin', CreatePartitions, 3, {
        topics: [{ name, count, assignments }],
        timeoutMs: 10_000,
        validateOnly,
      })
    await grow('data', 2)
    await grow('data', 1)
    await grow('data', 0)
    await grow('data', -1)
    await grow('data', 3)
    await grow('missing', 3)
    await grow('', 3)
    await grow('data', 3, [{ brokerIds: [1] }])
    await grow('data', 4, [{ brokerIds: [1] }])
    await grow('data', 3, [])
    await grow('data', 3, [{ brokerIds: [] }])
    await grow('data', 3, [{ brokerIds: [2] }])
    await grow('data', 3, [{ brokerIds: [1, 1] }])
    await grow('data', 3, [{ brokerIds: [1, 2] }])
    await twin.same('admin', CreatePartitions, 3, {
      topics: [
        { name: 'data', count: 3, assignments: null },
        { name: 'data', count: 4, assignments: null },
        { name: 'a.b', count: 2, assignments: null },
      ],
      timeoutMs: 10_000,
      validateOnly: true,
    })
    await twin.same('admin', CreatePartitions, 3, { topics: [], timeoutMs: 0, validateOnly: false })
  })

  it('deletes topics', async () => {
    const remove = (...topics: { name: string | null; topicId: string }[]) =>
      twin.same('admin', DeleteTopics, 6, { topics, timeoutMs: 10_000 } as never)
    await twin.ask('admin', CreateTopics, 7, creation([topic('d1'), topic('d2'), topic('d3'), topic('d4')]))
    await remove({ name: 'missing', topicId: ZERO_ID })
    await remove({ name: null, topicId: UNKNOWN_ID })
    await remove({ name: null, topicId: ZERO_ID })
    await remove({ name: 'd1', topicId: '$d1' })
    await remove({ name: '', topicId: ZERO_ID })
    await remove({ name: 'd2', topicId: ZERO_ID }, { name: 'd2', topicId: ZERO_ID })
    await remove({ name: null, topicId: '$d3' }, { name: null, topicId: '$d3' })
    await remove({ name: 'd4', topicId: ZERO_ID }, { name: null, topicId: '$d4' })
    await remove({ name: null, topicId: '$d1' }, { name: 'missing', topicId: ZERO_ID })
    await remove()
    await twin.same('admin', DeleteTopics, 5, { topicNames: ['missing', 'd2', 'd2'], timeoutMs: 10_000 } as never)
    await twin.same('admin', DeleteTopics, 3, { topicNames: ['missing'], timeoutMs: 10_000 } as never)
  })
})

describe.skipIf(missing)('configs, as Apache answers', () => {
  const TOPIC = 2
  const BROKER = 4
  type Change = [name: string, operation: number, value: string | null]

  it('changes them one by one', async () => {
    const change = (resourceType: number, resourceName: string, ...changes: Change[]) =>
      twin.same('admin', IncrementalAlterConfigs, 1, {
        resources: [
          {
            resourceType,
            resourceName,
            configs: changes.map(([name, configOperation, value]) => ({ name, configOperation, value })),
          },
        ],
        validateOnly: true,
      })
    await change(TOPIC, 'data', ['retention.ms', 0, '5'])
    await change(TOPIC, 'data', ['retention.ms', 0, 'x'])
    await change(TOPIC, 'data', ['retention.ms', 0, null])
    await change(TOPIC, 'data', ['retention.ms', 1, null])
    await change(TOPIC, 'data', ['retention.ms', 1, '5'])
    await change(TOPIC, 'data', ['retention.ms', 2, '5'])
    await change(TOPIC, 'data', ['retention.ms', 3, '5'])
    await change(TOPIC, 'data', ['retention.ms', 0, '5'], ['retention.ms', 0, '6'])
    await change(TOPIC, 'data', ['cleanup.policy', 2, 'compact'])
    await change(TOPIC, 'data', ['cleanup.policy', 2, 'x'])
    await change(TOPIC, 'data', ['cleanup.policy', 3, 'delete'])
    await change(TOPIC, 'data', ['cleanup.policy', 2, null])
    await change(TOPIC, 'data', ['unknown', 0, '5'])
    await change(TOPIC, 'data', ['unknown', 1, null])
    await change(TOPIC, 'data', ['unknown', 2, '5'])
    await change(TOPIC, 'data', ['min.insync.replicas', 0, '0'])
    await change(TOPIC, 'data')
    await change(TOPIC, 'missing', ['retention.ms', 0, '5'])
    await change(TOPIC, '', ['retention.ms', 0, '5'])
    await change(TOPIC, 'a/b', ['retention.ms', 0, '5'])
    await change(BROKER, '1', ['log.retention.ms', 0, '5'])
    await change(BROKER, '1', ['log.retention.ms', 0, 'x'])
    await change(BROKER, '', ['log.retention.ms', 0, '5'])
    await change(BROKER, '7', ['log.retention.ms', 0, '5'])
    await change(BROKER, 'x', ['log.retention.ms', 0, '5'])
    await change(BROKER, '1', ['broker.id', 0, '5'])
    await change(BROKER, '', ['log.dirs', 0, '/x'])
    await change(BROKER, '', ['unknown', 0, '5'])
    await change(BROKER, '', ['min.insync.replicas', 0, '1'])
    await change(0, 'data', ['retention.ms', 0, '5'])
    await change(1, 'data', ['retention.ms', 0, '5'])
    await change(99, 'data', ['retention.ms', 0, '5'])
    await twin.same('admin', IncrementalAlterConfigs, 1, {
      resources: ['data', 'data'].map((resourceName) => ({
        resourceType: TOPIC,
        resourceName,
        configs: [{ name: 'retention.ms', configOperation: 0, value: '5' }],
      })),
      validateOnly: true,
    })
  })

  it('replaces all of them', async () => {
    const replace = (resourceType: number, resourceName: string, ...configs: [string, string | null][]) =>
      twin.same('admin', AlterConfigs, 2, {
        resources: [{ resourceType, resourceName, configs: configs.map(([name, value]) => ({ name, value })) }],
        validateOnly: true,
      })
    await replace(TOPIC, 'data', ['retention.ms', '5'])
    await replace(TOPIC, 'data', ['retention.ms', 'x'])
    await replace(TOPIC, 'data', ['retention.ms', null])
    await replace(TOPIC, 'data', ['unknown', '5'])
    await replace(TOPIC, 'data', ['retention.ms', '5'], ['retention.ms', '6'])
    await replace(TOPIC, 'data')
    await replace(TOPIC, 'missing', ['retention.ms', '5'])
    await replace(TOPIC, '', ['retention.ms', '5'])
    await replace(BROKER, '1', ['log.retention.ms', '5'])
    await replace(BROKER, '7', ['log.retention.ms', '5'])
    await replace(BROKER, '', ['broker.id', '5'])
    await replace(99, 'data', ['retention.ms', '5'])
  })
})

const NOW = Date.now()
const records = (count = 1, key: string | null = 'k') =>
  Array.from({ length: count }, (_, at) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(`value ${at}`),
    timestamp: NOW,
  }))
const valid = (options: BatchOptions = {}, count = 1) => encodeBatch(records(count), options)

/** The batch with some of its bytes changed, under a CRC that is right. */
function bent(bytes: Buffer, change: (b: Buffer) => void, fixCrc = true): Buffer {
  const copy = Buffer.from(bytes)
  change(copy)
  if (fixCrc) copy.writeUInt32BE(batch.computeCrc(copy), 17)
  return copy
}

function counts(b: Buffer, count: number): void {
  b.writeInt32BE(count, 57)
  b.writeInt32BE(count - 1, 23)
}

describe.skipIf(missing)('records, as Apache answers', () => {
  const produce = (
    bytes: Buffer | null,
    options: { name?: string; index?: number; acks?: number; version?: number } = {},
  ) =>
    twin.same(
      'producer',
      Produce,
      options.version ?? 12,
      {
        transactionalId: null,
        acks: options.acks ?? -1,
        timeoutMs: 10_000,
        topicData: [{ name: options.name ?? 'data', partitionData: [{ index: options.index ?? 1, records: bytes }] }],
      } as never,
      codesOnly,
    )

  /** Sentences of records' errors name objects of Apache's code. */
  const codesOnly = (response: Plain): Plain =>
    response && {
      responses: response.responses.map(({ name, partitionResponses }: Plain) => ({
        name,
        partitions: partitionResponses.map(({ errorCode, baseOffset, recordErrors }: Plain) => ({
          errorCode,
          baseOffset,
          recordErrors: recordErrors?.map(({ batchIndex }: Plain) => batchIndex),
        })),
      })),
    }

  it('takes and refuses batches', async () => {
    const one = valid()
    await produce(one)
    await produce(valid({}, 3))
    for (const acks of [2, -2, 32767]) await produce(one, { acks })
    await produce(Buffer.alloc(0))
    await produce(Buffer.concat([one, one]))
    for (const index of [-1, 7, 2 ** 31 - 1]) await produce(one, { index })
    await produce(one, { name: 'missing' })
    await produce(one, { name: '' })
    await produce(one, { name: '__consumer_offsets', index: 0 })
    await produce(bent(one, (b) => b.writeInt8(b.readInt8(30) ^ 1, 30), false))
    await produce(bent(one, (b) => b.writeUInt32BE(0, 17), false))
    await produce(bent(one, (b) => b.writeInt8(1, 16), false))
    await produce(bent(one, (b) => b.writeInt32BE(b.length, 8), false))
    await produce(bent(one, (b) => batch.setBaseOffset(b, 0, 5)))
    await produce(bent(one, (b) => b.writeInt32BE(-1, 23)))
    await produce(bent(one, (b) => b.writeInt32BE(0, 57)))
    await produce(bent(one, (b) => b.writeInt32BE(-1, 57)))
    await produce(bent(one, (b) => b.writeInt32BE(2, 57)))
    await produce(bent(valid({}, 3), (b) => counts(b, 4)))
    await produce(bent(valid({}, 3), (b) => counts(b, 2)))
    await produce(bent(one, (b) => b.writeInt16BE(0x20, 21)))
    await produce(valid({ producerId: 5, producerEpoch: 0, baseSequence: -1 }))
    await produce(valid({ producerId: 5, producerEpoch: 0, baseSequence: 0 }))
    await produce(valid({ producerId: 5, producerEpoch: 0, baseSequence: 0 }))
    await produce(valid({ producerId: 5, producerEpoch: 0, baseSequence: 2 }))
    await produce(valid({ producerId: 5, producerEpoch: 1, baseSequence: 7 }))
    await produce(valid({ producerId: 5, producerEpoch: 1, baseSequence: 0 }))
    await produce(valid({ producerId: 5, producerEpoch: 0, baseSequence: 1 }))
    await produce(valid({ producerId: 6, producerEpoch: 0, baseSequence: 9 }))
    for (let sequence = 10; sequence < 17; sequence++)
      await produce(valid({ producerId: 6, producerEpoch: 0, baseSequence: sequence }))
    await produce(valid({ producerId: 6, producerEpoch: 0, baseSequence: 12 }))
    await produce(valid({ producerId: 6, producerEpoch: 0, baseSequence: 9 }))
    await produce(encodeBatch(records(1, null)), { name: 'keyed', index: 0 })
    await produce(valid({}, 60), { name: 'small', index: 0 })
    await produce(encodeBatch(records(2).map((record) => ({ ...record, timestamp: 5 }))), { name: 'timed', index: 0 })
    await produce(encodeBatch(records(2).map((record) => ({ ...record, timestamp: NOW + 10 * 3_600_000 }))))
    await produce(one, { acks: 1, version: 3 })
    // Inside a record: lengths that lie.
    await produce(bent(one, (b) => b.writeInt8(120, 61)))
    await produce(bent(one, (b) => b.writeInt8(2 * (b.length - 62) - 2, 61)))
    await produce(bent(one, (b) => b.writeInt8(2 * 50, 65)))
    await produce(bent(one, (b) => b.writeInt8(2, b.length - 1)))
    await produce(bent(one, (b) => b.writeInt8(1, b.length - 1)))
  })

  it('reads', async () => {
    const read = (
      options: Record<string, unknown> = {},
      partition: Record<string, unknown> = {},
      version = 12,
      name = 'data',
    ) =>
      twin.same(
        'consumer',
        Fetch,
        version,
        {
          replicaId: -1,
          maxWaitMs: 0,
          minBytes: 0,
          maxBytes: 1 << 20,
          isolationLevel: 0,
          sessionId: 0,
          sessionEpoch: -1,
          topics: [
            {
              ...(version >= 13 ? { topicId: name } : { topic: name }),
              partitions: [
                {
                  partition: 1,
                  currentLeaderEpoch: -1,
                  fetchOffset: 0,
                  lastFetchedEpoch: -1,
                  logStartOffset: -1,
                  partitionMaxBytes: 1 << 20,
                  ...partition,
                },
              ],
            },
          ],
          forgottenTopicsData: [],
          rackId: '',
          ...options,
        } as never,
        withoutBytes,
      )
    /** How many batches a read gives is each broker's own affair; whether it gives any is not. */
    const withoutBytes = (response: Plain): Plain =>
      response && {
        ...response,
        sessionId: response.sessionId > 0 ? 'some' : 0,
        responses: response.responses.map((one: Plain) => ({
          ...one,
          partitions: one.partitions.map(({ records: bytes, ...rest }: Plain) => ({
            ...rest,
            any: bytes !== 'bytes:' && bytes !== null,
          })),
        })),
      }
    await read()
    for (const fetchOffset of [-5, -1, 1_000_000]) await read({}, { fetchOffset })
    for (const currentLeaderEpoch of [0, 5]) await read({}, { currentLeaderEpoch })
    for (const lastFetchedEpoch of [0, 5]) await read({}, { lastFetchedEpoch, fetchOffset: 3 })
    await read({}, { partition: 9 })
    await read({}, { partition: -1 })
    await read({}, {}, 12, 'missing')
    await read({}, {}, 13, UNKNOWN_ID)
    await read({}, {}, 13, '$data')
    await read({}, {}, 16, ZERO_ID)
    await read({ sessionId: 12345, sessionEpoch: 1 })
    await read({ sessionId: 12345, sessionEpoch: 0 })
    await read({ sessionId: 0, sessionEpoch: 5 })
    await read({ sessionId: 0, sessionEpoch: 0 })
    await read({ maxBytes: 0 })
    await read({}, { partitionMaxBytes: 0 })
    await read({ isolationLevel: 1 })
    await read({ replicaId: 1 })
    await read({ maxWaitMs: 50, minBytes: 2 ** 31 - 1 })
    await read({ topics: [] })
    await read({}, {}, 4)
  })

  it('lists offsets', async () => {
    const list = (
      timestamp: number,
      version = 10,
      partition: Record<string, unknown> = {},
      name = 'data',
      isolationLevel = 0,
    ) =>
      twin.same('consumer', ListOffsets, version, {
        replicaId: -1,
        isolationLevel,
        ...(version >= 10 ? { timeoutMs: 1000 } : {}),
        topics: [{ name, partitions: [{ partitionIndex: 1, currentLeaderEpoch: -1, timestamp, ...partition }] }],
      } as never)
    for (const version of [1, 4, 7, 8, 9, 10, 11])
      for (const timestamp of [-1, -2, -3, -4, -5, -6, -7, -100]) await list(timestamp, version)
    await list(0)
    await list(NOW)
    await list(NOW + 3_600_000 * 20)
    await list(-1, 10, {}, 'data', 1)
    await list(-1, 10, { partitionIndex: 0 })
    await list(-2, 10, { partitionIndex: 0 })
    await list(-3, 10, { partitionIndex: 0 })
    await list(0, 10, { partitionIndex: 0 })
    await list(-1, 10, { partitionIndex: 9 })
    await list(-1, 10, { partitionIndex: -1 })
    await list(-1, 10, {}, 'missing')
    for (const currentLeaderEpoch of [0, 5]) await list(-1, 10, { currentLeaderEpoch })
    await twin.same('consumer', ListOffsets, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [
        {
          name: 'data',
          partitions: [0, 0, 1].map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: -1 })),
        },
      ],
    } as never)
  })

  it('gives producer ids', async () => {
    const ask = (transactionalId: string | null, producerId = -1, producerEpoch = -1, transactionTimeoutMs = 60_000) =>
      twin.same(
        'producer',
        InitProducerId,
        4,
        { transactionalId, transactionTimeoutMs, producerId, producerEpoch },
        (response: Plain) => ({ ...response, producerId: response.producerId >= 0 ? 'one' : -1 }),
      )
    for (let attempt = 0; attempt < 100; attempt++) {
      const request = { transactionalId: null, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 }
      if ((await twin.ask('producer', InitProducerId, 4, request)).theirs.errorCode === 0) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await ask(null)
    await ask('')
    await ask(null, 5, 0)
    await ask(null, 5, -1)
    await ask(null, -1, 3)
    await ask(null, -1, -1, 0)
    await ask(null, -1, -1, -1)
  })
})

describe.skipIf(missing)('what differs on purpose (docs/deviations.md)', () => {
  it('says what is wrong where Apache has an unexpected error', async () => {
    const grown = await twin.ask('admin', CreatePartitions, 3, {
      topics: [{ name: 'data', count: 20_000, assignments: null }],
      timeoutMs: 10_000,
      validateOnly: true,
    })
    expect([grown.ours.results[0].errorCode, grown.theirs.results[0].errorCode]).toEqual([
      Errors.POLICY_VIOLATION,
      Errors.UNKNOWN_SERVER_ERROR,
    ])
    const changed = await twin.ask('admin', IncrementalAlterConfigs, 1, {
      resources: [
        { resourceType: 2, resourceName: 'data', configs: [{ name: 'retention.ms', configOperation: 4, value: '5' }] },
      ],
      validateOnly: true,
    })
    expect([changed.ours.responses[0].errorCode, changed.theirs.responses[0].errorCode]).toEqual([
      Errors.INVALID_REQUEST,
      Errors.UNKNOWN_SERVER_ERROR,
    ])
  })

  it('refuses a batch that claims the broker has stamped it', async () => {
    const records = bent(valid(), (b) => b.writeInt16BE(0x08, 21))
    const { ours, theirs } = await twin.ask('producer', Produce, 12, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: 'a.b', partitionData: [{ index: 0, records }] }],
    } as never)
    const codes = [ours, theirs].map(({ responses }) => responses[0].partitionResponses[0].errorCode)
    expect(codes).toEqual([Errors.INVALID_TIMESTAMP, Errors.NONE])
  })
})
