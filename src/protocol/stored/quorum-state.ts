/** The file `quorum-state`: the vote and the leader a voter knows. */
import { array, int32, int64, message, string, uuid } from '../schema/index.ts'

export const QuorumStateData = message({
  name: 'QuorumStateData',
  versions: [0, 1],
  flexible: 0,
  fields: {
    clusterId: string.until(0),
    leaderId: int32.default(-1),
    leaderEpoch: int32.default(-1),
    votedId: int32.default(-1),
    votedDirectoryId: uuid.since(1),
    appliedOffset: int64.until(0),
    currentVoters: array({
      voterId: int32.until(0),
    })
      .until(0)
      .nullable(0, 0),
  },
})
