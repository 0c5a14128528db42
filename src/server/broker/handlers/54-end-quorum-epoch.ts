import { EndQuorumEpoch } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import { answerVoter, type QuorumServices } from './quorum-requests.ts'

/** Hears from the leader that it goes, so that nobody has to wait until it is missed (KIP-595). */
export const endQuorumEpoch = (broker: QuorumServices): Handler =>
  handler(EndQuorumEpoch, (request, { version, access, peer }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { raft, elections } = broker
    const row = (errorCode: number) => ({ errorCode })
    return answerVoter(broker, request, version >= 1, peer.listener, row, (told) => {
      const { leaderId, leaderEpoch } = told
      if (leaderId < 0 || leaderEpoch < 0) return row(Errors.INVALID_REQUEST)
      if (leaderEpoch < raft.epoch) return row(Errors.FENCED_LEADER_EPOCH)
      raft.learn({ leaderId, epoch: leaderEpoch })
      const named =
        version >= 1 ? told.preferredCandidates.map(({ candidateId }) => candidateId) : told.preferredSuccessors
      elections?.leaderLeft(named)
      return row(Errors.NONE)
    })
  })
