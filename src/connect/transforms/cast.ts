import { ConfigError } from '../../config/define.ts'
import { Schema, type StructValue } from '../data/schema.ts'
import type { Struct } from '../data/struct.ts'
import type { ConnectRecord } from '../records.ts'
import { type CastSpec, type CastType, readCastSpec } from './shared/cast-spec.ts'
import { castValue } from './shared/cast-value.ts'
import { listKey, replaceNullsKey } from './shared/keys.ts'
import { entryOf, likeMap, requireMap, requireStruct } from './shared/requirements.ts'
import { basicsOf, fieldReader, fieldsOf, SchemaCache, structFrom, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'cast types'

function complaint(value: string | undefined): string | undefined {
  try {
    readCastSpec(value ?? '')
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

const keys = [
  listKey(
    'spec',
    undefined,
    'HIGH',
    'Fields and what they become, as field:type, or one type for the whole. Types are int8, int16, int32, int64, float32, float64, boolean and string.',
    complaint,
  ),
  replaceNullsKey,
]

/** Brings fields, or the whole, to other types. */
export class Cast extends SidedTransformation {
  private spec: CastSpec = { whole: undefined, fields: new Map() }
  private read = fieldReader(true)
  private readonly schemas: SchemaCache = new SchemaCache((schema) => this.converted(schema))

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.spec = readCastSpec(settings.text('spec'))
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const value = valueAt(record, this.side)
    if (value === null) return record
    const schema = schemaAt(record, this.side)
    const { whole, fields } = this.spec
    if (!schema) {
      if (whole) return withSide(record, this.side, null, loose(castValue(null, value, whole)))
      const map = requireMap(value, PURPOSE)
      for (const [name, type] of fields) map.set(name, loose(castValue(null, entryOf(map, name), type)))
      return withSide(record, this.side, null, likeMap(value, map))
    }
    const after = this.schemas.get(schema)
    if (whole) return withSide(record, this.side, after, castValue(schema, value, whole))
    return withSide(record, this.side, after, this.ofStruct(requireStruct(value, PURPOSE, schema), after))
  }

  private ofStruct(struct: StructValue, after: Schema): Struct {
    return structFrom(after, (name) => {
      const type = this.spec.fields.get(name)
      const item = this.read(struct, name)
      return type ? castValue(struct.schema.field(name)?.schema ?? null, item, type) : item
    })
  }

  private converted(schema: Schema): Schema {
    const { whole, fields } = this.spec
    if (whole) return cast(new Schema(whole, basicsOf(schema)), schema, whole)
    const after = fieldsOf(schema).map(([name, of]): [string, Schema] => {
      const type = fields.get(name)
      return [name, type ? cast(new Schema(type), of, type) : of]
    })
    const bare = withFields(schema, after).with({ optional: schema.optional })
    const fallback = (schema.defaultValue ?? null) as StructValue | null
    return fallback ? bare.with({ defaultValue: this.ofStruct(fallback, bare) }) : bare
  }
}

/** As optional as the schema that it comes from, with its default. */
function cast(bare: Schema, from: Schema, type: CastType): Schema {
  const { optional, defaultValue } = from
  return bare.with({
    optional,
    defaultValue: defaultValue === undefined || defaultValue === null ? undefined : castValue(from, defaultValue, type),
  })
}

/** Without a schema a long is a number where it can be. */
const loose = (value: unknown): unknown =>
  typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
