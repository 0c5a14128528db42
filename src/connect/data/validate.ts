import { DataError } from './errors.ts'
import { logicalType } from './logical.ts'
import type { PrimitiveType, Schema, StructValue } from './schema.ts'

const whole = (bits: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= -(2 ** (bits - 1)) && (value as number) < 2 ** (bits - 1)

/** Whether a value is a long: a bigint of 64 bits, or a number that is exact. */
export const isLong = (value: unknown): boolean =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)

const primitives: Readonly<Record<PrimitiveType, (value: unknown) => boolean>> = {
  INT8: whole(8),
  INT16: whole(16),
  INT32: whole(32),
  INT64: isLong,
  FLOAT32: (value) => typeof value === 'number',
  FLOAT64: (value) => typeof value === 'number',
  BOOLEAN: (value) => typeof value === 'boolean',
  STRING: (value) => typeof value === 'string',
  BYTES: (value) => value instanceof Uint8Array,
}

/** By its looks: a connector of the user's own brings classes of its own copy of this library. */
export const isStruct = (value: unknown): value is StructValue =>
  typeof (value as Partial<StructValue> | null)?.getWithoutDefault === 'function'

/** What a value is, for a sentence. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint') return `${typeof value} ${value}`
  return typeof value === 'object' ? ((value as object).constructor?.name ?? 'object') : typeof value
}

const shown = (schema: Schema): string =>
  schema.name === undefined ? schema.type : `${schema.type} named ${schema.name}`

/** Throws `DataError` for a value that is not one of the schema. */
export function checkValue(schema: Schema, value: unknown, field?: string): void {
  if (value === null || value === undefined) {
    if (schema.optional) return
    throw new DataError(
      `Invalid value: null used for required field: "${field ?? 'null'}", schema type: ${schema.type}`,
    )
  }
  if (!matches(schema, value))
    throw new DataError(
      `Invalid value for schema of type ${shown(schema)}: ${kindOf(value)}${field === undefined ? '' : ` for field: "${field}"`}`,
    )
}

function matches(schema: Schema, value: unknown): boolean {
  const logical = logicalType(schema)
  if (logical) return logical.accepts(value)
  switch (schema.type) {
    case 'ARRAY':
      if (!Array.isArray(value)) return false
      for (const item of value) checkValue(schema.valueSchema, item)
      return true
    case 'MAP':
      if (!(value instanceof Map)) return false
      for (const [key, item] of value) {
        checkValue(schema.keySchema, key)
        checkValue(schema.valueSchema, item)
      }
      return true
    case 'STRUCT':
      return isStruct(value) && sameSchema(value.schema, schema)
    default:
      return primitives[schema.type](value)
  }
}

/** Whether two schemas say the same. */
export function sameSchema(a: Schema, b: Schema): boolean {
  if (a === b) return true
  if (a.type !== b.type || a.name !== b.name || a.version !== b.version || a.fields.length !== b.fields.length)
    return false
  if (a.type === 'MAP') return sameSchema(a.keySchema, b.keySchema) && sameSchema(a.valueSchema, b.valueSchema)
  if (a.type === 'ARRAY') return sameSchema(a.valueSchema, b.valueSchema)
  return a.fields.every((field, i) => {
    const other = b.fields[i]
    return (
      other?.name === field.name &&
      other.schema.optional === field.schema.optional &&
      sameSchema(field.schema, other.schema)
    )
  })
}
