import { doubleText, floatText } from '../../std/java-numbers.ts'
import { isDecimal } from './decimal.ts'
import type { StructValue } from './schema.ts'
import { isStruct } from './validate.ts'

/**
 * A value as Java's `toString` shows it, which is what StringConverter and the file sink write: `{a=1}`, `[1, 2]`, `Struct{a=1}`. A number
 * without a schema is a whole one where it can be.
 */
export function javaText(value: unknown, type?: string): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number') {
    if (type === 'FLOAT32') return floatText(value)
    return type === 'FLOAT64' || !Number.isSafeInteger(value) || Object.is(value, -0)
      ? doubleText(value)
      : String(value)
  }
  if (isDecimal(value) || typeof value !== 'object') return String(value)
  if (isStruct(value)) return structText(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')
  if (Array.isArray(value)) return `[${value.map((item) => javaText(item)).join(', ')}]`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return `{${entries.map(([key, item]) => `${javaText(key)}=${javaText(item)}`).join(', ')}}`
}

/** Fields that are null are left out. */
function structText(struct: StructValue): string {
  const fields = struct.schema.fields.flatMap(({ name, schema }) => {
    const value = struct.getWithoutDefault(name)
    return value === null ? [] : [`${name}=${javaText(value, schema.type)}`]
  })
  return `Struct{${fields.join(',')}}`
}
