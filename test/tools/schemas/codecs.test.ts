import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createCodec } from '../../../src/tools/schemas/codecs.ts'
import type { Codec, SchemaFile, SchemaKind } from '../../../src/tools/schemas/schema.ts'
import { frame, unframe } from '../../../src/tools/schemas/wire-format.ts'

/** Made by Confluent's serializers for Python; what they mean is told by fastavro and by Google's protobuf. */
interface Case {
  readonly name: string
  readonly kind: SchemaKind
  readonly schema: string
  readonly message?: string
  readonly references: readonly SchemaFile[]
  readonly records: readonly { readonly bytes: string; readonly json: unknown }[]
}
const golden: Case[] = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8'))
const codecOf = ({ kind, schema, references, message }: Case): Promise<Codec> =>
  createCodec({ kind, text: schema, imports: references }, message)

/** What fastavro tells as the numbers and bytes beneath. */
const logical = [
  {
    dec: '-12.34',
    decf: '1234567.891',
    date: '2026-01-31',
    tm: '12:34:56.789',
    tu: '01:02:03.456789',
    tsm: '2026-01-31T12:00:00.005Z',
    tsu: { long: '1969-12-31T23:59:59.999999Z' },
    id: '12345678-1234-5678-1234-567812345678',
    lt: '2024-02-29T00:00:00.000',
  },
  {
    dec: '0.05',
    decf: '-0.001',
    date: '1900-03-01',
    tm: '00:00:00.000',
    tu: '23:59:59.999999',
    tsm: '1970-01-01T00:00:00.000Z',
    tsu: null,
    id: '00000000-0000-0000-0000-000000000000',
    lt: '0001-01-01T00:00:00.000',
  },
]
/** Numbers that a reader of JSON would round are their digits. */
const bare = [5, '-9223372036854775808', '9223372036854775807']
const expected = ({ name, records }: Case): readonly unknown[] => {
  if (name === 'logical types') return logical
  return name === 'a bare type' ? bare : records.map(({ json }) => json)
}

describe.each(golden)('$name', (golden) => {
  it('is read as others read it, and written as others write it', async () => {
    const codec = await codecOf(golden)
    for (const [index, json] of expected(golden).entries()) {
      const { id, payload } = unframe(Buffer.from(golden.records[index]!.bytes, 'hex'))
      expect(JSON.parse(codec.decode(payload))).toEqual(json)
      // Python's serializer leaves a blank after a colon.
      if (golden.kind === 'JSON') continue
      expect(frame(id, codec.encode(json)).toString('hex')).toBe(golden.records[index]!.bytes)
    }
  })

  it('does not take what is cut off', async () => {
    if (golden.kind === 'PROTOBUF') return
    const codec = await codecOf(golden)
    const { payload } = unframe(Buffer.from(golden.records[0]!.bytes, 'hex'))
    expect(() => codec.decode(payload.subarray(0, -1))).toThrow(/^it (does not fit|is no)/)
  })
})

describe('what does not fit', () => {
  const avro = (schema: unknown) => createCodec({ kind: 'AVRO', text: JSON.stringify(schema), imports: [] })

  it('is told with its place', async () => {
    const codec = await codecOf(golden[0]!)
    const good = golden[0]!.records[0]!.json as object
    expect(() => codec.encode({ ...good, i: 'x' })).toThrow('does not fit its Avro schema: i: "x" is no int.')
    expect(() => codec.encode({ ...good, u: 'x' })).toThrow(
      'does not fit its Avro schema: u: "x" is no null or {"string": ...} or {"shop.Four": ...} or {"long": ...}.',
    )
    expect(() => codec.encode({ ...good, zzz: 1 })).toThrow('does not fit its Avro schema: there is no field zzz.')
    expect(() => codec.encode({ ...good, s: undefined })).toThrow('s: nothing is no string.')
    expect(() => codec.encode({ ...good, l: '9223372036854775808' })).toThrow('l: "9223372036854775808" is no long.')
  })

  it('may be left out where there is a default', async () => {
    const fields = [
      { name: 'a', type: ['null', 'string'], default: null },
      { name: 'b', type: 'bytes', default: 'ÿ' },
      { name: 'c', type: { type: 'int', logicalType: 'date' }, default: 1 },
    ]
    const codec = await avro({ type: 'record', name: 'R', fields })
    expect(codec.encode({}).toString('hex')).toBe('0002ff02')
    expect(codec.decode(codec.encode({}))).toBe('{"a":null,"b":"ÿ","c":"1970-01-02"}')
  })

  it('takes floats by their shortest digits, and those that are no numbers', async () => {
    const codec = await avro({ type: 'array', items: 'float' })
    expect(codec.decode(codec.encode([1.1, 'NaN', '-Infinity']))).toBe('[1.1,"NaN","-Infinity"]')
  })

  it('is told of Protobuf and JSON Schema', async () => {
    const order = golden.find(({ name }) => name.startsWith('a Protobuf'))!
    const protobuf = await codecOf(order)
    expect(() => protobuf.encode({ orderId: 'x' })).toThrow(/^does not fit shop\.Order: .*invalid integer/)
    expect(() => protobuf.encode({ nothing: 1 })).toThrow(/^does not fit shop\.Order: .*unknown field: "nothing"/)
    await expect(codecOf({ ...order, message: 'shop.None' })).rejects.toThrow(
      'There is no message shop.None in the schema.',
    )
    const json = await codecOf(golden.find(({ kind }) => kind === 'JSON')!)
    expect(() => json.encode({ id: 0 })).toThrow('does not fit its JSON Schema: id: it must be >= 1.')
    expect(() => json.encode({ id: 1, x: 1 })).toThrow(
      'does not fit its JSON Schema: it must NOT have additional properties.',
    )
  })
})

describe('the wire format', () => {
  it('is told from what it is not', () => {
    expect(() => unframe(Buffer.from('{}'))).toThrow('it has 2 bytes, where five come before the data.')
    expect(() => unframe(Buffer.from('{"a":1}'))).toThrow('it begins with byte 0x7b, not with 0.')
  })
})
