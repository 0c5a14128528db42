import type { ConnectorConfig } from '../connector.ts'
import { DataError } from '../data/errors.ts'
import type { ConnectRecord } from '../records.ts'
import { SimpleDateFormat } from './shared/date-format/simple-date-format.ts'
import { textKey } from './shared/keys.ts'
import { Settings } from './shared/settings.ts'
import { Transformation } from './transformation.ts'

/** What stands for the topic and for the timestamp in `topic.format`. */
const TOPIC = '$' + '{topic}'
const TIMESTAMP = '$' + '{timestamp}'

const keys = [
  textKey(
    'topic.format',
    `${TOPIC}-${TIMESTAMP}`,
    'HIGH',
    `The name of the topic, in which ${TOPIC} stands for what it was and ${TIMESTAMP} for the timestamp.`,
  ),
  textKey(
    'timestamp.format',
    'yyyyMMdd',
    'HIGH',
    'How the timestamp is written: a pattern of SimpleDateFormat, in UTC.',
  ),
]

/** Puts the timestamp into the name of the topic. */
export class TimestampRouter extends Transformation {
  private topicFormat = ''
  private pattern = ''
  private format: SimpleDateFormat | undefined

  override config() {
    return keys
  }

  override configure(config: ConnectorConfig): void {
    const settings = new Settings(keys, config)
    this.topicFormat = settings.text('topic.format')
    this.pattern = settings.text('timestamp.format')
  }

  apply(record: ConnectRecord): ConnectRecord {
    const { timestamp, topic } = record
    if (timestamp === undefined) throw new DataError(`Timestamp missing on record: it is for topic ${topic}`)
    this.format ??= new SimpleDateFormat(this.pattern)
    const text = this.format.format(timestamp)
    const named = this.topicFormat.replaceAll(TOPIC, () => topic).replaceAll(TIMESTAMP, () => text)
    return { ...record, topic: named }
  }
}
