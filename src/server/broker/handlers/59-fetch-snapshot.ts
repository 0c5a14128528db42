import { FetchSnapshot } from '../../../protocol/apis/index.ts'
import { type ErrorName, Errors } from '../../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../../protocol/schema/index.ts'
import { METADATA_TOPIC } from '../../raft/metadata-log.ts'
import { type Handler, handler } from '../router.ts'
import type { BrokerServices } from '../services.ts'
import { leaderEndpoints, quorumRefusal } from './quorum-requests.ts'

type Services = Pick<BrokerServices, 'raft' | 'config' | 'clusterId' | 'controllerEndpoints' | 'quorumVoters'>
type Wanted = RequestOf<typeof FetchSnapshot>['topics'][number]['partitions'][number]
type Response = ResponseInput<typeof FetchSnapshot>
type PartitionResponse = Response['topics'][number]['partitions'][number]

/** Gives a snapshot of the metadata, piece by piece, to those whose log ends before ours begins (KIP-630). */
export const fetchSnapshot = (broker: Services): Handler =>
  handler(FetchSnapshot, (request, { version, access, peer }): Response => {
    access.check('CLUSTER_ACTION', 'CLUSTER')
    const { clusterId, maxBytes, topics } = request
    const refuse = (error: ErrorName): Response => ({ throttleTimeMs: 0, errorCode: Errors[error], topics: [] })
    if (clusterId !== null && clusterId !== broker.clusterId) return refuse('INCONSISTENT_CLUSTER_ID')
    const [topic] = topics
    const [wanted] = topic?.partitions ?? []
    if (topics.length !== 1 || topic?.partitions.length !== 1 || !wanted) return refuse('INVALID_REQUEST')
    const isMetadata = topic.name === METADATA_TOPIC && wanted.partition === 0
    const partition = isMetadata
      ? pieceOf(broker.raft, wanted, maxBytes, request.replicaId)
      : { ...blank(wanted), errorCode: Errors.UNKNOWN_TOPIC_OR_PARTITION }
    return {
      throttleTimeMs: 0,
      errorCode: Errors.NONE,
      topics: [{ name: topic.name, partitions: [partition] }],
      ...(version >= 1 ? { nodeEndpoints: leaderEndpoints(broker, peer.listener) } : {}),
    }
  })

const blank = ({ partition, snapshotId }: Wanted): PartitionResponse => ({
  index: partition,
  errorCode: Errors.NONE,
  snapshotId,
  size: 0,
  position: 0,
  unalignedRecords: Buffer.alloc(0),
})

function pieceOf(raft: Services['raft'], wanted: Wanted, maxBytes: number, replicaId: number): PartitionResponse {
  const { currentLeaderEpoch, snapshotId, position } = wanted
  const base = { ...blank(wanted), currentLeader: { leaderId: raft.leaderId, leaderEpoch: raft.epoch } }
  const failed = (error: ErrorName) => ({ ...base, errorCode: Errors[error] })
  const refusal = quorumRefusal(raft, currentLeaderEpoch)
  if (refusal) return failed(refusal)
  // A large one may take longer than a leader waits to hear of its followers.
  raft.voterHeard(replicaId)
  const found = raft.readSnapshot(snapshotId, Math.max(0, position), maxBytes)
  if (!found) return failed('SNAPSHOT_NOT_FOUND')
  if (position < 0 || position >= found.size) return failed('POSITION_OUT_OF_RANGE')
  return { ...base, size: found.size, position, unalignedRecords: found.bytes }
}
