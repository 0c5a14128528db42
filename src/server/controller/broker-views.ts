import { MIGRATING, UNASSIGNED } from '../../protocol/directory-ids.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { NO_EPOCH_FOR_SHRINK } from '../../protocol/metadata-version.ts'
import type { Uuid } from '../../std/uuid.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import { topicEntry } from '../metadata/effective-config.ts'
import type { BrokerImage, MetadataImage, PartitionImage, TopicImage } from '../metadata/image.ts'
import { metadataLevel } from '../metadata/record-forms.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { hasOnlineDir, holdsDirectories, logDirsOf } from '../metadata/replica-directories.ts'
import type { ControllerContext } from './controller.ts'
import { hasElr } from './min-in-sync.ts'
import type { Election, PartitionRules } from './partition-change.ts'

/** What decisions ask of the brokers and of the partitions they keep. */

export const isActive = ({ brokers }: MetadataImage, id: number): boolean => {
  const broker = brokers.get(id)
  return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
}

/** Ids of directories that stand for something else. */
const RESERVED_IDS = 100

/** Whether an id is one of the first hundred, which are for purposes of Kafka's own. */
export function isReserved(id: Uuid): boolean {
  const bytes = Buffer.from(id, 'base64url')
  return bytes.readBigUInt64BE(0) === 0n && bytes.readBigUInt64BE(8) < BigInt(RESERVED_IDS)
}

/** Whether the metadata could name a broker's directories, and does not: it registered before the metadata could. */
export function lacksDirectories(image: MetadataImage, id: number): boolean {
  const broker = image.brokers.get(id)
  return broker !== undefined && holdsDirectories(image) && logDirsOf(broker).length === 0
}

/** The directory of a new replica: a broker with a single one leaves no choice, any other says later where it put it. One that told of none is an old one. */
export function directoryFor(image: MetadataImage, id: number): Uuid {
  const broker = image.brokers.get(id)
  if (!holdsDirectories(image)) return MIGRATING
  const dirs = broker ? logDirsOf(broker) : []
  if (broker && dirs.length === 0) return MIGRATING
  return dirs.length === 1 ? (dirs[0] as Uuid) : UNASSIGNED
}

/** Throws STALE_BROKER_EPOCH unless the broker is registered with that epoch. */
export function checkBrokerEpoch({ brokers }: MetadataImage, id: number, epoch: number): BrokerImage {
  const broker = brokers.get(id)
  if (!broker) throw new KafkaError('STALE_BROKER_EPOCH', `No broker registration found for broker id ${id}`)
  if (broker.epoch !== epoch)
    throw new KafkaError('STALE_BROKER_EPOCH', `Expected broker epoch ${broker.epoch}, but got broker epoch ${epoch}`)
  return broker
}

export interface PlacedPartition {
  readonly topic: TopicImage
  readonly partitionId: number
  readonly partition: PartitionImage
}

/** The partitions that fit. */
export function* partitionsWhere(
  { topics }: MetadataImage,
  fits: (partition: PartitionImage) => boolean,
): Generator<PlacedPartition> {
  for (const topic of topics.values())
    for (const [partitionId, partition] of topic.partitions.entries())
      if (fits(partition)) yield { topic, partitionId, partition }
}

export const isUncleanAllowed = ({ image, config }: ControllerContext, topic: string): boolean =>
  topicEntry(image, config, topic, 'unclean.leader.election.enable').value === 'true'

/** The rules for the partitions of topics, worked out once a topic. `isAcceptable` says which brokers could lead. */
export function rulesFor(
  context: ControllerContext,
  isAcceptable: (brokerId: number) => boolean = (id) => isActive(context.image, id),
): (topic: string, partition: PartitionImage, election?: Election) => PartitionRules {
  const { image, config } = context
  const topics = new Map<string, { minIsr: number; election: Election }>()
  const withElr = hasElr(image)
  const shrinkMakesEpoch = metadataLevel(image) < NO_EPOCH_FOR_SHRINK
  const ofTopic = (topic: string) => {
    let found = topics.get(topic)
    if (!found) {
      const minIsr = Number(topicEntry(image, config, topic, 'min.insync.replicas').value)
      topics.set(topic, (found = { minIsr, election: isUncleanAllowed(context, topic) ? 'unclean' : 'online' }))
    }
    return found
  }
  return (topic, partition, election) => {
    const { minIsr, election: usual } = ofTopic(topic)
    return {
      isAcceptable: (id) => isAcceptable(id) && isOnline(image, partition, id),
      directoryFor: (id) => directoryFor(image, id),
      election: election ?? usual,
      withElr,
      minIsr: Math.min(minIsr, partition.replicas.length),
      shrinkMakesEpoch,
    }
  }
}

function isOnline({ brokers }: MetadataImage, { replicas, directories }: PartitionImage, id: number): boolean {
  const broker = brokers.get(id)
  const directory = directories[replicas.indexOf(id)]
  return broker === undefined || directory === undefined || hasOnlineDir(broker, directory)
}

/** The context of a decision that follows on others whose records are not appended yet. */
export function after(context: ControllerContext, records: readonly MetadataRecord[]): ControllerContext {
  const { image, nextOffset } = context
  if (records.length === 0) return context
  const delta = new MetadataDelta(image)
  for (const record of records) delta.replay(record)
  return { ...context, image: delta.apply(image.offset, image.epoch), nextOffset: nextOffset + records.length }
}
