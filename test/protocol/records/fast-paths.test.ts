import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RecordCursor, RecordSlice } from '../../../src/client/consumer/record-cursor.ts'
import { BATCH_HEADER, recordCount } from '../../../src/protocol/records/batch.ts'
import { decodeRecords, encodeBatch, InvalidRecord, type NewRecord } from '../../../src/protocol/records/record.ts'
import { RECORD_OVERHEAD, writeValue } from '../../../src/protocol/records/values.ts'
import { arenaAddress, arenaBuffer, giveBack } from '../../../src/std/arena.ts'

const golden: Record<string, string> = JSON.parse(readFileSync(new URL('golden-batches.json', import.meta.url), 'utf8'))

/** Lengths and deltas around every place where a varint gets longer. */
const edges = [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 143, 144, 145, 8191, 8192, 8193, 20_000]
const deltas = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 1_048_576, 2 ** 31 - 1, -(2 ** 31)]

const noise = (length: number): Buffer => {
  const bytes = arenaBuffer(length)
  for (let i = 0, x = 7; i < length; i++) bytes[i] = (x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0) >>> 16
  return bytes
}

describe('a record that is only a value', () => {
  const source = noise(32_768)
  const plain = Buffer.from(source)

  it('is the same from every kind of memory, to the byte', () => {
    expect(arenaAddress(source)).toBeGreaterThanOrEqual(0)
    expect(arenaAddress(plain)).toBe(-1)
    const fast = arenaBuffer(40_000)
    const slow = Buffer.alloc(40_000)
    for (const length of edges)
      for (const delta of deltas) {
        const end = writeValue(slow, 61, plain, 5, length, Math.abs(delta) % 2 ** 30, delta)
        expect(writeValue(fast, 61, source, 5, length, Math.abs(delta) % 2 ** 30, delta)).toBe(end)
        expect(fast.subarray(61, end).equals(slow.subarray(61, end))).toBe(true)
        expect(writeValue(fast, 61, plain, 5, length, 3, delta)).toBe(writeValue(slow, 61, plain, 5, length, 3, delta))
      }
    giveBack(fast)
  })

  it('leaves what lies behind the room that it was given', () => {
    const [first, second] = [arenaBuffer(4096), arenaBuffer(4096)]
    second.fill(0xee)
    for (const length of edges.filter((size) => size < 4000)) {
      writeValue(first, 4096 - length - RECORD_OVERHEAD, source, 0, length, 1, 1)
      expect(second.every((byte) => byte === 0xee)).toBe(true)
    }
  })

  it('is not taken from behind the end of its buffer', () => {
    const target = arenaBuffer(4096)
    const secret = arenaBuffer(64).fill('s')
    const short = arenaBuffer(64).fill('x')
    expect(() => writeValue(target, 0, short, 32, 64 + 64, 0, 0)).toThrow(RangeError)
    expect(target.includes('ssss')).toBe(false)
    giveBack(secret)
  })

  it('gives buffers of the arena out again, and ordinary ones when it is full', () => {
    const mine = arenaBuffer(777)
    giveBack(mine)
    expect(arenaBuffer(777)).toBe(mine)
    expect(arenaAddress(arenaBuffer(1 << 30))).toBe(-1)
  })
})

function walked(batch: Buffer) {
  const slice = new RecordSlice('t', 0, batch.subarray(BATCH_HEADER), 0, recordCount(batch), 0, 1000, undefined, 0)
  const cursor = new RecordCursor([slice])
  const records = []
  while (cursor.next()) {
    const { offset, timestamp } = cursor
    records.push({ offset, timestamp, key: cursor.key(), value: cursor.value(), headers: [...cursor.headers()] })
  }
  return records
}

/** What it gives, or that the bytes were refused; any other error is a fault. */
function attempt(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof InvalidRecord || error instanceof RangeError) return 'refused'
    throw error
  }
}

const digest = (records: readonly object[]): string[] =>
  records.map((record) => createHash('sha1').update(JSON.stringify(record)).digest('hex'))

describe('the cursor over records', () => {
  it('reads what Apache wrote', () => {
    const batch = Buffer.from(golden['none'] as string, 'base64')
    const expected = [...decodeRecords(batch)].map((record) => ({ ...record, timestamp: record.timestamp }))
    const base = (expected[0] as { timestamp: number }).timestamp - 1000
    expect(walked(batch).map((record) => ({ ...record, timestamp: record.timestamp + base }))).toEqual(expected)
  })

  it('reads records of every length of every field', () => {
    const sizes = [undefined, ...edges]
    const records: NewRecord[] = sizes.flatMap((key, k) =>
      sizes
        .filter((_, v) => (k + v) % 3 === 0)
        .map((value, i) => ({
          key: key === undefined ? null : Buffer.alloc(key, 'k'),
          value: value === undefined ? null : Buffer.alloc(value, 'v'),
          timestamp: 1000 + (deltas[i % deltas.length] as number),
          headers: i % 3 === 0 ? [{ key: 'h', value: i % 2 ? null : Buffer.from('x') }] : [],
        })),
    )
    const batch = encodeBatch([{ key: null, value: null, timestamp: 1000 }, ...records])
    expect(digest(walked(batch))).toEqual(digest([...decodeRecords(batch)]))
  })

  it('lets nothing else through where bytes are damaged', () => {
    const records = [0, 3, 70, 130].map((size) => ({ key: Buffer.from('k'), value: noise(size), timestamp: 1000 }))
    const whole = encodeBatch(records)
    const outcome = (read: () => unknown) => attempt(() => JSON.stringify(read()))
    for (let at = BATCH_HEADER; at < whole.length; at++)
      for (const byte of [0, 1, 3, 0x7f, 0x80, 0xff]) {
        const damaged = Buffer.from(whole)
        damaged[at] = byte
        const strict = outcome(() => [...decodeRecords(damaged)])
        // The cursor does not look at headers, and so accepts more; what both accept is the same.
        if (strict !== 'refused') expect(outcome(() => walked(damaged))).toBe(strict)
      }
  })
})

/** What the values give, taken in one go where that is possible, as the console consumer does. */
function lines(batch: Buffer, room: number, most = Number.MAX_SAFE_INTEGER): string {
  const slice = new RecordSlice('t', 0, batch.subarray(BATCH_HEADER), 0, recordCount(batch), 0, 0, undefined, 0)
  const cursor = new RecordCursor([slice])
  const target = arenaBuffer(room)
  let text = ''
  for (let left = most; left > 0; ) {
    const count = cursor.takeValues(target, 0, left, 10)
    if (count > 0) text += target.toString('latin1', 0, cursor.valuesEnd)
    left -= count
    if (count > 0) continue
    if (!cursor.next()) break
    text += `${cursor.value()?.toString('latin1') ?? 'null'}\n`
    left--
  }
  giveBack(target)
  return text
}

const linesOf = (batch: Buffer): string[] =>
  [...decodeRecords(batch)].map(({ value }) => `${value?.toString('latin1') ?? 'null'}\n`)

describe('values taken many at a time', () => {
  const value = (size: number) => Buffer.from(noise(size).toString('base64').slice(0, size))
  const mixed = encodeBatch(
    [...edges, ...edges].flatMap((size, i) => [
      { key: null, value: value(size), timestamp: 1000 + i },
      { key: Buffer.alloc(i * 9, 'k'), value: value(i), timestamp: 900 - i * 700 },
      ...(i % 5 === 0 ? [{ key: null, value: null, timestamp: 1e12 }] : []),
      { key: null, value: value(3), timestamp: 1000, headers: i % 2 ? [{ key: 'h', value: value(200) }] : [] },
    ]),
  )

  it('are those of Apache, and of records of every kind', () => {
    const batch = Buffer.from(golden['none'] as string, 'base64')
    expect(lines(batch, 4096)).toBe(linesOf(batch).join(''))
    for (const room of [8200, 65_536, 262_144]) expect(lines(mixed, room)).toBe(linesOf(mixed).join(''))
  })

  it('are as many as were asked for', () => {
    for (const most of [1, 2, 7, 40]) expect(lines(mixed, 65_536, most)).toBe(linesOf(mixed).slice(0, most).join(''))
  })

  it('are not looked for again in a batch with a record of another kind', () => {
    const plain = (text: string) => ({ key: null, value: Buffer.from(text), timestamp: 1 })
    const batch = encodeBatch([
      plain('first'),
      { ...plain('other'), key: Buffer.alloc(80) },
      plain('third'),
      plain('last'),
    ])
    const payload = batch.subarray(BATCH_HEADER)
    const slice = new RecordSlice('t', 0, payload, 0, 4, 0, 0, undefined, 0)
    const cursor = new RecordCursor([slice, slice])
    const target = arenaBuffer(4096)
    const take = () => cursor.takeValues(target, 0, 9, 10)
    expect([take(), take()]).toEqual([1, 0])
    expect(cursor.next() && cursor.value()?.toString()).toBe('other')
    // Each attempt costs a copy of what is left of the batch.
    expect(take()).toBe(0)
    expect(cursor.next() && cursor.next()).toBe(true)
    expect(take()).toBe(1)
    giveBack(target)
  })

  it('are nothing else where bytes are damaged', () => {
    const whole = encodeBatch([0, 3, 70, 130, 9].map((size) => ({ key: null, value: value(size), timestamp: 1000 })))
    for (let at = BATCH_HEADER; at < whole.length; at++)
      for (const byte of [0, 1, 2, 3, 0x7f, 0x80, 0xff]) {
        const damaged = Buffer.from(whole)
        damaged[at] = byte
        let strict: string
        try {
          strict = linesOf(damaged).join('')
        } catch {
          // Refused, or read as far as it goes; never a trap, nor anything from beside it.
          expect(attempt(() => lines(damaged, 8192))).not.toContain('ss')
          continue
        }
        expect(lines(damaged, 8192)).toBe(strict)
      }
  })
})
