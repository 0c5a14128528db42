import type { BrokerConfig } from '../../config/broker.ts'
import type { ListenerConfig } from '../../config/listeners.ts'
import type { Runtime } from '../../runtime/index.ts'
import { plainAddress } from '../../std/ip-address.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { bootstrap, registerBroker } from '../controller/brokers.ts'
import { ClusterCare } from '../controller/cluster-care.ts'
import { Controller } from '../controller/controller.ts'
import { removeEndedTokens } from '../controller/delegation-tokens.ts'
import { GroupCoordinator, OFFSETS_TOPIC } from '../coordinator/group/group-coordinator.ts'
import { SHARE_STATE_TOPIC, ShareCoordinator } from '../coordinator/share/share-coordinator.ts'
import { MarkerWriter } from '../coordinator/transaction/marker-writer.ts'
import { TRANSACTION_TOPIC, TransactionCoordinator } from '../coordinator/transaction/transaction-coordinator.ts'
import { metadataDirOf, openDirectories, readBootstrap } from '../format.ts'
import { cleanerSettingsOf, groupValue, logConfigOf, topicEntry } from '../metadata/effective-config.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { MetadataLoader, type Publisher } from '../metadata/loader.ts'
import { decodeMetadataRecord, encodeMetadataRecord } from '../metadata/records.ts'
import { imageRecords } from '../metadata/snapshot.ts'
import { RaftNode } from '../raft/raft-node.ts'
import { GatheredWrites } from '../replication/gathered-writes.ts'
import { ReplicaManager } from '../replication/replica-manager.ts'
import { SharePartitions } from '../replication/share/share-partitions.ts'
import type { ShareRules } from '../replication/share/share-state.ts'
import { LogManager } from '../storage/log-manager.ts'
import { everything, UserAccess } from './access/access.ts'
import { Authorizer } from './access/authorizer.ts'
import { DenialLog } from './access/denial-log.ts'
import { Certificates } from './certificates.ts'
import { brokerHandlers, controllerHandlers } from './handlers/index.ts'
import { IdleConfigs } from './idle-configs.ts'
import { NodeListeners } from './node-listeners.ts'
import { ProducerIds } from './producer-ids.ts'
import { Quotas } from './quotas/quotas.ts'
import { requestMeter } from './quotas/silence.ts'
import { Router } from './router.ts'
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
  /** A disk failed under the node: it has stopped serving what was there, or has to stop whole. */
  onFatal(error: Error): void
}

/** A node that is controller and broker in one: puts the parts together, in the order in which they need each other. */
export class Broker implements BrokerServices {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: Uuid
  readonly raft: RaftNode
  readonly controller: Controller
  readonly care: ClusterCare
  readonly logs: LogManager
  readonly replicas: ReplicaManager
  readonly writes = new GatheredWrites()
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly shareCoordinator: ShareCoordinator
  readonly shares: SharePartitions
  readonly shareSessions: ShareSessions
  readonly markers: MarkerWriter
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
    this.raft = new RaftNode({
      runtime,
      dir: `${metadataDir}/__cluster_metadata-0`,
      nodeId: config.nodeId,
      segmentBytes: config.get('metadata.log.segment.bytes'),
      onSnapshot: ({ values, offset, epoch }) => this.loader.load(values, offset, epoch),
      onCommit: ({ values, offset, epoch }) => this.loader.load(values, offset, epoch),
      onFailure: (error) => options.onFatal(new Error(`The metadata log failed: ${error.message}`)),
    })
    this.controller = new Controller(this.raft, () => this.image, config, runtime.random)
    this.care = new ClusterCare({
      ...{ controller: this.controller, config, clock: runtime.clock, clusterId, log: options.log },
      image: () => this.image,
    })
    this.replicas = new ReplicaManager({
      logs: this.logs,
      nodeId: config.nodeId,
      configFor: (topic) => logConfigOf(this.image, config, topic),
      minInSync: (topic) => Number(topicEntry(this.image, config, topic, 'min.insync.replicas').value),
      onTopicDeleted: (topic, id) => {
        this.groups.forgetTopic(topic, id)
        this.transactions.forgetTopic(topic)
        this.shares.dropTopic(id)
        this.shareCoordinator.forgetTopic(topic, id)
      },
    })
    this.topicCreator = new TopicCreator(this.controller, config, () => this.image)
    this.shareCoordinator = new ShareCoordinator({
      runtime,
      config,
      replicas: this.replicas,
      image: () => this.image,
      createTopic: () => this.topicCreator.create(SHARE_STATE_TOPIC),
    })
    this.groups = new GroupCoordinator({
      runtime,
      config,
      replicas: this.replicas,
      image: () => this.image,
      shareStates: this.shareCoordinator,
      createOffsetsTopic: () => this.topicCreator.create(OFFSETS_TOPIC),
      createInternalTopics: (topics) => this.topicCreator.createInternal(topics),
    })
    this.producerIds = new ProducerIds(this.controller)
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
      markers: this.markers,
      image: () => this.image,
      createTopic: () => this.topicCreator.create(TRANSACTION_TOPIC),
      log: options.log,
    })
    this.shares = new SharePartitions({
      replicas: this.replicas,
      clock: runtime.clock,
      persister: this.shareCoordinator,
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

  static async start(options: BrokerOptions): Promise<Broker> {
    const broker = new Broker(options)
    try {
      await broker.open()
      return broker
    } catch (error) {
      await broker.abandon()
      throw error
    }
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

  private router(handlers: typeof brokerHandlers): Router {
    const { authorizer } = this
    const meter = requestMeter(this.quotas, this.runtime.clock)
    const denials = new DenialLog(this.runtime.clock, this.options.log)
    const router: Router = new Router({
      handlers: handlers(this, () => router.apis),
      log: this.options.log,
      meter: () => (this.quotas.has('request_percentage') ? meter : undefined),
      accessOf: (peer) => (authorizer ? new UserAccess(authorizer, peer, denials) : everything),
      settle: () => this.writes.settle(),
    })
    return router
  }

  private async open(): Promise<void> {
    const { config, raft, logs, replicas, loader, controller } = this
    // A port that is taken is found before anything is written.
    await this.listeners.bind(this.router(brokerHandlers), this.router(controllerHandlers))
    await raft.start()
    const first = readBootstrap(this.runtime.disk, metadataDirOf(config)).map(decodeMetadataRecord)
    await controller.submit((context) => bootstrap(context, first))
    logs.load()
    for (const { topic, partition } of [...replicas.strays(this.image)]) logs.delete(topic, partition)
    await logs.flushRecovered()
    await controller.submit((context) =>
      registerBroker(context, {
        endpoints: this.listeners.advertised().map(({ protocol, ...endpoint }) => ({
          ...endpoint,
          securityProtocol: protocolIds[protocol],
        })),
        rack: config.get('broker.rack'),
        logDirs: this.directoryIds,
        cleanStart: logs.cleanStop.clean,
      }),
    )
    loader.addPublisher((change, image) => replicas.publish(change, image))
    loader.addPublisher((change, image) => this.groups.publish(change, image))
    const idle = new IdleConfigs(this.options.log)
    loader.addPublisher((change, image) => idle.publish(change, image))
    loader.addPublisher((change, image) => this.certificates.publish(change, image))
    loader.addPublisher(() => this.snapshotWhenLarge())
    logs.start()
    this.care.start()
    if (this.tokenSecrets) this.tokenExpiry.start()
    this.groups.start()
    this.transactions.start()
    this.shareCoordinator.start()
    this.listeners.admit()
  }

  /** Tells of the metadata as it is, and of every change. */
  onMetadata(publisher: Publisher): void {
    this.loader.addPublisher(publisher)
  }

  private snapshotWhenLarge(): void {
    if (this.raft.logGrowth < this.config.get('metadata.log.max.record.bytes.between.snapshots')) return
    const { image } = this
    this.raft.writeSnapshot(encodeImage(image), { endOffset: image.offset, epoch: image.epoch })
  }

  /** Finishes what is under way, writes everything down and lets go of the directories. */
  async close(): Promise<void> {
    await this.listeners.close()
    this.tokenExpiry.close()
    this.care.close()
    this.groups.close()
    this.transactions.close()
    this.shares.close()
    this.shareCoordinator.close()
    await this.raft.close()
    await this.logs.shutdown(this.image.brokers.get(this.config.nodeId)?.epoch)
  }

  /** The start failed: nothing that was on disk may look as if it had been a clean stop. */
  private async abandon(): Promise<void> {
    void this.listeners.close().catch(() => {})
    await this.raft.close().catch(() => {})
    this.logs.unlock()
  }
}

function* encodeImage(image: MetadataImage): Generator<Buffer> {
  for (const record of imageRecords(image)) yield encodeMetadataRecord(record)
}
