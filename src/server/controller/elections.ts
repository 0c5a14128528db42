import type { ElectLeaders } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'

const ElectionType = { preferred: 0, unclean: 1 } as const

/**
 * Elections (KIP-460) of a cluster with one broker: whoever leads a partition is its only replica, so there is never a better one to elect.
 */
export function electLeaders(
  image: MetadataImage,
  { electionType, topicPartitions }: RequestOf<typeof ElectLeaders>,
): ResponseInput<typeof ElectLeaders> {
  if (electionType !== ElectionType.preferred && electionType !== ElectionType.unclean)
    throw new KafkaError('INVALID_REQUEST', `Unknown election type: ${electionType}`)
  const asked =
    topicPartitions ??
    Array.from(image.topics.values(), ({ name, partitions }) => ({ topic: name, partitions: [...partitions.keys()] }))
  const results = asked.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partition) => elect(image, topic, partition, electionType)),
  }))
  // Where all partitions were asked for, those that need none are not worth a word.
  const needed = results.map(({ topic, partitionResult }) => ({
    topic,
    partitionResult: partitionResult.filter(({ error }) => topicPartitions || error.error !== 'ELECTION_NOT_NEEDED'),
  }))
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    replicaElectionResults: needed.map(({ topic, partitionResult }) => ({
      topic,
      partitionResult: partitionResult.map(({ partitionId, error }) => ({
        partitionId,
        errorCode: error.code,
        errorMessage: error.message,
      })),
    })),
  }
}

function elect(
  { topics }: MetadataImage,
  name: string,
  partitionId: number,
  electionType: number,
): { partitionId: number; error: KafkaError } {
  const failed = (error: KafkaError) => ({ partitionId, error })
  const topic = topics.get(name)
  if (!topic) return failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`))
  const partition = topic.partitions[partitionId]
  if (!partition)
    return failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${partitionId}`))
  const isLed =
    electionType === ElectionType.unclean ? partition.leader >= 0 : partition.leader === partition.replicas[0]
  if (isLed) return failed(new KafkaError('ELECTION_NOT_NEEDED'))
  return failed(
    new KafkaError(
      electionType === ElectionType.unclean ? 'ELIGIBLE_LEADERS_NOT_AVAILABLE' : 'PREFERRED_LEADER_NOT_AVAILABLE',
    ),
  )
}
