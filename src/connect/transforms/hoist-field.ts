import { Schema } from '../data/schema.ts'
import type { ConnectRecord } from '../records.ts'
import { textKey } from './shared/keys.ts'
import { SchemaCache, structFrom } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const keys = [textKey('field', undefined, 'MEDIUM', 'The name of the one field that the struct or map has.')]

/** Puts the whole into a struct or a map with one field. */
export class HoistField extends SidedTransformation {
  private name = ''
  private readonly schemas = new SchemaCache((inner) => Schema.structOf([[this.name, inner]]))

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.name = settings.text('field')
  }

  apply(record: ConnectRecord): ConnectRecord {
    const inner = schemaAt(record, this.side)
    const value = valueAt(record, this.side)
    if (!inner) return withSide(record, this.side, null, Object.fromEntries([[this.name, value]]))
    const schema = this.schemas.get(inner)
    return withSide(
      record,
      this.side,
      schema,
      structFrom(schema, () => value),
    )
  }
}
