import { doubleText, floatText } from '../../std/java-numbers.ts'
import { isDecimal } from '../data/decimal.ts'
import { isoText } from '../data/iso-time.ts'
import { DATE, TIME, TIMESTAMP } from '../data/logical.ts'
import { NO_DATA, type Schema, type SchemaAndValue } from '../data/schema.ts'
import { isStruct } from '../data/validate.ts'
import type { HeaderConverter } from './converter.ts'
import { parseHeader } from './header-values.ts'

/** Writes values as text and guesses from the text what they were, as Apache's default does: `123` comes back as INT8. */
export class SimpleHeaderConverter implements HeaderConverter {
  fromConnectHeader(_topic: string, _key: string, schema: Schema | null, value: unknown): Buffer | null {
    return value === null || value === undefined ? null : Buffer.from(headerText(schema, value, false))
  }

  toConnectHeader(_topic: string, _key: string, bytes: Buffer | null): SchemaAndValue {
    return bytes ? parseHeader(bytes.toString()) : NO_DATA
  }
}

const times: ReadonlySet<string | undefined> = new Set([DATE, TIME, TIMESTAMP])

/** A string inside of something else is quoted. */
function headerText(schema: Schema | null, value: unknown, inside: boolean): string {
  const quoted = (text: string) => (inside ? `"${text.replace(/["\\]/g, '\\$&')}"` : text)
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return numberText(schema, value)
  if (typeof value !== 'object' || isDecimal(value)) return String(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  if (Array.isArray(value))
    return `[${value.map((item) => headerText(schema?.type === 'ARRAY' ? schema.valueSchema : null, item, true)).join(',')}]`
  const parts = entriesOf(schema, value).map(
    ([key, item, of]) => `${headerText(null, key, true)}:${headerText(of, item, true)}`,
  )
  return `{${parts.join(',')}}`
}

function numberText(schema: Schema | null, value: number): string {
  if (times.has(schema?.name)) return isoText(value)
  if (schema?.type === 'FLOAT32') return floatText(value)
  return schema?.type === 'FLOAT64' || !Number.isSafeInteger(value) ? doubleText(value) : String(value)
}

function entriesOf(schema: Schema | null, value: object): [unknown, unknown, Schema | null][] {
  if (isStruct(value)) return value.schema.fields.map(({ name, schema: of }) => [name, value.get(name), of])
  const of = schema?.type === 'MAP' ? schema.valueSchema : null
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return entries.map(([key, item]) => [key, item, of])
}
