import { javaPattern } from '../../std/java-pattern.ts'
import type { ConnectorConfig } from '../connector.ts'
import type { ConnectRecord } from '../records.ts'
import { aPattern, notEmpty, textKey } from './shared/keys.ts'
import { Settings } from './shared/settings.ts'
import { Predicate } from './transformation.ts'

const headerKeys = [textKey('name', undefined, 'MEDIUM', 'The name of the header.', notEmpty('name'))]

/** Holds for records that have a header of that name. */
export class HasHeaderKey extends Predicate {
  private name = ''

  override config() {
    return headerKeys
  }

  override configure(config: ConnectorConfig): void {
    this.name = new Settings(headerKeys, config).text('name')
  }

  test({ headers }: ConnectRecord): boolean {
    return headers.some(({ key }) => key === this.name)
  }
}

/** Holds for records without a value. */
export class RecordIsTombstone extends Predicate {
  test({ value }: ConnectRecord): boolean {
    return value === null || value === undefined
  }
}

const pattern = (value: string | undefined) => notEmpty('pattern')(value) ?? aPattern('pattern')(value)
const topicKeys = [
  textKey('pattern', undefined, 'MEDIUM', 'The pattern that the whole name of the topic has to match.', pattern),
]

/** Holds for records of topics whose whole name matches. */
export class TopicNameMatches extends Predicate {
  private pattern = javaPattern('')

  override config() {
    return topicKeys
  }

  override configure(config: ConnectorConfig): void {
    this.pattern = javaPattern(new Settings(topicKeys, config).text('pattern'))
  }

  test({ topic }: ConnectRecord): boolean {
    return this.pattern.test(topic)
  }
}
