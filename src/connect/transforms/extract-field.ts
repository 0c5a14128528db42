import type { ConnectRecord } from '../records.ts'
import { FieldPath } from './shared/field-path.ts'
import { oneOfAnyCase, replaceNullsKey, textKey } from './shared/keys.ts'
import { requireMapOrNull, requireStructOrNull } from './shared/requirements.ts'
import { fieldReader } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'field extraction'
const SYNTAX = 'field.syntax.version'

const keys = [
  textKey('field', undefined, 'MEDIUM', 'The field to take.'),
  replaceNullsKey,
  textKey(
    SYNTAX,
    'V1',
    'HIGH',
    'V1: the field is one of the struct or map itself. V2: dots lead into what is inside of it; a name with dots stands between backticks.',
    oneOfAnyCase(SYNTAX, 'V1', 'V2'),
  ),
]

/** As Java's exception is called. */
class IllegalArgumentError extends Error {
  override name = 'IllegalArgumentException'
}

/** Takes one field out of a struct or a map, in the place of the whole. */
export class ExtractField extends SidedTransformation {
  private given = ''
  private path = new FieldPath('', false)
  private read = fieldReader(true)

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.given = settings.text('field')
    this.path = new FieldPath(this.given, settings.text(SYNTAX).toUpperCase() === 'V2')
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const schema = schemaAt(record, this.side)
    if (!schema) {
      const map = requireMapOrNull(valueAt(record, this.side), PURPOSE)
      return withSide(record, this.side, null, map && this.path.entryIn(map))
    }
    const struct = requireStructOrNull(valueAt(record, this.side), PURPOSE, schema)
    const field = this.path.fieldIn(schema)
    if (!field) throw new IllegalArgumentError(`Unknown field: ${this.given}`)
    return withSide(record, this.side, field.schema, struct && this.path.valueIn(struct, this.read))
  }
}
