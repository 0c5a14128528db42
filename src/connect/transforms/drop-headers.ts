import type { ConnectorConfig } from '../connector.ts'
import type { ConnectRecord } from '../records.ts'
import { distinctItems, listKey } from './shared/keys.ts'
import { Settings } from './shared/settings.ts'
import { Transformation } from './transformation.ts'

const keys = [listKey('headers', undefined, 'HIGH', 'Names of headers to take out.', distinctItems('headers'))]

/** Takes headers out by their names. */
export class DropHeaders extends Transformation {
  private names: ReadonlySet<string> = new Set()

  override config() {
    return keys
  }

  override configure(config: ConnectorConfig): void {
    this.names = new Set(new Settings(keys, config).list('headers'))
  }

  apply(record: ConnectRecord): ConnectRecord {
    return { ...record, headers: record.headers.filter(({ key }) => !this.names.has(key)) }
  }
}
