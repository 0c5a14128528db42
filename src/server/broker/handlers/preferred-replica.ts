import type { Partition } from '../../replication/partition.ts'
import type { RemoteReplica } from '../../replication/remote-replica.ts'
import type { RequestContext } from '../router.ts'
import type { BrokerServices } from '../services.ts'

type Services = Pick<BrokerServices, 'config' | 'image' | 'runtime'>

/**
 * The follower that a consumer should rather read from, because it stands in the same rack (KIP-392, RackAwareReplicaSelector): of those in sync that have the offset
 * the one that is furthest. Undefined where the leader is as near, where nobody is, and where no selector is set.
 */
export function preferredReplica(
  { config, image, runtime }: Services,
  { peer }: Pick<RequestContext, 'peer'>,
  partition: Partition,
  rackId: string,
  offset: number,
): number | undefined {
  if (rackId === '' || !partition.isReplicated || !config.get('replica.selector.class')) return undefined
  const { brokers } = image
  if (brokers.get(config.nodeId)?.rack === rackId) return undefined
  const now = runtime.clock.monotonic()
  const isNear = ({ id }: RemoteReplica) => {
    const broker = brokers.get(id)
    return broker?.rack === rackId && !broker.fenced && broker.endpoints.some(({ name }) => name === peer.listener)
  }
  const near = partition.followersAt(offset).filter(isNear)
  near.sort((a, b) => b.logEndOffset - a.logEndOffset || a.lagMs(now) - b.lagMs(now) || b.id - a.id)
  return near[0]?.id
}
