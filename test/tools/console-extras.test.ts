import { describe, expect, it } from 'vitest'
import { isoMillis, readMoment } from '../../src/cli/native/time.ts'
import type { ProducerRecord } from '../../src/client/types.ts'
import type { Clock } from '../../src/runtime/index.ts'
import { colouredFormatter } from '../../src/tools/console/coloured.ts'
import { formatString } from '../../src/tools/console/format-string.ts'
import { JsonRecordReader } from '../../src/tools/console/json-reader.ts'
import { LineReader } from '../../src/tools/console/line-reader.ts'
import { paced, withExtras } from '../../src/tools/console/produce-extras.ts'
import { createFilter } from '../../src/tools/console/record-filter.ts'
import { createRecordForm } from '../../src/tools/console/record-forms.ts'
import { formatted, record, type Sample } from '../support/printable.ts'

const sample: Sample = {
  key: 'k',
  value: 'v',
  headers: [
    ['h', '1'],
    ['h', null],
  ],
}

describe('a format', () => {
  const print = (format: string, parts: Sample = sample) =>
    formatted(formatString(format, { isoTime: isoMillis }), parts)

  it('places every part of a record', () => {
    expect(print('%t/%p@%o %T %d %k=%v %h %K %V %%')).toBe('t/2@7 1000 1970-01-01T00:00:01.000Z k=v h=1,h=null 1 1 %\n')
    expect(print('%k %v %K %V', {})).toBe('null null -1 -1\n')
  })

  it('ends with a line feed unless it ends with an escape', () => {
    expect(print('%v')).toBe('v\n')
    expect(print('%v\\n')).toBe('v\n')
    expect(print('%v,\\c')).toBe('v,')
    expect(print('\\x41\\t\\\\%v\\0')).toBe('A\t\\v\0')
  })

  it.each(['%q', '%', '\\q', '\\'])('refuses %s', (format) => expect(() => print(format)).toThrow('The format has no'))
})

describe('filters', () => {
  const keeps = (settings: Parameters<typeof createFilter>[0], parts: Sample) => createFilter(settings)?.(record(parts))

  it('are none when nothing is asked for', () => expect(createFilter({})).toBeUndefined())

  it('look at value, key and headers, all of which must match', () => {
    expect(keeps({ value: /V/i, key: /^k$/ }, sample)).toBe(true)
    expect(keeps({ value: /V/i, key: /x/ }, sample)).toBe(false)
    expect(keeps({ headers: [{ key: 'h', value: undefined }] }, sample)).toBe(true)
    expect(keeps({ headers: [{ key: 'h', value: /1/ }] }, sample)).toBe(true)
    expect(keeps({ headers: [{ key: 'h', value: /2/ }] }, sample)).toBe(false)
    expect(keeps({ headers: [{ key: 'i', value: undefined }] }, sample)).toBe(false)
  })

  it('find nothing in null', () => expect(keeps({ value: /null|.*/ }, {})).toBe(false))

  it('read as the deserializer does', () =>
    expect(keeps({ value: /^118$/, read: { value: (bytes) => String(bytes[0]) } }, sample)).toBe(true))
})

describe('records of JSON', () => {
  const read = (text: string, keep = false) => new JsonRecordReader('copy', keep).read(Buffer.from(text))

  it.each<[string, Sample]>([
    ['text', sample],
    ['a tombstone', { key: 'k', value: null }],
    ['nothing but empty text', { key: '', value: '' }],
    ['bytes', { key: Buffer.from([0xff, 0]), value: Buffer.from([0x80, 0xfe]) }],
    ['characters of every kind', { key: '\u0000"\\\ufeff', value: '\u{1f600}\n\u2028é' }],
  ])('bring %s back as it was', async (_, parts) => {
    const again = read(formatted(await createRecordForm('json', {}), parts), true) as ProducerRecord
    const bytes = (part: Buffer | string | null | undefined) =>
      part === null || part === undefined ? null : Buffer.from(part)
    expect(again).toEqual({
      topic: 'copy',
      partition: 2,
      timestamp: 1000,
      key: bytes(parts.key),
      value: bytes(parts.value),
      headers: (parts.headers ?? []).map(([key, value]) => ({ key, value: bytes(value) })),
    })
  })

  it('may be written by hand', () => {
    expect(read('{"value":{"a":1},"headers":{"h":"1"}}')).toEqual({
      topic: 'copy',
      key: null,
      value: Buffer.from('{"a":1}'),
      headers: [{ key: 'h', value: Buffer.from('1') }],
    })
    expect(read('  ')).toBeUndefined()
  })

  it.each([
    ['{"key":"a"}', 'neither value nor valueBase64'],
    ['{"value":1,"vaule":1}', 'no field vaule'],
    ['[1]', 'no object'],
    ['{"value":"a","valueBase64":"YQ=="}', 'both value and valueBase64'],
    ['{"valueBase64":"?"}', 'no base64'],
    ['{"value":1,"timestamp":-2}', 'no whole number'],
    ['{"value":1,"headers":[{}]}', 'a header has no key'],
    ['{', 'Line 1 is no record'],
  ])('refuse %s', (text, complaint) => expect(() => read(text)).toThrow(complaint))
})

describe('additions to records', () => {
  it('leave a reader alone when there are none', () => {
    const reader = new LineReader('t', {})
    expect(withExtras(reader, [], false)).toBe(reader)
  })

  it('are headers, duplicates included, and tombstones', () => {
    const headers = [
      { key: 'h', value: '1' },
      { key: 'h', value: '2' },
    ]
    expect(withExtras(new LineReader('t', {}), headers, true).read(Buffer.from('k'))).toEqual({
      topic: 't',
      key: Buffer.from('k'),
      value: null,
      headers,
    })
  })

  it('are a pace and repetitions', async () => {
    let now = 0
    const clock = {
      monotonic: () => now,
      sleep: async (ms: number) => {
        now += ms
      },
    } as Clock
    const sent: number[] = []
    const send = paced(clock, { repeat: 3, perSecond: 10 })?.((_: ProducerRecord) => {
      sent.push(now)
      return undefined
    })
    for (let i = 0; i < 2; i++) await send?.({ topic: 't', value: '' })
    expect(sent).toEqual([0, 100, 200, 300, 400, 500])
    expect(paced(clock, { repeat: 1 })).toBeUndefined()
  })
})

describe('records at a terminal', () => {
  it('are painted, and cannot move the cursor', () => {
    const paint = (name: string) => (text: string) => `<${name}:${text}>`
    const formatter = colouredFormatter({
      columns: new Set(['key', 'offset', 'headers']),
      key: undefined,
      value: undefined,
      isoTime: isoMillis,
      paint: { place: paint('place'), header: paint('header'), key: paint('key'), nothing: paint('null') },
    })
    expect(formatted(formatter, { ...sample, value: 'a\u001b[2J' })).toBe(
      '<place:offset 7>  <header:h>=1  <header:h>=<null:null>  <key:k>  a\u241b[2J\n',
    )
  })
})

describe('a moment', () => {
  const NOW = 1_000_000_000_000
  it.each<[string, number]>([
    ['2026-01-31T12:00:00Z', 1_769_860_800_000],
    ['2026-01-31T12:00', 1_769_860_800_000],
    ['2026-01-31T13:00+01:00', 1_769_860_800_000],
    ['2026-01-31', 1_769_817_600_000],
    ['1769860800000', 1_769_860_800_000],
    ['-1h', NOW - 3_600_000],
    ['-1h30m', NOW - 5_400_000],
    ['-500ms', NOW - 500],
    ['now', NOW],
  ])('is %s', (text, expected) => expect(readMoment('from-time', text, NOW)).toBe(expected))
  it.each(['', 'lunch', '-1y', '2026-13-01', '1h'])('is not %s', (text) =>
    expect(() => readMoment('from-time', text, NOW)).toThrow('--from-time takes a time'),
  )
})
