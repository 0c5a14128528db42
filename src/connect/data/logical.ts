import { DAY_MS } from '../../std/calendar.ts'
import { DecimalValue, isDecimal } from './decimal.ts'
import { DataError } from './errors.ts'
import { Schema, type SchemaOptions } from './schema.ts'

const NAMES = 'org.apache.kafka.connect.data.'

export const DECIMAL = `${NAMES}Decimal`
export const DATE = `${NAMES}Date`
export const TIME = `${NAMES}Time`
export const TIMESTAMP = `${NAMES}Timestamp`

/** A decimal number with so many digits behind the point; values are `DecimalValue`. */
export const decimalSchema = (scale: number, options: SchemaOptions = {}): Schema =>
  Schema.bytes({ version: 1, ...options, name: DECIMAL, parameters: { scale: String(scale) } })

/** A day; values are milliseconds since the epoch, UTC midnight. */
export const dateSchema = (options: SchemaOptions = {}): Schema => Schema.int32({ version: 1, ...options, name: DATE })

/** A time of day; values are milliseconds since midnight. */
export const timeSchema = (options: SchemaOptions = {}): Schema => Schema.int32({ version: 1, ...options, name: TIME })

/** A moment; values are milliseconds since the epoch. */
export const timestampSchema = (options: SchemaOptions = {}): Schema =>
  Schema.int64({ version: 1, ...options, name: TIMESTAMP })

interface LogicalType {
  /** Whether a value is one of this type; its bare form is refused. */
  accepts(value: unknown): boolean
  /** The value in the schema's own type. */
  toBare(schema: Schema, value: unknown): unknown
  fromBare(schema: Schema, bare: unknown): unknown
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)

export function scaleOf(schema: Schema): number {
  const text = schema.parameters?.['scale']
  if (text === undefined) throw new DataError('Invalid Decimal schema: scale parameter not found.')
  if (!/^-?\d+$/.test(text)) throw new DataError('Invalid scale parameter found in Decimal schema: ')
  return Number(text)
}

const logicalTypes: Readonly<Record<string, LogicalType>> = {
  [DECIMAL]: {
    accepts: isDecimal,
    toBare(schema, value) {
      const decimal = value as DecimalValue
      const scale = scaleOf(schema)
      if (decimal.scale !== scale)
        throw new DataError(
          `Decimal value has mismatching scale for given Decimal schema. Schema has scale ${scale}, value has scale ${decimal.scale}.`,
        )
      return decimal.toBytes()
    },
    fromBare: (schema, bare) => DecimalValue.fromBytes(bare as Buffer, scaleOf(schema)),
  },
  [DATE]: {
    accepts: isWhole,
    toBare(_, value) {
      if ((value as number) % DAY_MS !== 0)
        throw new DataError('Kafka Connect Date type should not have any time fields set to non-zero values.')
      return (value as number) / DAY_MS
    },
    fromBare: (_, bare) => (bare as number) * DAY_MS,
  },
  [TIME]: {
    accepts: isWhole,
    toBare(_, value) {
      if ((value as number) < 0 || (value as number) >= DAY_MS)
        throw new DataError('Kafka Connect Time type should not have any date fields set to non-zero values.')
      return value
    },
    fromBare: (_, bare) => bare,
  },
  [TIMESTAMP]: {
    accepts: isWhole,
    toBare: (_, value) => BigInt(value as number),
    fromBare: (_, bare) => Number(bare),
  },
}

/** The logical type that a schema's name stands for. */
export const logicalType = (schema: Schema): LogicalType | undefined =>
  schema.name !== undefined && Object.hasOwn(logicalTypes, schema.name) ? logicalTypes[schema.name] : undefined
