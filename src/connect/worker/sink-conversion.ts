import type { ConsumerRecord } from '../../client/types.ts'
import type { SinkRecord } from '../records.ts'
import type { Converters } from './conversion.ts'
import { Failed, type Stage } from './error-handling.ts'

/** A record as the sink gets it. Bytes are copied: the consumer's are only lent. */
export function toSinkRecord(record: ConsumerRecord, converters: Converters): SinkRecord | Failed {
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
      ...{ originalTopic: topic, originalPartition: partition, originalOffset: offset },
    }
  } catch (error) {
    return new Failed(stage, error)
  }
}

const copy = (bytes: Buffer | null): Buffer | null => bytes && Buffer.from(bytes)
