import type { BrokerConfig } from '../../config/broker.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { bootstrap } from '../controller/brokers.ts'
import { ClusterCare } from '../controller/cluster-care.ts'
import { Controller } from '../controller/controller.ts'
import { removeEndedTokens } from '../controller/delegation-tokens.ts'
import { metadataDirOf, readBootstrap } from '../format.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { decodeMetadataRecord } from '../metadata/records.ts'
import type { MetadataLogOptions } from '../raft/metadata-log.ts'
import { RaftNode } from '../raft/raft-node.ts'
import { TokenExpiry } from './token-expiry.ts'

export interface QuorumOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: Uuid
  readonly metadataLog: MetadataLogOptions
  /** Whether the cluster has delegation tokens. */
  readonly hasTokens: boolean
  image(): MetadataImage
  log(line: string): void
}

/** The controller in a node that is one, and all that is its business alone. */
export class Quorum {
  readonly raft: RaftNode
  readonly controller: Controller
  readonly care: ClusterCare
  private readonly tokenExpiry: TokenExpiry | undefined

  constructor(private readonly options: QuorumOptions) {
    const { config, runtime, clusterId, image, log, metadataLog, hasTokens } = options
    const { clock } = runtime
    this.raft = new RaftNode(metadataLog)
    const controller = new Controller(this.raft, image, config, runtime.random)
    this.controller = controller
    this.care = new ClusterCare({ controller, config, clock, clusterId, log, image })
    if (hasTokens)
      this.tokenExpiry = new TokenExpiry(clock, config.get('delegation.token.expiry.check.interval.ms'), (now) =>
        controller.submit((context) => removeEndedTokens(context, now)),
      )
  }

  /** Begins a cluster, or goes on with it. */
  async lead(): Promise<void> {
    const { config, runtime } = this.options
    await this.raft.start()
    const first = readBootstrap(runtime.disk, metadataDirOf(config)).map(decodeMetadataRecord)
    await this.controller.submit((context) => bootstrap(context, first))
  }

  /** Begins to look after the cluster. */
  begin(): void {
    this.care.start()
    this.tokenExpiry?.start()
  }

  close(): void {
    this.tokenExpiry?.close()
    this.care.close()
  }
}
