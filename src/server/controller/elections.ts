import type { ElectLeaders } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { RequestOf, ResponseInput } from '../../protocol/schema/index.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../metadata/image.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { isUncleanAllowed, partitionsWhere, rulesFor } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { type Election, partitionChange } from './partition-change.ts'

const ElectionType = { preferred: 0, unclean: 1 } as const

type Elector = (topic: TopicImage, partitionId: number, partition: PartitionImage) => MetadataRecord | undefined

function electorOf(context: ControllerContext, election: Election): Elector {
  const rules = rulesFor(context)
  return (topic, partitionId, partition) =>
    partitionChange({ topicId: topic.id, partitionId }, partition, rules(topic.name, partition, election))
}

/** Elections that somebody asks for (KIP-460): of the replica that is first in the list, or of whoever lives where nobody else does. */
export function electLeaders(
  context: ControllerContext,
  { electionType, topicPartitions }: RequestOf<typeof ElectLeaders>,
): MetadataDecision<ResponseInput<typeof ElectLeaders>> {
  const { image } = context
  if (electionType !== ElectionType.preferred && electionType !== ElectionType.unclean)
    throw new KafkaError('INVALID_REQUEST', `Unknown election type: ${electionType}`)
  const asked =
    topicPartitions ??
    Array.from(image.topics.values(), ({ name, partitions }) => ({ topic: name, partitions: [...partitions.keys()] }))
  const elector = electorOf(context, electionType === ElectionType.unclean ? 'unclean' : 'preferred')
  const records: MetadataRecord[] = []
  const results = asked.map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partition) => elect(image, topic, partition, electionType, elector, records)),
  }))
  // Where all partitions were asked for, those that need none are not worth a word.
  const needed = results.map(({ topic, partitionResult }) => ({
    topic,
    partitionResult: partitionResult.filter(({ error }) => topicPartitions || error?.error !== 'ELECTION_NOT_NEEDED'),
  }))
  const reply = {
    throttleTimeMs: 0,
    errorCode: 0,
    replicaElectionResults: needed.map(({ topic, partitionResult }) => ({
      topic,
      partitionResult: partitionResult.map(({ partitionId, error }) => ({
        partitionId,
        errorCode: error?.code ?? 0,
        errorMessage: error?.message ?? null,
      })),
    })),
  }
  return { records, reply }
}

function elect(
  { topics }: MetadataImage,
  name: string,
  partitionId: number,
  electionType: number,
  elector: Elector,
  records: MetadataRecord[],
): { partitionId: number; error: KafkaError | undefined } {
  const failed = (error: KafkaError) => ({ partitionId, error })
  const topic = topics.get(name)
  if (!topic) return failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such topic as ${name}`))
  const partition = topic.partitions[partitionId]
  if (!partition)
    return failed(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No such partition as ${name}-${partitionId}`))
  const isLed =
    electionType === ElectionType.unclean ? partition.leader >= 0 : partition.leader === partition.replicas[0]
  if (isLed) return failed(new KafkaError('ELECTION_NOT_NEEDED'))
  const record = elector(topic, partitionId, partition)
  if (record) {
    records.push(record)
    return { partitionId, error: undefined }
  }
  return failed(
    new KafkaError(
      electionType === ElectionType.unclean ? 'ELIGIBLE_LEADERS_NOT_AVAILABLE' : 'PREFERRED_LEADER_NOT_AVAILABLE',
    ),
  )
}

/** The records of one decision are one batch of the log; what is left over is done the next time. */
const MAX_ELECTIONS = 1000

/** Gives leadership back to the first replicas, wherever they can take it. */
export function balanceLeaders(context: ControllerContext): MetadataDecision<void> {
  const fits = ({ leader, replicas }: PartitionImage) => leader !== replicas[0]
  return { records: electedAmong(context, fits, electorOf(context, 'preferred')), reply: undefined }
}

/** Gives leaders to partitions without one that would rather lose records than wait (`unclean.leader.election.enable`). */
export function electUnclean(context: ControllerContext): MetadataDecision<void> {
  const elector = electorOf(context, 'unclean')
  const records = electedAmong(
    context,
    ({ leader }) => leader < 0,
    (topic, ...rest) => (isUncleanAllowed(context, topic.name) ? elector(topic, ...rest) : undefined),
  )
  return { records, reply: undefined }
}

function electedAmong(
  { image }: ControllerContext,
  fits: (partition: PartitionImage) => boolean,
  elector: Elector,
): MetadataRecord[] {
  const records: MetadataRecord[] = []
  for (const { topic, partitionId, partition } of partitionsWhere(image, fits)) {
    const record = elector(topic, partitionId, partition)
    if (record && records.push(record) === MAX_ELECTIONS) break
  }
  return records
}
