import { describe, expect, it } from 'vitest'
import * as batch from '../../../../src/protocol/records/batch.ts'
import { type BatchOptions, decodeRecords, encodeBatch } from '../../../../src/protocol/records/record.ts'
import { type FilterRules, filterBatch } from '../../../../src/server/storage/cleaner/batch-filter.ts'
import { CleanedTransactions } from '../../../../src/server/storage/cleaner/cleaned-transactions.ts'
import { markerOf } from '../batches.ts'

type Given = readonly (readonly [key: string | null, value: string | null])[]

const NOW = 1_000_000
const RETENTION = 5000

function batchOf(records: Given, options: BatchOptions = {}): Buffer {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text))
  return encodeBatch(
    records.map(([key, value], i) => ({
      key: bytes(key),
      value: bytes(value),
      timestamp: 500 + i,
      headers: [{ key: 'h', value: Buffer.from('1') }],
    })),
    { baseOffset: 10, leaderEpoch: 3, ...options },
  )
}

function rulesOf(newest: Readonly<Record<string, number>> = {}, given: Partial<FilterRules> = {}): FilterRules {
  return {
    now: NOW,
    deleteRetentionMs: RETENTION,
    endOffset: 1000,
    newest: { get: (key) => newest[String(key)] ?? -1, latestOffset: 999 },
    transactions: new CleanedTransactions(),
    lastRecords: new Map(),
    ...given,
  }
}

const kept = (b: Buffer | undefined) =>
  b &&
  [...decodeRecords(b)].map(({ offset, timestamp, key, value }) => [
    offset,
    timestamp,
    key && String(key),
    value && String(value),
  ])

describe('a batch that is compacted', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'keeps what is newest, with its place and codec (%s)',
    (codec) => {
      const b = batchOf(
        [
          ['a', '1'],
          ['b', '2'],
          ['c', '3'],
        ],
        { codec, producerId: 7, producerEpoch: 2, baseSequence: 5 },
      )
      const made = filterBatch(b, rulesOf({ a: 20, b: 11, c: 12 })) as Buffer
      expect(kept(made)).toEqual([
        [11, 501, 'b', '2'],
        [12, 502, 'c', '3'],
      ])
      expect([...decodeRecords(made)][0]?.headers).toEqual([{ key: 'h', value: Buffer.from('1') }])
      expect(batch.crcMatches(made)).toBe(true)
      expect([batch.baseOffset(made), batch.lastOffset(made), batch.leaderEpoch(made)]).toEqual([10, 12, 3])
      expect([batch.producerId(made), batch.producerEpoch(made), batch.baseSequence(made)]).toEqual([7, 2, 5])
      expect([batch.codecId(made), batch.baseTimestamp(made), batch.maxTimestamp(made)]).toEqual([
        batch.codecId(b),
        501,
        502,
      ])
    },
  )

  it('stays byte for byte when all of it is newest', () => {
    const b = batchOf(
      [
        ['a', '1'],
        ['b', '2'],
      ],
      { codec: 'gzip' },
    )
    expect(filterBatch(b, rulesOf({ a: 10, b: 11 }))).toBe(b)
  })

  it('goes when nothing of it is', () => {
    expect(filterBatch(batchOf([['a', '1']]), rulesOf({ a: 20 }))).toBeUndefined()
  })

  it('loses records without a key, unless they are newer than what was read for keys', () => {
    const b = batchOf([[null, '1']])
    expect(filterBatch(b, rulesOf())).toBeUndefined()
    expect(filterBatch(b, rulesOf({}, { newest: { get: () => -1, latestOffset: 9 } }))).toBe(b)
  })

  it('keeps a tombstone, with a horizon from the first cleaning on, until that', () => {
    const b = batchOf([
      ['a', '1'],
      ['b', null],
    ])
    const made = filterBatch(b, rulesOf({ a: 10, b: 11 })) as Buffer
    expect(batch.deleteHorizon(made)).toBe(NOW + RETENTION)
    expect(kept(made)).toEqual([
      [10, 500, 'a', '1'],
      [11, 501, 'b', null],
    ])
    expect(filterBatch(made, rulesOf({ a: 10, b: 11 }, { now: NOW + RETENTION - 1 }))).toBe(made)
    const later = filterBatch(made, rulesOf({ a: 10, b: 11 }, { now: NOW + RETENTION })) as Buffer
    expect(kept(later)).toEqual([[10, 500, 'a', '1']])
    expect(batch.deleteHorizon(later)).toBe(NOW + RETENTION)
    expect(batch.crcMatches(later)).toBe(true)
  })

  it('is kept empty where it has the last sequence number of a producer, or the last offset', () => {
    const b = batchOf(
      [
        ['a', '1'],
        ['b', '2'],
      ],
      { producerId: 7, producerEpoch: 2, baseSequence: 5, codec: 'lz4' },
    )
    const last = (lastDataOffset: number) => new Map([[7, { lastDataOffset, producerEpoch: 2 }]])
    const made = filterBatch(b, rulesOf({ a: 20, b: 20 }, { lastRecords: last(11) })) as Buffer
    expect(made.length).toBe(batch.BATCH_HEADER)
    expect([batch.baseOffset(made), batch.lastOffset(made), batch.recordCount(made)]).toEqual([10, 11, 0])
    expect([batch.producerId(made), batch.baseSequence(made), batch.maxTimestamp(made)]).toEqual([7, 5, 501])
    expect([batch.attributes(made), batch.baseTimestamp(made), batch.crcMatches(made)]).toEqual([0, -1, true])
    expect(filterBatch(made, rulesOf({}, { lastRecords: last(11) }))?.equals(made)).toBe(true)
    expect(filterBatch(made, rulesOf({}, { lastRecords: last(12) }))).toBeUndefined()
    expect(filterBatch(b, rulesOf({ a: 20, b: 20 }, { endOffset: 12 }))?.length).toBe(batch.BATCH_HEADER)
  })

  it("that says of its timestamps that they are the broker's keeps them", () => {
    const b = batchOf([
      ['a', '1'],
      ['b', null],
    ])
    batch.stampLogAppendTime(b, 0, 777)
    const made = filterBatch(b, rulesOf({ a: 20, b: 11 })) as Buffer
    expect(kept(made)).toEqual([[11, 777, 'b', null]])
    expect([batch.isLogAppendTime(made), batch.maxTimestamp(made)]).toEqual([true, 777])
  })
})

describe('transactions that are compacted', () => {
  const transactional = { producerId: 7, producerEpoch: 0, baseSequence: 0, transactional: true }
  const data = (offset: number) => batchOf([['a', '1']], { ...transactional, baseOffset: offset })
  const marker = (type: 'commit' | 'abort', offset: number) => {
    const b = markerOf(type, 7, 0)
    batch.setBaseOffset(b, 0, offset)
    return b
  }
  const aborted = { producerId: 7, firstOffset: 10, lastOffset: 11, lastStableOffset: 12 }

  it('lose the records of aborted ones, and then the marker after its horizon', () => {
    const transactions = new CleanedTransactions()
    transactions.expect([aborted])
    const rules = rulesOf({ a: 10 }, { transactions })
    expect(filterBatch(data(10), rules)).toBeUndefined()
    const first = marker('abort', 11)
    // A batch of it was seen in this pass: the marker stays as it is.
    expect(filterBatch(first, rules)).toBe(first)
    const second = filterBatch(first, rulesOf()) as Buffer
    expect(batch.deleteHorizon(second)).toBe(NOW + RETENTION)
    expect([batch.isControl(second), batch.isTransactional(second), batch.recordCount(second)]).toEqual([true, true, 1])
    expect(filterBatch(second, rulesOf({}, { now: NOW + RETENTION - 1 }))).toBe(second)
    expect(filterBatch(second, rulesOf({}, { now: NOW + RETENTION }))).toBeUndefined()
  })

  it('keep a marker that has the only epoch of a producer, without its record', () => {
    const horizon = filterBatch(marker('commit', 11), rulesOf()) as Buffer
    const lastRecords = new Map([[7, { lastDataOffset: -1, producerEpoch: 0 }]])
    const made = filterBatch(horizon, rulesOf({}, { now: NOW + RETENTION, lastRecords })) as Buffer
    expect([batch.isControl(made), batch.recordCount(made), batch.deleteHorizon(made)]).toEqual([true, 0, undefined])
    expect(filterBatch(made, rulesOf())).toBeUndefined()
  })

  it('keep committed records and their marker, and tell of aborted ones that stay in part', () => {
    const stay: unknown[] = []
    const transactions = new CleanedTransactions((transaction) => stay.push(transaction))
    const rules = rulesOf(
      { a: 20 },
      { transactions, lastRecords: new Map([[7, { lastDataOffset: 10, producerEpoch: 0 }]]) },
    )
    transactions.expect([aborted])
    expect(filterBatch(data(10), rules)?.length).toBe(batch.BATCH_HEADER)
    filterBatch(marker('abort', 11), rules)
    expect(stay).toEqual([aborted])
    const committed = data(20)
    expect(filterBatch(committed, rules)).toBe(committed)
    const end = marker('commit', 21)
    expect(filterBatch(end, rules)).toBe(end)
    expect(stay.length).toBe(1)
  })
})
