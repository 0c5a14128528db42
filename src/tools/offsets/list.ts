import type { Admin, OffsetSpec } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { PartitionFilter } from './choice.ts'

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

export interface SkippedPartition extends TopicPartition {
  readonly error: KafkaError
}

export interface ListedPartitions {
  readonly offsets: readonly PartitionOffset[]
  readonly skipped: readonly SkippedPartition[]
}

/** Numbers below these stand for questions that no broker knows. */
const LAST_QUESTION = -6

const textOf = ({ topic, partition }: TopicPartition): string => `${topic}-${partition}`

/**
 * The offset of every chosen partition, in the order of the partitions' names as text; those without an answer to the question are left
 * out. Throws when nothing is chosen.
 */
export async function listChosenOffsets(
  admin: Admin,
  filter: PartitionFilter,
  spec: OffsetSpec,
  excludeInternal = false,
): Promise<ListedPartitions> {
  const chosen = await choose(admin, filter, excludeInternal)
  if (chosen.length === 0) throw new Error('Could not match any topic-partitions with the specified filters')
  const offsets: PartitionOffset[] = []
  const skipped: SkippedPartition[] = []
  if (typeof spec !== 'string' && spec.timestamp < LAST_QUESTION) {
    const error = new KafkaError('UNSUPPORTED_VERSION')
    return { offsets, skipped: chosen.map((where) => ({ ...where, error })) }
  }
  const answers = await admin.listOffsets(chosen.map((where) => ({ ...where, spec })))
  for (const where of chosen) {
    const answer = answers.get(partitionKey(where.topic, where.partition))
    if (answer instanceof KafkaError) skipped.push({ ...where, error: answer })
    else if (answer && answer.offset >= 0) offsets.push({ ...where, offset: answer.offset })
  }
  return { offsets, skipped }
}

async function choose(admin: Admin, filter: PartitionFilter, excludeInternal: boolean): Promise<TopicPartition[]> {
  const topics = await admin.listTopics({ includeInternal: !excludeInternal })
  const partitions = await admin.partitions(topics.map(({ name }) => name))
  return partitions
    .map(({ topic, partition }) => ({ topic, partition }))
    .filter(({ topic, partition }) => filter(topic, partition))
    .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}
