import type { ErrorName } from '../../../protocol/errors.ts'
import type { RaftNode } from '../../raft/raft-node.ts'
import type { BrokerServices } from '../services.ts'

/** What keeps the leader of the quorum from answering whoever takes `epoch` for the current one (KIP-595). */
export function quorumRefusal(raft: Pick<RaftNode, 'epoch' | 'leads'>, epoch: number): ErrorName | undefined {
  if (epoch < raft.epoch) return 'FENCED_LEADER_EPOCH'
  if (epoch > raft.epoch) return 'UNKNOWN_LEADER_EPOCH'
  return raft.leads ? undefined : 'NOT_LEADER_OR_FOLLOWER'
}

/** Where the leader of the quorum, this node, is reached by those who came to a listener. */
export function leaderEndpoints(
  { config, controllerEndpoints }: Pick<BrokerServices, 'config' | 'controllerEndpoints'>,
  listener: string,
): { nodeId: number; host: string; port: number }[] {
  const endpoint = controllerEndpoints.find(({ name }) => name === listener) ?? controllerEndpoints[0]
  return endpoint ? [{ nodeId: config.nodeId, host: endpoint.host, port: endpoint.port }] : []
}
