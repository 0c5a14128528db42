import { UpdateRaftVoter } from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../../protocol/errors.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { leaderEndpoints, type QuorumServices, quorumRefusal } from './quorum-requests.ts'

/** A voter says where it is reached (KIP-853). */
export const updateRaftVoter = (broker: QuorumServices & Pick<BrokerServices, 'voterChanges'>): Handler =>
  handler(UpdateRaftVoter, (request, { access, peer }) => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { raft, clusterId, voterChanges } = broker
    const answer = (error: ErrorName) => {
      const [at] = leaderEndpoints(broker, peer.listener)
      const leader = { leaderId: raft.leaderId, leaderEpoch: raft.epoch, host: at?.host ?? '', port: at?.port ?? 0 }
      return { throttleTimeMs: 0, errorCode: Errors[error], currentLeader: leader }
    }
    if (request.clusterId !== null && request.clusterId !== clusterId) return answer('INCONSISTENT_CLUSTER_ID')
    const refusal = quorumRefusal(raft, request.currentLeaderEpoch)
    if (refusal) return answer(refusal)
    const { voterId, voterDirectoryId, listeners: endpoints, kRaftVersionFeature } = request
    const { minSupportedVersion: min, maxSupportedVersion: max } = kRaftVersionFeature
    if (voterId < 0 || voterDirectoryId === ZERO_UUID || min < 0 || max < min) return answer('INVALID_REQUEST')
    return answer(voterChanges.update({ voterId, voterDirectoryId, endpoints, kRaftVersionFeature }))
  })
