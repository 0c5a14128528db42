import { DataError } from '../../data/errors.ts'
import { Schema, type SchemaOptions, type StructValue } from '../../data/schema.ts'
import { Struct } from '../../data/struct.ts'

/** What Java copies of a schema into one of another form: whether it is optional and its default are not among it. */
export const basicsOf = ({ name, version, doc, parameters }: Schema): SchemaOptions => ({
  ...(name === undefined ? {} : { name }),
  ...(version === undefined ? {} : { version }),
  ...(doc === undefined ? {} : { doc }),
  ...(parameters === undefined ? {} : { parameters }),
})

/** Makes of each schema another one, once. */
export class SchemaCache {
  private readonly made = new WeakMap<Schema, Schema>()

  constructor(private readonly make: (schema: Schema) => Schema) {}

  get(schema: Schema): Schema {
    const known = this.made.get(schema)
    if (known) return known
    const fresh = this.make(schema)
    this.made.set(schema, fresh)
    return fresh
  }
}

/** The schema of a struct with other fields. */
export const withFields = (schema: Schema, fields: Iterable<readonly [string, Schema]>): Schema =>
  Schema.structOf(fields, basicsOf(schema))

/** Throws `DataError` for what is no struct. */
export function fieldsOf(schema: Schema): (readonly [string, Schema])[] {
  if (schema.type !== 'STRUCT') throw new DataError('Cannot list fields on non-struct type')
  return schema.fields.map((field) => [field.name, field.schema] as const)
}

/** Reads fields with their defaults in the place of nulls, or without (`replace.null.with.default`). */
export const fieldReader =
  (replaceNulls: boolean) =>
  (struct: StructValue, name: string): unknown =>
    replaceNulls ? struct.get(name) : struct.getWithoutDefault(name)

/** A struct with a value for each field; undefined leaves it unset. */
export function structFrom(schema: Schema, find: (name: string) => unknown): Struct {
  const struct = new Struct(schema)
  for (const { name } of schema.fields) {
    const value = find(name)
    if (value !== undefined) struct.put(name, value)
  }
  return struct
}
