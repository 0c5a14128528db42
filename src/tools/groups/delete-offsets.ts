import type { Admin } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { parseTopicPartitions } from './reset.ts'

export interface OffsetDeletion extends TopicPartition {
  readonly error: KafkaError | undefined
}

export interface OffsetDeletions {
  /** The error of the request as a whole, or the first one of a partition. */
  readonly error: KafkaError | undefined
  readonly results: readonly OffsetDeletion[]
}

/** Forgets a group's offsets in topics given as `t` or `t:0,1`. A topic that is not there is a result with the partition -1. */
export async function deleteOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<OffsetDeletions> {
  const partitions = topics.filter((topic) => topic.includes(':')).flatMap(parseTopicPartitions)
  const whole = topics.filter((topic) => !topic.includes(':'))
  const results: OffsetDeletion[] = []
  for (const [topic, found] of whole.length === 0 ? [] : await admin.describeTopics(whole))
    if (found instanceof KafkaError) results.push({ topic, partition: -1, error: found })
    else for (const { partition } of found.partitions) partitions.push({ topic, partition })
  let error: KafkaError | undefined
  try {
    const answers = await admin.deleteConsumerGroupOffsets(groupId, partitions)
    for (const { topic, partition } of partitions) {
      const failure = answers.get(partitionKey(topic, partition))
      error ??= failure
      results.push({ topic, partition, error: failure })
    }
  } catch (failure) {
    if (!(failure instanceof KafkaError)) throw failure
    error = failure
    for (const { topic, partition } of partitions) results.push({ topic, partition, error: failure })
  }
  const sortKey = ({ topic, partition }: TopicPartition) => topic + partition
  results.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
  return { error, results }
}
