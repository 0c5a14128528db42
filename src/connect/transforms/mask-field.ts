import { DecimalValue } from '../data/decimal.ts'
import { DataError } from '../data/errors.ts'
import type { Schema } from '../data/schema.ts'
import type { ConnectRecord } from '../records.ts'
import type { CastType } from './shared/cast-spec.ts'
import { castDecimal } from './shared/cast-value.ts'
import { javaClass } from './shared/java-class.ts'
import { distinctItems, listKey, notEmpty, replaceNullsKey, textKey } from './shared/keys.ts'
import { entryOf, likeMap, requireMap, requireStruct } from './shared/requirements.ts'
import { fieldReader, structFrom } from './shared/schemas.ts'
import type { Settings } from './shared/settings.ts'
import { SidedTransformation } from './shared/sided.ts'
import { type Side, schemaAt, valueAt, withSide } from './shared/sides.ts'

const PURPOSE = 'mask fields'

const keys = [
  listKey('fields', undefined, 'HIGH', 'Fields to mask.', distinctItems('fields')),
  textKey(
    'replacement',
    null,
    'LOW',
    'What stands in the place of numbers and strings; without it 0 and nothing.',
    notEmpty('replacement'),
  ),
  replaceNullsKey,
]

/** What stands for a value of each class when nothing else is asked for. */
const blanks: Readonly<Record<string, () => unknown>> = {
  'java.lang.String': () => '',
  'java.lang.Boolean': () => false,
  'java.lang.Byte': () => 0,
  'java.lang.Short': () => 0,
  'java.lang.Integer': () => 0,
  'java.lang.Long': () => 0,
  'java.lang.Float': () => 0,
  'java.lang.Double': () => 0,
  'java.math.BigDecimal': () => new DecimalValue(0n, 0),
  'java.util.Date': () => 0,
  'java.util.ArrayList': () => [],
  'java.util.HashMap': () => new Map(),
}

const numbers = {
  'java.lang.Byte': 'INT8',
  'java.lang.Short': 'INT16',
  'java.lang.Integer': 'INT32',
  'java.lang.Long': 'INT64',
  'java.lang.Float': 'FLOAT32',
  'java.lang.Double': 'FLOAT64',
} as const

/** Puts something without meaning in the place of fields. */
export class MaskField extends SidedTransformation {
  private names: ReadonlySet<string> = new Set()
  private replacement: string | null = null
  private read = fieldReader(true)

  constructor(side: Side) {
    super(side, keys)
  }

  protected override use(settings: Settings): void {
    this.names = new Set(settings.list('fields'))
    this.replacement = settings.maybe('replacement')
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    const schema = schemaAt(record, this.side)
    const value = valueAt(record, this.side)
    if (!schema) {
      const map = requireMap(value, PURPOSE)
      for (const name of this.names) map.set(name, this.masked(entryOf(map, name), null))
      return withSide(record, this.side, null, likeMap(value, map))
    }
    const struct = requireStruct(value, PURPOSE, schema)
    const result = structFrom(struct.schema, (name) => {
      const item = this.read(struct, name)
      return this.names.has(name) ? this.masked(item, struct.schema.field(name)?.schema ?? null) : item
    })
    return withSide(record, this.side, schema, result)
  }

  private masked(value: unknown, schema: Schema | null): unknown {
    if (value === null) return null
    const kind = javaClass(value, schema)
    if (this.replacement !== null) return replaced(this.replacement, kind)
    const blank = blanks[kind]
    if (!blank) throw new DataError(`Cannot mask value of type: class ${kind}`)
    return blank()
  }
}

/** The replacement as a value of the class. */
function replaced(text: string, kind: string): unknown {
  if (kind === 'java.lang.String') return text
  const type = (numbers as Partial<Record<string, CastType>>)[kind]
  if (!type && kind !== 'java.math.BigDecimal')
    throw new DataError(`Cannot mask value of type class ${kind} with custom replacement.`)
  try {
    const number = DecimalValue.parse(text)
    return type ? castDecimal(number, type) : number
  } catch {
    throw new DataError(`Unable to convert ${text} (class java.lang.String) to ${type ? 'a ' : ''}number`)
  }
}
