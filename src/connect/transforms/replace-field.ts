import type { ConnectRecord } from '../records.ts'
import { distinctItems, listKey, pairs, replaceNullsKey } from './shared/keys.ts'
import { likeMap, requireMap, requireStruct } from './shared/requirements.ts'
import { fieldReader, fieldsOf, SchemaCache, structFrom, withFields } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'field replacement'

const keys = [
  listKey(
    'exclude',
    '',
    'MEDIUM',
    'Fields to leave out, whatever else is said of them.',
    distinctItems('exclude', true),
  ),
  listKey('include', '', 'MEDIUM', 'The only fields to keep; all without any.', distinctItems('include', true)),
  listKey('renames', '', 'MEDIUM', 'Other names of fields, as old:new.', pairs('renames')),
  replaceNullsKey,
]

/** Leaves out fields, and gives them other names. */
export class ReplaceField extends SidedTransformation {
  private excluded: ReadonlySet<string> = new Set()
  private included: ReadonlySet<string> = new Set()
  private renames: ReadonlyMap<string, string> = new Map()
  private origins: ReadonlyMap<string, string> = new Map()
  private read = fieldReader(true)
  private readonly schemas = new SchemaCache((schema) =>
    withFields(
      schema,
      fieldsOf(schema).flatMap(([name, of]) => (this.stays(name) ? [[this.renamed(name), of] as const] : [])),
    ),
  )

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.excluded = new Set(settings.list('exclude'))
    this.included = new Set(settings.list('include'))
    const renames = settings.list('renames').map((pair) => pair.split(':') as [string, string])
    this.renames = new Map(renames)
    this.origins = new Map(renames.map(([from, to]) => [to, from]))
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const value = valueAt(record, this.side)
    if (value === null) return record
    if (!schemaAt(record, this.side)) {
      const entries = Array.from(requireMap(value, PURPOSE))
      const kept = entries.flatMap(([name, item]) => (this.stays(name) ? [[this.renamed(name), item] as const] : []))
      return withSide(record, this.side, null, likeMap(value, new Map(kept)))
    }
    const struct = requireStruct(value, PURPOSE, schemaAt(record, this.side))
    const schema = this.schemas.get(struct.schema)
    const result = structFrom(schema, (name) => this.read(struct, this.origins.get(name) ?? name))
    return withSide(record, this.side, schema, result)
  }

  private stays(name: string): boolean {
    return !this.excluded.has(name) && (this.included.size === 0 || this.included.has(name))
  }

  private renamed(name: string): string {
    return this.renames.get(name) ?? name
  }
}
