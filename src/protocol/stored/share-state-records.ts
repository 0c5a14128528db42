/** Keys and values of `__share_group_state` (KIP-932). */
import { array, int8, int16, int32, int64, message, string, uuid } from '../schema/index.ts'

export const ShareSnapshotKey = message({
  name: 'ShareSnapshotKey',
  key: 0,
  versions: [0, 0],
  fields: { groupId: string.until(0), topicId: uuid.until(0), partition: int32.until(0) },
})

export const ShareSnapshotValue = message({
  name: 'ShareSnapshotValue',
  key: 0,
  versions: [0, 0],
  flexible: 0,
  fields: {
    snapshotEpoch: int32,
    stateEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tag(0).default(-1),
    createTimestamp: int64,
    writeTimestamp: int64,
    stateBatches: array({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 }),
  },
})

export const ShareUpdateKey = message({
  name: 'ShareUpdateKey',
  key: 1,
  versions: [0, 0],
  fields: { groupId: string.until(0), topicId: uuid.until(0), partition: int32.until(0) },
})

export const ShareUpdateValue = message({
  name: 'ShareUpdateValue',
  key: 1,
  versions: [0, 0],
  flexible: 0,
  fields: {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    deliveryCompleteCount: int32.tag(0).default(-1),
    stateBatches: array({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 }),
  },
})
