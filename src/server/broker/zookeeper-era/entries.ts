import type { AdvertisedListener } from '../../../config/listeners.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../../metadata/image.ts'

/** What of a broker is written where Kafka's brokers of the ZooKeeper era wrote it, in their JSON. */
export interface BrokerEntry {
  readonly id: number
  readonly endpoints: readonly AdvertisedListener[]
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/** Nodes that have no content and stay. */
export const folders = ['/brokers/ids', '/brokers/topics', '/cluster'] as const

/** The node that tells of a broker, by path. */
export function brokerEntries({ id, endpoints, startedAt }: BrokerEntry): Map<string, string> {
  // Clients of that time knew no other.
  const first = endpoints.find(({ protocol }) => protocol === 'PLAINTEXT')
  const registration = {
    features: {},
    listener_security_protocol_map: Object.fromEntries(endpoints.map(({ name, protocol }) => [name, protocol])),
    endpoints: endpoints.map(({ name, host, port }) => `${name}://${host}:${port}`),
    jmx_port: -1,
    port: first?.port ?? -1,
    host: first?.host ?? null,
    version: 5,
    timestamp: timestampOf(startedAt),
  }
  return new Map([[`/brokers/ids/${id}`, JSON.stringify(registration)]])
}

const timestampOf = (ms: number): string => String(Math.floor(ms))

/** The nodes that tell of the cluster and its controller, by path. */
export function clusterEntries(clusterId: string, controllerId: number, since: number): Map<string, string> {
  const controller = { version: 2, brokerid: controllerId, timestamp: timestampOf(since), kraftControllerEpoch: -1 }
  return new Map([
    ['/controller', JSON.stringify(controller)],
    ['/cluster/id', JSON.stringify({ version: '1', id: clusterId })],
  ])
}

/** The nodes that tell of the topics, by path. */
export function topicEntries({ topics }: MetadataImage): Map<string, string> {
  return new Map(Array.from(topics.values(), (topic) => [`/brokers/topics/${topic.name}`, topicJson(topic)]))
}

function topicJson({ id, partitions }: TopicImage): string {
  const by = (of: (partition: PartitionImage) => readonly number[], empty: boolean) =>
    Object.fromEntries(
      partitions.flatMap((partition, index) => (empty || of(partition).length > 0 ? [[index, of(partition)]] : [])),
    )
  return JSON.stringify({
    removing_replicas: by(({ removingReplicas }) => removingReplicas, false),
    partitions: by(({ replicas }) => replicas, true),
    topic_id: id,
    adding_replicas: by(({ addingReplicas }) => addingReplicas, false),
    version: 3,
  })
}
