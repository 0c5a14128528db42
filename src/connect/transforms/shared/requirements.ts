import { isDecimal } from '../../data/decimal.ts'
import { DataError } from '../../data/errors.ts'
import type { Schema, StructValue } from '../../data/schema.ts'
import { isStruct } from '../../data/validate.ts'
import type { ConnectRecord } from '../../records.ts'
import { javaClass } from './java-class.ts'

/** What a value has to be; `purpose` is for the sentence of those that are something else. Each throws `DataError`. */

export type MapValue = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>

const isMap = (value: unknown): value is MapValue =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  !isStruct(value) &&
  !isDecimal(value)

/** The entries of data without a schema, as a Map of one's own. */
export function requireMap(value: unknown, purpose: string): Map<string, unknown> {
  if (!isMap(value))
    throw new DataError(`Only Map objects supported in absence of schema for [${purpose}], found: ${javaClass(value)}`)
  return new Map(value instanceof Map ? value : Object.entries(value))
}

export const requireMapOrNull = (value: unknown, purpose: string): Map<string, unknown> | null =>
  value === null || value === undefined ? null : requireMap(value, purpose)

/** The same as `original`: a Map, or a plain object. */
export const likeMap = (original: unknown, entries: ReadonlyMap<string, unknown>): MapValue =>
  original instanceof Map ? entries : Object.fromEntries(entries)

/** A value of the map, or null. */
export const entryOf = (map: ReadonlyMap<string, unknown>, name: string): unknown => map.get(name) ?? null

export function requireStruct(value: unknown, purpose: string, schema?: Schema | null): StructValue {
  if (!isStruct(value))
    throw new DataError(`Only Struct objects supported for [${purpose}], found: ${javaClass(value, schema)}`)
  return value
}

export const requireStructOrNull = (value: unknown, purpose: string, schema?: Schema | null): StructValue | null =>
  value === null || value === undefined ? null : requireStruct(value, purpose, schema)

/** The offset of a record for a sink. */
export function requireOffset(record: ConnectRecord, purpose: string): number {
  if (record.offset === undefined)
    throw new DataError(
      `Only SinkRecord supported for [${purpose}], found: org.apache.kafka.connect.source.SourceRecord`,
    )
  return record.offset
}
