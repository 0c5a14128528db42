import { KafkaError } from '../../protocol/errors.ts'
import type { MetadataImage } from '../metadata/image.ts'

/**
 * Replicas for new partitions: round robin over the brokers that are not fenced, each partition's list beginning one broker further on,
 * so that leaders spread. Throws INVALID_REPLICATION_FACTOR when there are too few.
 */
export function placeReplicas(image: MetadataImage, first: number, count: number, factor: number): number[][] {
  const brokers = [...image.brokers.values()].filter(({ fenced }) => !fenced).map(({ id }) => id)
  if (factor > brokers.length) {
    const reach = `The target replication factor of ${factor} cannot be reached because only ${brokers.length} broker(s) are registered or some brokers have all their log directories cordoned.`
    throw new KafkaError('INVALID_REPLICATION_FACTOR', `Unable to replicate the partition ${factor} time(s): ${reach}`)
  }
  return Array.from({ length: count }, (_, index) =>
    Array.from({ length: factor }, (_, replica) => brokers[(first + index + replica) % brokers.length] as number),
  )
}

const refuse = (sentence: string): KafkaError => new KafkaError('INVALID_REPLICA_ASSIGNMENT', sentence)

/** Checks the replicas of one partition. Throws INVALID_REPLICA_ASSIGNMENT. */
export function checkReplicas(image: MetadataImage, brokerIds: readonly number[]): void {
  if (brokerIds.length === 0) throw refuse('The manual partition assignment includes an empty replica list.')
  const seen = new Set<number>()
  for (const id of [...brokerIds].sort((a, b) => a - b)) {
    if (!image.brokers.has(id))
      throw refuse(`The manual partition assignment includes broker ${id}, but no such broker is registered.`)
    if (seen.has(id)) throw refuse(`The manual partition assignment includes the broker ${id} more than once.`)
    seen.add(id)
  }
}

/** Checks an assignment that a user wrote. Throws INVALID_REPLICA_ASSIGNMENT. */
export function manualAssignment(
  image: MetadataImage,
  assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[],
): number[][] {
  const result: number[][] = []
  for (const { partitionIndex, brokerIds } of assignments) {
    if (result[partitionIndex])
      throw refuse(`Found multiple manual partition assignments for partition ${partitionIndex}`)
    checkReplicas(image, brokerIds)
    if (partitionIndex < 0 || partitionIndex >= assignments.length)
      throw refuse('partitions should be a consecutive 0-based integer sequence')
    result[partitionIndex] = [...brokerIds]
  }
  const factor = result[0]?.length ?? 0
  for (const replicas of result) {
    if (replicas.length !== factor)
      throw refuse(
        `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${factor} replica(s).`,
      )
  }
  return result
}
