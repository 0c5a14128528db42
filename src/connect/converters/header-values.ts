import { DecimalValue } from '../data/decimal.ts'
import { parseIso } from '../data/iso-time.ts'
import { dateSchema, decimalSchema, timeSchema, timestampSchema } from '../data/logical.ts'
import { NO_DATA, Schema, type SchemaAndValue } from '../data/schema.ts'
import { sameSchema } from '../data/validate.ts'
import { type JsonNode, JsonNumber, parseJson } from './json-text.ts'

const string = Schema.string()
const boolean = Schema.boolean()
const isoSchemas = { date: dateSchema(), time: timeSchema(), timestamp: timestampSchema() }

/** The value that a header's text stands for. */
export function parseHeader(text: string): SchemaAndValue {
  const trimmed = text.trim()
  if (trimmed === 'null') return NO_DATA
  if (trimmed === 'true' || trimmed === 'false') return { schema: boolean, value: trimmed === 'true' }
  const iso = parseIso(trimmed)
  if (iso) return { schema: isoSchemas[iso.kind], value: iso.ms }
  return parseNumber(trimmed) ?? parseContainer(trimmed) ?? { schema: string, value: text }
}

const NUMBER = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,4})?$/

const sizes = [
  [8, Schema.int8()],
  [16, Schema.int16()],
  [32, Schema.int32()],
] as const
const int64 = Schema.int64()
const float32 = Schema.float32()
const float64 = Schema.float64()

/** A number, as the smallest type that holds it; a fraction is a float where that does not overflow, as Apache has it. */
function parseNumber(text: string): SchemaAndValue | undefined {
  if (!NUMBER.test(text)) return undefined
  const decimal = DecimalValue.parse(text)
  const whole = wholeOf(decimal)
  if (whole === undefined) {
    const value = decimal.toNumber()
    const single = Math.fround(value)
    if (Number.isFinite(single) && single !== 0) return { schema: float32, value: single }
    if (Number.isFinite(value) && value !== 0) return { schema: float64, value }
    return { schema: decimalSchema(decimal.scale), value: decimal }
  }
  for (const [bits, schema] of sizes) if (BigInt.asIntN(bits, whole) === whole) return { schema, value: Number(whole) }
  if (BigInt.asIntN(64, whole) === whole) return { schema: int64, value: whole }
  return { schema: decimalSchema(0), value: new DecimalValue(whole, 0) }
}

/** The whole number that a decimal is; undefined when it has a fraction. */
function wholeOf({ unscaled, scale }: DecimalValue): bigint | undefined {
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale)
  const divisor = 10n ** BigInt(scale)
  return unscaled % divisor === 0n ? unscaled / divisor : undefined
}

/** A list or a map in the form of JSON. */
function parseContainer(text: string): SchemaAndValue | undefined {
  if (!/^[[{]/.test(text)) return undefined
  try {
    return fromNode(parseJson(text))
  } catch {
    return undefined
  }
}

function fromNode(node: JsonNode): SchemaAndValue {
  if (node === null) return NO_DATA
  if (node instanceof JsonNumber) return parseNumber(node.text) ?? NO_DATA
  if (typeof node === 'boolean') return { schema: boolean, value: node }
  if (typeof node === 'string') return { schema: string, value: node }
  if (node instanceof Map) {
    const entries = Array.from(node, ([key, item]) => [key, fromNode(item)] as const)
    const of = commonSchema(entries.map(([, item]) => item))
    return {
      schema: of ? Schema.map(string, of) : null,
      value: new Map(entries.map(([key, { value }]) => [key, value])),
    }
  }
  const items = (node as readonly JsonNode[]).map(fromNode)
  const of = commonSchema(items)
  return { schema: of ? Schema.array(of) : null, value: items.map(({ value }) => value) }
}

/** What all items have; undefined where there are none, or different ones: such a container has no schema. */
function commonSchema(items: readonly SchemaAndValue[]): Schema | undefined {
  const first = items[0]?.schema
  return first && items.every(({ schema }) => schema && sameSchema(schema, first)) ? first : undefined
}
