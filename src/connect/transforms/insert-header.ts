import type { ConnectorConfig } from '../connector.ts'
import { parseHeader } from '../converters/header-values.ts'
import { NO_DATA } from '../data/schema.ts'
import type { ConnectRecord } from '../records.ts'
import { notNull, textKey } from './shared/keys.ts'
import { Settings } from './shared/settings.ts'
import { Transformation } from './transformation.ts'

const keys = [
  textKey('header', undefined, 'HIGH', 'The name of the header.', notNull('header')),
  textKey(
    'value.literal',
    undefined,
    'HIGH',
    'Its value, of the type that its text looks like.',
    notNull('value.literal'),
  ),
]

/** Adds a header with a fixed value to each record. */
export class InsertHeader extends Transformation {
  private name = ''
  private literal = NO_DATA

  override config() {
    return keys
  }

  override configure(config: ConnectorConfig): void {
    const settings = new Settings(keys, config)
    this.name = settings.text('header')
    this.literal = parseHeader(settings.text('value.literal'))
  }

  apply(record: ConnectRecord): ConnectRecord {
    return { ...record, headers: [...record.headers, { key: this.name, ...this.literal }] }
  }
}
