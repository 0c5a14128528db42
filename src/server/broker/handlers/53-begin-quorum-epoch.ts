import { BeginQuorumEpoch } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import { answerVoter, type QuorumServices } from './quorum-requests.ts'

/** Hears from a voter that it was elected (KIP-595). */
export const beginQuorumEpoch = (broker: QuorumServices): Handler =>
  handler(BeginQuorumEpoch, (request, { version, access, peer }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { raft, elections } = broker
    const row = (errorCode: number) => ({ errorCode })
    return answerVoter(broker, request, version >= 1, peer.listener, row, ({ leaderId, leaderEpoch }) => {
      if (leaderId < 0 || leaderEpoch < 0) return row(Errors.INVALID_REQUEST)
      if (leaderEpoch < raft.epoch) return row(Errors.FENCED_LEADER_EPOCH)
      if (!raft.learn({ leaderId, epoch: leaderEpoch })) return row(Errors.INVALID_REQUEST)
      elections?.heardLeader()
      return row(Errors.NONE)
    })
  })
