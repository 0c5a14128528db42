import { MIGRATING } from '../../protocol/directory-ids.ts'
import type { Uuid } from '../../std/uuid.ts'
import {
  type BrokerImage,
  configKey,
  type MetadataImage,
  NO_LEADER,
  type PartitionImage,
  ResourceType,
  type TopicImage,
} from './image.ts'
import type { FieldsOf, MetadataRecord } from './records.ts'

/** In a PartitionChangeRecord: the leader stays as it is. */
const NO_LEADER_CHANGE = -2

/** The first version of RegisterBrokerRecord with a place for cordoned directories. */
const WITH_CORDONED_DIRS = 4

type Registration = Extract<MetadataRecord, { type: 'RegisterBrokerRecord' }>
const withFields = (record: Registration, fields: Partial<Registration['fields']>): Registration => ({
  ...record,
  fields: { ...record.fields, ...fields },
})

/** A map that is copied when it is first written to. */
class Draft<K, V> {
  private copy: Map<K, V> | undefined
  constructor(private readonly base: ReadonlyMap<K, V>) {}
  get(key: K): V | undefined {
    return (this.copy ?? this.base).get(key)
  }
  writable(): Map<K, V> {
    return (this.copy ??= new Map(this.base))
  }
  done(): ReadonlyMap<K, V> {
    return this.copy ?? this.base
  }
}

/** Older forms of records name no directories. */
const directoriesOf = (replicas: readonly number[], directories: readonly Uuid[]): readonly Uuid[] =>
  directories.length === replicas.length ? directories : replicas.map(() => MIGRATING)

/** Gathers records on top of an image; `apply` gives the next image. Pure and total: every record of the log has an effect here. */
export class MetadataDelta {
  private readonly features
  private readonly brokers
  private readonly topics
  private readonly topicNames
  private readonly configs
  private readonly acls
  private readonly quotas
  private readonly kept
  private nextProducerId: number
  /** Partition lists that this delta already owns: a thousand new partitions must not copy the list a thousand times. */
  private readonly owned = new Set<string>()
  /** What publishers look at: topics with any change, topics that went with their ids, resources whose configs changed. */
  readonly changedTopics = new Set<string>()
  readonly deletedTopics: { readonly name: string; readonly id: Uuid }[] = []
  readonly changedConfigs = new Set<string>()

  constructor(image: MetadataImage) {
    this.features = new Draft(image.features)
    this.brokers = new Draft(image.brokers)
    this.topics = new Draft(image.topics)
    this.topicNames = new Draft(image.topicNames)
    this.configs = new Draft(image.configs)
    this.acls = new Draft(image.acls)
    this.quotas = new Draft(image.quotas)
    this.kept = new Draft(image.kept)
    this.nextProducerId = image.nextProducerId
  }

  apply(offset: number, epoch: number): MetadataImage {
    return {
      offset,
      epoch,
      features: this.features.done(),
      brokers: this.brokers.done(),
      topics: this.topics.done(),
      topicNames: this.topicNames.done(),
      configs: this.configs.done(),
      nextProducerId: this.nextProducerId,
      acls: this.acls.done(),
      quotas: this.quotas.done(),
      kept: this.kept.done(),
    }
  }

  replay(record: MetadataRecord): void {
    switch (record.type) {
      case 'FeatureLevelRecord':
        if (record.fields.featureLevel === 0) this.features.writable().delete(record.fields.name)
        else this.features.writable().set(record.fields.name, record.fields.featureLevel)
        return
      case 'RegisterBrokerRecord':
        return this.registerBroker(record)
      case 'UnregisterBrokerRecord':
        this.brokers.writable().delete(record.fields.brokerId)
        return
      case 'FenceBrokerRecord':
        return this.changeBroker(record.fields.id, { fenced: true })
      case 'UnfenceBrokerRecord':
        return this.changeBroker(record.fields.id, { fenced: false })
      case 'BrokerRegistrationChangeRecord':
        return this.registrationChange(record.fields)
      case 'TopicRecord':
        this.topics
          .writable()
          .set(record.fields.name, { name: record.fields.name, id: record.fields.topicId, partitions: [] })
        this.topicNames.writable().set(record.fields.topicId, record.fields.name)
        this.changedTopics.add(record.fields.name)
        return
      case 'PartitionRecord':
        return this.partition(record.fields)
      case 'PartitionChangeRecord':
        return this.partitionChange(record.fields)
      case 'RemoveTopicRecord':
        return this.removeTopic(record.fields.topicId)
      case 'ConfigRecord':
        return this.config(record.fields)
      case 'ProducerIdsRecord':
        this.nextProducerId = record.fields.nextProducerId
        return
      case 'AccessControlEntryRecord':
        this.acls.writable().set(record.fields.id, record.fields)
        return
      case 'RemoveAccessControlEntryRecord':
        this.acls.writable().delete(record.fields.id)
        return
      case 'ClientQuotaRecord':
        return this.quota(record.fields)
      case 'ClearElrRecord':
        return this.clearElr(record.fields.topicName)
      default:
        return this.keep(record)
    }
  }

  private registerBroker(record: Registration): void {
    const { fields } = record
    this.brokers.writable().set(fields.brokerId, {
      id: fields.brokerId,
      epoch: fields.brokerEpoch,
      incarnationId: fields.incarnationId,
      endpoints: fields.endPoints,
      rack: fields.rack,
      fenced: fields.fenced,
      inControlledShutdown: fields.inControlledShutdown,
      record,
    })
  }

  private changeBroker(id: number, change: Partial<BrokerImage>): void {
    const broker = this.brokers.get(id)
    if (broker) this.brokers.writable().set(id, { ...broker, ...change })
  }

  private registrationChange(fields: FieldsOf<'BrokerRegistrationChangeRecord'>): void {
    // 1 fences, -1 unfences, 0 leaves it as it is.
    if (fields.fenced !== 0) this.changeBroker(fields.brokerId, { fenced: fields.fenced > 0 })
    if (fields.inControlledShutdown > 0) this.changeBroker(fields.brokerId, { inControlledShutdown: true })
    const record = this.brokers.get(fields.brokerId)?.record
    if (record?.type !== 'RegisterBrokerRecord') return
    const { logDirs, cordonedLogDirs } = fields
    if (logDirs.length > 0) this.changeBroker(fields.brokerId, { record: withFields(record, { logDirs }) })
    if (cordonedLogDirs === null) return
    const registered = this.brokers.get(fields.brokerId)?.record as typeof record
    const version = Math.max(record.version, WITH_CORDONED_DIRS)
    this.changeBroker(fields.brokerId, { record: { ...withFields(registered, { cordonedLogDirs }), version } })
  }

  private topicById(id: Uuid): TopicImage | undefined {
    const name = this.topicNames.get(id)
    return name === undefined ? undefined : this.topics.get(name)
  }

  private setPartition(topic: TopicImage, partition: number, value: PartitionImage): void {
    let target = topic
    if (!this.owned.has(topic.name)) {
      this.owned.add(topic.name)
      target = { ...topic, partitions: [...topic.partitions] }
      this.topics.writable().set(topic.name, target)
    }
    ;(target.partitions as PartitionImage[])[partition] = value
    this.changedTopics.add(topic.name)
  }

  private partition(fields: FieldsOf<'PartitionRecord'>): void {
    const topic = this.topicById(fields.topicId)
    if (!topic) return
    this.setPartition(topic, fields.partitionId, {
      replicas: fields.replicas,
      directories: directoriesOf(fields.replicas, fields.directories),
      isr: fields.isr,
      removingReplicas: fields.removingReplicas,
      addingReplicas: fields.addingReplicas,
      elr: fields.eligibleLeaderReplicas ?? [],
      lastKnownElr: fields.lastKnownElr ?? [],
      leader: fields.leader,
      leaderRecoveryState: fields.leaderRecoveryState,
      leaderEpoch: fields.leaderEpoch,
      partitionEpoch: fields.partitionEpoch,
    })
  }

  private partitionChange(fields: FieldsOf<'PartitionChangeRecord'>): void {
    const topic = this.topicById(fields.topicId)
    const before = topic?.partitions[fields.partitionId]
    if (!topic || !before) return
    const leaderChanges = fields.leader !== NO_LEADER_CHANGE
    const replicas = fields.replicas ?? before.replicas
    this.setPartition(topic, fields.partitionId, {
      replicas,
      directories: directoriesOf(replicas, fields.directories ?? before.directories),
      isr: fields.isr ?? before.isr,
      removingReplicas: fields.removingReplicas ?? before.removingReplicas,
      addingReplicas: fields.addingReplicas ?? before.addingReplicas,
      elr: fields.eligibleLeaderReplicas ?? before.elr,
      lastKnownElr: fields.lastKnownElr ?? before.lastKnownElr,
      leader: leaderChanges ? fields.leader : before.leader,
      leaderRecoveryState: fields.leaderRecoveryState >= 0 ? fields.leaderRecoveryState : before.leaderRecoveryState,
      leaderEpoch: leaderChanges ? before.leaderEpoch + 1 : before.leaderEpoch,
      partitionEpoch: before.partitionEpoch + 1,
    })
  }

  private removeTopic(id: Uuid): void {
    const topic = this.topicById(id)
    if (!topic) return
    this.topics.writable().delete(topic.name)
    this.topicNames.writable().delete(id)
    this.owned.delete(topic.name)
    this.configs.writable().delete(configKey(ResourceType.topic, topic.name))
    this.changedTopics.delete(topic.name)
    this.deletedTopics.push({ name: topic.name, id })
  }

  private config(fields: FieldsOf<'ConfigRecord'>): void {
    const key = configKey(fields.resourceType, fields.resourceName)
    const values = new Map(this.configs.get(key))
    if (fields.value === null) values.delete(fields.name)
    else values.set(fields.name, fields.value)
    if (values.size === 0) this.configs.writable().delete(key)
    else this.configs.writable().set(key, values)
    this.changedConfigs.add(key)
  }

  private quota(fields: FieldsOf<'ClientQuotaRecord'>): void {
    const entity = fields.entity.map(({ entityType, entityName }) => `${entityType}=${JSON.stringify(entityName)}`)
    const key = `${entity.sort().join(',')}:${fields.key}`
    if (fields.remove) this.quotas.writable().delete(key)
    else this.quotas.writable().set(key, fields)
  }

  private clearElr(topicName: string): void {
    for (const topic of topicName === '' ? [...this.topics.done().values()] : [this.topics.get(topicName)])
      for (const [index, partition] of topic?.partitions.entries() ?? [])
        if (partition.elr.length + partition.lastKnownElr.length > 0)
          this.setPartition(this.topics.get((topic as TopicImage).name) as TopicImage, index, {
            ...partition,
            elr: [],
            lastKnownElr: [],
          })
  }

  /** What is not acted on here must still be in the next snapshot. */
  private keep(record: MetadataRecord): void {
    switch (record.type) {
      case 'UserScramCredentialRecord':
        return void this.kept.writable().set(`scram:${record.fields.name}:${record.fields.mechanism}`, record)
      case 'RemoveUserScramCredentialRecord':
        return void this.kept.writable().delete(`scram:${record.fields.name}:${record.fields.mechanism}`)
      case 'DelegationTokenRecord':
        return void this.kept.writable().set(`token:${record.fields.tokenId}`, record)
      case 'RemoveDelegationTokenRecord':
        return void this.kept.writable().delete(`token:${record.fields.tokenId}`)
      case 'RegisterControllerRecord':
        return void this.kept.writable().set(`controller:${record.fields.controllerId}`, record)
      case 'ZkMigrationStateRecord':
        return void this.kept.writable().set('zk-migration', record)
      default:
        return
    }
  }
}

export const hasLeader = (partition: PartitionImage): boolean => partition.leader !== NO_LEADER
