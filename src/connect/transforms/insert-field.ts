import { ConfigError } from '../../config/define.ts'
import { timestampSchema } from '../data/logical.ts'
import { Schema } from '../data/schema.ts'
import type { ConnectRecord } from '../records.ts'
import { replaceNullsKey, textKey } from './shared/keys.ts'
import { likeMap, requireMap, requireOffset, requireStruct } from './shared/requirements.ts'
import { fieldReader, fieldsOf, SchemaCache, structFrom, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'field insertion'
const MARK = 'A ! behind it makes the field required, a ? optional, as it is without either.'

const keys = [
  textKey('topic.field', null, 'MEDIUM', `The field for the topic. ${MARK}`),
  textKey('partition.field', null, 'MEDIUM', `The field for the partition. ${MARK}`),
  textKey('offset.field', null, 'MEDIUM', `The field for the offset, of records for sinks alone. ${MARK}`),
  textKey('timestamp.field', null, 'MEDIUM', `The field for the timestamp. ${MARK}`),
  textKey('static.field', null, 'MEDIUM', `The field for a fixed value. ${MARK}`),
  textKey('static.value', null, 'MEDIUM', 'The fixed value.'),
  replaceNullsKey,
]

const optional = { optional: true }
/** What a field may be for, in the order in which fields are added: its schema, required and optional, and where its value is. */
const sources = {
  topic: [Schema.string(), Schema.string(optional), (record: ConnectRecord) => record.topic],
  partition: [Schema.int32(), Schema.int32(optional), (record: ConnectRecord) => record.partition],
  offset: [Schema.int64(), Schema.int64(optional), (record: ConnectRecord) => requireOffset(record, PURPOSE)],
  timestamp: [timestampSchema(), timestampSchema(optional), (record: ConnectRecord) => record.timestamp],
  static: [Schema.string(), Schema.string(optional), () => undefined],
} as const

interface Insertion {
  readonly name: string
  readonly schema: Schema
  /** Undefined adds nothing. */
  find(record: ConnectRecord): unknown
}

/** Adds fields: from where the record is, or with a fixed value. */
export class InsertField extends SidedTransformation {
  private insertions: readonly Insertion[] = []
  private read = fieldReader(true)
  private readonly schemas = new SchemaCache((schema) =>
    withFields(schema, [
      ...fieldsOf(schema),
      ...this.insertions.map(({ name, schema: of }): [string, Schema] => [name, of]),
    ]),
  )

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    const literal = settings.maybe('static.value')
    this.insertions = Object.entries(sources).flatMap(([source, [required, whenOptional, fromRecord]]) => {
      const given = settings.maybe(`${source}.field`)
      if (given === null) return []
      const [, name = '', mark] = /^(.*?)([!?]?)$/s.exec(given) ?? []
      const find = source === 'static' ? () => literal : fromRecord
      return [{ name, schema: mark === '!' ? required : whenOptional, find }]
    })
    if (this.insertions.length === 0) throw new ConfigError('No field insertion configured')
    if (settings.maybe('static.field') !== null && literal === null)
      throw new ConfigError(
        `Invalid value null for configuration static.value: No value specified for static field: ${settings.text('static.field')}`,
      )
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const value = valueAt(record, this.side)
    if (value === null) return record
    if (!schemaAt(record, this.side)) {
      const map = requireMap(value, PURPOSE)
      for (const [name, item] of this.added(record)) map.set(name, item)
      return withSide(record, this.side, null, likeMap(value, map))
    }
    const struct = requireStruct(value, PURPOSE, schemaAt(record, this.side))
    const schema = this.schemas.get(struct.schema)
    const added = new Map(this.added(record))
    const result = structFrom(schema, (name) => (struct.schema.field(name) ? this.read(struct, name) : added.get(name)))
    return withSide(record, this.side, schema, result)
  }

  private added(record: ConnectRecord): [string, unknown][] {
    return this.insertions.flatMap(({ name, find }) => {
      const value = find(record)
      return value === undefined ? [] : [[name, value]]
    })
  }
}
