import { javaPattern, replaceWhole } from '../../std/java-pattern.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { ConnectRecord } from '../records.ts'
import { aPattern, textKey } from './shared/keys.ts'
import { Settings } from './shared/settings.ts'
import { Transformation } from './transformation.ts'

const keys = [
  textKey('regex', undefined, 'HIGH', 'The pattern that the whole name of a topic has to match.', aPattern('regex')),
  textKey('replacement', undefined, 'HIGH', 'The name in its place; $1 stands for the first group.'),
]

/** Gives topics that match a pattern another name. */
export class RegexRouter extends Transformation {
  private pattern = javaPattern('')
  private replacement = ''

  override config() {
    return keys
  }

  override configure(config: ConnectorConfig): void {
    const settings = new Settings(keys, config)
    this.pattern = javaPattern(settings.text('regex'))
    this.replacement = settings.text('replacement')
  }

  apply(record: ConnectRecord): ConnectRecord {
    const topic = replaceWhole(this.pattern, record.topic, this.replacement)
    return topic === undefined ? record : { ...record, topic }
  }
}
