import { api, array, int16, int32, string, uuid } from '../schema/index.ts'
import { leaderEndpoints, nodeEndpoints } from './quorum-endpoints.ts'

export const EndQuorumEpoch = api({
  key: 54,
  name: 'EndQuorumEpoch',
  versions: [0, 1],
  flexible: 1,
  to: 'controller',
  request: {
    clusterId: string.nullable().default(null),
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: int32,
        preferredSuccessors: array(int32).until(0).ignorable(),
        preferredCandidates: array({
          candidateId: int32.since(1),
          candidateDirectoryId: uuid.since(1),
        })
          .since(1)
          .ignorable(),
      }),
    }),
    leaderEndpoints,
  },
  response: {
    errorCode: int16,
    topics: array({
      topicName: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
      }),
    }),
    nodeEndpoints,
  },
})
