import type { ConsumerRecord } from '../../client/types.ts'
import type { SinkRecord } from '../records.ts'
import type { Converters } from './conversion.ts'
import type { Stage } from './error-handling.ts'

/** A record that could not be read, and where that was found out. */
export interface Unreadable {
  readonly stage: Stage
  readonly error: unknown
}

/** A record as the sink gets it. Bytes are copied: the consumer's are only lent. */
export function toSinkRecord(record: ConsumerRecord, converters: Converters): SinkRecord | Unreadable {
  const { topic } = record
  let stage: Stage = 'KEY_CONVERTER'
  try {
    const key = converters.key.toConnectData(topic, copy(record.key))
    stage = 'VALUE_CONVERTER'
    const value = converters.value.toConnectData(topic, copy(record.value))
    stage = 'HEADER_CONVERTER'
    const headers = record.headers.map((header) => ({
      key: header.key,
      ...converters.header.toConnectHeader(topic, header.key, copy(header.value)),
    }))
    const { partition, offset, timestamp, timestampType } = record
    return {
      ...{ topic, partition, offset, timestamp, timestampType, headers },
      ...{ keySchema: key.schema, key: key.value, valueSchema: value.schema, value: value.value },
    }
  } catch (error) {
    return { stage, error }
  }
}

const copy = (bytes: Buffer | null): Buffer | null => bytes && Buffer.from(bytes)
