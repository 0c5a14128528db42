import type { Schema } from '../../data/schema.ts'
import type { ConnectRecord } from '../../records.ts'

/** What of a record a transformation works on: Java has a class `$Key` and a class `$Value`. */
export type Side = 'key' | 'value'

export const schemaAt = (record: ConnectRecord, side: Side): Schema | null =>
  side === 'key' ? record.keySchema : record.valueSchema

/** Null where there is none. */
export const valueAt = (record: ConnectRecord, side: Side): unknown => record[side] ?? null

export const withSide = (record: ConnectRecord, side: Side, schema: Schema | null, value: unknown): ConnectRecord =>
  side === 'key' ? { ...record, keySchema: schema, key: value } : { ...record, valueSchema: schema, value }
