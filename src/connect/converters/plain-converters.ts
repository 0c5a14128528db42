import { ConfigError } from '../../config/define.ts'
import { DataError } from '../data/errors.ts'
import { javaText } from '../data/java-text.ts'
import { Schema, type SchemaAndValue } from '../data/schema.ts'
import type { Converter, ConverterProperties, HeaderConverter } from './converter.ts'

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined

/** What converters of headers do as those of keys and values do. */
abstract class PlainConverter implements Converter, HeaderConverter {
  abstract fromConnectData(topic: string, schema: Schema | null, value: unknown): Buffer | null
  abstract toConnectData(topic: string, bytes: Buffer | null): SchemaAndValue

  fromConnectHeader(topic: string, _key: string, schema: Schema | null, value: unknown): Buffer | null {
    return this.fromConnectData(topic, schema, value)
  }

  toConnectHeader(topic: string, _key: string, bytes: Buffer | null): SchemaAndValue {
    return this.toConnectData(topic, bytes)
  }
}

/** By the names that Java has for them. */
const encodings: Readonly<Record<string, BufferEncoding>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'utf-16le': 'utf16le',
  'iso-8859-1': 'latin1',
  'us-ascii': 'latin1',
}

/** Text, of whatever value, as Java shows it. */
export class StringConverter extends PlainConverter {
  private readonly schema = Schema.string({ optional: true })
  private readonly from: BufferEncoding
  private readonly to: BufferEncoding

  constructor(properties: ConverterProperties = {}) {
    super()
    const encoding = (name: string): BufferEncoding => {
      const given = properties[name] ?? properties['converter.encoding'] ?? 'UTF-8'
      const found = encodings[given.toLowerCase()]
      if (!found)
        throw new ConfigError(
          `StringConverter has no encoding ${given}: it has UTF-8, UTF-16LE, ISO-8859-1 and US-ASCII.`,
        )
      return found
    }
    this.from = encoding('serializer.encoding')
    this.to = encoding('deserializer.encoding')
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    return isNull(value) ? null : Buffer.from(javaText(value, schema?.type), this.from)
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    return { schema: this.schema, value: bytes ? bytes.toString(this.to) : null }
  }
}

/** Bytes as they are. */
export class ByteArrayConverter extends PlainConverter {
  private readonly schema = Schema.bytes({ optional: true })

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (schema && schema.type !== 'BYTES')
      throw new DataError(`Invalid schema type for ByteArrayConverter: ${schema.type}`)
    if (isNull(value)) return null
    if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length)
    throw new DataError(`ByteArrayConverter is not compatible with objects of type ${typeof value}`)
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    return { schema: this.schema, value: bytes }
  }
}

/** One byte, 1 for true. */
export class BooleanConverter extends PlainConverter {
  private readonly schema = Schema.boolean({ optional: true })

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (schema && schema.type !== 'BOOLEAN')
      throw new DataError(`Invalid schema type for BooleanConverter: ${schema.type}`)
    if (isNull(value)) return null
    if (typeof value !== 'boolean')
      throw new DataError(`BooleanConverter is not compatible with objects of type ${typeof value}`)
    return Buffer.of(value ? 1 : 0)
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    if (!bytes) return { schema: this.schema, value: null }
    const [byte] = bytes
    if (bytes.length !== 1 || (byte !== 0 && byte !== 1))
      throw new DataError('Failed to deserialize boolean: ', {
        cause: new Error(
          bytes.length === 1
            ? `Unexpected byte received by BooleanDeserializer: ${byte}`
            : 'Size of data received by BooleanDeserializer is not 1',
        ),
      })
    return { schema: this.schema, value: byte === 1 }
  }
}
