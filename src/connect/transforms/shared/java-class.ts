import { isDecimal } from '../../data/decimal.ts'
import { DATE, TIME, TIMESTAMP } from '../../data/logical.ts'
import type { Schema, SchemaType } from '../../data/schema.ts'
import { isStruct } from '../../data/validate.ts'

const numbers: Partial<Record<SchemaType, string>> = {
  INT8: 'Byte',
  INT16: 'Short',
  INT32: 'Integer',
  INT64: 'Long',
  FLOAT32: 'Float',
  FLOAT64: 'Double',
}
const dates: readonly (string | undefined)[] = [DATE, TIME, TIMESTAMP]

/**
 * The class that a value has in Java's Connect, which complaints name. A number without a schema is a Long where it is whole, else a
 * Double, as JSON without a schema is read.
 */
export function javaClass(value: unknown, schema?: Schema | null): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (typeof value === 'bigint') return 'java.lang.Long'
  if (typeof value === 'number') {
    if (dates.includes(schema?.name)) return 'java.util.Date'
    return `java.lang.${(schema && numbers[schema.type]) ?? (Number.isSafeInteger(value) ? 'Long' : 'Double')}`
  }
  if (value instanceof Uint8Array) return '[B'
  if (Array.isArray(value)) return 'java.util.ArrayList'
  if (isStruct(value)) return 'org.apache.kafka.connect.data.Struct'
  return isDecimal(value) ? 'java.math.BigDecimal' : 'java.util.HashMap'
}
