import type { Admin, Node, TopicDescription } from '../../client/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { InvalidRequest } from '../groups/reset.ts'
import { topicError } from './change.ts'

export interface ReplicaPlan {
  readonly partition: number
  /** Broker ids, the preferred leader first. */
  readonly from: readonly number[]
  readonly to: readonly number[]
}

type Partition = Pick<TopicDescription['partitions'][number], 'partition' | 'leader' | 'replicas' | 'isr'>

/** Starts to bring every partition of a topic to so many replicas (KIP-455); gives the partitions that change. */
export async function changeReplicationFactor(admin: Admin, topic: string, factor: number): Promise<ReplicaPlan[]> {
  const found = (await admin.describeTopics([topic])).get(topic)
  if (!found || found instanceof KafkaError) throw topicError(topic, found)
  const { nodes } = await admin.describeCluster()
  const plans = planReplicas(found.partitions, nodes, factor)
  if (plans.length === 0) return plans
  const moves = plans.map(({ partition, to }) => ({ topic, partition, replicas: to }))
  for (const error of (await admin.alterPartitionReassignments(moves)).values()) if (error) throw error
  return plans
}

/**
 * New replicas go to the brokers that have the fewest of this topic, first to racks where the partition is not yet. Replicas that are taken away
 * are those that are not in sync, else those of the fullest brokers; the preferred leader and the present one stay as long as they can. Throws
 * `InvalidRequest` for more replicas than there are brokers.
 */
export function planReplicas(
  partitions: readonly Partition[],
  brokers: readonly Pick<Node, 'id' | 'rack'>[],
  factor: number,
): ReplicaPlan[] {
  if (factor > brokers.length)
    throw new InvalidRequest(`${factor} replicas need as many brokers, and there are ${brokers.length}.`)
  const load = new Map(brokers.map(({ id }) => [id, 0]))
  const count = (id: number, change: number) => load.set(id, (load.get(id) ?? 0) + change)
  for (const { replicas } of partitions) for (const { id } of replicas) count(id, 1)
  return partitions.flatMap((info) => {
    const from = info.replicas.map(({ id }) => id)
    const to = [...from]
    while (to.length < factor) {
      const id = toAdd(to, brokers, load)
      to.push(id)
      count(id, 1)
    }
    while (to.length > factor) {
      const id = toDrop(to, info, load)
      to.splice(to.indexOf(id), 1)
      count(id, -1)
    }
    return to.length === from.length ? [] : [{ partition: info.partition, from, to }]
  })
}

function toAdd(
  taken: readonly number[],
  brokers: readonly Pick<Node, 'id' | 'rack'>[],
  load: ReadonlyMap<number, number>,
): number {
  const rackOf = (id: number) => brokers.find((broker) => broker.id === id)?.rack
  const racks = new Set(taken.map(rackOf).filter((rack) => rack !== undefined))
  const cost = ({ id, rack }: Pick<Node, 'id' | 'rack'>): number =>
    (rack !== undefined && racks.has(rack) ? 1_000_000 : 0) + (load.get(id) ?? 0)
  const free = brokers.filter(({ id }) => !taken.includes(id))
  return free.reduce((best, broker) => (cost(broker) < cost(best) ? broker : best)).id
}

function toDrop(taken: readonly number[], { leader, isr }: Partition, load: ReadonlyMap<number, number>): number {
  const cost = (id: number, index: number): number => {
    if (!isr.some((node) => node.id === id)) return 3_000_000
    if (id === leader?.id) return -2_000_000
    return (index === 0 ? -1_000_000 : 0) + (load.get(id) ?? 0)
  }
  const costs = taken.map((id, index) => ({ id, cost: cost(id, index) }))
  return costs.reduce((best, candidate) => (candidate.cost >= best.cost ? candidate : best)).id
}
