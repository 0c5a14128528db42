import { KafkaError } from '../../../protocol/errors.ts'
import { type Uuid, ZERO_UUID } from '../../../std/uuid.ts'
import type { VoterKey } from '../../raft/voter-set.ts'
import type { BrokerServices } from '../services.ts'

interface VoterRequest {
  readonly clusterId: string | null
  readonly voterId: number
  readonly voterDirectoryId: Uuid
}

/** The voter that is to come or to go (KIP-853). Throws what Kafka answers before it looks at it. */
export function voterIn(
  { raft, clusterId }: Pick<BrokerServices, 'raft' | 'clusterId'>,
  { clusterId: asked, voterId: id, voterDirectoryId: directoryId }: VoterRequest,
  what: 'Add' | 'Remove',
): VoterKey {
  if (asked !== null && asked !== clusterId)
    throw new KafkaError(
      'INCONSISTENT_CLUSTER_ID',
      `The given id "${asked}" doesn't match the cluster id "${clusterId}"`,
    )
  if (!raft.leads) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  if (id < 0 || directoryId === ZERO_UUID)
    throw new KafkaError('INVALID_REQUEST', `${what} voter request didn't include a valid voter`)
  return { id, directoryId }
}
