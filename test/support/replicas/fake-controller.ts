import { Errors } from '../../../src/protocol/errors.ts'
import type { Random } from '../../../src/runtime/index.ts'
import { randomUuid } from '../../../src/runtime/index.ts'
import { MetadataDelta } from '../../../src/server/metadata/delta.ts'
import { emptyImage, type MetadataImage, NO_LEADER, type PartitionImage } from '../../../src/server/metadata/image.ts'
import type { ImageChange } from '../../../src/server/metadata/loader.ts'
import { type MetadataRecord, metadataRecord } from '../../../src/server/metadata/records.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from '../../../src/server/replication/isr-proposals.ts'

type Asked = AlterPartitionRequest['topics'][number]['partitions'][number]

/** A controller without a log: what it decides is so. It knows no time; the test says who is gone. */
export class FakeController {
  image: MetadataImage = emptyImage
  onChange: (change: ImageChange, image: MetadataImage) => void = () => {}
  private offset = 0

  constructor(private readonly random: Random) {}

  private apply(records: readonly MetadataRecord[]): void {
    if (records.length === 0) return
    const delta = new MetadataDelta(this.image)
    for (const record of records) delta.replay(record)
    this.offset += records.length
    this.image = delta.apply(this.offset, 1)
    this.onChange(delta, this.image)
  }

  createTopic(name: string, assignments: readonly (readonly number[])[]): void {
    const topicId = randomUuid(this.random)
    this.apply([
      metadataRecord('TopicRecord', 0, { name, topicId }),
      ...assignments.map((replicas, partitionId) =>
        metadataRecord('PartitionRecord', 1, {
          ...{ partitionId, topicId, replicas: [...replicas], isr: [...replicas], removingReplicas: [] },
          ...{ addingReplicas: [], leader: replicas[0] as number, leaderEpoch: 0, partitionEpoch: 0 },
          directories: [],
        }),
      ),
    ])
  }

  setConfig(type: number, name: string, configs: Readonly<Record<string, string>>): void {
    this.apply(
      Object.entries(configs).map(([key, value]) =>
        metadataRecord('ConfigRecord', 0, { resourceType: type, resourceName: name, name: key, value }),
      ),
    )
  }

  deleteTopic(name: string): void {
    const topic = this.image.topics.get(name)
    if (topic) this.apply([metadataRecord('RemoveTopicRecord', 0, { topicId: topic.id })])
  }

  /** A broker starts; one that may have lost records is in no ISR any more (KIP-966). Gives the epoch of the registration. */
  register(id: number, { lossy }: { readonly lossy: boolean }): number {
    const brokerEpoch = this.offset + 1
    const register = metadataRecord('RegisterBrokerRecord', 2, {
      ...{ brokerId: id, brokerEpoch, incarnationId: randomUuid(this.random), rack: null, fenced: true },
      endPoints: [{ name: 'PLAINTEXT', host: `b${id}`, port: 9092, securityProtocol: 0 }],
      ...{ features: [], logDirs: [], inControlledShutdown: false, isMigratingZkBroker: false },
    })
    this.apply([register])
    this.leave(id, lossy)
    return brokerEpoch
  }

  private liveBrokers(): Set<number> {
    return new Set([...this.image.brokers.values()].filter(({ fenced }) => !fenced).map(({ id }) => id))
  }

  fence(id: number): void {
    const broker = this.image.brokers.get(id)
    if (!broker || broker.fenced) return
    this.apply([
      metadataRecord('BrokerRegistrationChangeRecord', 1, { brokerId: id, brokerEpoch: broker.epoch, fenced: 1 }),
    ])
    this.leave(id, false)
  }

  unfence(id: number): void {
    const broker = this.image.brokers.get(id)
    if (!broker?.fenced) return
    const change = { brokerId: id, brokerEpoch: broker.epoch, fenced: -1 }
    this.apply([metadataRecord('BrokerRegistrationChangeRecord', 1, change)])
    this.changeAll((partition) => (partition.leader === NO_LEADER ? partition.isr : undefined))
  }

  /** Takes a broker out of the ISRs; the last member stays, unless it has lost records. */
  private leave(id: number, lossy: boolean): void {
    this.changeAll(({ isr }) => {
      if (!isr.includes(id)) return undefined
      const rest = isr.filter((member) => member !== id)
      return rest.length > 0 || lossy ? rest : isr
    })
  }

  private changeAll(isrOf: (partition: PartitionImage) => readonly number[] | undefined): void {
    const records: MetadataRecord[] = []
    for (const topic of this.image.topics.values())
      for (const [index, partition] of topic.partitions.entries()) {
        const isr = isrOf(partition)
        if (isr) records.push(...this.changed(topic.id, index, partition, isr))
      }
    this.apply(records)
  }

  private changed(topicId: string, partitionId: number, before: PartitionImage, isr: readonly number[]) {
    const live = this.liveBrokers()
    const stays = isr.includes(before.leader) && live.has(before.leader)
    const leader = stays ? before.leader : (before.replicas.find((id) => isr.includes(id) && live.has(id)) ?? NO_LEADER)
    const isSame = isr.length === before.isr.length && isr.every((id) => before.isr.includes(id))
    if (isSame && leader === before.leader) return []
    return [
      metadataRecord('PartitionChangeRecord', 0, {
        ...{ partitionId, topicId, ...(isSame ? {} : { isr: [...isr] }) },
        ...(leader === before.leader ? {} : { leader }),
      }),
    ]
  }

  /** Makes a member of the ISR the leader. */
  elect(topic: string, partitionId: number, leader: number): void {
    const found = this.image.topics.get(topic)
    const partition = found?.partitions[partitionId]
    if (!found || !partition?.isr.includes(leader) || partition.leader === leader) return
    if (this.liveBrokers().has(leader))
      this.apply([metadataRecord('PartitionChangeRecord', 0, { partitionId, topicId: found.id, leader })])
  }

  /** Puts a partition on other brokers. */
  reassign(topic: string, partitionId: number, replicas: readonly number[]): void {
    const found = this.image.topics.get(topic)
    const before = found?.partitions[partitionId]
    if (!found || !before) return
    const isr = before.isr.filter((id) => replicas.includes(id))
    const live = this.liveBrokers()
    const next = replicas.find((id) => isr.includes(id) && live.has(id)) ?? NO_LEADER
    const leader = replicas.includes(before.leader) ? {} : { leader: next }
    this.apply([
      metadataRecord('PartitionChangeRecord', 0, {
        ...{ partitionId, topicId: found.id, replicas: [...replicas], isr, ...leader },
      }),
    ])
  }

  alterPartition(request: AlterPartitionRequest): AlterPartitionResponse {
    const broker = this.image.brokers.get(request.brokerId)
    if (broker?.epoch !== request.brokerEpoch)
      return { throttleTimeMs: 0, errorCode: Errors.STALE_BROKER_EPOCH, topics: [] }
    const records: MetadataRecord[] = []
    const refusals = new Map<Asked, number>()
    for (const { topicId = '', partitions } of request.topics)
      for (const asked of partitions) {
        const name = this.image.topicNames.get(topicId)
        const partition = name === undefined ? undefined : this.image.topics.get(name)?.partitions[asked.partitionIndex]
        const refusal = partition ? this.refusal(request.brokerId, asked, partition) : Errors.UNKNOWN_TOPIC_ID
        if (refusal !== Errors.NONE) refusals.set(asked, refusal)
        else {
          const isr = (asked.newIsrWithEpochs ?? []).map(({ brokerId = -1 }) => brokerId)
          records.push(metadataRecord('PartitionChangeRecord', 0, { partitionId: asked.partitionIndex, topicId, isr }))
        }
      }
    this.apply(records)
    const topics = request.topics.map(({ topicId = '', partitions }) => ({
      topicId,
      partitions: partitions.map((asked) => this.answer(topicId, asked, refusals.get(asked) ?? Errors.NONE)),
    }))
    return { throttleTimeMs: 0, errorCode: Errors.NONE, topics }
  }

  private refusal(brokerId: number, asked: Asked, partition: PartitionImage): number {
    if (asked.leaderEpoch < partition.leaderEpoch) return Errors.FENCED_LEADER_EPOCH
    if (asked.leaderEpoch > partition.leaderEpoch || asked.partitionEpoch > partition.partitionEpoch)
      return Errors.NOT_CONTROLLER
    if (partition.leader !== brokerId) return Errors.INVALID_REQUEST
    if (asked.partitionEpoch < partition.partitionEpoch) return Errors.INVALID_UPDATE_VERSION
    const live = this.liveBrokers()
    for (const { brokerId: id = -1, brokerEpoch = -1 } of asked.newIsrWithEpochs ?? []) {
      if (!partition.replicas.includes(id)) return Errors.INVALID_REQUEST
      if (!live.has(id)) return Errors.INELIGIBLE_REPLICA
      if (brokerEpoch !== -1 && this.image.brokers.get(id)?.epoch !== brokerEpoch) return Errors.INELIGIBLE_REPLICA
    }
    return Errors.NONE
  }

  private answer(topicId: string, { partitionIndex }: Asked, errorCode: number) {
    const name = this.image.topicNames.get(topicId) ?? ''
    const now = this.image.topics.get(name)?.partitions[partitionIndex]
    return {
      ...{ partitionIndex, errorCode, leaderId: now?.leader ?? -1, leaderEpoch: now?.leaderEpoch ?? -1 },
      ...{ isr: [...(now?.isr ?? [])], leaderRecoveryState: 0, partitionEpoch: now?.partitionEpoch ?? -1 },
    }
  }
}
