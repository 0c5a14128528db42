import { DAY_MS } from '../../../std/calendar.ts'
import { ConnectError, DataError } from '../../data/errors.ts'
import { DATE, dateSchema, TIME, TIMESTAMP, timeSchema, timestampSchema } from '../../data/logical.ts'
import { Schema, type SchemaOptions } from '../../data/schema.ts'
import type { SimpleDateFormat } from './date-format/simple-date-format.ts'
import { javaClass } from './java-class.ts'

/** The forms that a timestamp may have. */
export const timestampTypes = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const
export type TimestampType = (typeof timestampTypes)[number]

const schemaMakers: Readonly<Record<TimestampType, (options: SchemaOptions) => Schema>> = {
  string: Schema.string,
  unix: Schema.int64,
  Date: dateSchema,
  Time: timeSchema,
  Timestamp: timestampSchema,
}
const required = mapTypes((make) => make({}))
const optional = mapTypes((make) => make({ optional: true }))

function mapTypes(of: (make: (options: SchemaOptions) => Schema) => Schema): Readonly<Record<TimestampType, Schema>> {
  const entries = Object.entries(schemaMakers).map(([type, make]) => [type, of(make)])
  return Object.fromEntries(entries) as Record<TimestampType, Schema>
}

export const schemaFor = (type: TimestampType, isOptional: boolean): Schema => (isOptional ? optional : required)[type]

const logical: Readonly<Record<string, TimestampType>> = { [DATE]: 'Date', [TIME]: 'Time', [TIMESTAMP]: 'Timestamp' }

export function typeOfSchema({ name, type }: Schema): TimestampType {
  const found = name === undefined ? undefined : logical[name]
  if (found) return found
  if (type === 'STRING') return 'string'
  if (type === 'INT64') return 'unix'
  throw new ConnectError(
    `Schema Schema{${name === undefined ? '' : `${name}:`}${type}} does not correspond to a known timestamp type format`,
  )
}

/** Without a schema a whole number is a Unix time. */
export function typeOfValue(value: unknown): TimestampType {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return 'unix'
  throw new DataError(`TimestampConverter does not support class ${javaClass(value)} objects as timestamps`)
}

/** How many of a unit a millisecond is, or how many milliseconds one of it. */
const units: Readonly<Record<string, { readonly perMs: bigint; readonly ms: bigint }>> = {
  nanoseconds: { perMs: 1_000_000n, ms: 1n },
  microseconds: { perMs: 1000n, ms: 1n },
  milliseconds: { perMs: 1n, ms: 1n },
  seconds: { perMs: 1n, ms: 1000n },
}
export const unitNames: readonly string[] = Object.keys(units)

/** From each form to milliseconds since the epoch, and back. */
export class Translator {
  private readonly unit: { readonly perMs: bigint; readonly ms: bigint }

  constructor(
    private readonly format: SimpleDateFormat | undefined,
    unit: string,
    private readonly now: () => number,
  ) {
    this.unit = units[unit] as (typeof units)[string]
  }

  from(type: TimestampType, value: unknown, schema: Schema | null): number {
    if (type === 'string') return this.parse(value)
    if (type === 'unix') {
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value))
        throw new DataError(`Expected Unix timestamp to be a Long, but found class ${javaClass(value, schema)}`)
      return Number((BigInt(value as number) * this.unit.ms) / this.unit.perMs)
    }
    if (typeof value !== 'number')
      throw new DataError(`Expected ${type} to be a java.util.Date, but found class ${javaClass(value)}`)
    return value
  }

  /** `loose`: without a schema a number is one, not a bigint, where it can be. */
  to(type: TimestampType, ms: number, loose: boolean): unknown {
    if (type === 'string') return this.format?.format(ms)
    if (type === 'Timestamp') return ms
    if (type === 'Date') return Math.floor(ms / DAY_MS) * DAY_MS
    if (type === 'Time') return ((ms % DAY_MS) + DAY_MS) % DAY_MS
    const unix = (BigInt(ms) * this.unit.perMs) / this.unit.ms
    return loose && Number.isSafeInteger(Number(unix)) ? Number(unix) : unix
  }

  private parse(value: unknown): number {
    if (typeof value !== 'string')
      throw new DataError(`Expected string timestamp to be a String, but found class ${javaClass(value)}`)
    if (!this.format)
      throw new DataError(
        `A timestamp that is a string needs the option format to be read: there is none for ${value}.`,
      )
    const ms = this.format.parse(value, this.now())
    if (ms === undefined)
      throw new DataError(`Could not parse timestamp: value (${value}) does not match pattern (${this.format.pattern})`)
    return ms
  }
}
