import type { BrokerConfig } from '../../config/broker.ts'
import type { ListenerConfig } from '../../config/listeners.ts'
import type { Runtime } from '../../runtime/index.ts'
import { plainAddress } from '../../std/ip-address.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { metadataDirOf, type OpenedDirectories, openDirectories } from '../format.ts'
import { type Endpoint, type MetadataImage, protocolIds } from '../metadata/image.ts'
import { MetadataLoader, type Publisher } from '../metadata/loader.ts'
import { encodeMetadataRecord } from '../metadata/records.ts'
import { imageRecords } from '../metadata/snapshot.ts'
import { METADATA_TOPIC, type MetadataLog, type MetadataLogOptions } from '../raft/metadata-log.ts'
import { everything, UserAccess } from './access/access.ts'
import { Authorizer } from './access/authorizer.ts'
import { DenialLog } from './access/denial-log.ts'
import { Certificates } from './certificates.ts'
import { NodeListeners } from './node-listeners.ts'
import { Quorum } from './quorum.ts'
import { Quotas } from './quotas/quotas.ts'
import { requestMeter } from './quotas/silence.ts'
import { type Handler, Router } from './router.ts'
import { TokenSecrets } from './token-secrets.ts'

/** Protocols of listeners, as records number them. */

export interface NodeOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  log(line: string): void
  /** Ends a start that waits for a controller. */
  readonly signal?: AbortSignal | undefined
  /** A disk failed under the node: it has stopped serving what was there, or has to stop whole. */
  onFatal(error: Error): void
}

/** What every node has, whatever it does: ports and who may do what there, directories, and the metadata as it knows them. */
export abstract class Node {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: Uuid
  readonly listeners: NodeListeners
  readonly tokenSecrets: TokenSecrets | undefined
  readonly authorizer: Authorizer | undefined
  readonly quotas: Quotas
  readonly certificates: Certificates
  readonly metadataDirectoryId: Uuid
  protected readonly opened: OpenedDirectories
  protected readonly loader = new MetadataLoader()

  /** Throws `ConfigError` or `DirectoryRefused`. */
  protected constructor(protected readonly options: NodeOptions) {
    const { config, runtime, log } = options
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
      ...{ config, runtime, log, tokenSecrets: this.tokenSecrets },
      image: () => this.image,
      refusalMs: (address) => this.quotas.admitConnection(plainAddress(address)),
      paceConnections: (...args) => this.quotas.paceConnections(...args),
    })
    this.certificates = new Certificates({
      ...{ config, runtime, log },
      renew: (listener, tls) => this.listeners.renew(listener, tls),
    })
    this.opened = openDirectories(runtime, config)
    this.clusterId = this.opened.clusterId
    this.metadataDirectoryId = this.opened.directories.get(metadataDirOf(config))?.directoryId ?? ZERO_UUID
  }

  abstract readonly metadataLog: MetadataLog

  log(line: string): void {
    this.options.log(line)
  }

  get image(): MetadataImage {
    return this.loader.image
  }

  get controllerEndpoints(): ListenerConfig[] {
    return this.listeners.controllerEndpoints
  }

  /** What other nodes know this one's metadata by. */
  protected get ids(): { clusterId: Uuid; metadataDirectoryId: Uuid } {
    const { clusterId, metadataDirectoryId } = this
    return { clusterId, metadataDirectoryId }
  }

  /** Listeners as the metadata has them. */
  protected registered(listeners: readonly ListenerConfig[]): Endpoint[] {
    const { config } = this
    return listeners.map(({ name, host, port }) => ({
      ...{ name, host, port, securityProtocol: protocolIds[config.protocolOf(name)] },
    }))
  }

  /** Tells of the metadata as it is, and of every change. */
  onMetadata(publisher: Publisher): void {
    this.loader.addPublisher(publisher)
  }

  protected metadataLogOptions(): MetadataLogOptions {
    const { config, runtime, onFatal } = this.options
    return {
      runtime,
      dir: `${metadataDirOf(config)}/${METADATA_TOPIC}-0`,
      nodeId: config.nodeId,
      segmentBytes: config.get('metadata.log.segment.bytes'),
      segmentMs: config.get('metadata.log.segment.ms'),
      retention: { bytes: config.get('metadata.max.retention.bytes'), ms: config.get('metadata.max.retention.ms') },
      onSnapshot: ({ values, offset, epoch }) => this.loader.replace(values, offset, epoch),
      onCommit: ({ values, offset, epoch }) => this.loader.load(values, offset, epoch),
      onFailure: (error) => onFatal(new Error(`The metadata log failed: ${error.message}`)),
    }
  }

  /** Throws when this node has no place in its quorum, and lets go of its directories then. */
  protected newQuorum(unlock: () => void): Quorum {
    const { config, runtime, log } = this.options
    try {
      return new Quorum({
        ...{ config, runtime, log, clusterId: this.clusterId },
        metadataLog: this.metadataLogOptions(),
        directoryId: this.metadataDirectoryId,
        hasTokens: this.tokenSecrets !== undefined,
        endpoints: () => this.registered(this.controllerEndpoints),
        image: () => this.image,
      })
    } catch (error) {
      unlock()
      throw error
    }
  }

  protected router(handlers: (served: () => Router['apis']) => Handler[], settle: () => void): Router {
    const { authorizer } = this
    const meter = requestMeter(this.quotas, this.runtime.clock)
    const denials = new DenialLog(this.runtime.clock, this.options.log)
    const router: Router = new Router({
      handlers: handlers(() => router.apis),
      log: this.options.log,
      meter: () => (this.quotas.has('request_percentage') ? meter : undefined),
      accessOf: (peer) => (authorizer ? new UserAccess(authorizer, peer, denials) : everything),
      settle,
    })
    return router
  }

  protected snapshotWhenDue(): void {
    const { config, image, metadataLog } = this
    const interval = config.get('metadata.log.max.snapshot.interval.ms')
    const isLarge = metadataLog.logGrowth >= config.get('metadata.log.max.record.bytes.between.snapshots')
    const isOld = interval > 0 && metadataLog.logGrowth > 0 && metadataLog.snapshotAge >= interval
    if (!isLarge && !isOld) return
    if (this.loader.isInTransaction) return
    metadataLog.writeSnapshot(encodeImage(image), { endOffset: image.offset, epoch: image.epoch })
  }
}

function* encodeImage(image: MetadataImage): Generator<Buffer> {
  for (const record of imageRecords(image)) yield encodeMetadataRecord(record)
}
