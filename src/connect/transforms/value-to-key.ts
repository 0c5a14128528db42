import type { ConnectorConfig } from '../connector.ts'
import { DataError } from '../data/errors.ts'
import { Schema } from '../data/schema.ts'
import type { ConnectRecord } from '../records.ts'
import { distinctItems, listKey, replaceNullsKey } from './shared/keys.ts'
import { entryOf, likeMap, requireMap, requireStruct } from './shared/requirements.ts'
import { fieldReader, SchemaCache, structFrom } from './shared/schemas.ts'
import { Settings } from './shared/settings.ts'
import { Transformation } from './transformation.ts'

const PURPOSE = 'copying fields from value to key'

const keys = [
  listKey('fields', undefined, 'HIGH', 'Fields of the value that the key is made of.', distinctItems('fields')),
  replaceNullsKey,
]

/** Makes the key anew, of fields of the value. */
export class ValueToKey extends Transformation {
  private names: readonly string[] = []
  private read = fieldReader(true)
  private readonly schemas = new SchemaCache((value) =>
    Schema.structOf(
      this.names.map((name) => {
        const field = value.field(name)
        if (!field) throw new DataError(`Field does not exist: ${name}`)
        return [name, field.schema] as const
      }),
    ),
  )

  override config() {
    return keys
  }

  override configure(config: ConnectorConfig): void {
    const settings = new Settings(keys, config)
    this.names = settings.list('fields')
    this.read = settings.fields()
  }

  apply(record: ConnectRecord): ConnectRecord {
    if (!record.valueSchema) {
      const map = requireMap(record.value, PURPOSE)
      const key = likeMap(record.value, new Map(this.names.map((name) => [name, entryOf(map, name)])))
      return { ...record, keySchema: null, key }
    }
    const struct = requireStruct(record.value, PURPOSE, record.valueSchema)
    const keySchema = this.schemas.get(struct.schema)
    return { ...record, keySchema, key: structFrom(keySchema, (name) => this.read(struct, name)) }
  }
}
