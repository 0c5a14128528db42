import { describe, expect, it } from 'vitest'
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../../src/protocol/stored/group-records.ts'
import { createDeserializer } from '../../src/tools/console/deserializers.ts'
import { createFormatter } from '../../src/tools/console/formatter.ts'
import { LineReader } from '../../src/tools/console/line-reader.ts'
import { LineSplitter } from '../../src/tools/console/lines.ts'
import { formatted, type Sample } from '../support/printable.ts'

async function split(...pieces: string[]): Promise<string[]> {
  const splitter = new LineSplitter()
  const lines: string[] = []
  for (const piece of pieces)
    await splitter.push(Buffer.from(piece), (source, start, end) => {
      lines.push(source.toString('utf8', start, end))
      return undefined
    })
  const rest = splitter.rest()
  return rest ? [...lines, rest.toString()] : lines
}

describe('lines', () => {
  it('end as they do for Java', async () => {
    expect(await split('a\nb\r\nc\rd\n\ne')).toEqual(['a', 'b', 'c', 'd', '', 'e'])
    expect(await split('')).toEqual([])
    expect(await split('\n')).toEqual([''])
  })

  it('are the same wherever the input is cut', async () => {
    const text = 'one\r\ntwo\rthree\n\r\nfour\n\nfive\r'
    const whole = await split(text)
    for (let cut = 0; cut <= text.length; cut++) expect(await split(text.slice(0, cut), text.slice(cut))).toEqual(whole)
    expect(await split(...text)).toEqual(whole)
  })
})

const read = (line: string, settings: Record<string, string> = {}) => {
  const record = new LineReader('t', settings).read(Buffer.from(line))
  const headers = record.headers?.map(({ key, value }) => [key, value?.toString() ?? null])
  return { key: record.key?.toString() ?? record.key, value: record.value?.toString() ?? record.value, headers }
}

describe('LineReader', () => {
  it('takes lines as values', () => {
    expect(read('a\tb')).toEqual({ key: undefined, value: 'a\tb', headers: undefined })
  })

  it('finds headers, key and value', () => {
    const settings = { 'parse.key': 'true', 'parse.headers': 'TRUE ' }
    expect(read('h1:v1,h2:v2\tk\tv', settings)).toEqual({
      key: 'k',
      value: 'v',
      headers: [
        ['h1', 'v1'],
        ['h2', 'v2'],
      ],
    })
    expect(read('k=>v', { 'parse.key': 'true', 'key.separator': '=>' })).toMatchObject({ key: 'k', value: 'v' })
  })

  it('puts null where the marker stands', () => {
    const settings = { 'parse.key': 'true', 'parse.headers': 'true', 'null.marker': 'N' }
    expect(read('N\tN\tN', settings)).toEqual({ key: null, value: null, headers: undefined })
    expect(read('h:N\tk\t', settings)).toEqual({ key: 'k', value: '', headers: [['h', null]] })
    expect(() => read('N:x\tk\tv', settings)).toThrow(
      "Header keys should not be equal to the null marker 'N' as they can't be null",
    )
  })

  it("complains in Apache's words", () => {
    expect(() => read('nokey', { 'parse.key': 'true' })).toThrow("No key separator found on line number 1: 'nokey'")
    expect(() => read('x', { 'parse.headers': 'true' })).toThrow("No headers delimiter found on line number 1: 'x'")
    expect(() => read('x\tv', { 'parse.headers': 'true' })).toThrow(
      "No header key separator found in pair 'x' on line number 1",
    )
    expect(read('nokey', { 'parse.key': 'true', 'ignore.error': 'true' }).value).toBe('nokey')
    expect(() => read('', { 'null.marker': ',' })).toThrow('null.marker and headers.separator may not be equal')
    expect(() => read('', { 'headers.delimiter': ',' })).toThrow(
      'headers.delimiter and headers.separator may not be equal',
    )
  })
})

describe('deserializers', () => {
  const text = (name: string, bytes: Buffer, settings = {}) =>
    String(createDeserializer(name, settings, 'value')(bytes))
  const hex = (digits: string) => Buffer.from(digits, 'hex')

  it('go by Java names and short ones', () => {
    for (const name of ['org.apache.kafka.common.serialization.LongDeserializer', 'LongDeserializer', 'long', 'Long'])
      expect(text(name, hex('fffffffffffffffe'))).toBe('-2')
    expect(() => text('nope', hex(''))).toThrow('Unable to instantiate a deserializer from nope')
  })

  it.each([
    ['integer', 'ffffffff', '-1'],
    ['short', '0100', '256'],
    ['double', '3ff8000000000000', '1.5'],
    ['float', '3dcccccd', '0.1'],
    ['boolean', '01', 'true'],
    ['bytes', '41005c7e7f', 'A\\x00\\x5C~\\x7F'],
    ['string', 'c3a9', 'é'],
    ['string', 'ff41', '\ufffdA'],
    ['uuid', Buffer.from('0-1-2-3-ABC').toString('hex'), '00000000-0001-0002-0003-000000000abc'],
  ])('%s of %s', (name, bytes, expected) => expect(text(name, hex(bytes))).toBe(expected))

  it('refuse the wrong size', () => {
    expect(() => text('integer', hex('00'))).toThrow('Size of data received by IntegerDeserializer is not 4')
    expect(() => text('boolean', hex('02'))).toThrow('Unexpected byte received by BooleanDeserializer: 2')
  })

  it('read lists as ListSerializer writes them', () => {
    const settings = { 'default.list.value.serde.inner': 'org.apache.kafka.common.serialization.Serdes$IntegerSerde' }
    expect(text('list', hex('0000000001000000010000000200000007'), settings)).toBe('[7, null]')
    const strings = { 'default.list.value.serde.inner': 'string' }
    expect(text('list', hex('01000000020000000161ffffffff'), strings)).toBe('[a, null]')
    expect(() => text('list', hex('017fffffff'), strings)).toThrow('Corrupted byte[]')
  })

  it('read other encodings', () => {
    expect(text('string', hex('e9'), { 'value.deserializer.encoding': 'ISO-8859-1' })).toBe('é')
  })
})

function format(parts: Sample, settings: Record<string, string> = {}, name = 'default'): string {
  const complain = (sentence: string) => {
    throw new Error(sentence)
  }
  return formatted(createFormatter(name, { settings, complain })!, parts)
}

describe('formatters', () => {
  const all = Object.fromEntries(
    ['timestamp', 'partition', 'offset', 'delivery', 'epoch', 'headers', 'key'].map((name) => [
      `print.${name}`,
      'true',
    ]),
  )

  it("print Kafka's columns in Kafka's order", () => {
    expect(
      format(
        {
          key: 'k',
          value: 'v',
          headers: [
            ['h', '1'],
            ['i', null],
          ],
        },
        all,
      ),
    ).toBe('CreateTime:1000\tPartition:2\tOffset:7\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\th:1,i:null\tk\tv\n')
    expect(format({ timestampType: 'NoTimestampType' }, all)).toMatch(/^NO_TIMESTAMP\t.*\tNO_HEADERS\tnull\tnull\n$/)
  })

  it('take separators and literals', () => {
    const settings = { 'print.key': 'true', 'key.separator': '=', 'line.separator': ';', 'null.literal': '-' }
    expect(format({ value: 'v' }, settings)).toBe('-=v;')
    expect(format({ key: 'k', value: 'v' }, { ...settings, 'print.value': 'false' })).toBe('k;')
  })

  it('use deserializers, but not for null', () => {
    const settings = { 'value.deserializer': 'long' }
    expect(format({ value: Buffer.from('0000000000000005', 'hex') }, settings)).toBe('5\n')
    expect(format({}, settings)).toBe('null\n')
  })

  it('print values longer than the buffer whole', () => {
    const value = 'x'.repeat(600_000)
    expect(format({ value })).toBe(`${value}\n`)
  })

  it('print nothing', () =>
    expect(format({ value: 'v' }, {}, 'org.apache.kafka.tools.consumer.NoOpMessageFormatter')).toBe(''))

  const versioned = (version: number, bytes: Buffer) => Buffer.concat([Buffer.from([0, version]), bytes])

  it("print the offsets topic in Apache's JSON", () => {
    const key = versioned(1, OffsetCommitKey.encode(0, { group: 'g', topic: 't', partition: 3 }))
    const value = versioned(
      3,
      OffsetCommitValue.encode(3, { offset: 5, leaderEpoch: 1, metadata: '', commitTimestamp: 9 }),
    )
    const names = ['kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter', 'offsets']
    for (const name of names)
      expect(format({ key, value }, {}, name)).toBe(
        '{"key":{"type":1,"data":{"group":"g","topic":"t","partition":3}},"value":{"version":3,"data":{"offset":5,"leaderEpoch":1,"metadata":"","commitTimestamp":9}}}',
      )
    expect(format({ key }, {}, 'offsets')).toMatch(/"value":null}$/)
  })

  it('leave out records of other kinds', () => {
    const key = versioned(2, GroupMetadataKey.encode(0, { group: 'g' }))
    const value = versioned(
      3,
      GroupMetadataValue.encode(3, {
        protocolType: 'consumer',
        generation: 1,
        protocol: null,
        leader: null,
        currentStateTimestamp: 4,
        members: [],
      }),
    )
    expect(format({ key, value }, {}, 'offsets')).toBe('')
    expect(format({ key, value }, {}, 'org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter')).toBe(
      '{"key":{"type":2,"data":{"group":"g"}},"value":{"version":3,"data":{"protocolType":"consumer","generation":1,"protocol":null,"leader":null,"currentStateTimestamp":4,"members":[]}}}',
    )
    expect(() => format({ key, value: Buffer.from([0, 9]) }, {}, 'groupmetadata')).toThrow(
      'Could not read record at offset 7 due to',
    )
  })
})
