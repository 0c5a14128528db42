import { DataError } from './errors.ts'
import type { Field, Schema, StructValue } from './schema.ts'
import { checkValue } from './validate.ts'

/** A value with the fields of a STRUCT's schema. What was not put is null, or the field's default. */
export class Struct implements StructValue {
  private readonly values: unknown[]

  constructor(readonly schema: Schema) {
    if (schema.type !== 'STRUCT') throw new DataError(`Not a struct schema: ${schema.type}`)
    this.values = new Array(schema.fields.length).fill(undefined)
  }

  /** Throws `DataError` for a field that is not there and a value that it does not take. */
  put(name: string, value: unknown): this {
    const field = this.find(name)
    checkValue(field.schema, value, field.name)
    this.values[field.index] = value
    return this
  }

  get(name: string): unknown {
    const field = this.find(name)
    return this.values[field.index] ?? field.schema.defaultValue ?? null
  }

  /** The same without the default. */
  getWithoutDefault(name: string): unknown {
    return this.values[this.find(name).index] ?? null
  }

  /** Throws `DataError` when something is missing. */
  validate(): void {
    for (const field of this.schema.fields) {
      const value = this.values[field.index] ?? null
      if (value === null && (field.schema.optional || field.schema.defaultValue !== undefined)) continue
      checkValue(field.schema, value, field.name)
    }
  }

  private find(name: string): Field {
    const field = this.schema.field(name)
    if (!field) throw new DataError(`${name} is not a valid field name`)
    return field
  }
}
