import type { StoredRecord } from '../../protocol/records/record.ts'
import type { Message, Reader } from '../../protocol/schema/index.ts'
import * as messages from '../../protocol/stored/metadata-records.ts'
import { ExactReader, messageJson } from '../java/message-json.ts'
import type { Contents } from './events.ts'

const FRAME_VERSION = 1
/** Apache's tool puts the name of its error class into what it prints. */
const PACKAGE = 'org.apache.kafka.common.errors'
const byKey = new Map((Object.values(messages) as Message[]).map((message) => [message.key as number, message]))

/** `TopicRecord` is `TOPIC_RECORD` in Kafka's print-outs. */
const typeName = ({ name }: Message): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

/** Records of `__cluster_metadata` and its snapshots; they have no keys. */
export function metadataDecoder({ offset, value }: StoredRecord): Contents {
  try {
    return { key: undefined, value: metadataText(value ?? Buffer.alloc(0)) }
  } catch (error) {
    return { key: undefined, value: `Error at ${offset}, skipping. ${(error as Error).message}` }
  }
}

function metadataText(bytes: Buffer): string {
  const { message, version, fields } = readFramed(byKey, new ExactReader(bytes))
  return `{"type":"${typeName(message)}","version":${version},"data":${messageJson(message, version, fields)}}`
}

interface Framed {
  readonly message: Message
  readonly version: number
  readonly fields: object
}

/** A record of Kafka's own logs: frame version, type and version, varints all of them, and the fields. */
export function readFramed(messages: ReadonlyMap<number, Message>, reader: Reader): Framed {
  const frame = number(reader, 'frame version')
  if (frame === 0)
    throw new Error(
      'Could not deserialize metadata record with frame version 0. Note that upgrades from the preview release of KRaft in 2.8 to newer versions are not supported.',
    )
  if (frame !== FRAME_VERSION)
    throw new Error(
      `Could not deserialize metadata record due to unknown frame version ${frame}(only frame version 1 is supported)`,
    )
  const type = number(reader, 'type')
  const version = number(reader, 'version')
  const message = messages.get(type)
  if (!message) throw new Error(`${PACKAGE}.UnsupportedVersionException: Unknown metadata id ${type}`)
  const fields = readFields(message, version, reader)
  if (reader.remaining > 0) throw new Error(`Found ${reader.remaining} byte(s) of garbage after ${type}`)
  return { message, version, fields }
}

function readFields(message: Message, version: number, reader: Reader): object {
  try {
    if (version <= message.versions[1]) return message.codec(version).decode(reader)
  } catch {
    // Told below, as a version that is not known.
  }
  throw new Error(`Failed to deserialize record with type ${message.key}`)
}

function number(reader: Reader, what: string): number {
  try {
    return reader.unsignedVarint()
  } catch {
    throw new Error(`Error while reading ${what}`)
  }
}
