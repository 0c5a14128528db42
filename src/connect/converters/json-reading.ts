import { DecimalValue } from '../data/decimal.ts'
import { DataError } from '../data/errors.ts'
import { DECIMAL, logicalType, scaleOf } from '../data/logical.ts'
import type { PrimitiveType, Schema } from '../data/schema.ts'
import { Struct } from '../data/struct.ts'
import { type JsonNode, JsonNumber } from './json-text.ts'

/** Without a schema: objects are plain, a whole number is a number, or a bigint where that would not be exact. */
export function readSchemaless(node: JsonNode): unknown {
  if (node instanceof JsonNumber) return node.isWhole ? readLong(node.toLong()) : node.toNumber()
  if (Array.isArray(node)) return node.map((item) => readSchemaless(item))
  if (node instanceof Map) return Object.fromEntries(Array.from(node, ([key, value]) => [key, readSchemaless(value)]))
  return node
}

const readLong = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value)

/** A value of the schema; what is of another type is read as Jackson reads it, a word in the place of a number as 0. */
export function readValue(schema: Schema, node: JsonNode, replaceNulls: boolean): unknown {
  if (node === null) {
    if (replaceNulls && schema.defaultValue !== undefined) return schema.defaultValue
    if (schema.optional) return null
    throw new DataError(`Invalid null value for required ${schema.type} field`)
  }
  if (schema.name === DECIMAL && node instanceof JsonNumber) return readDecimal(schema, node)
  const bare = readBare(schema, node, replaceNulls)
  return logicalType(schema)?.fromBare(schema, bare) ?? bare
}

/** A decimal that is written as a number gets the digits of the schema. */
function readDecimal(schema: Schema, node: JsonNumber): DecimalValue {
  const decimal = DecimalValue.parse(node.text)
  const missing = scaleOf(schema) - decimal.scale
  if (missing >= 0) return new DecimalValue(decimal.unscaled * 10n ** BigInt(missing), scaleOf(schema))
  const divisor = 10n ** BigInt(-missing)
  if (decimal.unscaled % divisor !== 0n) throw new DataError(`The number ${node.text} has more digits than its schema.`)
  return new DecimalValue(decimal.unscaled / divisor, scaleOf(schema))
}

const whole = (bits: number) => (node: JsonNode) =>
  Number(BigInt.asIntN(bits, node instanceof JsonNumber ? node.toLong() : 0n))
const fraction = (node: JsonNode): number => (node instanceof JsonNumber ? node.toNumber() : 0)

const primitives: Readonly<Record<PrimitiveType, (node: JsonNode) => unknown>> = {
  INT8: whole(8),
  INT16: whole(16),
  INT32: whole(32),
  INT64: (node) => (node instanceof JsonNumber ? node.toLong() : 0n),
  FLOAT32: (node) => Math.fround(fraction(node)),
  FLOAT64: fraction,
  BOOLEAN: (node) => node === true,
  STRING: (node) => (typeof node === 'string' ? node : node instanceof JsonNumber ? node.text : null),
  BYTES(node) {
    if (typeof node !== 'string') throw new DataError('Invalid bytes field')
    return Buffer.from(node, 'base64')
  },
}

function readBare(schema: Schema, node: JsonNode, replaceNulls: boolean): unknown {
  const inner = (of: Schema, value: JsonNode) => readValue(of, value, replaceNulls)
  switch (schema.type) {
    case 'ARRAY':
      if (!Array.isArray(node)) throw new DataError('Expected a JSON array for a value of type ARRAY.')
      return node.map((item) => inner(schema.valueSchema, item))
    case 'MAP':
      return readMap(schema, node, inner)
    case 'STRUCT': {
      if (!(node instanceof Map)) throw new DataError('Structs should be encoded as JSON objects.')
      const struct = new Struct(schema)
      for (const field of schema.fields) struct.put(field.name, inner(field.schema, node.get(field.name) ?? null))
      return struct
    }
    default:
      return primitives[schema.type](node)
  }
}

function readMap(schema: Schema, node: JsonNode, inner: (of: Schema, value: JsonNode) => unknown): unknown {
  const { keySchema, valueSchema } = schema
  if (keySchema.type === 'STRING' && !keySchema.optional) {
    if (!(node instanceof Map)) throw new DataError('Maps with string fields should be encoded as JSON objects.')
    return new Map(Array.from(node, ([key, value]) => [key, inner(valueSchema, value)] as const))
  }
  if (!Array.isArray(node))
    throw new DataError('Maps with non-string fields should be encoded as JSON arrays of tuples.')
  return new Map(
    (node as readonly JsonNode[]).map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2)
        throw new DataError('An entry of a map has to be an array with a key and a value.')
      return [inner(keySchema, pair[0]), inner(valueSchema, pair[1])] as const
    }),
  )
}
