import { DataError } from '../data/errors.ts'
import { Schema, type SchemaAndValue } from '../data/schema.ts'
import { isLong } from '../data/validate.ts'
import type { Converter, HeaderConverter } from './converter.ts'

interface NumberForm {
  /** In sentences. */
  readonly word: string
  readonly deserializer: string
  readonly bytes: number
  readonly schema: Schema
  accepts(value: unknown): boolean
  write(target: Buffer, value: never): void
  read(bytes: Buffer): unknown
}

const isNumber = (value: unknown): boolean => typeof value === 'number'
const isWhole = (low: number, high: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high
const optional = { optional: true }

/** By what stands before "Converter" in the names of Apache's classes. */
export const numberForms: Readonly<Record<'Short' | 'Integer' | 'Long' | 'Float' | 'Double', NumberForm>> = {
  Short: {
    word: 'short',
    deserializer: 'ShortDeserializer',
    bytes: 2,
    schema: Schema.int16(optional),
    accepts: isWhole(-(2 ** 15), 2 ** 15 - 1),
    write: (target, value: number) => target.writeInt16BE(value),
    read: (bytes) => bytes.readInt16BE(),
  },
  Integer: {
    word: 'integer',
    deserializer: 'IntegerDeserializer',
    bytes: 4,
    schema: Schema.int32(optional),
    accepts: isWhole(-(2 ** 31), 2 ** 31 - 1),
    write: (target, value: number) => target.writeInt32BE(value),
    read: (bytes) => bytes.readInt32BE(),
  },
  Long: {
    word: 'long',
    deserializer: 'LongDeserializer',
    bytes: 8,
    schema: Schema.int64(optional),
    accepts: isLong,
    write: (target, value: number | bigint) => target.writeBigInt64BE(BigInt(value)),
    read: (bytes) => bytes.readBigInt64BE(),
  },
  Float: {
    word: 'float',
    deserializer: 'Deserializer',
    bytes: 4,
    schema: Schema.float32(optional),
    accepts: isNumber,
    write: (target, value: number) => target.writeFloatBE(value),
    read: (bytes) => bytes.readFloatBE(),
  },
  Double: {
    word: 'double',
    deserializer: 'Deserializer',
    bytes: 8,
    schema: Schema.float64(optional),
    accepts: isNumber,
    write: (target, value: number) => target.writeDoubleBE(value),
    read: (bytes) => bytes.readDoubleBE(),
  },
}

/** Numbers of one size, big-endian; whatever the schema says. */
export class NumberConverter implements Converter, HeaderConverter {
  constructor(private readonly form: NumberForm) {}

  fromConnectData(_topic: string, _schema: Schema | null, value: unknown): Buffer | null {
    if (value === null || value === undefined) return null
    const { word, bytes } = this.form
    if (!this.form.accepts(value)) throw new DataError(`Failed to serialize to ${word} (was ${typeof value} ${value}).`)
    const target = Buffer.alloc(bytes)
    this.form.write(target, value as never)
    return target
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    const { schema, word, deserializer } = this.form
    if (!bytes) return { schema, value: null }
    if (bytes.length !== this.form.bytes)
      throw new DataError(`Failed to deserialize ${word}: `, {
        cause: new Error(`Size of data received by ${deserializer} is not ${this.form.bytes}`),
      })
    return { schema, value: this.form.read(bytes) }
  }

  fromConnectHeader(topic: string, _key: string, schema: Schema | null, value: unknown): Buffer | null {
    return this.fromConnectData(topic, schema, value)
  }

  toConnectHeader(topic: string, _key: string, bytes: Buffer | null): SchemaAndValue {
    return this.toConnectData(topic, bytes)
  }
}
