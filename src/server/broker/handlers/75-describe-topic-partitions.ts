import { DescribeTopicPartitions } from '../../../protocol/apis/index.ts'
import { Errors } from '../../../protocol/errors.ts'
import type { ResponseInput } from '../../../protocol/schema/index.ts'
import { ZERO_UUID } from '../../../std/uuid.ts'
import { isInternal, topicNameComplaint } from '../../controller/topic-name.ts'
import { hasLeader } from '../../metadata/delta.ts'
import type { MetadataImage, PartitionImage } from '../../metadata/image.ts'
import type { Access } from '../access/access.ts'
import { type Handler, handler } from '../router.ts'
import { type BrokerServices, OPERATIONS_NOT_ASKED } from '../services.ts'
import { offlineReplicas } from './03-metadata.ts'

type Response = ResponseInput<typeof DescribeTopicPartitions>

/** Topics in the order of their names, page by page: `nextCursor` says where the next one begins (KIP-966). */
export function describeTopicPartitions(broker: BrokerServices): Handler {
  return handler(DescribeTopicPartitions, (request, { access }): Response => {
    const { image, config } = broker
    const { cursor } = request
    const asked = request.topics.length > 0 ? request.topics.map(({ name }) => name) : visible(image, access)
    const names = [...new Set(asked)].sort().filter((name) => cursor === null || name >= cursor.topicName)
    let left = Math.max(1, Math.min(request.responsePartitionLimit, config.get('max.request.partition.size.limit')))
    const topics: Response['topics'][number][] = []
    for (const name of names) {
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } }
      const refusal = access.refusal('DESCRIBE', 'TOPIC', name)
      const topic = refusal ? undefined : image.topics.get(name)
      if (!topic) {
        const errorCode = refusal
          ? refusal.code
          : topicNameComplaint(name)
            ? Errors.INVALID_TOPIC_EXCEPTION
            : Errors.UNKNOWN_TOPIC_OR_PARTITION
        const topicAuthorizedOperations = refusal ? OPERATIONS_NOT_ASKED : access.operations('TOPIC', name)
        topics.push({
          ...{ errorCode, name, topicId: ZERO_UUID, isInternal: isInternal(name), partitions: [] },
          topicAuthorizedOperations,
        })
        continue
      }
      const from = cursor?.topicName === name ? Math.max(0, cursor.partitionIndex) : 0
      const partitions = topic.partitions.slice(from, from + left).map((one, at) => describe(image, one, from + at))
      left -= partitions.length
      topics.push({
        errorCode: Errors.NONE,
        name,
        topicId: topic.id,
        isInternal: isInternal(name),
        partitions,
        topicAuthorizedOperations: access.operations('TOPIC', name),
      })
      const next = from + partitions.length
      if (next < topic.partitions.length) return { topics, nextCursor: { topicName: name, partitionIndex: next } }
    }
    return { topics, nextCursor: null }
  })
}

const visible = ({ topics }: MetadataImage, access: Access): string[] =>
  [...topics.keys()].filter((name) => access.may('DESCRIBE', 'TOPIC', name))

function describe(image: MetadataImage, partition: PartitionImage, partitionIndex: number) {
  return {
    errorCode: hasLeader(partition) ? Errors.NONE : Errors.LEADER_NOT_AVAILABLE,
    partitionIndex,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    eligibleLeaderReplicas: partition.elr,
    lastKnownElr: partition.lastKnownElr,
    offlineReplicas: offlineReplicas(image, partition),
  }
}
