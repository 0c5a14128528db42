import { KafkaError } from '../../../protocol/errors.ts'
import type { BrokerServices } from '../services.ts'

/** Throws what Kafka answers before it looks at the voter: voters are in the log from kraft.version 1 on (KIP-853). */
export function checkQuorum(
  { raft, clusterId }: Pick<BrokerServices, 'raft' | 'clusterId'>,
  askedFor: string | null,
  what: 'adding' | 'removing',
): void {
  if (askedFor !== null && askedFor !== clusterId) throw new KafkaError('INCONSISTENT_CLUSTER_ID')
  if (!raft.leads) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  if (raft.isDynamic) return
  throw new KafkaError(
    'UNSUPPORTED_VERSION',
    `Cluster doesn't support ${what} voter because the kraft.version feature is ${raft.quorumLevel}`,
  )
}

/** The voters of a dynamic quorum, as Kafka prints them. */
export const voterSet = ({ raft }: Pick<BrokerServices, 'raft'>): string =>
  `[${raft.dynamicVoters.map(({ id, directoryId }) => `ReplicaKey(id=${id}, directoryId=${directoryId})`).join(', ')}]`
