import { DataError } from '../data/errors.ts'
import type { Schema, StructValue } from '../data/schema.ts'
import { Struct } from '../data/struct.ts'
import { isStruct } from '../data/validate.ts'
import type { ConnectRecord } from '../records.ts'
import { javaClass } from './shared/java-class.ts'
import { textKey } from './shared/keys.ts'
import { likeMap, requireMap, requireStructOrNull } from './shared/requirements.ts'
import { SchemaCache, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'flattening'

const keys = [textKey('delimiter', '.', 'MEDIUM', 'What stands between the names of fields that were in one another.')]

/** Brings fields of structs or maps that are in one another to one level. */
export class Flatten extends SidedTransformation {
  private delimiter = '.'
  private readonly schemas = new SchemaCache((schema) =>
    withFields(schema, this.flatFields(schema, '', schema.optional, schema.defaultValue as StructValue | undefined)),
  )

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.delimiter = settings.text('delimiter')
  }

  apply(record: ConnectRecord): ConnectRecord {
    const value = valueAt(record, this.side)
    if (value === null) return record
    const before = schemaAt(record, this.side)
    if (!before) {
      const entries = new Map(this.flatEntries(requireMap(value, PURPOSE), ''))
      return withSide(record, this.side, null, likeMap(value, entries))
    }
    const struct = requireStructOrNull(value, PURPOSE, before)
    const schema = this.schemas.get(before)
    const result = new Struct(schema)
    if (struct) this.fill(result, struct, '')
    return withSide(record, this.side, schema, result)
  }

  private named(prefix: string, name: string): string {
    return prefix === '' ? name : `${prefix}${this.delimiter}${name}`
  }

  private *flatEntries(map: ReadonlyMap<string, unknown>, prefix: string): Generator<[string, unknown]> {
    for (const [key, value] of map) {
      const name = this.named(prefix, key)
      if (isStruct(value))
        throw new DataError(
          `Flatten transformation does not support class ${javaClass(value)} for record without schemas (for field ${name}).`,
        )
      if (javaClass(value) === 'java.util.HashMap') yield* this.flatEntries(requireMap(value, PURPOSE), name)
      else yield [name, value]
    }
  }

  /** A field inside of something optional is optional; one without a default of its own has that of the whole. */
  private *flatFields(
    schema: Schema,
    prefix: string,
    optional: boolean,
    fallback: StructValue | null | undefined,
  ): Generator<[string, Schema]> {
    for (const { name: key, schema: inner } of schema.fields) {
      const name = this.named(prefix, key)
      const isOptional = optional || inner.optional
      const defaultValue = inner.defaultValue ?? fallback?.get(key) ?? undefined
      if (inner.type === 'STRUCT')
        yield* this.flatFields(inner, name, isOptional, defaultValue as StructValue | undefined)
      else if (inner.type === 'MAP')
        throw new DataError(`Flatten transformation does not support MAP for record with schemas (for field ${name}).`)
      else yield [name, inner.with({ optional: isOptional, defaultValue })]
    }
  }

  private fill(result: Struct, struct: StructValue, prefix: string): void {
    for (const { name: key, schema } of struct.schema.fields) {
      const name = this.named(prefix, key)
      if (schema.type !== 'STRUCT') result.put(name, struct.get(key))
      else {
        const inner = requireStructOrNull(struct.get(key), PURPOSE)
        if (inner) this.fill(result, inner, name)
      }
    }
  }
}
