import type { Schema, SchemaAndValue } from '../data/schema.ts'

/** Between the bytes of Kafka's records and Connect's data; for keys and values. Throws `DataError`. */
export interface Converter {
  fromConnectData(topic: string, schema: Schema | null, value: unknown): Buffer | null
  toConnectData(topic: string, bytes: Buffer | null): SchemaAndValue
}

/** The same for headers. */
export interface HeaderConverter {
  fromConnectHeader(topic: string, key: string, schema: Schema | null, value: unknown): Buffer | null
  toConnectHeader(topic: string, key: string, bytes: Buffer | null): SchemaAndValue
}

/** Properties of a converter, without the prefix that they have in the worker's or the connector's. */
export type ConverterProperties = Readonly<Record<string, string>>
