import type { NewRecord } from '../../../protocol/records/record.ts'
import { Reader, Writer } from '../../../protocol/schema/index.ts'
import {
  ShareSnapshotKey,
  ShareSnapshotValue,
  ShareUpdateKey,
  ShareUpdateValue,
} from '../../../protocol/stored/share-state-records.ts'
import type { SharePartitionKey } from '../../replication/share/persister.ts'
import type { StateBatch } from '../../replication/share/state-batch.ts'

/** All that is known of one share partition. */
export interface ShareSnapshot {
  readonly snapshotEpoch: number
  readonly stateEpoch: number
  readonly leaderEpoch: number
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  /** Wall time in milliseconds of what was last heard of the partition, and of the record. */
  readonly createTimestamp: number
  readonly writeTimestamp: number
  readonly stateBatches: readonly StateBatch[]
}

/** What changed since the snapshot of that epoch; -1 stands for what did not. */
export type ShareUpdate = Omit<ShareSnapshot, 'stateEpoch' | 'createTimestamp' | 'writeTimestamp'>

/** A record of `__share_group_state`; a snapshot without a value removes the share partition. */
export type ShareStateRecord =
  | { readonly type: 'snapshot'; readonly key: SharePartitionKey; readonly value: ShareSnapshot | undefined }
  | { readonly type: 'update'; readonly key: SharePartitionKey; readonly value: ShareUpdate }

const VERSION = 0

// The fields of these keys have no versions of their own: the number in front is the kind of record.
function keyBytes(kind: typeof ShareSnapshotKey | typeof ShareUpdateKey, key: SharePartitionKey): Buffer {
  const writer = new Writer(96)
  writer.int16(kind.key as number)
  kind.codec(VERSION).encode(writer, key)
  return writer.concat()
}

export function encodeShareRecord(record: ShareStateRecord, timestamp: number): NewRecord {
  const writer = new Writer(128)
  writer.int16(VERSION)
  if (record.type === 'update') {
    ShareUpdateValue.codec(VERSION).encode(writer, record.value)
    return { key: keyBytes(ShareUpdateKey, record.key), value: writer.concat(), timestamp }
  }
  const key = keyBytes(ShareSnapshotKey, record.key)
  if (!record.value) return { key, value: null, timestamp }
  ShareSnapshotValue.codec(VERSION).encode(writer, record.value)
  return { key, value: writer.concat(), timestamp }
}

/** Undefined for records of kinds, or in versions, that this broker does not know. */
export function decodeShareRecord(key: Buffer, value: Buffer | null): ShareStateRecord | undefined {
  if (value && value.readInt16BE(0) !== VERSION) return undefined
  const body = new Reader(key, 2)
  switch (key.readInt16BE(0)) {
    case ShareSnapshotKey.key:
      return {
        type: 'snapshot',
        key: ShareSnapshotKey.codec(VERSION).decode(body),
        value: value ? ShareSnapshotValue.codec(VERSION).decode(new Reader(value, 2)) : undefined,
      }
    case ShareUpdateKey.key:
      if (!value) return undefined
      return {
        type: 'update',
        key: ShareUpdateKey.codec(VERSION).decode(body),
        value: ShareUpdateValue.codec(VERSION).decode(new Reader(value, 2)),
      }
    default:
      return undefined
  }
}
