import { type Message, type Output, Reader, Writer } from '../../protocol/schema/index.ts'
import * as messages from '../../protocol/stored/metadata-records.ts'

/**
 * A metadata record in memory: its name, its version and its fields. In the log it is a frame version, the record's type, its version
 * (all varints) and the fields.
 */
type Messages = typeof messages
type RecordNames = { [M in keyof Messages]: Messages[M] extends Message ? M : never }[keyof Messages]
export type MetadataRecord = {
  [N in RecordNames]: {
    readonly type: N
    readonly version: number
    readonly fields: Messages[N] extends Message<infer S> ? Output<S> : never
  }
}[RecordNames]

const FRAME_VERSION = 1
const all = Object.values(messages) as Message[]
const byKey = new Map(all.map((one) => [one.key as number, one]))
const byName = new Map(all.map((one) => [one.name, one]))

/** Thrown for a record of a newer Kafka: skipping one would leave a wrong picture of the cluster, so the node stops. */
class UnknownMetadataRecord extends Error {
  override name = 'UnknownMetadataRecord'
}

export function encodeMetadataRecord(record: MetadataRecord): Buffer {
  const message = byName.get(record.type) as Message
  const writer = new Writer(128)
  writer.unsignedVarint(FRAME_VERSION)
  writer.unsignedVarint(message.key as number)
  writer.unsignedVarint(record.version)
  message.codec(record.version).encode(writer, record.fields as never)
  return writer.concat()
}

export function decodeMetadataRecord(bytes: Buffer): MetadataRecord {
  const reader = new Reader(bytes)
  const frame = reader.unsignedVarint()
  if (frame !== FRAME_VERSION) throw new UnknownMetadataRecord(`metadata record with frame version ${frame}`)
  const key = reader.unsignedVarint()
  const version = reader.unsignedVarint()
  const message = byKey.get(key)
  if (!message || version < message.versions[0] || version > message.versions[1])
    throw new UnknownMetadataRecord(`metadata record of type ${key}, version ${version}`)
  return { type: message.name, version, fields: message.codec(version).decode(reader) } as MetadataRecord
}

export type FieldsOf<N extends MetadataRecord['type']> = Extract<MetadataRecord, { type: N }>['fields']

/** A record of the given type; fields left out take their defaults. */
export function metadataRecord<N extends MetadataRecord['type']>(
  type: N,
  version: number,
  fields: Partial<FieldsOf<N>>,
): MetadataRecord {
  const message = byName.get(type) as Message
  // Defaults are filled in by the codec itself: what is kept in memory is what a reader of the log will see.
  return { type, version, fields: message.decode(version, message.encode(version, fields as never)) } as MetadataRecord
}
