import { DataError } from '../data/errors.ts'
import { Schema, type SchemaOptions } from '../data/schema.ts'
import { type JsonNode, JsonNumber, stringJson } from './json-text.ts'

/** Names of types in JSON. */
const names = {
  BOOLEAN: 'boolean',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BYTES: 'bytes',
  STRING: 'string',
} as const

type Write = (schema: Schema, value: unknown) => string
type Read = (schema: Schema, node: JsonNode) => unknown

/** The JSON of a schema, in the order in which Apache's converter has its fields. `write` is for defaults. */
export function schemaJson(schema: Schema, write: Write, field?: string): string {
  const parts = [...typeParts(schema, write), `"optional":${schema.optional}`]
  if (schema.name !== undefined) parts.push(`"name":${stringJson(schema.name)}`)
  if (schema.version !== undefined) parts.push(`"version":${schema.version}`)
  if (schema.doc !== undefined) parts.push(`"doc":${stringJson(schema.doc)}`)
  const parameters = Object.entries(schema.parameters ?? {})
  if (schema.parameters !== undefined)
    parts.push(
      `"parameters":{${parameters.map(([key, value]) => `${stringJson(key)}:${stringJson(value)}`).join(',')}}`,
    )
  if (schema.defaultValue !== undefined && schema.defaultValue !== null)
    parts.push(`"default":${write(schema, schema.defaultValue)}`)
  if (field !== undefined) parts.push(`"field":${stringJson(field)}`)
  return `{${parts.join(',')}}`
}

function typeParts(schema: Schema, write: Write): string[] {
  switch (schema.type) {
    case 'ARRAY':
      return ['"type":"array"', `"items":${schemaJson(schema.valueSchema, write)}`]
    case 'MAP':
      return [
        '"type":"map"',
        `"keys":${schemaJson(schema.keySchema, write)}`,
        `"values":${schemaJson(schema.valueSchema, write)}`,
      ]
    case 'STRUCT': {
      const fields = schema.fields.map((field) => schemaJson(field.schema, write, field.name))
      return ['"type":"struct"', `"fields":[${fields.join(',')}]`]
    }
    default:
      return [`"type":"${names[schema.type]}"`]
  }
}

const textOf = (node: JsonNode | undefined): string | undefined => (typeof node === 'string' ? node : undefined)

/** Reads the JSON of a schema; null stands for none. `read` is for defaults. */
export function readSchema(node: JsonNode, read: Read): Schema | null {
  if (node === null) return null
  const type = node instanceof Map ? textOf(node.get('type')) : undefined
  if (!(node instanceof Map) || type === undefined) throw new DataError("Schema must contain 'type' field")
  const bare = bareSchema(type, node, read).with(optionsOf(node))
  const fallback = node.get('default')
  return fallback === undefined || fallback === null ? bare : bare.with({ defaultValue: read(bare, fallback) })
}

function bareSchema(type: string, node: ReadonlyMap<string, JsonNode>, read: Read): Schema {
  const part = (name: string, complaint: string): Schema => {
    const found = node.get(name)
    const schema = found === undefined ? null : readSchema(found, read)
    if (!schema) throw new DataError(complaint)
    return schema
  }
  if (type === 'array') return Schema.array(part('items', 'Array schema did not specify the element type'))
  if (type === 'map')
    return Schema.map(
      part('keys', 'Map schema did not specify the key type'),
      part('values', 'Map schema did not specify the value type'),
    )
  if (type === 'struct') return structSchema(node.get('fields'), read)
  for (const [primitive, name] of Object.entries(names))
    if (name === type) return new Schema(primitive as keyof typeof names)
  throw new DataError(`Unknown schema type: ${type}`)
}

function structSchema(fields: JsonNode | undefined, read: Read): Schema {
  if (!Array.isArray(fields)) throw new DataError('Struct schema\'s "fields" argument is not an array.')
  return Schema.structOf(
    (fields as readonly JsonNode[]).map((field) => {
      const name = field instanceof Map ? textOf(field.get('field')) : undefined
      if (name === undefined) throw new DataError("Struct schema's field name not specified properly")
      return [name, readSchema(field, read) as Schema] as const
    }),
  )
}

function optionsOf(node: ReadonlyMap<string, JsonNode>): SchemaOptions {
  const name = textOf(node.get('name'))
  const doc = textOf(node.get('doc'))
  const version = node.get('version')
  const parameters = node.get('parameters')
  return {
    optional: node.get('optional') === true,
    ...(name === undefined ? {} : { name }),
    ...(version instanceof JsonNumber ? { version: version.toNumber() } : {}),
    ...(doc === undefined ? {} : { doc }),
    ...(parameters instanceof Map ? { parameters: readParameters(parameters) } : {}),
  }
}

function readParameters(node: ReadonlyMap<string, JsonNode>): Record<string, string> {
  const entries = Array.from(node, ([key, value]): [string, string] => {
    if (typeof value !== 'string') throw new DataError('Schema parameters must have string values.')
    return [key, value]
  })
  return Object.fromEntries(entries)
}
