/** Keys and values of `__consumer_offsets`. */
import { array, bytes, int32, int64, message, string, uuid } from '../schema/index.ts'

export const OffsetCommitKey = message({
  name: 'OffsetCommitKey',
  key: 1,
  versions: [0, 0],
  fields: {
    group: string.until(0),
    topic: string.until(0),
    partition: int32.until(0),
  },
})

export const OffsetCommitValue = message({
  name: 'OffsetCommitValue',
  key: 1,
  versions: [0, 4],
  flexible: 4,
  fields: {
    offset: int64,
    leaderEpoch: int32.since(3).default(-1).ignorable(),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: int64.since(1).until(1).default(-1).ignorable(),
    topicId: uuid.since(4).tag(0).ignorable(),
  },
})

export const GroupMetadataKey = message({
  name: 'GroupMetadataKey',
  key: 2,
  versions: [0, 0],
  fields: {
    group: string.until(0),
  },
})

const memberMetadata = {
  memberId: string,
  groupInstanceId: string.since(3).nullable(3).default(null).ignorable(),
  clientId: string,
  clientHost: string,
  rebalanceTimeout: int32.since(1).default(-1).ignorable(),
  sessionTimeout: int32,
  subscription: bytes,
  assignment: bytes,
}

export const GroupMetadataValue = message({
  name: 'GroupMetadataValue',
  key: 2,
  versions: [0, 4],
  flexible: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: string.nullable(),
    leader: string.nullable(),
    currentStateTimestamp: int64.since(2).default(-1).ignorable(),
    members: array(memberMetadata),
  },
})
