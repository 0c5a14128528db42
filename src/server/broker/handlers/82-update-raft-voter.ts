import { UpdateRaftVoter } from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../../protocol/errors.ts'
import { type Handler, handler } from '../router.ts'
import { leaderEndpoints, type QuorumServices, quorumRefusal } from './quorum-requests.ts'

/** A voter says where it is reached (KIP-853). A static quorum has that in its properties, and writes nothing down. */
export const updateRaftVoter = (broker: QuorumServices): Handler =>
  handler(UpdateRaftVoter, async (request, { access, peer }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { raft, clusterId } = broker
    const answer = (error: ErrorName) => {
      const [at] = leaderEndpoints(broker, peer.listener)
      const leader = { leaderId: raft.leaderId, leaderEpoch: raft.epoch, host: at?.host ?? '', port: at?.port ?? 0 }
      return { throttleTimeMs: 0, errorCode: Errors[error], currentLeader: leader }
    }
    if (request.clusterId !== null && request.clusterId !== clusterId) return answer('INCONSISTENT_CLUSTER_ID')
    const refusal = quorumRefusal(raft, request.currentLeaderEpoch)
    if (refusal) return answer(refusal)
    const { voterId, voterDirectoryId, listeners, kRaftVersionFeature } = request
    if (!raft.isVoter(voterId, voterDirectoryId)) return answer('VOTER_NOT_FOUND')
    const { minSupportedVersion, maxSupportedVersion } = kRaftVersionFeature
    const isServed = minSupportedVersion <= raft.quorumLevel && raft.quorumLevel <= maxSupportedVersion
    if (listeners.length === 0 || !isServed) return answer('INVALID_REQUEST')
    if (raft.isDynamic) await raft.updateVoter({ voterId, voterDirectoryId, endpoints: listeners, kRaftVersionFeature })
    return answer('NONE')
  })
