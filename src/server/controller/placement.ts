import { KafkaError } from '../../protocol/errors.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { isActive } from './broker-views.ts'
import type { ControllerContext } from './controller.ts'
import { StripedPlacer } from './striped-placer.ts'

/** Replicas for new partitions. Throws INVALID_REPLICATION_FACTOR when there are too few brokers, or none that serves. */
export function placeReplicas({ image, random }: ControllerContext, count: number, factor: number): number[][] {
  const placer = new StripedPlacer(image.brokers.values(), random)
  const placed = Array.from({ length: count }, () => placer.place(factor))
  for (const replicas of placed)
    if (!replicas.some((id) => isActive(image, id)))
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Unable to replicate the partition ${factor} time(s): All brokers are currently fenced or in controlled shutdown.`,
      )
  return placed
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

/** Checks an assignment that a user wrote; `factor` is that of the `first` partitions that are there. Throws INVALID_REPLICA_ASSIGNMENT. */
export function manualAssignment(
  image: MetadataImage,
  assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[],
  { factor: given, first = 0 }: { readonly factor?: number; readonly first?: number } = {},
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
  const factor = given ?? result[0]?.length ?? 0
  for (const replicas of result) {
    if (replicas.length !== factor)
      throw refuse(
        `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which have ${factor} replica(s).`,
      )
  }
  for (const [index, replicas] of result.entries())
    if (!replicas.some((id) => isActive(image, id)))
      throw refuse(
        `All brokers specified in the manual partition assignment for partition ${index + first} are fenced or in controlled shutdown.`,
      )
  return result
}
