import { ConfigError } from '../../config/define.ts'
import { DataError } from '../data/errors.ts'
import type { Schema } from '../data/schema.ts'
import type { ConnectHeader, ConnectRecord } from '../records.ts'
import { listKey, oneOf, replaceNullsKey, someItems, textKey } from './shared/keys.ts'
import { entryOf, likeMap, requireMap, requireStruct } from './shared/requirements.ts'
import { fieldReader, fieldsOf, SchemaCache, structFrom, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const keys = [
  listKey('fields', undefined, 'HIGH', 'Fields whose values become headers.', someItems('fields')),
  listKey('headers', undefined, 'HIGH', 'Names of the headers, in the order of the fields.', someItems('headers')),
  textKey(
    'operation',
    undefined,
    'HIGH',
    'Whether the fields go (move) or stay (copy).',
    oneOf('operation', 'move', 'copy'),
  ),
  replaceNullsKey,
]

/** Copies fields into headers, or moves them there. */
export class HeaderFrom extends SidedTransformation {
  private fields: readonly string[] = []
  private names: readonly string[] = []
  private moves = false
  private purpose = ''
  private read = fieldReader(true)
  private readonly schemas = new SchemaCache((schema) =>
    withFields(
      schema,
      fieldsOf(schema).filter(([name]) => !this.fields.includes(name)),
    ),
  )

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.fields = settings.list('fields')
    this.names = settings.list('headers')
    if (this.fields.length !== this.names.length)
      throw new ConfigError("'fields' config must have the same number of elements as 'headers' config.")
    this.moves = settings.text('operation') === 'move'
    this.purpose = `header ${this.moves ? 'move' : 'copy'}`
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const schema = schemaAt(record, this.side)
    return schema ? this.ofStruct(record, schema) : this.ofMap(record)
  }

  private ofMap(record: ConnectRecord): ConnectRecord {
    const value = valueAt(record, this.side)
    const map = requireMap(value, this.purpose)
    const headers = this.headers((name) => ({ schema: null, value: entryOf(map, name) }))
    if (this.moves) for (const name of this.fields) map.delete(name)
    return withSide({ ...record, headers: [...record.headers, ...headers] }, this.side, null, likeMap(value, map))
  }

  private ofStruct(record: ConnectRecord, schema: Schema): ConnectRecord {
    const struct = requireStruct(valueAt(record, this.side), this.purpose, schema)
    const headers = this.headers((name) => {
      const field = schema.field(name)
      if (!field) throw new DataError(`Field does not exist: ${name}`)
      return { schema: field.schema, value: this.read(struct, name) }
    })
    const all = { ...record, headers: [...record.headers, ...headers] }
    if (!this.moves) return all
    const rest = this.schemas.get(schema)
    return withSide(
      all,
      this.side,
      rest,
      structFrom(rest, (name) => this.read(struct, name)),
    )
  }

  private headers(find: (field: string) => Omit<ConnectHeader, 'key'>): ConnectHeader[] {
    return this.names.map((key, i) => ({ key, ...find(this.fields[i] as string) }))
  }
}
