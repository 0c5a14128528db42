import { expect, test } from 'vitest'
import { ConsumerBatch } from '../../../src/client/consumer/batch.ts'
import { CompletedFetch, type FetchRules } from '../../../src/client/consumer/completed-fetch.ts'
import type { RecordSlice } from '../../../src/client/consumer/record-cursor.ts'
import * as batch from '../../../src/protocol/records/batch.ts'
import { type BatchOptions, encodeBatch, type NewRecord } from '../../../src/protocol/records/record.ts'

const record = (value: string | null, extra: Partial<NewRecord> = {}): NewRecord => ({
  key: Buffer.from(`k-${value}`),
  value: value === null ? null : Buffer.from(value),
  timestamp: 1000,
  ...extra,
})

const batchOf = (baseOffset: number, values: readonly string[], options: BatchOptions = {}): Buffer =>
  encodeBatch(
    values.map((value) => record(value)),
    { baseOffset, leaderEpoch: 3, ...options },
  )

/** A commit (1) or abort (0) marker. */
const marker = (offset: number, producerId: number, type: 0 | 1): Buffer => {
  const key = Buffer.alloc(4)
  key.writeInt16BE(type, 2)
  const value = Buffer.alloc(6)
  return encodeBatch([{ key, value, timestamp: 1000 }], {
    baseOffset: offset,
    producerId,
    producerEpoch: 0,
    transactional: true,
    control: true,
  })
}

const rules: FetchRules = { isolationLevel: 'read_uncommitted', checkCrcs: true }
const fetchOf = (
  batches: readonly Buffer[],
  offset: number,
  options: Partial<FetchRules> = {},
  aborted: { producerId: number; firstOffset: number }[] = [],
) => new CompletedFetch({ topic: 't', partition: 0 }, Buffer.concat(batches), aborted, offset, { ...rules, ...options })

function drain(fetch: CompletedFetch, max: number): { offset: number; value: string | undefined }[][] {
  const polls: { offset: number; value: string | undefined }[][] = []
  while (!fetch.drained) {
    const slices: RecordSlice[] = []
    const count = fetch.take(max, slices)
    const records = [...new ConsumerBatch(slices, count)].map(({ offset, value }) => ({
      offset,
      value: value?.toString(),
    }))
    expect(records.length).toBe(count)
    if (count > 0) expect(records.every(({ offset }) => offset < fetch.nextOffset)).toBe(true)
    polls.push(records)
  }
  return polls
}

const batches = [batchOf(10, ['a', 'b', 'c']), batchOf(13, ['d', 'e']), batchOf(20, ['f'])]

test.each([1, 2, 3, 4, 100])('hands out everything once, %i at a time', (max) => {
  const polls = drain(fetchOf(batches, 10), max)
  expect(polls.flat()).toEqual([
    { offset: 10, value: 'a' },
    { offset: 11, value: 'b' },
    { offset: 12, value: 'c' },
    { offset: 13, value: 'd' },
    { offset: 14, value: 'e' },
    { offset: 20, value: 'f' },
  ])
  expect(Math.max(...polls.map((poll) => poll.length))).toBeLessThanOrEqual(max)
})

test('begins in the middle of a batch', () => {
  expect(drain(fetchOf(batches, 12), 100).flat()[0]).toEqual({ offset: 12, value: 'c' })
  const fetch = fetchOf(batches, 12)
  fetch.take(1, [])
  expect(fetch.nextOffset).toBe(13)
})

test('reads compressed batches', () => {
  const fetch = fetchOf([batchOf(0, ['x', 'y'], { codec: 'gzip' })], 1)
  expect(drain(fetch, 10).flat()).toEqual([{ offset: 1, value: 'y' }])
})

test('leaves out a batch that is cut off, and says so when there is no other', () => {
  const cut = fetchOf([batches[0] as Buffer, (batches[1] as Buffer).subarray(0, 70)], 10)
  expect(drain(cut, 100).flat().length).toBe(3)
  expect(cut.endOffset).toBe(13)
  expect(fetchOf([(batches[0] as Buffer).subarray(0, 70)], 10).cutOff).toBe(true)
})

test('refuses a batch with a wrong checksum, after handing out those before it', () => {
  const damaged = Buffer.from(batches[1] as Buffer)
  damaged[damaged.length - 1] = (damaged[damaged.length - 1] as number) ^ 1
  const fetch = fetchOf([batches[0] as Buffer, damaged], 10)
  expect(fetch.take(3, [])).toBe(3)
  expect(() => fetch.take(1, [])).toThrow('its checksum is wrong')
  expect(drain(fetchOf([damaged], 13, { checkCrcs: false }), 10).flat().length).toBe(2)
})

test('hides markers from everybody and aborted records from committed readers', () => {
  const transactional = { producerId: 5, producerEpoch: 0, baseSequence: 0, transactional: true }
  const log = [
    batchOf(0, ['plain']),
    batchOf(1, ['aborted 1', 'aborted 2'], transactional),
    batchOf(3, ['other'], { ...transactional, producerId: 6 }),
    marker(4, 5, 0),
    batchOf(5, ['kept'], transactional),
    marker(6, 5, 1),
    marker(7, 6, 1),
  ]
  const values = (isolationLevel: FetchRules['isolationLevel']) =>
    drain(fetchOf(log, 0, { isolationLevel }, [{ producerId: 5, firstOffset: 1 }]), 2)
      .flat()
      .map(({ value }) => value)
  expect(values('read_uncommitted')).toEqual(['plain', 'aborted 1', 'aborted 2', 'other', 'kept'])
  expect(values('read_committed')).toEqual(['plain', 'other', 'kept'])
  const fetch = fetchOf(log, 0, { isolationLevel: 'read_committed' }, [{ producerId: 5, firstOffset: 1 }])
  fetch.take(100, [])
  expect(fetch.nextOffset).toBe(8)
})

test('steps over what compaction has emptied, and tells offsets as they were', () => {
  const transactional = { producerId: 5, producerEpoch: 0, baseSequence: 0, transactional: true }
  const emptied = (b: Buffer) => {
    const header = Buffer.from(b.subarray(0, batch.BATCH_HEADER))
    batch.writeHeader(header, 0, header.length, batch.attributes(b), batch.lastOffsetDelta(b), {
      ...{ baseOffset: batch.baseOffset(b), baseTimestamp: -1, maxTimestamp: 1000, recordCount: 0 },
      ...{ producerId: batch.producerId(b), producerEpoch: 0 },
    })
    return header
  }
  const log = [emptied(batchOf(2, ['x', 'y'], transactional)), emptied(marker(4, 5, 0)), batchOf(9, ['kept'])]
  for (const isolationLevel of ['read_uncommitted', 'read_committed'] as const) {
    const fetch = fetchOf(log, 0, { isolationLevel }, [{ producerId: 5, firstOffset: 2 }])
    expect(drain(fetch, 10).flat()).toEqual([{ offset: 9, value: 'kept' }])
  }
  const fetch = fetchOf(log.slice(0, 2), 0)
  expect([fetch.take(10, []), fetch.nextOffset]).toEqual([0, 5])
})

test('gives keys, headers, tombstones and times as they were written', () => {
  const headers = [
    { key: 'h', value: Buffer.from('1') },
    { key: 'n', value: null },
    { key: '', value: Buffer.alloc(0) },
  ]
  const bytes = encodeBatch(
    [
      record(null, { key: null }),
      record('x'.repeat(300), { timestamp: 1_700_000_000_000, headers }),
      record('', { timestamp: 5 }),
    ],
    { baseOffset: 7, leaderEpoch: 2 },
  )
  const slices: RecordSlice[] = []
  fetchOf([bytes], 7).take(10, slices)
  const [first, second, third] = [...new ConsumerBatch(slices, 3)]
  expect([first?.key, first?.value, first?.headers, first?.timestamp]).toEqual([null, null, [], 1000])
  expect(second?.value?.length).toBe(300)
  expect(second?.timestamp).toBe(1_700_000_000_000)
  expect(second?.headers).toEqual(headers)
  expect([third?.value?.length, third?.timestamp, third?.leaderEpoch, third?.timestampType]).toEqual([
    0,
    5,
    2,
    'CreateTime',
  ])
})

test('the cursor and the records agree', () => {
  const slices: RecordSlice[] = []
  fetchOf(batches, 10).take(100, slices)
  const batch = new ConsumerBatch(slices, 6)
  const cursor = batch.cursor()
  for (const { offset, value, key } of batch) {
    expect(cursor.next()).toBe(true)
    expect([cursor.offset, cursor.value(), cursor.key()]).toEqual([offset, value, key])
  }
  expect(cursor.next()).toBe(false)
})
