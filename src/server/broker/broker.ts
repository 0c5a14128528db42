import type { BrokerConfig } from '../../config/broker.ts'
import type { ListenerConfig } from '../../config/listeners.ts'
import type { Voter } from '../../config/topology.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Runtime } from '../../runtime/index.ts'
import { plainAddress } from '../../std/ip-address.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { bootstrap, registerBroker } from '../controller/brokers.ts'
import { ClusterCare } from '../controller/cluster-care.ts'
import { Controller } from '../controller/controller.ts'
import { removeEndedTokens } from '../controller/delegation-tokens.ts'
import { GroupCoordinator, OFFSETS_TOPIC } from '../coordinator/group/group-coordinator.ts'
import { SHARE_STATE_TOPIC, ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import { ClusterShareStates } from '../coordinator/share/share-states.ts'
import { MarkerSender } from '../coordinator/transaction/marker-sender.ts'
import { MarkerWriter } from '../coordinator/transaction/marker-writer.ts'
import { TRANSACTION_TOPIC, TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import { metadataDirOf, openDirectories, readBootstrap } from '../format.ts'
import { ClusterMembership, type QuorumVote } from '../membership/cluster-membership.ts'
import { type ControllerLink, linkInProcess } from '../membership/controller-link.ts'
import type { Elections } from '../membership/elections.ts'
import { cleanerSettingsOf, groupValue, logConfigOf, topicEntry } from '../metadata/effective-config.ts'
import type { Endpoint, MetadataImage } from '../metadata/image.ts'
import { MetadataLoader, type Publisher } from '../metadata/loader.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import { imageRecords } from '../metadata/snapshot.ts'
import { Peers } from '../peers.ts'
import type { MetadataLog, MetadataLogOptions } from '../raft/metadata-log.ts'
import { RaftNode } from '../raft/raft-node.ts'
import { GatheredWrites } from '../replication/gathered-writes.ts'
import { ReplicaManager } from '../replication/replica-manager.ts'
import { replicationSettings } from '../replication/replication-settings.ts'
import { SharePartitions } from '../replication/share/share-partitions.ts'
import type { ShareRules } from '../replication/share/share-state.ts'
import { LogManager } from '../storage/log-manager.ts'
import { everything, UserAccess } from './access/access.ts'
import { Authorizer } from './access/authorizer.ts'
import { DenialLog } from './access/denial-log.ts'
import { AwaitedMetadata } from './awaited-metadata.ts'
import { Certificates } from './certificates.ts'
import { forwarding } from './forwarding.ts'
import { brokerHandlers, controllerHandlers, localHandlers } from './handlers/index.ts'
import { IdleConfigs } from './idle-configs.ts'
import { NodeListeners } from './node-listeners.ts'
import { ProducerIds } from './producer-ids.ts'
import { Quotas } from './quotas/quotas.ts'
import { requestMeter } from './quotas/silence.ts'
import { type Handler, Router } from './router.ts'
import type { BrokerServices } from './services.ts'
import { beginningOf } from './share-beginning.ts'
import { ShareSessions } from './share-sessions.ts'
import { TokenExpiry } from './token-expiry.ts'
import { TokenSecrets } from './token-secrets.ts'
import { TopicCreator } from './topic-creator.ts'

/** Protocols of listeners, as records number them. */
const protocolIds = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

export interface BrokerOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  log(line: string): void
  /** Ends a start that waits for a controller. */
  readonly signal?: AbortSignal | undefined
  /** A disk failed under the node: it has stopped serving what was there, or has to stop whole. */
  onFatal(error: Error): void
}

/** The controller in a node that is one. */
interface Quorum {
  readonly raft: RaftNode
  readonly controller: Controller
  readonly care: ClusterCare
}

/** How long a broker waits for topics that the controller has made for it, until it has read of them; milliseconds. */
const TOPICS_MS = 1000

/**
 * A node that is a broker, and a controller besides or not: puts the parts together, in the order in which they need each other. Without a controller it
 * joins the cluster of one elsewhere.
 */
export class Broker implements BrokerServices {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: Uuid
  readonly metadataLog: MetadataLog
  readonly quorumVoters: readonly Voter[] = []
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
  readonly listeners: NodeListeners
  readonly tokenSecrets: TokenSecrets | undefined
  readonly authorizer: Authorizer | undefined
  readonly quotas: Quotas
  readonly certificates: Certificates
  private readonly tokenExpiry: TokenExpiry
  private readonly loader = new MetadataLoader()
  private readonly directoryIds: readonly Uuid[]
  readonly metadataDirectoryId: Uuid

  private constructor(private readonly options: BrokerOptions) {
    const { config, runtime } = options
    this.config = config
    this.runtime = runtime
    this.awaited = new AwaitedMetadata(runtime.clock)
    this.quotas = new Quotas({
      clock: runtime.clock,
      windows: { count: config.get('quota.window.num'), ms: config.get('quota.window.size.seconds') * 1000 },
      mutationWindows: {
        count: config.get('controller.quota.window.num'),
        ms: config.get('controller.quota.window.size.seconds') * 1000,
      },
      records: () => this.image.quotas,
    })
    this.authorizer = config.authorizer && new Authorizer(config.authorizer, () => this.image.acls)
    const secretKey = config.given('delegation.token.secret.key')
    this.tokenSecrets = secretKey ? new TokenSecrets(secretKey, runtime.random) : undefined
    // A certificate that is not there is found before anything is written.
    this.listeners = new NodeListeners({
      config,
      runtime,
      image: () => this.image,
      tokenSecrets: this.tokenSecrets,
      refusalMs: (address) => this.quotas.admitConnection(plainAddress(address)),
      paceConnections: (...args) => this.quotas.paceConnections(...args),
      log: options.log,
    })
    this.certificates = new Certificates({
      ...{ config, runtime, log: options.log },
      renew: (listener, tls) => this.listeners.renew(listener, tls),
    })
    this.tokenExpiry = new TokenExpiry(runtime.clock, config.get('delegation.token.expiry.check.interval.ms'), (now) =>
      this.controller.submit((context) => removeEndedTokens(context, now)),
    )
    const { clusterId, directories } = openDirectories(runtime, config)
    this.clusterId = clusterId
    this.directoryIds = config.logDirs.flatMap((dir) => directories.get(dir)?.directoryId ?? [])
    this.metadataDirectoryId = directories.get(metadataDirOf(config))?.directoryId ?? ZERO_UUID
    this.logs = new LogManager({
      runtime,
      dirs: config.logDirs,
      nodeId: config.nodeId,
      clusterId,
      configFor: (topic) => logConfigOf(this.image, config, topic),
      topicIdOf: (topic) => this.image.topics.get(topic)?.id,
      onDirFailure: (dir, error) => options.onFatal(new Error(`Log directory ${dir} failed: ${error.message}`)),
      log: options.log,
      cleaner: () => cleanerSettingsOf(this.image, config),
      retentionCheckMs: config.get('log.retention.check.interval.ms'),
      flushCheckMs: Math.min(config.get('log.flush.scheduler.interval.ms'), 3_600_000),
      flushCheckpointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      highWatermarkCheckpointMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    })
    this.logs.lock()
    const metadataDir = metadataDirOf(config)
    const metadataLog: MetadataLogOptions = {
      runtime,
      dir: `${metadataDir}/__cluster_metadata-0`,
      nodeId: config.nodeId,
      segmentBytes: config.get('metadata.log.segment.bytes'),
      onSnapshot: ({ values, offset, epoch }) => this.loader.replace(values, offset, epoch),
      onCommit: ({ values, offset, epoch }) => this.loader.load(values, offset, epoch),
      onFailure: (error) => options.onFatal(new Error(`The metadata log failed: ${error.message}`)),
    }
    if (config.isBrokerOnly) {
      this.membership = this.newMembership(metadataLog)
      this.metadataLog = this.membership.observer
      this.link = this.membership.link
    } else {
      const raft = new RaftNode({ ...metadataLog, voters: votersOf(config) })
      this.metadataLog = raft
      this.quorumVoters = addressesOf(config, raft)
      this.quorum = this.newQuorum(raft)
      if (raft.voters.length > 1) {
        this.membership = this.newMembership(metadataLog, this.voteOf(raft))
        this.link = this.membership.link
      } else this.link = linkInProcess(this.quorum.controller)
    }
    this.peers = new Peers({ config, runtime, image: () => this.image })
    this.replicas = new ReplicaManager({
      logs: this.logs,
      nodeId: config.nodeId,
      clock: runtime.clock,
      settings: replicationSettings(config),
      alterPartition: (request) => this.link.alterPartition(request),
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
    this.topicCreator = new TopicCreator(this.link, config, () => this.image)
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

  private newQuorum(raft: RaftNode): Quorum {
    const { config, runtime, log } = this.options
    const image = () => this.image
    // Among other controllers a broker is heard as all others are: the next controller does not live in its process.
    const ownBroker = raft.voters.length > 1 ? -1 : config.nodeId
    const controller = new Controller(raft, image, config, runtime.random)
    const { clusterId } = this
    const care = new ClusterCare({ controller, config, clock: runtime.clock, clusterId, ownBroker, log, image })
    return { raft, controller, care }
  }

  private voteOf(raft: RaftNode): QuorumVote {
    return {
      raft,
      voters: this.quorumVoters,
      active: () => void this.takeOver().catch((error) => this.notTakenOver(error)),
      inactive: () => this.handOver(),
    }
  }

  /** This node has come to be the active controller. */
  private async takeOver(): Promise<void> {
    const { controller, care } = this.asController()
    await controller.submit((context) => bootstrap(context, this.firstRecords()))
    care.start()
    if (this.tokenSecrets) this.tokenExpiry.start()
  }

  private notTakenOver(error: Error): void {
    const isLost = error instanceof KafkaError && error.error === 'NOT_CONTROLLER'
    if (!isLost) this.options.onFatal(error)
  }

  /** Another node may be the active controller now. */
  private handOver(): void {
    this.tokenExpiry.close()
    this.quorum?.care.close()
  }

  private newMembership(metadataLog: MetadataLogOptions, voter?: QuorumVote): ClusterMembership {
    const { config, runtime, log, onFatal } = this.options
    const knows = (image: MetadataImage, names: readonly string[]) => names.every((name) => image.topics.has(name))
    return new ClusterMembership({
      ...{ config, runtime, metadataLog, onFatal, log, voter },
      clusterId: this.clusterId,
      metadataDirectoryId: this.metadataDirectoryId,
      topicsKnown: (names) => this.awaited.until(this.image, (image) => knows(image, names), TOPICS_MS),
    })
  }

  static async start(options: BrokerOptions): Promise<Broker> {
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

  log(line: string): void {
    this.options.log(line)
  }

  get image(): MetadataImage {
    return this.loader.image
  }

  get controllerEndpoints(): ListenerConfig[] {
    return this.listeners.controllerEndpoints
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

  private router(handlers: (served: () => Router['apis']) => Handler[]): Router {
    const { authorizer } = this
    const meter = requestMeter(this.quotas, this.runtime.clock)
    const denials = new DenialLog(this.runtime.clock, this.options.log)
    const router: Router = new Router({
      handlers: handlers(() => router.apis),
      log: this.options.log,
      meter: () => (this.quotas.has('request_percentage') ? meter : undefined),
      accessOf: (peer) => (authorizer ? new UserAccess(authorizer, peer, denials) : everything),
      settle: () => this.writes.settle(),
    })
    return router
  }

  private handlersForClients(served: () => Router['apis']): Handler[] {
    const { membership } = this
    if (!membership) return brokerHandlers(this, served)
    return [...localHandlers(this, served), ...forwarding(this, membership.channel)]
  }

  private async open(): Promise<void> {
    const { logs, replicas, loader, membership } = this
    // A port that is taken is found before anything is written.
    await this.listeners.bind(
      this.router((served) => this.handlersForClients(served)),
      this.router((served) => (this.quorum ? controllerHandlers(this, served) : [])),
    )
    if (this.elections) this.listeners.admitQuorum()
    if (membership) await this.join(membership)
    else await this.lead()
    logs.load()
    for (const { topic, partition } of [...replicas.strays(this.image)]) logs.delete(topic, partition)
    await logs.flushRecovered()
    if (this.quorum && !membership) await this.register(this.quorum.controller)
    loader.addPublisher((change, image) => replicas.publish(change, image))
    loader.addPublisher((change, image) => this.groups.publish(change, image))
    loader.addPublisher((change) => this.transactions.publish(change))
    const idle = new IdleConfigs(this.options.log)
    loader.addPublisher((change, image) => idle.publish(change, image))
    loader.addPublisher((change, image) => this.certificates.publish(change, image))
    loader.addPublisher((_, image) => this.awaited.publish(image))
    loader.addPublisher(() => this.snapshotWhenLarge())
    logs.start()
    if (!membership) {
      this.quorum?.care.start()
      if (this.tokenSecrets) this.tokenExpiry.start()
    }
    this.groups.start()
    this.transactions.start()
    this.shareCoordinator.start()
    await membership?.unfence()
    this.listeners.admit()
  }

  /** Begins a cluster, or goes on with it. */
  private async lead(): Promise<void> {
    const { raft, controller } = this
    await raft.start()
    await controller.submit((context) => bootstrap(context, this.firstRecords()))
  }

  private firstRecords(): MetadataRecord[] {
    return readBootstrap(this.runtime.disk, metadataDirOf(this.config)).map(decodeMetadataRecord)
  }

  private async register(controller: Controller): Promise<void> {
    const { config, logs, directoryIds: logDirs } = this
    const registration = { endpoints: this.endpoints(), rack: config.get('broker.rack'), logDirs }
    await controller.submit((context) => registerBroker(context, { ...registration, cleanStart: logs.cleanStop.clean }))
  }

  /** Joins the cluster of a controller elsewhere, and reads what it has decided so far. */
  private async join(membership: ClusterMembership): Promise<void> {
    const { logs, directoryIds: logDirs } = this
    logs.readCleanStop()
    await membership.join({
      endpoints: this.endpoints(),
      logDirs,
      previousBrokerEpoch: logs.cleanStop.brokerEpoch,
      metadataOffset: () => this.image.offset - 1,
    })
  }

  private endpoints(): Endpoint[] {
    return this.listeners
      .advertised()
      .map(({ protocol, ...endpoint }) => ({ ...endpoint, securityProtocol: protocolIds[protocol] }))
  }

  /** Tells of the metadata as it is, and of every change. */
  onMetadata(publisher: Publisher): void {
    this.loader.addPublisher(publisher)
  }

  private snapshotWhenLarge(): void {
    const { image, metadataLog } = this
    if (metadataLog.logGrowth < this.config.get('metadata.log.max.record.bytes.between.snapshots')) return
    if (this.loader.isInTransaction) return
    metadataLog.writeSnapshot(encodeImage(image), { endOffset: image.offset, epoch: image.epoch })
  }

  /** Finishes what is under way, writes everything down and lets go of the directories. */
  async close(): Promise<void> {
    await this.membership?.leave()
    await this.listeners.close()
    await this.membership?.abdicate()
    this.tokenExpiry.close()
    this.quorum?.care.close()
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

const votersOf = ({ voters, nodeId }: BrokerConfig): number[] =>
  voters.length > 0 ? voters.map(({ id }) => id) : [nodeId]

/** Where the voters are reached: as the configuration says, or the log of a dynamic quorum. */
const addressesOf = ({ voters }: BrokerConfig, { dynamicVoters }: RaftNode): readonly Voter[] =>
  dynamicVoters.length > 0 ? dynamicVoters.map(({ id, endpoint: { host, port } }) => ({ id, host, port })) : voters

function* encodeImage(image: MetadataImage): Generator<Buffer> {
  for (const record of imageRecords(image)) yield encodeMetadataRecord(record)
}
