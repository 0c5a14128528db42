import { BrokerConfig } from '../../../src/config/broker.ts'
import { supportedRanges } from '../../../src/server/controller/brokers.ts'
import type { ControllerContext, MetadataDecision } from '../../../src/server/controller/controller.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { emptyImage, type MetadataImage, type PartitionImage } from '../../../src/server/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/server/metadata/records.ts'
import { SeededRandom } from '../../support/memory-runtime.ts'

/** Brokers 1, 2 and 3 with a topic `t`, for decisions about them; 1 is in the controller's own node. */
export const TOPIC = 'AwQFBgcICQoLDA0ODxAREg'
export const dirOf = (id: number): string => `BAUGBwgJCgsMDQ4PEBES${'AQgw'[id]}w`
export const incarnationOf = (id: number): string => `CAUGBwgJCgsMDQ4PEBES${'AQgw'[id]}w`
const config = new BrokerConfig({ 'node.id': '1' })

export function replayed(image: MetadataImage, records: readonly MetadataRecord[]): MetadataImage {
  const delta = new MetadataDelta(image)
  for (const record of records) delta.replay(record)
  return delta.apply(image.offset + records.length, 1)
}

const broker = (brokerId: number) =>
  metadataRecord('RegisterBrokerRecord', 3, {
    ...{ brokerId, incarnationId: incarnationOf(brokerId), brokerEpoch: brokerId, fenced: false },
    ...{ logDirs: [dirOf(brokerId)], rack: null, features: supportedRanges() },
  })

type Partition = Partial<Pick<PartitionImage, 'replicas' | 'isr' | 'leader' | 'addingReplicas' | 'removingReplicas'>>

/** The cluster with these partitions; `elr` is the level of the feature for eligible leaders. */
export function clusterWith(partitions: readonly Partition[], elr = 0): MetadataImage {
  const records = partitions.map(({ replicas = [1, 2, 3], isr = replicas, leader = isr[0] ?? -1, ...more }, at) =>
    metadataRecord('PartitionRecord', 2, {
      ...{ topicId: TOPIC, partitionId: at, replicas: [...replicas], isr: [...isr], leader, leaderEpoch: 5 },
      ...{ partitionEpoch: 9, directories: replicas.map(dirOf) },
      ...(more as object),
    }),
  )
  return replayed(emptyImage, [
    metadataRecord('FeatureLevelRecord', 0, { name: 'metadata.version', featureLevel: 30 }),
    metadataRecord('FeatureLevelRecord', 0, { name: 'eligible.leader.replicas.version', featureLevel: elr }),
    ...[1, 2, 3].map(broker),
    metadataRecord('TopicRecord', 0, { name: 't', topicId: TOPIC }),
    ...records,
  ])
}

export const contextOf = (image: MetadataImage): ControllerContext => ({
  ...{ image, nextOffset: image.offset, config, random: new SeededRandom() },
})

/** Decides, and gives the reply with the image after it. */
export function decided<R>(image: MetadataImage, decide: (context: ControllerContext) => MetadataDecision<R>) {
  const { records, reply } = decide(contextOf(image))
  return { records, reply, image: replayed(image, records) }
}

/** Each partition as its leader and its ISR. */
export const states = (image: MetadataImage): string[] =>
  (image.topics.get('t')?.partitions ?? []).map(({ leader, isr, elr }) =>
    elr.length > 0 ? `${leader} of ${isr} or ${elr}` : `${leader} of ${isr}`,
  )
