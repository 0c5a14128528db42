import { floatText } from '../../std/java-numbers.ts'
import type { DecimalValue } from '../data/decimal.ts'
import { isDecimal } from '../data/decimal.ts'
import { DataError } from '../data/errors.ts'
import { DECIMAL, logicalType } from '../data/logical.ts'
import type { PrimitiveType, Schema, StructValue } from '../data/schema.ts'
import { checkValue, isStruct } from '../data/validate.ts'
import { doubleJson, stringJson } from './json-text.ts'

export interface WritingOptions {
  /** Decimals are numbers instead of base64. */
  readonly numericDecimals: boolean
  /** A null in a field with a default is written as that. */
  readonly replaceNulls: boolean
}

const base64 = (value: Uint8Array): string =>
  `"${Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')}"`

/** JSON of a value; throws `DataError` where it is not one of the schema. */
export function valueJson(schema: Schema | null, value: unknown, options: WritingOptions): string {
  if (value === null || value === undefined) return nullJson(schema, options)
  if (!schema) return schemalessJson(value, options)
  const logical = logicalType(schema)
  if (logical) {
    checkValue(schema, value)
    if (schema.name === DECIMAL && options.numericDecimals) return (value as DecimalValue).toString()
    return bareJson(schema, logical.toBare(schema, value), options)
  }
  if (schema.type !== 'STRUCT' && schema.type !== 'ARRAY' && schema.type !== 'MAP') checkValue(schema, value)
  return bareJson(schema, value, options)
}

/** JSON of data without a schema. */
export const stringifyData = (value: unknown): string =>
  valueJson(null, value, { numericDecimals: false, replaceNulls: true })

function nullJson(schema: Schema | null, options: WritingOptions): string {
  if (!schema) return 'null'
  if (schema.defaultValue !== undefined && options.replaceNulls) return valueJson(schema, schema.defaultValue, options)
  if (schema.optional) return 'null'
  throw new DataError('Conversion error: null value for field that is required and has no default value')
}

const primitives: Readonly<Record<PrimitiveType, (value: never) => string>> = {
  INT8: String,
  INT16: String,
  INT32: String,
  INT64: String,
  FLOAT32: (value: number) => (Number.isFinite(value) ? floatText(value) : `"${floatText(value)}"`),
  FLOAT64: doubleJson,
  BOOLEAN: String,
  STRING: stringJson,
  BYTES: base64,
}

function bareJson(schema: Schema, value: unknown, options: WritingOptions): string {
  switch (schema.type) {
    case 'ARRAY':
      if (!Array.isArray(value)) return refuse(schema)
      return `[${value.map((item) => valueJson(schema.valueSchema, item, options)).join(',')}]`
    case 'MAP':
      return value instanceof Map ? mapJson(schema, value, options) : refuse(schema)
    case 'STRUCT':
      return isStruct(value) ? structJson(schema, value, options) : refuse(schema)
    default:
      return primitives[schema.type](value as never)
  }
}

function refuse(schema: Schema): never {
  throw new DataError(`Invalid type for ${schema.type}: the value is none.`)
}

/** An object where keys are strings, else an array of pairs. */
function mapJson(schema: Schema, value: ReadonlyMap<unknown, unknown>, options: WritingOptions): string {
  const named = schema.keySchema.type === 'STRING' && !schema.keySchema.optional
  const parts = Array.from(value, ([key, item]) => {
    const json = valueJson(schema.valueSchema, item, options)
    return named ? `${stringJson(String(key))}:${json}` : `[${valueJson(schema.keySchema, key, options)},${json}]`
  })
  return named ? `{${parts.join(',')}}` : `[${parts.join(',')}]`
}

function structJson(schema: Schema, value: StructValue, options: WritingOptions): string {
  checkValue(schema, value)
  const parts = schema.fields.map(({ name, schema: inner }) => {
    const item = options.replaceNulls ? value.get(name) : value.getWithoutDefault(name)
    return `${stringJson(name)}:${valueJson(inner, item, options)}`
  })
  return `{${parts.join(',')}}`
}

/** Without a schema, a whole number is an integer. */
function schemalessJson(value: unknown, options: WritingOptions): string {
  if (typeof value === 'string') return stringJson(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : doubleJson(value)
  if (value instanceof Uint8Array) return base64(value)
  if (isDecimal(value)) return options.numericDecimals ? value.toString() : base64(value.toBytes())
  if (isStruct(value)) return structJson(value.schema, value, options)
  if (Array.isArray(value)) return `[${value.map((item) => valueJson(null, item, options)).join(',')}]`
  if (typeof value !== 'object' || value === null) throw new DataError(`JSON has no form for a ${typeof value}.`)
  return schemalessMap(value instanceof Map ? [...value] : Object.entries(value), options)
}

function schemalessMap(entries: readonly [unknown, unknown][], options: WritingOptions): string {
  const named = entries.every(([key]) => typeof key === 'string')
  const parts = entries.map(([key, item]) => {
    const json = valueJson(null, item, options)
    return named ? `${stringJson(key as string)}:${json}` : `[${valueJson(null, key, options)},${json}]`
  })
  return named ? `{${parts.join(',')}}` : `[${parts.join(',')}]`
}
