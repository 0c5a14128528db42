import type { AssignReplicasToDirs } from '../../protocol/apis/index.ts'
import { type ErrorName, Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from '../metadata/image.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { hasOnlineDir, holdsDirectories } from '../metadata/replica-directories.ts'
import { after, checkBrokerEpoch, type PlacedPartition, rulesFor } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { leaderAndIsrChanges } from './leader-changes.ts'
import { partitionChange } from './partition-change.ts'

type Request = RequestOf<typeof AssignReplicasToDirs>
type Reply = ResponseInput<typeof AssignReplicasToDirs>

/** A broker tells in which of its directories replicas lie (KIP-858). Throws STALE_BROKER_EPOCH, UNSUPPORTED_VERSION. */
export function assignReplicasToDirs(context: ControllerContext, request: Request): MetadataDecision<Reply> {
  const { image } = context
  if (!holdsDirectories(image))
    throw new KafkaError('UNSUPPORTED_VERSION', 'Directory assignment is not supported yet.')
  const broker = checkBrokerEpoch(image, request.brokerId, request.brokerEpoch)
  const rules = rulesFor(context)
  const records: MetadataRecord[] = []
  /** What is said to lie in a directory that is gone cannot be served. */
  const lost: { topicId: string; partitionId: number }[] = []
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const found = find(image, broker, topicId, partitionIndex)
        if (typeof found === 'string') return { partitionIndex, errorCode: Errors[found] as number }
        const { topic, partition } = found
        const place = { topicId, partitionId: partitionIndex }
        const directory = { brokerId: broker.id, id }
        const record = partitionChange(place, partition, rules(topic.name, partition), { directory })
        if (record) records.push(record)
        if (!hasOnlineDir(broker, id)) lost.push(place)
        return { partitionIndex, errorCode: Errors.NONE as number }
      }),
    })),
  }))
  if (lost.length > 0) {
    const now = after(context, records)
    const placed = lost.flatMap(({ topicId, partitionId }) => {
      const found = find(now.image, broker, topicId, partitionId)
      return typeof found === 'string' || !found.partition.isr.includes(broker.id) ? [] : [found]
    })
    records.push(...leaderAndIsrChanges(now, { removed: broker.id }, placed))
  }
  return { records, reply: { throttleTimeMs: 0, errorCode: 0, directories } }
}

function find(
  image: MetadataImage,
  { id }: BrokerImage,
  topicId: string,
  partitionId: number,
): PlacedPartition | ErrorName {
  const topic = image.topics.get(image.topicNames.get(topicId) ?? '')
  if (!topic) return 'UNKNOWN_TOPIC_ID'
  const partition: PartitionImage | undefined = topic.partitions[partitionId]
  if (!partition) return 'UNKNOWN_TOPIC_OR_PARTITION'
  return partition.replicas.includes(id) ? { topic, partitionId, partition } : 'NOT_LEADER_OR_FOLLOWER'
}
