import type { AlterPartitionReassignments } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { checkReplicas } from './placement.ts'

/**
 * Reassignments (KIP-455) of a cluster with one broker: the only assignment that can be is the one that is there, so a request is either
 * fulfilled already or wrong.
 */
export function alterPartitionReassignments(
  image: MetadataImage,
  { topics, allowReplicationFactorChange }: RequestOf<typeof AlterPartitionReassignments>,
): ResponseInput<typeof AlterPartitionReassignments> {
  return {
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: Errors.NONE,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => {
        const error = complaint(image, name, partitionIndex, replicas)
        return { partitionIndex, errorCode: error?.code ?? Errors.NONE, errorMessage: sentence(error) }
      }),
    })),
  }
}

/** What is told by its code alone has no sentence. */
const sentence = (error: KafkaError | undefined): string | null =>
  error === undefined || error.error === 'NO_REASSIGNMENT_IN_PROGRESS' ? null : error.message

function complaint(
  image: MetadataImage,
  name: string,
  index: number,
  replicas: readonly number[] | null,
): KafkaError | undefined {
  const topic = image.topics.get(name)
  if (!topic) return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  if (!topic.partitions[index])
    return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${index}.`)
  if (replicas === null) return new KafkaError('NO_REASSIGNMENT_IN_PROGRESS')
  try {
    checkReplicas(image, replicas)
    return undefined
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
}
