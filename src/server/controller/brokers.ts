import type { UnregisterBroker } from '../../protocol/apis/index.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { ResponseInput } from '../../protocol/schema/index.ts'
import { randomUuid } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { nothing } from '../machine/runner.ts'
import { type Endpoint, NO_LEADER, type PartitionImage, type TopicImage } from '../metadata/image.ts'
import { recordVersions } from '../metadata/record-forms.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import { directoryOf } from '../metadata/replica-directories.ts'
import { after, checkBrokerEpoch, isReserved, lacksDirectories, partitionsWhere } from './broker-views.ts'
import type { ControllerContext, MetadataDecision } from './controller.ts'
import { leaderAndIsrChanges } from './leader-changes.ts'
import { ELR, sharedMinInSync } from './min-in-sync.ts'

/** Feature levels that this node can serve; `metadata.version` 30 is 4.3-IV0. */
export const supportedFeatures: readonly { readonly name: string; readonly min: number; readonly max: number }[] = [
  { name: 'eligible.leader.replicas.version', min: 0, max: 1 },
  { name: 'group.version', min: 0, max: 1 },
  { name: 'kraft.version', min: 0, max: 1 },
  { name: 'metadata.version', min: 7, max: 30 },
  { name: 'share.version', min: 0, max: 1 },
  { name: 'streams.version', min: 0, max: 1 },
  { name: 'transaction.version', min: 0, max: 2 },
]

/** The same as nodes say it of themselves. */
export const supportedRanges = (): { name: string; minSupportedVersion: number; maxSupportedVersion: number }[] =>
  supportedFeatures.map(({ name, min, max }) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))

export interface Registration {
  readonly endpoints: readonly Endpoint[]
  readonly rack: string | null
  readonly logDirs: readonly Uuid[]
  /** Those in which nothing new is begun; none when left out. */
  readonly cordonedLogDirs?: readonly Uuid[]
  /** Whether the last stop of this broker left nothing unwritten. */
  readonly cleanStart: boolean
}

/**
 * Registers this node's broker and lets it serve. The broker epoch is the offset of the record. After an unclean stop each of its
 * partitions gets a new leader epoch, so that a consumer can find out that the log lost its tail (KIP-320).
 */
export function registerBroker(context: ControllerContext, registration: Registration): MetadataDecision<number> {
  const { image, config, nextOffset, random } = context
  const { nodeId } = config
  const brokerEpoch = nextOffset
  const records: MetadataRecord[] = [
    metadataRecord('RegisterBrokerRecord', recordVersions.registerBroker, {
      brokerId: nodeId,
      incarnationId: randomUuid(random),
      brokerEpoch,
      endPoints: registration.endpoints.map((endpoint) => ({ ...endpoint })),
      features: supportedRanges().filter(({ name }) => name !== 'kraft.version'),
      rack: registration.rack,
      fenced: true,
      inControlledShutdown: false,
      logDirs: [...registration.logDirs],
      cordonedLogDirs: [...(registration.cordonedLogDirs ?? [])],
    }),
    metadataRecord('BrokerRegistrationChangeRecord', 0, { brokerId: nodeId, brokerEpoch, fenced: -1 }),
  ]
  const isHere = (partition: PartitionImage) => isOn(registration.logDirs, partition, nodeId)
  for (const topic of image.topics.values())
    records.push(...leaderChanges(topic, nodeId, registration.cleanStart, isHere))
  records.push(...returned(context, nodeId, registration.cleanStart))
  records.push(...outOfUse(after(context, records), nodeId, isHere))
  return { records, reply: brokerEpoch }
}

/** Notes the directories of a broker that registered when the metadata could not hold them (KIP-858). */
export function tellDirectories(
  { image }: ControllerContext,
  id: number,
  logDirs: readonly Uuid[],
): MetadataDecision<void> {
  const broker = image.brokers.get(id)
  if (!broker || !lacksDirectories(image, id)) return { records: nothing, reply: undefined }
  const change = { brokerId: id, brokerEpoch: broker.epoch, logDirs: [...logDirs] }
  return { records: [metadataRecord('BrokerRegistrationChangeRecord', 2, change)], reply: undefined }
}

/** Whether a replica lies in one of these directories, as far as it is known. */
function isOn(logDirs: readonly Uuid[], partition: PartitionImage, nodeId: number): boolean {
  const directory = directoryOf(partition, nodeId)
  return directory === undefined || isReserved(directory) || logDirs.includes(directory)
}

/** What this broker was in sync with in a directory that it did not come back with. */
const outOfUse = (
  context: ControllerContext,
  nodeId: number,
  isHere: (partition: PartitionImage) => boolean,
): Iterable<MetadataRecord> =>
  leaderAndIsrChanges(
    context,
    { removed: nodeId },
    partitionsWhere(context.image, (one) => one.isr.includes(nodeId) && !isHere(one)),
  )

/** What this broker shares with others: they have gone on without it, or cannot until it is back. */
function returned(context: ControllerContext, nodeId: number, cleanStart: boolean): MetadataRecord[] {
  const isShared = ({ replicas }: PartitionImage) => replicas.length > 1
  const { image } = context
  const records: MetadataRecord[] = []
  if (!cleanStart) {
    const kept = partitionsWhere(
      image,
      (one) => isShared(one) && (one.isr.includes(nodeId) || one.elr.includes(nodeId)),
    )
    records.push(...leaderAndIsrChanges(context, { lost: nodeId }, kept))
  }
  const now = after(context, records)
  const leaderless = partitionsWhere(now.image, (one) => isShared(one) && one.leader === NO_LEADER)
  return [...records, ...leaderAndIsrChanges(now, { added: nodeId }, leaderless)]
}

function* leaderChanges(
  topic: TopicImage,
  nodeId: number,
  cleanStart: boolean,
  isHere: (partition: PartitionImage) => boolean,
): Generator<MetadataRecord> {
  for (const [partitionId, partition] of topic.partitions.entries()) {
    if (partition.replicas.length > 1 || !isHere(partition)) continue
    const inSync = partition.isr.includes(nodeId)
    const eligible = inSync || (partition.isr.length === 0 && partition.elr.includes(nodeId))
    const lost = partition.leader === NO_LEADER && eligible
    const restarted = partition.leader === nodeId && !cleanStart
    if (!lost && !restarted) continue
    yield metadataRecord('PartitionChangeRecord', recordVersions.partitionChange, {
      partitionId,
      topicId: topic.id,
      leader: nodeId,
      ...(inSync ? {} : { isr: [nodeId], eligibleLeaderReplicas: [], lastKnownElr: [] }),
    })
  }
}

/** Forgets a broker that is gone for good; the one that runs here stays. */
export function unregisterBroker(
  context: ControllerContext,
  brokerId: number,
): MetadataDecision<ResponseInput<typeof UnregisterBroker>> {
  const { image, config } = context
  const broker = image.brokers.get(brokerId)
  if (!broker) throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${brokerId} is not currently registered`)
  if (brokerId === config.nodeId)
    throw new KafkaError('INVALID_REQUEST', `Broker ${brokerId} is this node, which is running: stop it instead.`)
  const kept = partitionsWhere(image, ({ isr, elr }) => isr.includes(brokerId) || elr.includes(brokerId))
  return {
    records: [
      ...leaderAndIsrChanges(context, { removed: brokerId }, kept),
      metadataRecord('UnregisterBrokerRecord', 0, { brokerId, brokerEpoch: broker.epoch }),
    ],
    reply: { throttleTimeMs: 0, errorCode: 0, errorMessage: null },
  }
}

/** Producer ids are given out in blocks, so that not each producer costs a record. */
const PRODUCER_ID_BLOCK = 1000

interface ProducerIdBlock {
  readonly first: number
  readonly count: number
}

/** A block for the broker of this node. */
export function allocateProducerIds(context: ControllerContext): MetadataDecision<ProducerIdBlock> {
  const { image, config } = context
  return blockFor(context, config.nodeId, image.brokers.get(config.nodeId)?.epoch ?? -1)
}

/** A block for any broker. Throws STALE_BROKER_EPOCH. */
export function allocateProducerIdsFor(
  context: ControllerContext,
  brokerId: number,
  brokerEpoch: number,
): MetadataDecision<ProducerIdBlock> {
  checkBrokerEpoch(context.image, brokerId, brokerEpoch)
  return blockFor(context, brokerId, brokerEpoch)
}

function blockFor(
  { image }: ControllerContext,
  brokerId: number,
  brokerEpoch: number,
): MetadataDecision<ProducerIdBlock> {
  const first = image.nextProducerId
  const nextProducerId = first + PRODUCER_ID_BLOCK
  return {
    records: [metadataRecord('ProducerIdsRecord', 0, { brokerId, brokerEpoch, nextProducerId })],
    reply: { first, count: PRODUCER_ID_BLOCK },
  }
}

/** The first records of a new cluster: those that formatting left, in one transaction as Apache's controller writes them. */
export function bootstrap(
  { image, config }: ControllerContext,
  records: readonly MetadataRecord[],
): MetadataDecision<void> {
  if (image.features.size > 0 || records.length === 0) return { records: nothing, reply: undefined }
  const withElr = records.some(({ type, fields }) => type === 'FeatureLevelRecord' && fields.name === ELR)
  return {
    records: [
      metadataRecord('BeginTransactionRecord', 0, { name: 'Bootstrap records' }),
      ...records,
      ...(withElr ? sharedMinInSync(image, config) : []),
      metadataRecord('EndTransactionRecord', 0, {}),
    ],
    reply: undefined,
  }
}
