import { Vote } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import { answerVoter, type QuorumServices } from './quorum-requests.ts'

/** Answers a voter that wants to lead the quorum, or asks whether it could (KIP-595, KIP-996). */
export const vote = (broker: QuorumServices): Handler =>
  handler(Vote, (request, { version, access, peer }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { raft, elections } = broker
    const refused = (errorCode: number) => ({ errorCode, voteGranted: false })
    return answerVoter(broker, request, version >= 1, peer.listener, refused, (asked) => {
      if (asked.replicaId < 0 || asked.replicaEpoch < 0 || asked.lastOffsetEpoch < 0 || asked.lastOffset < 0)
        return refused(Errors.INVALID_REQUEST)
      if (asked.replicaEpoch < raft.epoch) return refused(Errors.FENCED_LEADER_EPOCH)
      const { replicaEpoch: epoch, lastOffsetEpoch: lastEpoch, lastOffset, preVote } = asked
      const voteGranted = raft.vote(
        asked.replicaId,
        { epoch, preVote, lastEpoch, lastOffset },
        asked.replicaDirectoryId,
      )
      if (voteGranted && !preVote) elections?.voted()
      return { errorCode: Errors.NONE as number, voteGranted }
    })
  })
