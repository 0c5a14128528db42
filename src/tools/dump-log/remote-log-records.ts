import type { StoredRecord } from '../../protocol/records/record.ts'
import { type Message, type Output, Reader } from '../../protocol/schema/index.ts'
import * as messages from '../../protocol/stored/remote-log-records.ts'
import { longText } from '../java/message-json.ts'
import type { Contents } from './events.ts'
import { readFramed } from './metadata-records.ts'

type Fields<M> = M extends Message<infer S> ? Output<S> : never
type Segment = Fields<typeof messages.RemoteLogSegmentMetadataRecord>
type Update = Fields<typeof messages.RemoteLogSegmentMetadataUpdateRecord>
type Deletion = Fields<typeof messages.RemotePartitionDeleteMetadataRecord>
type Snapshot = Fields<typeof messages.RemoteLogSegmentMetadataSnapshotRecord>

const byKey = new Map((Object.values(messages) as Message[]).map((message) => [message.key as number, message]))

const segmentStates = [
  'COPY_SEGMENT_STARTED',
  'COPY_SEGMENT_FINISHED',
  'DELETE_SEGMENT_STARTED',
  'DELETE_SEGMENT_FINISHED',
]
const partitionStates = ['DELETE_PARTITION_MARKED', 'DELETE_PARTITION_STARTED', 'DELETE_PARTITION_FINISHED']

/** Records of `__remote_log_metadata` (KIP-405), in the form in which Kafka logs them; they have no keys. */
export function remoteLogDecoder({ offset, value }: StoredRecord): Contents {
  try {
    return { key: undefined, value: text(value ?? Buffer.alloc(0)) }
  } catch (error) {
    return { key: undefined, value: `Error at offset ${offset}, skipping. ${(error as Error).message}` }
  }
}

function text(bytes: Buffer): string {
  const { message, fields } = readFramed(byKey, new Reader(bytes)) as { message: Message; fields: unknown }
  switch (message) {
    case messages.RemoteLogSegmentMetadataRecord as Message:
      return segment(fields as Segment)
    case messages.RemoteLogSegmentMetadataUpdateRecord as Message:
      return update(fields as Update)
    case messages.RemotePartitionDeleteMetadataRecord as Message:
      return deletion(fields as Deletion)
    default:
      return snapshot(fields as Snapshot)
  }
}

function state(names: readonly string[], number: number): string {
  const name = names[number]
  if (name === undefined) throw new Error(`There is no state ${number}.`)
  return name
}

const members = (name: string, fields: Readonly<Record<string, unknown>>): string =>
  `${name}{${Object.entries(fields)
    .map(([field, value]) => `${field}=${typeof value === 'number' ? longText(value) : value}`)
    .join(', ')}}`

const partition = ({ name, id, partition: number }: Deletion['topicIdPartition']): string => `${id}:${name}-${number}`
const segmentId = ({ topicIdPartition, id }: Segment['remoteLogSegmentId']): string =>
  members('RemoteLogSegmentId', { topicIdPartition: partition(topicIdPartition), id })
const custom = (bytes: Buffer | null): string =>
  bytes === null ? 'Optional.empty' : `Optional[CustomMetadata{${bytes.length} bytes}]`

function epochs(entries: Segment['segmentLeaderEpochs']): string {
  if (entries.length === 0) throw new Error('segmentLeaderEpochs can not be null or empty')
  const sorted = [...new Map(entries.map(({ leaderEpoch, offset }) => [leaderEpoch, offset]))].sort(
    (a, b) => a[0] - b[0],
  )
  return `{${sorted.map(([epoch, offset]) => `${epoch}=${longText(offset)}`).join(', ')}}`
}

function segment(fields: Segment): string {
  const { startOffset, endOffset } = fields
  if (startOffset < 0)
    throw new Error(`Unexpected start offset = ${startOffset}. StartOffset for a remote segment cannot be negative`)
  if (endOffset < startOffset)
    throw new Error(
      `Unexpected end offset = ${endOffset}. EndOffset for a remote segment cannot be less than startOffset = ${longText(startOffset)}`,
    )
  return members('RemoteLogSegmentMetadata', {
    remoteLogSegmentId: segmentId(fields.remoteLogSegmentId),
    startOffset: fields.startOffset,
    endOffset: fields.endOffset,
    brokerId: fields.brokerId,
    maxTimestampMs: fields.maxTimestampMs,
    eventTimestampMs: fields.eventTimestampMs,
    segmentLeaderEpochs: epochs(fields.segmentLeaderEpochs),
    segmentSizeInBytes: fields.segmentSizeInBytes,
    customMetadata: custom(fields.customMetadata),
    state: state(segmentStates, fields.remoteLogSegmentState),
    txnIdxEmpty: fields.txnIndexEmpty,
  })
}

const update = (fields: Update): string =>
  members('RemoteLogSegmentMetadataUpdate', {
    remoteLogSegmentId: segmentId(fields.remoteLogSegmentId),
    customMetadata: custom(fields.customMetadata),
    state: state(segmentStates, fields.remoteLogSegmentState),
    eventTimestampMs: fields.eventTimestampMs,
    brokerId: fields.brokerId,
  })

const deletion = (fields: Deletion): string =>
  members('RemotePartitionDeleteMetadata', {
    topicPartition: partition(fields.topicIdPartition),
    state: state(partitionStates, fields.remotePartitionDeleteState),
    eventTimestampMs: fields.eventTimestampMs,
    brokerId: fields.brokerId,
  })

const snapshot = (fields: Snapshot): string =>
  members('RemoteLogSegmentMetadataSnapshot', {
    segmentId: fields.segmentId,
    startOffset: fields.startOffset,
    endOffset: fields.endOffset,
    maxTimestampMs: fields.maxTimestampMs,
    segmentLeaderEpochs: epochs(fields.segmentLeaderEpochs),
    segmentSizeInBytes: fields.segmentSizeInBytes,
    customMetadata: custom(fields.customMetadata),
    state: state(segmentStates, fields.remoteLogSegmentState),
    txnIdxEmpty: fields.txnIndexEmpty,
  })
