import { type ErrorName, Errors } from '../../../protocol/errors.ts'
import { type Uuid, ZERO_UUID } from '../../../std/uuid.ts'
import { METADATA_TOPIC } from '../../raft/metadata-log.ts'
import type { RaftNode } from '../../raft/raft-node.ts'
import type { BrokerServices } from '../services.ts'

/** What keeps the leader of the quorum from answering whoever takes `epoch` for the current one (KIP-595). */
export function quorumRefusal(raft: Pick<RaftNode, 'epoch' | 'leads'>, epoch: number): ErrorName | undefined {
  if (epoch < raft.epoch) return 'FENCED_LEADER_EPOCH'
  if (epoch > raft.epoch) return 'UNKNOWN_LEADER_EPOCH'
  return raft.leads ? undefined : 'NOT_LEADER_OR_FOLLOWER'
}

/** What handlers of the talk between voters work with. */
export type QuorumServices = Pick<
  BrokerServices,
  'raft' | 'elections' | 'config' | 'clusterId' | 'controllerEndpoints' | 'metadataDirectoryId' | 'quorumVoters'
>

/** Where the leader of the quorum is reached by those who came to a listener; nothing while nobody leads. */
export function leaderEndpoints(
  {
    raft,
    config,
    controllerEndpoints,
    quorumVoters,
  }: Pick<BrokerServices, 'raft' | 'config' | 'controllerEndpoints' | 'quorumVoters'>,
  listener: string,
): { nodeId: number; host: string; port: number }[] {
  const { leaderId } = raft
  if (leaderId < 0) return []
  const own = controllerEndpoints.find(({ name }) => name === listener) ?? controllerEndpoints[0]
  const at = leaderId === config.nodeId ? own : quorumVoters.find(({ id }) => id === leaderId)
  return at ? [{ nodeId: leaderId, host: at.host, port: at.port }] : []
}

interface VoterRequest<P> {
  readonly clusterId: string | null
  readonly voterId?: number
  readonly topics: readonly { readonly topicName: string; readonly partitions: readonly P[] }[]
}

/** Answers what one voter tells another about the one partition that they have, and says who leads. */
export function answerVoter<
  P extends { readonly partitionIndex: number; readonly voterDirectoryId?: Uuid },
  R extends object,
>(
  broker: QuorumServices,
  request: VoterRequest<P>,
  tellsAddresses: boolean,
  listener: string,
  refused: (errorCode: number) => R,
  answer: (asked: P) => R,
) {
  const { raft, clusterId } = broker
  const refuse = (error: ErrorName) => ({ errorCode: Errors[error], topics: [] })
  if (request.clusterId !== null && request.clusterId !== clusterId) return refuse('INCONSISTENT_CLUSTER_ID')
  const [topic] = request.topics
  const [asked] = topic?.partitions ?? []
  const isMetadata = topic?.topicName === METADATA_TOPIC && asked?.partitionIndex === 0
  if (request.topics.length !== 1 || topic?.partitions.length !== 1 || !isMetadata || !asked)
    return refuse('INVALID_REQUEST')
  const row = isMeant(broker, request, asked) ? answer(asked) : refused(Errors.INVALID_VOTER_KEY)
  const partition = { partitionIndex: 0, ...row, leaderId: raft.leaderId, leaderEpoch: raft.epoch }
  return {
    errorCode: Errors.NONE,
    topics: [{ topicName: METADATA_TOPIC, partitions: [partition] }],
    ...(tellsAddresses ? { nodeEndpoints: leaderEndpoints(broker, listener) } : {}),
  }
}

/** Whether a request is for this voter: its directory counts in a dynamic quorum, so that one which has lost its disk is another voter (KIP-853). */
function isMeant(
  { config, metadataDirectoryId }: QuorumServices,
  { voterId = -1 }: { readonly voterId?: number },
  { voterDirectoryId = ZERO_UUID }: { readonly voterDirectoryId?: Uuid },
): boolean {
  const isThis = voterId < 0 || voterId === config.nodeId
  return isThis && (voterDirectoryId === ZERO_UUID || voterDirectoryId === metadataDirectoryId)
}
