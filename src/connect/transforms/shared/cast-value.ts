import { type DecimalValue, isDecimal } from '../../data/decimal.ts'
import { DataError } from '../../data/errors.ts'
import { isoText } from '../../data/iso-time.ts'
import { javaText } from '../../data/java-text.ts'
import { DATE, logicalType, TIME, TIMESTAMP } from '../../data/logical.ts'
import type { Schema, SchemaType } from '../../data/schema.ts'
import { isStruct } from '../../data/validate.ts'
import { type CastType, castInputs } from './cast-spec.ts'
import { javaClass } from './java-class.ts'

const dates: readonly (string | undefined)[] = [DATE, TIME, TIMESTAMP]
const bits: Partial<Record<CastType, number>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 }

/** A value in another type, as Java's conversions have it: numbers lose what they have no room for. Throws `DataError`. */
export function castValue(schema: Schema | null, value: unknown, type: CastType): unknown {
  if (value === null || value === undefined) return null
  const from = schema?.type ?? looseType(value)
  if (!castInputs.includes(from))
    throw new DataError(
      `Cast transformation does not support casting from ${from}; supported types are [${castInputs.join(', ')}]`,
    )
  if (type === 'STRING') return textOf(schema, value)
  const isDate = schema !== null && dates.includes(schema.name) && typeof value === 'number'
  return castBare(isDate ? logicalType(schema)?.toBare(schema, value) : value, from, type)
}

/** The type that a value without a schema has. */
function looseType(value: unknown): SchemaType {
  if (typeof value === 'string') return 'STRING'
  if (typeof value === 'boolean') return 'BOOLEAN'
  if (typeof value === 'number' || typeof value === 'bigint')
    return javaClass(value) === 'java.lang.Double' ? 'FLOAT64' : 'INT64'
  if (value instanceof Uint8Array) return 'BYTES'
  if (Array.isArray(value)) return 'ARRAY'
  if (isStruct(value)) return 'STRUCT'
  if (!isDecimal(value)) return 'MAP'
  throw new DataError(
    `Cast transformation was passed a value of type class ${javaClass(value)} which is not supported by Connect's data API`,
  )
}

function textOf(schema: Schema | null, value: unknown): string {
  if (typeof value === 'number' && dates.includes(schema?.name)) return isoText(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
  return javaText(value, schema?.type)
}

function castBare(value: unknown, from: SchemaType, type: CastType): unknown {
  if (typeof value === 'boolean') return ofBoolean(value, type)
  if (typeof value === 'string') return ofString(value, type)
  if (isDecimal(value)) return castDecimal(value, type)
  if (typeof value === 'bigint' || typeof value === 'number') {
    const isFraction = from === 'FLOAT32' || from === 'FLOAT64'
    if (type === 'FLOAT64') return Number(value)
    if (type === 'FLOAT32') return Math.fround(Number(value))
    const whole = isFraction ? truncated(Number(value), type) : BigInt(value)
    return ofWhole(whole, type)
  }
  throw new DataError(`Unexpected type in Cast transformation: class ${javaClass(value)}`)
}

/** A fraction becomes an int or, for 64 bits and booleans, a long; what is beyond that becomes the largest or the smallest. */
function truncated(value: number, type: CastType): bigint {
  if (Number.isNaN(value)) return 0n
  const room = type === 'INT64' || type === 'BOOLEAN' ? 63n : 31n
  const most = 2n ** room
  if (value >= Number(most)) return most - 1n
  return value <= -Number(most) ? -most : BigInt(Math.trunc(value))
}

function ofWhole(value: bigint, type: CastType): unknown {
  if (type === 'BOOLEAN') return BigInt.asIntN(64, value) !== 0n
  if (type === 'INT64') return BigInt.asIntN(64, value)
  return Number(BigInt.asIntN(bits[type] ?? 32, value))
}

function ofBoolean(value: boolean, type: CastType): unknown {
  if (type === 'BOOLEAN') return value
  return type === 'INT64' ? BigInt(value) : Number(value)
}

/** The same of a decimal number without a schema. */
export function castDecimal(value: DecimalValue, type: CastType): unknown {
  if (type === 'FLOAT64') return value.toNumber()
  if (type === 'FLOAT32') return Math.fround(value.toNumber())
  const { unscaled, scale } = value
  return ofWhole(scale >= 0 ? unscaled / 10n ** BigInt(scale) : unscaled * 10n ** BigInt(-scale), type)
}

const FRACTION = /^\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)\s*$/

function ofString(text: string, type: CastType): unknown {
  if (type === 'BOOLEAN') return text.toLowerCase() === 'true'
  if (type === 'FLOAT32' || type === 'FLOAT64') {
    if (!FRACTION.test(text)) throw outOfRange(text)
    const value = Number(text.trim().replace(/(?<=[\d.])[fFdD]$/, ''))
    return type === 'FLOAT32' ? Math.fround(value) : value
  }
  const whole = /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
  if (whole === undefined || BigInt.asIntN(bits[type] ?? 32, whole) !== whole) throw outOfRange(text)
  return ofWhole(whole, type)
}

const outOfRange = (text: string): DataError =>
  new DataError(`Value (${text}) was out of range for requested data type`)
