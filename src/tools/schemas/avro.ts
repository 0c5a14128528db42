import avro from 'avsc'
import { logicalTypes } from './avro-logical.ts'
import { plainType } from './avro-types.ts'
import type { Codec, SchemaText } from './schema.ts'

/** JSON is Avro's own encoding, so that unions name their branch (`{"string":"x"}`); logical types are texts. */
export function avroCodec({ text, imports }: SchemaText): Codec {
  const registry: Record<string, avro.Type> = {}
  const options = { registry, wrapUnions: true, typeHook: plainType, logicalTypes, omitRecordMethods: true }
  // Types of what it refers to are found by their names.
  for (const imported of imports) avro.Type.forSchema(parse(imported.text), { ...options })
  const type = avro.Type.forSchema(parse(text), { ...options })
  return {
    decode(payload) {
      try {
        return JSON.stringify(type.fromBuffer(payload))
      } catch (error) {
        throw new Error(`it does not fit its Avro schema: ${(error as Error).message}.`)
      }
    },
    encode(value) {
      type.isValid(value, { noUndeclaredFields: true, errorHook: refuse })
      return type.toBuffer(value)
    },
  }
}

/** A schema is JSON, or the bare name of a primitive type. */
function parse(text: string): avro.Schema {
  try {
    return JSON.parse(text)
  } catch {
    if (/^\w+$/.test(text.trim())) return text.trim()
    throw new Error('The Avro schema is no JSON.')
  }
}

function refuse(path: string[], value: unknown, type: avro.Type): never {
  const where = path.length > 0 ? `${path.join('.')}: ` : ''
  const extra = type instanceof avro.types.RecordType && unknownField(type, value)
  const wrong = extra ? `there is no field ${extra}` : `${told(value)} is no ${typeText(type)}`
  throw new Error(`does not fit its Avro schema: ${where}${wrong}.`)
}

function unknownField({ fields }: avro.types.RecordType, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.keys(value).find((name) => !fields.some((field) => field.name === name))
}

function told(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** How a type is called in a sentence; a union by what stands for each branch. */
function typeText(type: avro.Type): string {
  if (type instanceof avro.types.WrappedUnionType) {
    const branches = type.types.map(({ branchName }) => (branchName === 'null' ? 'null' : `{"${branchName}": ...}`))
    return branches.join(' or ')
  }
  return type.branchName ?? type.typeName
}
