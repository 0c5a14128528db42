import type { AlterPartitionReassignments } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { PartitionImage } from '../metadata/image.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { isUncleanAllowed, rulesFor } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { type PartitionPlace, type PartitionRules, type PartitionTarget, partitionChange } from './partition-change.ts'
import { checkReplicas } from './placement.ts'
import { isReassigned, reassignment, reverted } from './reassignment-sets.ts'

type Request = RequestOf<typeof AlterPartitionReassignments>
type Wanted = Request['topics'][number]['partitions'][number]

/** Reassignments (KIP-455): each partition that a request names begins to move, or is taken back, or is told why not. */
export function alterPartitionReassignments(
  context: ControllerContext,
  { topics, allowReplicationFactorChange }: Request,
): MetadataDecision<ResponseInput<typeof AlterPartitionReassignments>> {
  const rules = rulesFor(context)
  const records: MetadataRecord[] = []
  const responses = topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((wanted) => {
      const { partitionIndex } = wanted
      try {
        const { place, partition } = find(context, name, partitionIndex)
        const usual = rules(name, partition)
        const record =
          wanted.replicas === null
            ? cancelled(context, name, place, partition, usual)
            : moved(context, place, partition, usual, wanted.replicas, allowReplicationFactorChange)
        if (record) records.push(record)
        return { partitionIndex, errorCode: Errors.NONE as number, errorMessage: null }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { partitionIndex, errorCode: error.code, errorMessage: sentence(error) }
      }
    }),
  }))
  return {
    records,
    reply: { throttleTimeMs: 0, allowReplicationFactorChange, errorCode: Errors.NONE, errorMessage: null, responses },
  }
}

/** What is told by its code alone has no sentence. */
const sentence = (error: KafkaError): string | null =>
  error.error === 'NO_REASSIGNMENT_IN_PROGRESS' ? null : error.message

function find(
  { image }: ControllerContext,
  name: string,
  partitionId: Wanted['partitionIndex'],
): { place: PartitionPlace; partition: PartitionImage } {
  const topic = image.topics.get(name)
  if (!topic) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  const partition = topic.partitions[partitionId]
  if (!partition) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${partitionId}.`)
  return { place: { topicId: topic.id, partitionId }, partition }
}

function cancelled(
  context: ControllerContext,
  name: string,
  place: PartitionPlace,
  partition: PartitionImage,
  rules: PartitionRules,
): MetadataRecord | undefined {
  if (!isReassigned(partition)) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS')
  const { replicas, isr, isUnclean } = reverted(partition)
  if (isUnclean && !isUncleanAllowed(context, name))
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Unable to revert partition assignment for ${name}:${place.partitionId} because it would require an unclean leader election.`,
    )
  return partitionChange(place, partition, rules, { replicas, isr, removing: [], adding: [] })
}

function moved(
  { image }: ControllerContext,
  place: PartitionPlace,
  partition: PartitionImage,
  rules: PartitionRules,
  wanted: readonly number[],
  allowReplicationFactorChange: boolean,
): MetadataRecord | undefined {
  checkReplicas(image, wanted)
  if (!allowReplicationFactorChange) checkFactor(partition, wanted)
  const { replicas, adding, removing } = reassignment(partition.replicas, wanted)
  // What was coming before and is wanted still goes on coming.
  const target: PartitionTarget = {
    replicas,
    ...(adding.length > 0 ? { adding } : {}),
    ...(removing.length > 0 ? { removing } : {}),
  }
  return partitionChange(place, partition, { ...rules, election: 'online' }, target)
}

/** A reassignment under way counts with what it will end in. */
function checkFactor({ replicas, removingReplicas }: PartitionImage, wanted: readonly number[]): void {
  const current = replicas.length - removingReplicas.length
  if (wanted.length === current) return
  throw new KafkaError(
    'INVALID_REPLICATION_FACTOR',
    `The replication factor is changed from ${current} to ${wanted.length}`,
  )
}
