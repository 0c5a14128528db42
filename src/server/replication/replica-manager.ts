import type { NodeClient } from '../../client/node.ts'
import { UNASSIGNED } from '../../protocol/directory-ids.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { emptyImage, type MetadataImage, type PartitionImage } from '../metadata/image.ts'
import type { ImageChange } from '../metadata/loader.ts'
import { directoryOf, hasOnlineDir, holdsDirectories, isUnknown } from '../metadata/replica-directories.ts'
import type { Log } from '../storage/log.ts'
import type { LogConfig } from '../storage/log-config.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { hasRoomForFuture, partitionDir } from '../storage/names.ts'
import {
  type AssignReplicasRequest,
  type AssignReplicasResponse,
  DirectoryAssignments,
} from './directory-assignments.ts'
import { DirectoryMoves } from './directory-moves.ts'
import { Fetchers } from './fetcher/fetchers.ts'
import { type AlterPartitionRequest, type AlterPartitionResponse, IsrProposals } from './isr-proposals.ts'
import type { ReplicationContext } from './leadership.ts'
import { inOfflineDirectory, OfflineReplicas } from './offline-replicas.ts'
import { Partition } from './partition.ts'
import type { ReplicationSettings } from './replication-settings.ts'
import { Throttles } from './throttles.ts'

export interface ReplicaManagerOptions {
  readonly logs: LogManager
  readonly nodeId: number
  readonly clock: Clock
  readonly settings: ReplicationSettings
  configFor(topic: string): LogConfig
  minInSync(topic: string): number
  onTopicDeleted?(topic: string, id: Uuid): void
  /** Asks the controller for other ISRs. Rejects when it cannot be asked. */
  alterPartition(request: AlterPartitionRequest): Promise<AlterPartitionResponse>
  /** Tells the controller where replicas lie (KIP-858). Rejects when it cannot be told. */
  assignReplicas(request: AssignReplicasRequest): Promise<AssignReplicasResponse>
  /** The connection to a broker that is followed. Throws when there is no such broker. */
  leader(id: number): Pick<NodeClient, 'send'>
  log(line: string): void
}

/** The partitions that this broker holds, kept in step with the metadata. */
export class ReplicaManager {
  private readonly topics = new Map<string, (Partition | undefined)[]>()
  private readonly topicIds = new Map<Uuid, string>()
  private readonly offline = new OfflineReplicas()
  private readonly minInSyncs = new Map<string, number>()
  private readonly replication: ReplicationContext
  readonly throttles: Throttles
  private readonly fetchers: Fetchers
  private readonly proposals: IsrProposals
  private readonly assignments: DirectoryAssignments
  private readonly moves: DirectoryMoves
  /** Metadata as it was told of last. */
  private image: MetadataImage = emptyImage
  /** Whether the first image was told of, which has what was there before this broker started. */
  private hasStarted = false
  /** Looks for followers that lag; set once there are any. */
  private lagCheck: Timer | undefined

  constructor(private readonly options: ReplicaManagerOptions) {
    const { nodeId, clock, settings, log, alterPartition, assignReplicas, leader } = options
    const brokerEpoch = () => this.image.brokers.get(nodeId)?.epoch ?? -1
    this.proposals = new IsrProposals({ clock, nodeId, brokerEpoch, alterPartition, log })
    this.assignments = new DirectoryAssignments({
      ...{ nodeId, clock, brokerEpoch, assignReplicas, log },
      known: (topicId, index) => this.assignedDirectory(topicId, index),
    })
    this.throttles = new Throttles(nodeId, clock, {
      replication: settings.quotaWindows,
      directories: settings.directoryQuotaWindows,
    })
    this.moves = new DirectoryMoves({
      ...{ logs: options.logs, clock, log, quota: this.throttles.directories },
      placeOf: ({ topicId, partition }) =>
        holdsDirectories(this.image) ? this.assignedDirectory(topicId, partition) : undefined,
      tell: ({ topicId, partition }, directory) => this.assignments.note(topicId, partition, directory),
    })
    const quota = this.throttles.follower
    this.fetchers = new Fetchers({ nodeId, clock, settings, quota, brokerEpoch, leader, log })
    this.replication = {
      ...{ nodeId, clock, lagTimeMaxMs: settings.lagTimeMaxMs, proposals: this.proposals, brokerEpoch, log },
      minInSync: (topic) => this.minInSync(topic),
      liveEpoch: (id) => {
        const broker = this.image.brokers.get(id)
        return broker && !broker.fenced ? broker.epoch : undefined
      },
      isEligible: (id, epoch) => {
        const broker = this.image.brokers.get(id)
        if (!broker || broker.fenced || broker.inControlledShutdown) return false
        return epoch === broker.epoch || epoch === -1
      },
      canServe: (id, partition) => {
        const broker = this.image.brokers.get(id)
        return broker === undefined || hasOnlineDir(broker, directoryOf(partition, id) ?? UNASSIGNED)
      },
    }
  }

  /** Brings the logs in line with an image; `delta` says where it differs from the one before. */
  publish(delta: ImageChange, image: MetadataImage): void {
    this.image = image
    for (const { name, id } of delta.deletedTopics) this.deleteTopic(name, id)
    // Before a fetcher asks for anything of them.
    if (delta.changedConfigs.size > 0) this.throttles.publish(delta.changedConfigs, image)
    for (const name of delta.changedTopics) this.updateTopic(name, image)
    if (delta.changedConfigs.size > 0) this.updateConfigs(delta.changedConfigs)
    this.hasStarted = true
    if (delta.changedTopics.size > 0) this.moves.notice()
  }

  /** Where a replica of this broker lies by the metadata. */
  private assignedDirectory(topicId: Uuid, index: number): Uuid | undefined {
    const topic = this.image.topics.get(this.topicIds.get(topicId) ?? '')
    const partition = topic?.partitions[index]
    return partition && directoryOf(partition, this.options.nodeId)
  }

  private updateTopic(name: string, image: MetadataImage): void {
    const { nodeId } = this.options
    const topic = image.topics.get(name)
    if (!topic) return
    let partitions = this.topics.get(name)
    if (!partitions) this.topics.set(name, (partitions = []))
    this.topicIds.set(topic.id, name)
    for (const [index, partition] of topic.partitions.entries()) {
      const present = partitions[index]
      if (!partition.replicas.includes(nodeId)) {
        if (present) this.drop(present)
        this.offline.forget(name, index)
        partitions[index] = undefined
        continue
      }
      if (present) present.update(partition)
      else partitions[index] = this.open(name, index, topic.id, partition)
      this.tellPlace(name, index, topic.id, partition)
      const opened = partitions[index]
      if (opened && (partition.replicas.length > 1 || present)) this.follow(opened)
    }
  }

  /** Undefined when the log cannot be had, and the replica is offline. */
  private open(name: string, index: number, topicId: Uuid, image: PartitionImage): Partition | undefined {
    const { logs, nodeId } = this.options
    if (this.offline.has(name, topicId, index)) return undefined
    const existing = logs.get(name, index)
    // A log of another topic id was left behind by a topic of the same name.
    if (existing && existing.topicId !== topicId) logs.delete(name, index)
    try {
      const directory = directoryOf(image, nodeId)
      // An old one of which nobody was told where it is: not where a new one begins.
      const isOld = directory === UNASSIGNED && !this.hasStarted && !logs.get(name, index)
      const log = logs.getOrCreate(name, index, topicId, isOld ? undefined : directory)
      if (logs.futures.of(log)) this.moves.resume(log)
      return new Partition(name, index, log, image, nodeId, this.replication)
    } catch (error) {
      if (!(error instanceof KafkaError) || error.error !== 'KAFKA_STORAGE_ERROR') throw error
      this.options.log(`Cannot bring up ${name}-${index}: ${error.message}`)
      this.offline.add(name, topicId, index)
      return undefined
    }
  }

  /** Tells the controller where a replica lies, when it believes something else. Of one that has no log it may be in a directory that is out of use. */
  private tellPlace(name: string, index: number, topicId: Uuid, image: PartitionImage): void {
    const { logs, nodeId } = this.options
    const known = directoryOf(image, nodeId)
    const lost = isUnknown(known) ? logs.directories.lastFailedId : undefined
    const log = logs.get(name, index)
    const place = log ? (this.moves.announced(log) ?? logs.directoryIdOf(name, index)) : lost
    if (place === undefined || place === known || !holdsDirectories(this.image)) return
    this.assignments.note(topicId, index, place)
  }

  /**
   * Moves a replica of this broker to the log directory of that path (KIP-113); one that comes only later begins there. Throws LOG_DIR_NOT_FOUND,
   * REPLICA_NOT_AVAILABLE when it is not here, INVALID_TOPIC_EXCEPTION when its name is too long, INVALID_REPLICA_ASSIGNMENT for a directory that is
   * cordoned (KIP-1066), KAFKA_STORAGE_ERROR while one is out of use.
   */
  alterDirectory(topic: string, index: number, path: string): void {
    const { logs } = this.options
    if (!hasRoomForFuture(topic, index)) throw new KafkaError('INVALID_TOPIC_EXCEPTION', 'The topic name is too long.')
    const dir = logs.directories.inUse(path)
    if (logs.directories.isCordoned(path))
      throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', `Log directory ${path} is cordoned`)
    this.offline.check(topic, index)
    const log = this.find(topic, index)?.log
    if (!log) {
      if (!this.image.topics.get(topic)?.partitions[index]) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
      logs.directories.prefer(partitionDir(topic, index), dir)
      throw new KafkaError('REPLICA_NOT_AVAILABLE')
    }
    const destination = logs.futures.destinationOf(log)
    if (destination && destination !== dir) this.moves.cancel(log)
    if (logs.dirOf(log) === path || destination === dir) return
    if (logs.directories.anyFailed)
      throw new KafkaError('KAFKA_STORAGE_ERROR', 'No replica is moved while a log directory is out of use')
    this.moves.begin(log, dir)
  }

  /** The directory of these logs is out of use: nobody leads, follows or reads them any more, and whoever waits hears it. */
  takeOffline(logs: readonly Log[], directoryId: Uuid | undefined): void {
    this.moves.forgetLost(directoryId)
    for (const log of logs) {
      const { topic, partition: index } = log
      const partitions = this.topics.get(topic) ?? []
      const partition = partitions[index]
      if (partition?.log !== log) continue
      partitions[index] = undefined
      this.offline.add(topic, log.topicId, index)
      this.fetchers.forget(partition)
      partition.close(inOfflineDirectory(topic, index))
    }
  }

  private follow(partition: Partition): void {
    this.fetchers.place(partition)
    if (partition.isReplicated) this.lagCheck ??= this.checkLagSoon()
  }

  private checkLagSoon(): Timer {
    const { clock, settings } = this.options
    return clock.timer(settings.lagTimeMaxMs / 2, () => {
      this.lagCheck = this.checkLagSoon()
      for (const partition of this.all()) partition.shrinkIsr()
    })
  }

  private drop(partition: Partition): void {
    this.fetchers.forget(partition)
    this.moves.forget(partition.log)
    partition.close()
    this.options.logs.delete(partition.topic, partition.index)
  }

  private deleteTopic(name: string, id: Uuid): void {
    this.topicIds.delete(id)
    const partitions = this.topics.get(name) ?? []
    this.topics.delete(name)
    this.offline.forgetTopic(name)
    this.minInSyncs.delete(name)
    this.throttles.forget(name)
    for (const partition of partitions) if (partition) this.drop(partition)
    this.options.onTopicDeleted?.(name, id)
  }

  private updateConfigs(changed: ReadonlySet<string>): void {
    this.minInSyncs.clear()
    const brokerWide = [...changed].some((key) => key.startsWith('4:'))
    for (const [name, partitions] of this.topics) {
      if (!brokerWide && !changed.has(`2:${name}`)) continue
      const config = this.options.configFor(name)
      for (const partition of partitions) if (partition) partition.log.config = config
    }
  }

  /** Logs on disk of partitions that the metadata does not know, or does not have on this broker: never served. */
  *strays(image: MetadataImage): Generator<{ topic: string; partition: number }> {
    const { logs, nodeId } = this.options
    for (const log of logs.all()) {
      const topic = image.topics.get(log.topic)
      if (topic?.id !== log.topicId || !topic.partitions[log.partition]?.replicas.includes(nodeId))
        yield { topic: log.topic, partition: log.partition }
    }
  }

  find(topic: string, index: number): Partition | undefined {
    return this.topics.get(topic)?.[index]
  }

  /** Throws UNKNOWN_TOPIC_OR_PARTITION, or KAFKA_STORAGE_ERROR where its log directory is out of use. */
  get(topic: string, index: number): Partition {
    const partition = this.find(topic, index)
    if (partition) return partition
    this.offline.check(topic, index)
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  }

  /** The topic's `min.insync.replicas`, looked up once until configs change. */
  minInSync(topic: string): number {
    let value = this.minInSyncs.get(topic)
    if (value === undefined) this.minInSyncs.set(topic, (value = this.options.minInSync(topic)))
    return value
  }

  topicName(id: Uuid): string | undefined {
    return this.topicIds.get(id)
  }

  *all(): Generator<Partition> {
    for (const partitions of this.topics.values()) for (const partition of partitions) if (partition) yield partition
  }

  /** Follows nobody any more, and asks nothing of the controller. */
  close(): void {
    this.lagCheck?.cancel()
    this.proposals.close()
    this.moves.close()
    this.assignments.close()
    this.fetchers.close()
  }
}
