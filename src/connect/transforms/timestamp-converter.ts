import { ConfigError } from '../../config/define.ts'
import type { Schema, StructValue } from '../data/schema.ts'
import type { Struct } from '../data/struct.ts'
import type { ConnectRecord } from '../records.ts'
import { SimpleDateFormat } from './shared/date-format/simple-date-format.ts'
import { oneOf, replaceNullsKey, textKey } from './shared/keys.ts'
import { entryOf, likeMap, requireMap, requireStructOrNull } from './shared/requirements.ts'
import { fieldReader, fieldsOf, SchemaCache, structFrom, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'
import {
  schemaFor,
  type TimestampType,
  Translator,
  timestampTypes,
  typeOfSchema,
  typeOfValue,
  unitNames,
} from './shared/timestamp-types.ts'

const PURPOSE = 'converting timestamp formats'

const keys = [
  textKey('field', '', 'HIGH', 'The field with the timestamp; without one the whole is.'),
  textKey(
    'target.type',
    undefined,
    'HIGH',
    'What it becomes: string, unix, Date, Time or Timestamp.',
    oneOf('target.type', ...timestampTypes),
  ),
  textKey('format', '', 'MEDIUM', 'How strings are written and read: a pattern of SimpleDateFormat, in UTC.'),
  textKey(
    'unix.precision',
    'milliseconds',
    'LOW',
    'What a number counts: seconds, milliseconds, microseconds or nanoseconds.',
    oneOf('unix.precision', ...unitNames),
  ),
  replaceNullsKey,
]

/** Turns timestamps from one form into another. */
export class TimestampConverter extends SidedTransformation {
  private field = ''
  private target: TimestampType = 'Timestamp'
  private translator = new Translator(undefined, 'milliseconds', () => 0)
  private read = fieldReader(true)
  private readonly schemas: SchemaCache = new SchemaCache((schema) => this.converted(schema))

  /** `now` is the time, in milliseconds since the epoch. */
  constructor(
    side: Side,
    private readonly now: () => number,
  ) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.field = settings.text('field')
    this.target = settings.text('target.type') as TimestampType
    this.read = settings.fields()
    const pattern = settings.text('format')
    const isBlank = pattern.trim() === ''
    if (this.target === 'string' && isBlank)
      throw new ConfigError('TimestampConverter requires format option to be specified when using string timestamps')
    const format = isBlank ? undefined : formatOf(pattern)
    this.translator = new Translator(format, settings.text('unix.precision'), this.now)
  }

  apply(record: ConnectRecord): ConnectRecord {
    const schema = schemaAt(record, this.side)
    const value = valueAt(record, this.side)
    if (schema) return this.ofSchema(record, schema, value)
    if (value === null || this.field === '') return withSide(record, this.side, null, this.translated(value, null))
    const map = requireMap(value, PURPOSE)
    map.set(this.field, this.translated(entryOf(map, this.field), null))
    return withSide(record, this.side, null, likeMap(value, map))
  }

  private ofSchema(record: ConnectRecord, schema: Schema, value: unknown): ConnectRecord {
    if (this.field === '')
      return withSide(record, this.side, schemaFor(this.target, schema.optional), this.translated(value, schema))
    const struct = requireStructOrNull(value, PURPOSE, schema)
    const after = this.schemas.get(schema)
    return withSide(record, this.side, after, struct && this.ofStruct(struct, after))
  }

  private converted(schema: Schema): Schema {
    const fields = fieldsOf(schema).map(([name, of]) => [
      name,
      name === this.field ? schemaFor(this.target, of.optional) : of,
    ])
    const bare = withFields(schema, fields as [string, Schema][]).with({ optional: schema.optional })
    const fallback = (schema.defaultValue ?? null) as StructValue | null
    return fallback ? bare.with({ defaultValue: this.ofStruct(fallback, bare) }) : bare
  }

  private ofStruct(struct: StructValue, after: Schema): Struct {
    return structFrom(after, (name) => {
      const value = this.read(struct, name)
      return name === this.field ? this.translated(value, struct.schema.field(name)?.schema ?? null) : value
    })
  }

  /** Null stays null, whatever its type. */
  private translated(value: unknown, schema: Schema | null): unknown {
    const type = schema ? typeOfSchema(schema) : undefined
    if (value === null) return null
    return this.translator.to(
      this.target,
      this.translator.from(type ?? typeOfValue(value), value, schema),
      schema === null,
    )
  }
}

function formatOf(pattern: string): SimpleDateFormat {
  try {
    return new SimpleDateFormat(pattern)
  } catch (error) {
    throw new ConfigError(
      `TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${pattern}: ${(error as Error).message}`,
    )
  }
}
