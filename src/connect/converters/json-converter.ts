import { ConfigError } from '../../config/define.ts'
import { DataError } from '../data/errors.ts'
import { NO_DATA, type Schema, type SchemaAndValue } from '../data/schema.ts'
import type { Converter, ConverterProperties, HeaderConverter } from './converter.ts'
import { readSchemaless, readValue } from './json-reading.ts'
import { readSchema, schemaJson } from './json-schema.ts'
import { type JsonNode, parseJson } from './json-text.ts'
import { valueJson, type WritingOptions } from './json-writing.ts'

const NOT_ENVELOPE =
  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.'

/** Schemas whose JSON is kept. */
const CACHED = 1000

/** JSON, in an envelope with its schema or (`schemas.enable=false`) without. */
export class JsonConverter implements Converter, HeaderConverter {
  private readonly envelopes: boolean
  private readonly options: WritingOptions
  private readonly schemas = new Map<Schema, string>()

  constructor(properties: ConverterProperties = {}) {
    const isSet = (name: string, fallback: string) => {
      const text = (properties[name] ?? fallback).trim().toLowerCase()
      if (text !== 'true' && text !== 'false')
        throw new ConfigError(
          `Invalid value ${properties[name]} for configuration ${name}: Expected value to be either true or false`,
        )
      return text === 'true'
    }
    const format = (properties['decimal.format'] ?? 'BASE64').toUpperCase()
    if (format !== 'BASE64' && format !== 'NUMERIC')
      throw new ConfigError(
        `Invalid value ${properties['decimal.format']} for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64`,
      )
    this.envelopes = isSet('schemas.enable', 'true')
    this.options = { numericDecimals: format === 'NUMERIC', replaceNulls: isSet('replace.null.with.default', 'true') }
  }

  fromConnectData(_topic: string, schema: Schema | null, value: unknown): Buffer | null {
    if (!schema && (value === null || value === undefined)) return null
    const payload = valueJson(schema, value, this.options)
    return Buffer.from(this.envelopes ? `{"schema":${this.schemaText(schema)},"payload":${payload}}` : payload)
  }

  toConnectData(_topic: string, bytes: Buffer | null): SchemaAndValue {
    if (!bytes) return NO_DATA
    const node = parse(bytes)
    if (!this.envelopes) return { schema: null, value: node === undefined ? null : readSchemaless(node) }
    if (!(node instanceof Map) || node.size !== 2 || !node.has('schema') || !node.has('payload'))
      throw new DataError(NOT_ENVELOPE)
    const read = (of: Schema, value: JsonNode) => readValue(of, value, this.options.replaceNulls)
    const schema = readSchema(node.get('schema') ?? null, read)
    const payload: JsonNode = node.get('payload') ?? null
    return { schema, value: schema ? read(schema, payload) : readSchemaless(payload) }
  }

  fromConnectHeader(topic: string, _key: string, schema: Schema | null, value: unknown): Buffer | null {
    return this.fromConnectData(topic, schema, value)
  }

  toConnectHeader(topic: string, _key: string, bytes: Buffer | null): SchemaAndValue {
    return this.toConnectData(topic, bytes)
  }

  private schemaText(schema: Schema | null): string {
    if (!schema) return 'null'
    const known = this.schemas.get(schema)
    if (known !== undefined) return known
    const text = schemaJson(schema, (of, value) => valueJson(of, value, this.options))
    if (this.schemas.size >= CACHED) this.schemas.clear()
    this.schemas.set(schema, text)
    return text
  }
}

/** Undefined for no text at all. */
function parse(bytes: Buffer): JsonNode | undefined {
  try {
    const text = bytes.toString('utf8')
    return text.trim() === '' ? undefined : parseJson(text)
  } catch (error) {
    throw new DataError('Converting byte[] to Kafka Connect data failed due to serialization error: ', { cause: error })
  }
}
