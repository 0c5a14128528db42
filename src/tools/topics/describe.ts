import {
  type Admin,
  type ConfigEntry,
  type PartitionReassignment,
  resourceKey,
  type TopicDescription,
} from '../../client/index.ts'
import { partitionKey } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'

export interface PartitionDetails {
  readonly partition: number
  /** Undefined while the partition has none. */
  readonly leader: number | undefined
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Undefined when the broker does not keep the set (before KIP-966). */
  readonly elr: readonly number[] | undefined
  readonly lastKnownElr: readonly number[] | undefined
  readonly reassignment: PartitionReassignment | undefined
  readonly underReplicated: boolean
  readonly unavailable: boolean
  readonly underMinIsr: boolean
  readonly atMinIsr: boolean
}

export interface TopicDetails {
  readonly name: string
  /** Undefined for brokers without topic ids. */
  readonly topicId: Uuid | undefined
  readonly internal: boolean
  readonly replicationFactor: number
  /** Every property of the topic that the broker told, in its order. */
  readonly configs: readonly ConfigEntry[]
  readonly partitions: readonly PartitionDetails[]
}

export type TopicChoice =
  | { readonly names: readonly string[]; readonly partitionsPerResponse?: number }
  | { readonly ids: readonly Uuid[] }

export const isOverridden = (entry: ConfigEntry): boolean => entry.source !== 'DEFAULT_CONFIG'

/** Topics with their partitions, properties and running reassignments, in the order asked for; throws the first topic's error. */
export async function describeTopics(admin: Admin, choice: TopicChoice): Promise<TopicDetails[]> {
  const topics = await describe(admin, choice)
  const resources = topics.map(({ name }) => ({ type: 'topic' as const, name }))
  const [configs, cluster, reassignments] = await Promise.all([
    admin.describeConfigs(resources),
    admin.describeCluster(),
    listReassignments(admin),
  ])
  const live = new Set(cluster.nodes.map(({ id }) => id))
  return topics.map((topic) => {
    const config = configs.get(resourceKey({ type: 'topic', name: topic.name }))
    if (config instanceof KafkaError) throw config
    return details(topic, config?.entries ?? [], live, reassignments)
  })
}

async function describe(admin: Admin, choice: TopicChoice): Promise<TopicDescription[]> {
  const found =
    'ids' in choice
      ? await admin.describeTopicsById(choice.ids)
      : await admin.describeTopics(choice.names, {
          partitionSizeLimitPerResponse: choice.partitionsPerResponse ?? 2000,
        })
  return Array.from(found.values(), (topic) => {
    if (topic instanceof KafkaError) throw topic
    return topic
  })
}

/** By partition key; none where the broker does not tell. */
async function listReassignments(admin: Admin): Promise<Map<string, PartitionReassignment>> {
  try {
    const running = await admin.listPartitionReassignments()
    return new Map(running.map((item) => [partitionKey(item.topic, item.partition), item]))
  } catch (error) {
    const untold: readonly string[] = ['UNSUPPORTED_VERSION', 'CLUSTER_AUTHORIZATION_FAILED']
    if (error instanceof KafkaError && untold.includes(error.error)) return new Map()
    throw error
  }
}

/** Replicas that the partition is meant to have: while it is moved, those that come are not counted. */
function wantedReplicas(replicas: readonly number[], move: PartitionReassignment | undefined): number {
  const changing = move ? [...move.addingReplicas, ...move.removingReplicas] : []
  return move && replicas.some((id) => changing.includes(id))
    ? move.replicas.length - move.addingReplicas.length
    : replicas.length
}

function details(
  topic: TopicDescription,
  configs: readonly ConfigEntry[],
  live: ReadonlySet<number>,
  reassignments: ReadonlyMap<string, PartitionReassignment>,
): TopicDetails {
  const { name, internal } = topic
  const minIsr = Number(configs.find((entry) => entry.name === 'min.insync.replicas')?.value ?? 1)
  const ids = (nodes: readonly { readonly id: number }[]) => nodes.map(({ id }) => id)
  let replicationFactor = 0
  const partitions = [...topic.partitions]
    .sort((a, b) => a.partition - b.partition)
    .map((info, index) => {
      const reassignment = reassignments.get(partitionKey(name, info.partition))
      const replicas = ids(info.replicas)
      const wanted = wantedReplicas(replicas, reassignment)
      if (index === 0) replicationFactor = wanted
      return {
        partition: info.partition,
        leader: info.leader?.id,
        replicas,
        isr: ids(info.isr),
        elr: info.elr && ids(info.elr),
        lastKnownElr: info.lastKnownElr && ids(info.lastKnownElr),
        reassignment,
        underReplicated: wanted > info.isr.length,
        unavailable: !info.leader || !live.has(info.leader.id),
        underMinIsr: !info.leader || info.isr.length < minIsr,
        atMinIsr: info.isr.length === minIsr,
      }
    })
  const topicId = topic.topicId === ZERO_UUID ? undefined : topic.topicId
  return { name, topicId, internal, replicationFactor, configs, partitions }
}
