import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { JsonConverter } from '../../src/connect/converters/json-converter.ts'
import { makeConverter } from '../../src/connect/converters/make-converter.ts'
import { SimpleHeaderConverter } from '../../src/connect/converters/simple-header-converter.ts'
import { DecimalValue } from '../../src/connect/data/decimal.ts'
import { javaText } from '../../src/connect/data/java-text.ts'
import { dateSchema, decimalSchema, timeSchema, timestampSchema } from '../../src/connect/data/logical.ts'
import { Schema } from '../../src/connect/data/schema.ts'
import { sampleStruct, samples, structSchema } from './values.ts'

/** What Apache's converters made of the same values (test/support/java/ConnectGolden.java; a compat test takes it anew). */
const golden = new Map(
  readFileSync(new URL('golden/converters.tsv', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): [string, string] => {
      const tab = line.indexOf('\t')
      return [line.slice(0, tab), line.slice(tab + 1)]
    }),
)
const named = (start: string) => [...golden.keys()].filter((name) => name.startsWith(start))

function result(action: () => string): string {
  try {
    return action()
  } catch (error) {
    return `! ${(error as Error).message}`
  }
}

const envelope = new JsonConverter({ 'schemas.enable': 'true' })
const bare = new JsonConverter({ 'schemas.enable': 'false' })
const text = (bytes: Buffer | null): string => bytes?.toString() ?? 'null'

describe('JsonConverter', () => {
  it("has a sample for each of Apache's", () => {
    const names = samples.flatMap(([name]) => [`write ${name} envelope`, `write ${name} bare`])
    expect(new Set(named('write '))).toEqual(new Set(names))
  })

  it.each(samples)('writes %s as Apache does', (name, schema, value) => {
    expect(result(() => text(envelope.fromConnectData('t', schema, value)))).toBe(golden.get(`write ${name} envelope`))
    expect(result(() => text(bare.fromConnectData('t', schema, value)))).toBe(golden.get(`write ${name} bare`))
  })

  it.each(named('read '))('%s', (name) => {
    const [, mode, json = ''] = /^read (envelope|bare) (.*)$/s.exec(name) ?? []
    const converter = mode === 'envelope' ? envelope : bare
    const read = () => {
      const { schema, value } = converter.toConnectData('t', Buffer.from(json))
      return text(envelope.fromConnectData('t', schema, value))
    }
    // Java's maps have an order of their own.
    const comparable = (found: string | undefined): unknown =>
      name.startsWith('read bare {') ? JSON.parse(found ?? '') : found
    expect(comparable(result(read))).toEqual(comparable(golden.get(name)))
  })

  it('writes decimals as numbers when it is told to', () => {
    const numeric = new JsonConverter({ 'decimal.format': 'NUMERIC' })
    const write = (scale: number, value: DecimalValue) =>
      text(numeric.fromConnectData('t', decimalSchema(scale), value))
    expect(write(2, DecimalValue.parse('123.40'))).toBe(golden.get('numeric decimal'))
    expect(write(-2, new DecimalValue(123n, -2))).toBe(golden.get('numeric decimal negative scale'))
  })

  it('keeps nulls when it is told to', () => {
    const keeping = new JsonConverter({ 'replace.null.with.default': 'false' })
    const schema = Schema.int32({ optional: true, defaultValue: 7 })
    expect(text(keeping.fromConnectData('t', schema, null))).toBe(golden.get('null kept'))
  })

  it('refuses what is no JSON, and values of another type', () => {
    expect(() => bare.toConnectData('t', Buffer.from('{bad'))).toThrow('Converting byte[] to Kafka Connect data failed')
    expect(() => envelope.fromConnectData('t', Schema.int32(), 'x')).toThrow('Invalid value for schema of type INT32')
    expect(() => new JsonConverter({ 'schemas.enable': 'maybe' })).toThrow('Expected value to be either true or false')
    const deep = Buffer.from('['.repeat(100_000))
    expect(() => bare.toConnectData('t', deep)).toThrow('Converting byte[] to Kafka Connect data failed')
  })

  it('keeps names that are those of objects', () => {
    const { value } = bare.toConnectData('t', Buffer.from('{"__proto__":{"a":1},"constructor":2}'))
    expect(text(bare.fromConnectData('t', null, value))).toBe('{"__proto__":{"a":1},"constructor":2}')
  })
})

describe('the other converters', () => {
  const cases: readonly (readonly [string, string, Schema | null, unknown])[] = [
    ['Integer', 'IntegerConverter', Schema.int32(), 258],
    ['Long', 'LongConverter', Schema.int64(), 258n],
    ['Short', 'ShortConverter', Schema.int16(), 258],
    ['Float', 'FloatConverter', Schema.float32(), 1.5],
    ['Double', 'DoubleConverter', Schema.float64(), 1.5],
    ['Boolean', 'BooleanConverter', Schema.boolean(), true],
    ['String of int', 'org.apache.kafka.connect.storage.StringConverter', Schema.int32(), 5],
    ['String of double', 'StringConverter', Schema.float64(), 5],
    ['String of map', 'StringConverter', null, { a: [1, 'q'], b: 2n }],
    ['String of struct', 'StringConverter', structSchema, sampleStruct('v', null)],
    ['String of null', 'StringConverter', null, null],
    ['Bytes', 'ByteArrayConverter', Schema.bytes(), Buffer.of(1)],
    ['Bytes of string', 'ByteArrayConverter', Schema.string(), 's'],
    ['Boolean of string', 'BooleanConverter', Schema.string(), 's'],
  ]

  it.each(cases)('%s as Apache has it', (name, className, schema, value) => {
    const converter = makeConverter(className, 'value.converter', {})
    const write = () => converter.fromConnectData('t', schema, value)?.toString('hex') ?? 'null'
    expect(result(write)).toBe(golden.get(`plain ${name}`))
  })

  it('read what they wrote, and refuse another length', () => {
    const read = (className: string, hex: string) =>
      makeConverter(className, 'value.converter', {}).toConnectData('t', Buffer.from(hex, 'hex')).value
    expect(read('IntegerConverter', 'fffffffe')).toBe(-2)
    expect(read('LongConverter', '7fffffffffffffff')).toBe(2n ** 63n - 1n)
    expect(read('DoubleConverter', '3ff8000000000000')).toBe(1.5)
    expect(read('BooleanConverter', '01')).toBe(true)
    expect(() => read('IntegerConverter', '01')).toThrow('Failed to deserialize integer')
    expect(() => makeConverter('Nope', 'value.converter', {})).toThrow(
      'Invalid value Nope for configuration value.converter: Class Nope could not be found.',
    )
  })
})

describe('SimpleHeaderConverter', () => {
  const converter = new SimpleHeaderConverter()
  const written: Readonly<Record<string, readonly [Schema | null, unknown]>> = {
    long: [Schema.int64(), 5000000000n],
    double: [Schema.float64(), 1.5],
    'whole double': [Schema.float64(), 1],
    float: [Schema.float32(), Math.fround(1.1)],
    boolean: [Schema.boolean(), true],
    bytes: [Schema.bytes(), Buffer.of(1, 2, 3, 4, 5)],
    list: [null, [1, 'a', 2.5]],
    map: [null, { a: 1, b: 'x' }],
    timestamp: [timestampSchema(), 1_700_000_000_123],
    'old timestamp': [timestampSchema(), -1],
    date: [dateSchema(), 86_400_000],
    'leap day': [dateSchema(), 1_709_164_800_000],
    time: [timeSchema(), 3_600_001],
    decimal: [decimalSchema(2), DecimalValue.parse('12.34')],
  }

  it.each(named('header '))('%s', (name) => {
    const short = name.slice('header '.length)
    const [schema, value] = written[short] ?? [Schema.string(), short.slice('text '.length)]
    const bytes = converter.fromConnectHeader('t', 'k', schema, value)
    const back = converter.toConnectHeader('t', 'k', bytes)
    const isContainer = Array.isArray(back.value) || back.value instanceof Map
    const type = isContainer ? 'container' : [back.schema?.type, back.schema?.name].filter(Boolean).join(':')
    expect([text(bytes), type, javaText(back.value, back.schema?.type)].join('\t')).toBe(golden.get(name))
  })
})
