import type { NewRecord } from '../../../protocol/records/record.ts'
import { Reader, Writer } from '../../../protocol/schema/index.ts'
import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../../../protocol/stored/group-records.ts'
import { copyOf } from '../../../std/bytes.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { type ConsumerRecord, consumerRecords } from './modern/consumer/records.ts'
import { type ShareRecord, shareRecords } from './modern/share/records.ts'
import { type AnyStoredRecord, decodeStored, encodeStored, type Pairs } from './modern/stored.ts'
import { type StreamsRecord, streamsRecords } from './modern/streams/records.ts'
import type { CommittedOffset } from './offsets.ts'

/** A record of `__consumer_offsets`; a value that is undefined removes what the key names. */
export type GroupRecord =
  | {
      readonly type: 'offset'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: CommittedOffset | undefined
    }
  | { readonly type: 'group'; readonly group: string; readonly value: StoredGroup | undefined }
  | ModernRecord

/** Of the groups to which the coordinator assigns. */
export type ModernRecord = ConsumerRecord | ShareRecord | StreamsRecord

/** The tables of their kinds, and what each number in front of a key is the record of. */
const modernTables = { consumer: consumerRecords, share: shareRecords, streams: streamsRecords } as const
const modernKinds = new Map(
  Object.entries<Pairs>(modernTables).flatMap(([type, table]) =>
    Object.entries(table).map(([name, pair]) => [pair.key.key as number, { type, name, pair }] as const),
  ),
)

export interface StoredGroup {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly currentStateTimestamp: number
  readonly members: readonly StoredMember[]
}

export interface StoredMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeout: number
  readonly sessionTimeout: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

/** Key versions, which say what a record is about; 0 is the older form of 1. */
const KEY_OFFSET_OLD = 0
const KEY_OFFSET = 1
const KEY_GROUP = 2
const OFFSET_VERSION = 3
const OFFSET_VERSION_WITH_TOPIC_ID = 4
const GROUP_VERSION = 3

function versioned(version: number, body: Buffer): Buffer {
  const writer = new Writer(body.length + 2)
  writer.int16(version)
  writer.copy(body)
  return writer.concat()
}

// The fields of these keys have no versions of their own: the number in front is the kind of record.
function keyBytes(version: number, write: (writer: Writer) => void): Buffer {
  const writer = new Writer(64)
  writer.int16(version)
  write(writer)
  return writer.concat()
}

export function encodeGroupRecord(record: GroupRecord, timestamp: number): NewRecord {
  if ('name' in record) return { ...encodeModern(record), timestamp }
  if (record.type === 'group') {
    const key = keyBytes(KEY_GROUP, (writer) => GroupMetadataKey.codec(0).encode(writer, { group: record.group }))
    const value = record.value && versioned(GROUP_VERSION, GroupMetadataValue.encode(GROUP_VERSION, record.value))
    return { key, value: value ?? null, timestamp }
  }
  const { group, topic, partition, value } = record
  const key = keyBytes(KEY_OFFSET, (writer) => OffsetCommitKey.codec(0).encode(writer, { group, topic, partition }))
  if (!value) return { key, value: null, timestamp }
  const version = value.topicId === ZERO_UUID ? OFFSET_VERSION : OFFSET_VERSION_WITH_TOPIC_ID
  return { key, value: versioned(version, OffsetCommitValue.encode(version, value)), timestamp }
}

function encodeModern(record: AnyStoredRecord & Pick<ModernRecord, 'type'>): { key: Buffer; value: Buffer | null } {
  const table: Pairs = modernTables[record.type]
  return encodeStored(table[record.name] as Pairs[string], record)
}

/** Undefined for records of group kinds that this broker does not serve. */
export function decodeGroupRecord(key: Buffer, value: Buffer | null): GroupRecord | undefined {
  const kind = key.readInt16BE(0)
  const body = new Reader(key, 2)
  if (kind === KEY_GROUP) {
    const { group } = GroupMetadataKey.codec(0).decode(body)
    return { type: 'group', group, value: value ? decodeGroup(value) : undefined }
  }
  const modern = modernKinds.get(kind)
  // The table that the number is in gives the fields their names.
  if (modern) return { type: modern.type, name: modern.name, ...decodeStored(modern.pair, key, value) } as ModernRecord
  if (kind !== KEY_OFFSET && kind !== KEY_OFFSET_OLD) return undefined
  const { group, topic, partition } = OffsetCommitKey.codec(0).decode(body)
  const offset = value ? OffsetCommitValue.codec(value.readInt16BE(0)).decode(new Reader(value, 2)) : undefined
  return { type: 'offset', group, topic, partition, value: offset }
}

function decodeGroup(value: Buffer): StoredGroup {
  const stored = GroupMetadataValue.codec(value.readInt16BE(0)).decode(new Reader(value, 2))
  const members = stored.members.map((member) => ({
    ...member,
    subscription: copyOf(member.subscription),
    assignment: copyOf(member.assignment),
  }))
  return { ...stored, members }
}
