import { DecimalValue } from '../../src/connect/data/decimal.ts'
import { dateSchema, decimalSchema, timeSchema, timestampSchema } from '../../src/connect/data/logical.ts'
import { Schema } from '../../src/connect/data/schema.ts'
import { Struct } from '../../src/connect/data/struct.ts'

/** A value with its schema, under the name that it has in `ConnectGolden.java`. */
export type Sample = readonly [name: string, schema: Schema | null, value: unknown]

const inner = Schema.struct({ x: Schema.boolean() })
export const structSchema = Schema.struct(
  {
    a: Schema.int32(),
    b: Schema.string({ optional: true, defaultValue: 'dflt', doc: 'fd' }),
    c: Schema.array(Schema.int64({ optional: true }), { optional: true }),
    d: inner,
  },
  { name: 'com.x.S', version: 3, doc: 'a doc', parameters: { p: 'q', r: 's' }, optional: true },
)

export function sampleStruct(b: string | null, c: readonly (bigint | null)[] | null): Struct {
  const struct = new Struct(structSchema).put('a', 1).put('b', b).put('d', new Struct(inner).put('x', true))
  return c === null ? struct : struct.put('c', c)
}

const optional = { optional: true }
const floats = [1.1, 1e10, 16777216, 0, 3.4028235e38, 0.001, 123456.79, 1e-5].map(Math.fround)
const floatNames = ['1.1', '1.0E10', '1.6777216E7', '0.0', '3.4028235E38', '0.001', '123456.79', '1.0E-5']
const doubles: readonly (readonly [string, number])[] = [
  ['1.0', 1],
  ['1.0E21', 1e21],
  ['1.5E-7', 1.5e-7],
  ['1.2345678E7', 12345678],
  ['-0.0', -0],
  ['9999999.5', 9999999.5],
  ['1.0E7', 1e7],
  ['0.001', 0.001],
  ['1.0E-4', 0.0001],
  ['123.456', 123.456],
  ['4.9E-324', 5e-324],
  ['1.7976931348623157E308', 1.7976931348623157e308],
  ['NaN', Number.NaN],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]

export const samples: readonly Sample[] = [
  ['string', Schema.string(), 'foo'],
  ['escapes', Schema.string(), 'a"b\\c\n\t\u0001\u001f\u007f\u00e9/\u2028<>&\ud83d\ude00 \\u0001'],
  ['null', Schema.string(optional), null],
  ['nothing', null, null],
  ['loose string', null, 'x'],
  ['loose map', null, { a: 1 }],
  ['loose list', null, [1, 'b', 2.5, true, null]],
  ['int8', Schema.int8(), -5],
  ['int16', Schema.int16(), 300],
  ['int32', Schema.int32(), 70000],
  ['int64', Schema.int64(), 9007199254740993n],
  ['int64 max', Schema.int64(), 2n ** 63n - 1n],
  ...floats.map((value, i): Sample => [`float ${floatNames[i]}`, Schema.float32(), value]),
  ...doubles.map(([name, value]): Sample => [`double ${name}`, Schema.float64(), value]),
  ['boolean', Schema.boolean(), true],
  ['bytes', Schema.bytes(), Buffer.from([1, 2, 255])],
  ['array', Schema.array(Schema.int32()), [1, 2]],
  [
    'map',
    Schema.map(Schema.string(), Schema.int32()),
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  ],
  [
    'map of ints',
    Schema.map(Schema.int32(), Schema.string()),
    new Map([
      [1, 'x'],
      [2, 'y'],
    ]),
  ],
  ['struct', structSchema, sampleStruct(null, [1n, null])],
  ['struct with gaps', structSchema, sampleStruct('v', null)],
  ['struct null', structSchema, null],
  ['decimal', decimalSchema(2), DecimalValue.parse('123.45')],
  ['decimal negative', decimalSchema(2, optional), DecimalValue.parse('-1.28')],
  ['date', dateSchema(), 86_400_000 * 3],
  ['time', timeSchema(), 3_600_001],
  ['timestamp', timestampSchema(), 1_700_000_000_123],
  ['default', Schema.int32({ defaultValue: 7 }), null],
  ['default optional', Schema.int32({ defaultValue: 7, optional: true }), null],
  ['default bytes', Schema.bytes({ defaultValue: Buffer.of(9) }), Buffer.of(1)],
  ['required null', Schema.int32(), null],
  [
    'nested',
    Schema.map(Schema.string(), Schema.array(Schema.float64()), { optional: true, name: 'm' }),
    new Map([['k', [1.5]]]),
  ],
]
