import { interBrokerListener } from '../../config/inter-broker.ts'
import type { Voter } from '../../config/topology.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { lacksDirectories } from '../controller/broker-views.ts'
import { registerBroker, tellDirectories } from '../controller/brokers.ts'
import type { ClusterCare } from '../controller/cluster-care.ts'
import type { Controller } from '../controller/controller.ts'
import { GroupCoordinator, OFFSETS_TOPIC } from '../coordinator/group/group-coordinator.ts'
import { SHARE_STATE_TOPIC, ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import { ClusterShareStates } from '../coordinator/share/share-states.ts'
import { MarkerSender } from '../coordinator/transaction/marker-sender.ts'
import { MarkerWriter } from '../coordinator/transaction/marker-writer.ts'
import { TRANSACTION_TOPIC, TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import { metadataDirOf } from '../format.ts'
import { ClusterMembership } from '../membership/cluster-membership.ts'
import { type ControllerLink, linkInProcess } from '../membership/controller-link.ts'
import type { Elections } from '../membership/elections.ts'
import type { QuorumVote } from '../membership/quorum-member.ts'
import type { VoterChanges } from '../membership/voter-changes.ts'
import { cleanerSettingsOf, cordonedDirsOf, groupValue, logConfigOf, topicEntry } from '../metadata/effective-config.ts'
import { configKey, type Endpoint, type MetadataImage, ResourceType } from '../metadata/image.ts'
import type { ImageChange } from '../metadata/loader.ts'
import { directoryOf, holdsCordoned } from '../metadata/replica-directories.ts'
import { Peers } from '../peers.ts'
import type { MetadataLog } from '../raft/metadata-log.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { GatheredWrites } from '../replication/gathered-writes.ts'
import { ReplicaManager } from '../replication/replica-manager.ts'
import { replicationSettings } from '../replication/replication-settings.ts'
import { SharePartitions } from '../replication/share/share-partitions.ts'
import type { ShareRules } from '../replication/share/share-state.ts'
import type { DirectoryFailure } from '../storage/log-directories.ts'
import { LogManager } from '../storage/log-manager.ts'
import { AwaitedMetadata } from './awaited-metadata.ts'
import { forwarding } from './forwarding.ts'
import { brokerHandlers, controllerHandlers, localHandlers } from './handlers/index.ts'
import { IdleConfigs } from './idle-configs.ts'
import { Node, type NodeOptions } from './node.ts'
import { ProducerIds } from './producer-ids.ts'
import type { Quorum } from './quorum.ts'
import type { Handler, Router } from './router.ts'
import type { BrokerServices } from './services.ts'
import { beginningOf } from './share-beginning.ts'
import { ShareSessions } from './share-sessions.ts'
import { TopicCreator } from './topic-creator.ts'

/** How long a broker waits for topics that the controller has made for it, until it has read of them; milliseconds. */
const TOPICS_MS = 1000

/**
 * A node that is a broker, and a controller besides or not: puts the parts together, in the order in which they need each other. Without a controller it
 * joins the cluster of one elsewhere.
 */
export class Broker extends Node implements BrokerServices {
  readonly metadataLog: MetadataLog
  private readonly quorum: Quorum | undefined
  private readonly membership: ClusterMembership | undefined
  /** What this broker asks of the active controller. */
  readonly link: ControllerLink
  private readonly awaited: AwaitedMetadata
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly writes = new GatheredWrites()
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shareCoordinator: ShareCoordinator
  readonly shares: SharePartitions
  readonly shareSessions: ShareSessions
  readonly shareStates: ClusterShareStates
  readonly markers: MarkerWriter
  readonly peers: Peers
  readonly producerIds: ProducerIds
  readonly topicCreator: TopicCreator

  private constructor(options: NodeOptions) {
    super(options)
    const { config, runtime } = options
    const { clusterId } = this
    this.awaited = new AwaitedMetadata(runtime.clock)
    this.logs = new LogManager({
      runtime,
      dirs: config.logDirs,
      nodeId: config.nodeId,
      clusterId,
      configFor: (topic) => logConfigOf(this.image, config, topic),
      topicIdOf: (topic) => this.image.topics.get(topic)?.id,
      directoryOf: (topic, partition) => {
        const found = this.image.topics.get(topic)?.partitions[partition]
        return found && directoryOf(found, config.nodeId)
      },
      directoryIds: new Map(Array.from(this.opened.directories, ([dir, { directoryId }]) => [dir, directoryId])),
      unusable: this.opened.unusable,
      onDirFailure: (failure) => this.directoryFailed(failure),
      log: options.log,
      cleaner: () => cleanerSettingsOf(this.image, config),
      initialDelayMs: config.get('log.initial.task.delay.ms'),
      retentionCheckMs: config.get('log.retention.check.interval.ms'),
      flushCheckMs: Math.min(config.get('log.flush.scheduler.interval.ms'), 3_600_000),
      flushCheckpointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      highWatermarkCheckpointMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    })
    this.logs.lock()
    this.logs.directories.cordon(cordonedDirsOf(this.image, config))
    if (config.isBrokerOnly) {
      this.membership = this.newMembership()
      this.metadataLog = this.membership.observer
      this.link = this.membership.link
    } else {
      const quorum = this.newQuorum(() => this.logs.unlock())
      this.quorum = quorum
      this.metadataLog = quorum.raft
      if (quorum.isAlone) this.link = linkInProcess(quorum.controller)
      else {
        this.membership = this.newMembership(quorum.vote(options.onFatal))
        this.link = this.membership.link
      }
    }
    this.peers = new Peers({ config, runtime, image: () => this.image })
    this.replicas = new ReplicaManager({
      logs: this.logs,
      nodeId: config.nodeId,
      clock: runtime.clock,
      settings: replicationSettings(config),
      alterPartition: (request) => this.link.alterPartition(request),
      assignReplicas: (request) => this.link.assignReplicas(request),
      leader: (id) => this.peers.broker(id, 'replica-fetcher'),
      log: options.log,
      configFor: (topic) => logConfigOf(this.image, config, topic),
      minInSync: (topic) => Number(topicEntry(this.image, config, topic, 'min.insync.replicas').value),
      onTopicDeleted: (topic, id) => {
        this.groups.forgetTopic(topic, id)
        this.transactions.forgetTopic(topic)
        this.shares.dropTopic(id)
        this.shareCoordinator.forgetTopic(topic, id)
      },
    })
    this.topicCreator = new TopicCreator({
      ...{ controller: this.link, config, clock: runtime.clock, log: options.log },
      image: () => this.image,
    })
    this.shareCoordinator = new ShareCoordinator({
      runtime,
      config,
      replicas: this.replicas,
      image: () => this.image,
      createTopic: () => this.topicCreator.create(SHARE_STATE_TOPIC),
    })
    const { nodeId } = config
    const { clock } = runtime
    this.shareStates = new ClusterShareStates({ local: this.shareCoordinator, nodeId, peers: this.peers, clock })
    this.groups = new GroupCoordinator({
      runtime,
      config,
      replicas: this.replicas,
      image: () => this.image,
      shareStates: this.shareStates,
      createOffsetsTopic: () => this.topicCreator.create(OFFSETS_TOPIC),
      createInternalTopics: (topics) => this.topicCreator.createInternal(topics),
    })
    this.producerIds = new ProducerIds(this.link)
    this.markers = new MarkerWriter({
      replicas: this.replicas,
      clock: runtime.clock,
      onWritten: (topic, partition, marker) => {
        if (topic === OFFSETS_TOPIC) this.groups.transactionEnded(partition, marker)
      },
    })
    this.transactions = new TransactionCoordinator({
      runtime,
      config,
      replicas: this.replicas,
      producerIds: this.producerIds,
      markers: new MarkerSender({ local: this.markers, nodeId, peers: this.peers, image: () => this.image }),
      image: () => this.image,
      createTopic: () => this.topicCreator.create(TRANSACTION_TOPIC),
      log: options.log,
    })
    this.shares = new SharePartitions({
      replicas: this.replicas,
      clock: runtime.clock,
      persister: this.shareStates,
      rules: (groupId) => this.shareRules(groupId),
      firstOffset: (groupId, { log }) =>
        beginningOf(log, groupValue(this.image, config, groupId, 'share.auto.offset.reset'), runtime.clock.now()),
    })
    this.shareSessions = new ShareSessions({
      maxSessions: config.get('group.share.max.share.sessions'),
      release: ({ groupId, memberId, partitions }) => {
        for (const { topicId, index } of partitions.values())
          this.shares
            .find({ groupId, topicId, partition: index })
            ?.release(memberId)
            .catch(() => {})
      },
      onGroupGone: (groupId) => this.shares.dropGroup(groupId),
    })
  }

  private newMembership(voter?: QuorumVote): ClusterMembership {
    const { config, runtime, log, onFatal } = this.options
    // A listener that other brokers could not be reached by is found now, and not when the first of them is asked.
    interBrokerListener(config)
    const knows = (image: MetadataImage, names: readonly string[]) => names.every((name) => image.topics.has(name))
    return new ClusterMembership({
      ...{ config, runtime, onFatal, log, voter },
      metadataLog: this.metadataLogOptions(),
      ...this.ids,
      topicsKnown: (names) => this.awaited.until(this.image, (image) => knows(image, names), TOPICS_MS),
    })
  }

  static async start(options: NodeOptions): Promise<Broker> {
    const broker = new Broker(options)
    const stop = () => broker.membership?.close()
    options.signal?.addEventListener('abort', stop)
    try {
      await broker.open()
      return broker
    } catch (error) {
      await broker.abandon()
      throw error
    } finally {
      options.signal?.removeEventListener('abort', stop)
    }
  }

  get controller(): Controller {
    return this.asController().controller
  }

  get raft(): RaftNode {
    return this.asController().raft
  }

  get elections(): Elections | undefined {
    return this.membership?.elections
  }

  get voterChanges(): VoterChanges {
    return this.asController().voterChanges
  }

  get quorumVoters(): readonly Voter[] {
    return this.quorum?.voters ?? []
  }

  get care(): ClusterCare {
    return this.asController().care
  }

  private asController(): Quorum {
    if (!this.quorum) throw new KafkaError('NOT_CONTROLLER', `Node ${this.config.nodeId} is no controller`)
    return this.quorum
  }

  /** Of this broker's registration; -1 before it. */
  epoch(): number {
    return this.membership?.epoch ?? this.image.brokers.get(this.config.nodeId)?.epoch ?? -1
  }

  shareRules(groupId: string): ShareRules {
    const { image, config } = this
    return {
      deliveryCountLimit: groupValue(image, config, groupId, 'share.delivery.count.limit'),
      lockMs: groupValue(image, config, groupId, 'share.record.lock.duration.ms'),
      maxLocks: groupValue(image, config, groupId, 'share.partition.max.record.locks'),
      renewAllowed: groupValue(image, config, groupId, 'share.renew.acknowledge.enable'),
    }
  }

  readsCommitted(groupId: string): boolean {
    return groupValue(this.image, this.config, groupId, 'share.isolation.level') === 'read_committed'
  }

  private handlersForClients(served: () => Router['apis']): Handler[] {
    const { membership } = this
    if (!membership) return brokerHandlers(this, served)
    return [...localHandlers(this, served), ...forwarding(this, membership.channel)]
  }

  private async open(): Promise<void> {
    const { logs, replicas, loader, membership } = this
    // A port that is taken is found before anything is written.
    const settle = () => this.writes.settle()
    await this.listeners.bind(
      this.router((served) => this.handlersForClients(served), settle),
      this.router((served) => (this.quorum ? controllerHandlers(this, served) : []), settle),
    )
    if (this.elections) this.listeners.admitQuorum()
    if (membership) await this.join(membership)
    else await this.quorum?.lead()
    logs.load()
    for (const { topic, partition } of [...replicas.strays(this.image)]) logs.delete(topic, partition)
    await logs.flushRecovered()
    if (this.quorum && !membership) await this.register(this.quorum.controller)
    loader.addPublisher((change, image) => this.cordon(change, image))
    loader.addPublisher((change, image) => replicas.publish(change, image))
    loader.addPublisher((change, image) => this.groups.publish(change, image))
    loader.addPublisher((change) => this.transactions.publish(change))
    const idle = new IdleConfigs(this.options.log)
    loader.addPublisher((change, image) => idle.publish(change, image))
    loader.addPublisher((change, image) => this.certificates.publish(change, image))
    loader.addPublisher((_, image) => this.awaited.publish(image))
    loader.addPublisher((_, image) => this.tellDirectories(image))
    loader.addPublisher(() => this.snapshotWhenDue())
    if (membership?.elections) {
      const register = membership.register(this.registered(this.controllerEndpoints), () => this.image)
      loader.addPublisher((_, image) => register(image))
    }
    logs.start()
    if (!membership) this.quorum?.begin()
    this.groups.start()
    this.transactions.start()
    this.shareCoordinator.start()
    await membership?.unfence()
    this.listeners.admit()
  }

  private async register(controller: Controller): Promise<void> {
    const { config, logs } = this
    const logDirs = logs.directories.onlineIds
    const cordonedLogDirs = logs.directories.cordonedIds
    const registration = { endpoints: this.endpoints(), rack: config.get('broker.rack'), logDirs, cordonedLogDirs }
    await controller.submit((context) => registerBroker(context, { ...registration, cleanStart: logs.cleanStop.clean }))
  }

  /** A cluster that was raised to where its metadata names directories has to learn those of this broker. */
  private tellDirectories(image: MetadataImage): void {
    const { membership, config, logs } = this
    if (!lacksDirectories(image, config.nodeId)) return
    if (membership) membership.registerAnew()
    // A controller that cannot write it down has failed as a whole, and says so.
    else
      this.controller
        .submit((context) => tellDirectories(context, config.nodeId, logs.directories.onlineIds))
        .catch(() => {})
  }

  /** Joins the cluster of a controller elsewhere, and reads what it has decided so far. */
  private async join(membership: ClusterMembership): Promise<void> {
    const { logs } = this
    logs.readCleanStop()
    await membership.join({
      endpoints: this.endpoints(),
      logDirs: () => logs.directories.onlineIds,
      cordonedLogDirs: () => (holdsCordoned(this.image) ? logs.directories.cordonedIds : null),
      previousBrokerEpoch: logs.cleanStop.brokerEpoch,
      metadataOffset: () => this.image.offset - 1,
    })
  }

  /** Follows the metadata: where nothing new is begun any more, or again (KIP-1066). */
  private cordon({ changedConfigs }: ImageChange, image: MetadataImage): void {
    const { config, logs, membership, quorum } = this
    if (!changedConfigs.has(configKey(ResourceType.broker, String(config.nodeId)))) return
    if (!logs.directories.cordon(cordonedDirsOf(image, config))) return
    if (membership) membership.cordonedChanged()
    else this.runtime.clock.defer(() => quorum?.care.directoriesCordoned(logs.directories.cordonedIds))
  }

  /**
   * The node goes on without a directory that has failed (KIP-112): its replicas are offline here, and led elsewhere once the controller knows. Without the
   * metadata, or any directory, there is nothing to go on with.
   */
  private directoryFailed({ path, id, error, logs }: DirectoryFailure): void {
    if (path === metadataDirOf(this.config) || this.logs.directories.allFailed)
      return this.options.onFatal(new Error(`Log directory ${path} failed: ${error.message}`))
    // While the node starts there is nobody yet to hear of it: it registers without the directory.
    if (!this.replicas) return
    this.replicas.takeOffline(logs, id)
    if (id === undefined) return
    this.membership?.directoryFailed(id)
    if (!this.membership) this.quorum?.care.directoryFailed(id)
    this.runtime.clock.defer(() => {
      this.groups.resign()
      this.transactions.resign()
      this.shareCoordinator.resign()
    })
  }

  private endpoints(): Endpoint[] {
    return this.registered(this.listeners.advertised())
  }

  /** Finishes what is under way, writes everything down and lets go of the directories. */
  async close(): Promise<void> {
    await this.membership?.leave()
    // A controller that cannot write it down stops all the same.
    if (!this.membership) await this.quorum?.care.shutDownOwn().catch(() => {})
    await this.listeners.close()
    await this.membership?.abdicate()
    this.quorum?.close()
    this.groups.close()
    this.transactions.close()
    this.shares.close()
    this.shareCoordinator.close()
    this.replicas.close()
    this.peers.close()
    this.membership?.close()
    await this.metadataLog.close()
    await this.logs.shutdown(this.epoch())
  }

  /** The start failed: nothing that was on disk may look as if it had been a clean stop. */
  private async abandon(): Promise<void> {
    void this.listeners.close().catch(() => {})
    this.membership?.close()
    await this.metadataLog.close().catch(() => {})
    this.logs.unlock()
  }
}
