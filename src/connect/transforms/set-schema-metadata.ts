import { ConfigError } from '../../config/define.ts'
import { DataError } from '../data/errors.ts'
import type { SchemaOptions } from '../data/schema.ts'
import { isStruct } from '../data/validate.ts'
import type { ConnectRecord } from '../records.ts'
import { intKey, replaceNullsKey, textKey } from './shared/keys.ts'
import { fieldReader, SchemaCache, structFrom } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const keys = [
  textKey('schema.name', null, 'HIGH', 'The name that the schema gets.'),
  intKey('schema.version', 'HIGH', 'The version that the schema gets.'),
  replaceNullsKey,
]

/** Gives the schema another name, another version, or both. */
export class SetSchemaMetadata extends SidedTransformation {
  private said: SchemaOptions = {}
  private read = fieldReader(true)
  private readonly schemas = new SchemaCache((schema) => schema.with(this.said))

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    const name = settings.maybe('schema.name')
    const version = settings.maybe('schema.version')
    if (name === null && version === null) throw new ConfigError('Neither schema name nor version configured')
    this.said = { ...(name === null ? {} : { name }), ...(version === null ? {} : { version: Number(version) }) }
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const before = schemaAt(record, this.side)
    const value = valueAt(record, this.side)
    if (!before && value === null) return record
    if (!before) throw new DataError('Schema required for [updating schema metadata]')
    const schema = this.schemas.get(before)
    if (!isStruct(value)) return withSide(record, this.side, schema, value)
    return withSide(
      record,
      this.side,
      schema,
      structFrom(schema, (name) => this.read(value, name)),
    )
  }
}
