import type { StoredRecord } from '../../protocol/records/record.ts'
import type { Message } from '../../protocol/schema/index.ts'
import * as control from '../../protocol/stored/control-records.ts'
import { messageJson } from '../java/message-json.ts'

const markers: Readonly<Record<number, string>> = { 0: 'ABORT', 1: 'COMMIT' }

/** Control records that carry a message, by the type in their key. */
const messages: Readonly<Record<number, { readonly title: string; readonly message: Message }>> = {
  2: { title: 'LeaderChange:', message: control.LeaderChangeMessage },
  3: { title: 'SnapshotHeader', message: control.SnapshotHeaderRecord },
  4: { title: 'SnapshotFooter', message: control.SnapshotFooterRecord },
  5: { title: 'KRaftVersion', message: control.KRaftVersionRecord },
  6: { title: 'KRaftVoters', message: control.VotersRecord },
}

/** What a control record says. Throws for one that is cut off. */
export function controlText({ key, value }: StoredRecord): string {
  if (key === null || key.length < 4)
    throw new Error(
      `Invalid value size found for control record key. Must have at least 4 bytes, but found only ${key?.length ?? 0}`,
    )
  const type = key.readInt16BE(2)
  const marker = markers[type]
  const bytes = value ?? Buffer.alloc(0)
  if (marker) {
    // A version stands before the marker's fields.
    const { coordinatorEpoch } = control.EndTxnMarker.decode(0, bytes.subarray(2))
    return `endTxnMarker: ${marker} coordinatorEpoch: ${coordinatorEpoch}`
  }
  const known = messages[type]
  if (!known) return `controlType: UNKNOWN(${type})`
  // The messages begin with their own version.
  const { versions } = known.message
  const version = Math.min(bytes.readInt16BE(0), versions[1])
  return `${known.title} ${messageJson(known.message, version, known.message.decode(version, bytes))}`
}
