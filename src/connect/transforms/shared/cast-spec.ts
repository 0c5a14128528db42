import { ConfigError } from '../../../config/define.ts'
import { listOf } from '../../config/key-errors.ts'
import type { PrimitiveType, SchemaType } from '../../data/schema.ts'
import { shownList } from './keys.ts'

export type CastType = Exclude<PrimitiveType, 'BYTES'>

const outputs: readonly SchemaType[] = ['INT8', 'INT16', 'INT32', 'INT64', 'FLOAT32', 'FLOAT64', 'BOOLEAN', 'STRING']
export const castInputs: readonly SchemaType[] = [...outputs, 'BYTES']
const types: readonly string[] = [...castInputs, 'ARRAY', 'MAP', 'STRUCT']

/** What is cast to what: fields by their names, or the whole. */
export interface CastSpec {
  readonly whole: CastType | undefined
  readonly fields: ReadonlyMap<string, CastType>
}

/** Reads `field:type,...` or one bare type. Throws `ConfigError` in Apache's words. */
export function readCastSpec(text: string): CastSpec {
  const items = listOf(text)
  if (items.length === 0) throw new ConfigError('Must specify at least one field to cast.')
  const fields = new Map<string, CastType>()
  let whole: CastType | undefined
  for (const item of items) {
    // Java's split gives no empty parts at the end.
    const parts = item.replace(/:+$/, '').split(':')
    if (parts.length > 2)
      throw new ConfigError(
        `Invalid value ${shownList(text)} for configuration renames: Invalid rename mapping: ${item}`,
      )
    const [first = '', second] = parts
    if (second === undefined) whole = castType(first)
    else fields.set(first.trim(), castType(second))
  }
  if (whole && items.length > 1)
    throw new ConfigError(
      'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec',
    )
  return { whole, fields }
}

function castType(text: string): CastType {
  const name = text.trim()
  const type = name.toUpperCase()
  if (!types.includes(type))
    throw new ConfigError(
      `Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type.${type} for configuration Invalid type found in casting spec: ${name}`,
    )
  if (!outputs.includes(type as SchemaType))
    throw new ConfigError(
      `Cast transformation does not support casting to ${type}; supported types are [${outputs.join(', ')}]`,
    )
  return type as CastType
}
