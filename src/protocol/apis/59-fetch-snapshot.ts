import { api, array, int16, int32, int64, records, string, struct, uuid } from '../schema/index.ts'
import { nodeEndpoints } from './quorum-endpoints.ts'

export const FetchSnapshot = api({
  key: 59,
  name: 'FetchSnapshot',
  versions: [0, 1],
  flexible: 0,
  to: 'controller',
  request: {
    clusterId: string.tag(0).nullable().default(null),
    replicaId: int32.default(-1),
    maxBytes: int32.default(2_147_483_647),
    topics: array({
      name: string,
      partitions: array({
        partition: int32,
        currentLeaderEpoch: int32,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        position: int64,
        replicaDirectoryId: uuid.since(1).tag(0).ignorable(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32.ignorable(),
    errorCode: int16,
    topics: array({
      name: string,
      partitions: array({
        index: int32,
        errorCode: int16,
        snapshotId: struct({
          endOffset: int64,
          epoch: int32,
        }),
        currentLeader: struct({
          leaderId: int32,
          leaderEpoch: int32,
        }).tag(0),
        size: int64,
        position: int64,
        unalignedRecords: records,
      }),
    }),
    nodeEndpoints,
  },
})
