import type { BrokerConfig } from '../../config/broker.ts'
import type { Voter } from '../../config/topology.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import { bootstrap } from '../controller/brokers.ts'
import { ClusterCare } from '../controller/cluster-care.ts'
import { Controller } from '../controller/controller.ts'
import { removeEndedTokens } from '../controller/delegation-tokens.ts'
import { metadataDirOf, readBootstrap } from '../format.ts'
import type { QuorumVote } from '../membership/quorum-member.ts'
import { VoterChanges } from '../membership/voter-changes.ts'
import type { Endpoint, MetadataImage } from '../metadata/image.ts'
import { decodeMetadataRecord } from '../metadata/records.ts'
import { type StoredVoter, supportedKRaftVersions } from '../raft/control-batch.ts'
import type { MetadataLogOptions } from '../raft/metadata-log.ts'
import { RaftNode } from '../raft/raft-node.ts'
import { TokenExpiry } from './token-expiry.ts'

export interface QuorumOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: Uuid
  readonly metadataLog: MetadataLogOptions
  /** Of the directory that holds it. */
  readonly directoryId: Uuid
  /** Whether the cluster has delegation tokens. */
  readonly hasTokens: boolean
  /** Where other controllers reach this one; asked for once its ports are bound. */
  endpoints(): readonly Endpoint[]
  image(): MetadataImage
  log(line: string): void
}

/** The controller in a node that is one, and all that is its business alone. */
export class Quorum {
  readonly raft: RaftNode
  /** Whether there are no other voters, and cannot be any while this node runs. */
  readonly isAlone: boolean
  readonly voterChanges: VoterChanges
  readonly controller: Controller
  readonly care: ClusterCare
  private readonly tokenExpiry: TokenExpiry | undefined

  constructor(private readonly options: QuorumOptions) {
    const { config, runtime, clusterId, directoryId, image, log, metadataLog, hasTokens } = options
    const { clock } = runtime
    this.raft = new RaftNode({
      ...{ ...metadataLog, directoryId, voters: votersOf(config) },
      ownEntry: () => this.ownEntry(),
    })
    const isOnly = this.raft.voters.length === 1 && this.raft.hasVote
    this.isAlone = isOnly && !(this.raft.isDynamic && config.controllerListeners.length > 0)
    const ownVoter = () => this.ownEntry() ?? this.unreachable()
    this.voterChanges = new VoterChanges({ raft: this.raft, config, runtime, isAlone: this.isAlone, ownVoter })
    const controller = new Controller(this.raft, image, config, runtime.random)
    this.controller = controller
    // Among other controllers a broker is heard as all others are: the next controller does not live in its process.
    const ownBroker = this.isAlone ? config.nodeId : -1
    const isOnlyVoter = () => this.raft.hasVote && this.raft.voters.length === 1
    this.care = new ClusterCare({ controller, config, clock, clusterId, ownBroker, isOnlyVoter, log, image })
    if (hasTokens)
      this.tokenExpiry = new TokenExpiry(clock, config.get('delegation.token.expiry.check.interval.ms'), (now) =>
        controller.submit((context) => removeEndedTokens(context, now)),
      )
  }

  /** All voters, where they are named with their addresses: as the configuration says, or the log of a dynamic quorum. */
  get voters(): readonly Voter[] {
    const { dynamicVoters } = this.raft
    if (dynamicVoters.length === 0) return this.options.config.voters
    return dynamicVoters.map(({ id, endpoint: { host, port } }) => ({ id, host, port }))
  }

  /** Where this node is reached by other controllers. */
  private self(): Voter {
    const { config, endpoints } = this.options
    const { nodeId: id } = config
    const { host, port } = config.voters.find((voter) => voter.id === id) ?? endpoints()[0] ?? { host: '', port: 0 }
    return { id, host, port }
  }

  /** What this node has to say of itself as a voter; undefined without a listener for controllers. */
  private ownEntry(): StoredVoter | undefined {
    const { config, directoryId: voterDirectoryId } = this.options
    const endpoints = this.options.endpoints().map(({ name, host, port }) => ({ name, host, port }))
    if (endpoints.length === 0) return undefined
    return { voterId: config.nodeId, voterDirectoryId, endpoints, kRaftVersionFeature: supportedKRaftVersions }
  }

  /** The entry of a node without a listener for controllers: nobody else reaches it, and it needs an address nevertheless. */
  private unreachable(): StoredVoter {
    const { config, runtime, directoryId: voterDirectoryId } = this.options
    const { nodeId: voterId } = config
    const name = config.get('controller.listener.names')[0] ?? 'CONTROLLER'
    const { host, port } = config.voters[0] ?? { host: runtime.network.hostName(), port: 0 }
    return { voterId, voterDirectoryId, endpoints: [{ name, host, port }], kRaftVersionFeature: supportedKRaftVersions }
  }

  /** Begins a cluster, or goes on with it, where nobody else has a vote. */
  async lead(): Promise<void> {
    await this.raft.start()
    await this.bootstrap()
  }

  private async bootstrap(): Promise<void> {
    const { config, runtime } = this.options
    const first = readBootstrap(runtime.disk, metadataDirOf(config)).map(decodeMetadataRecord)
    await this.controller.submit((context) => bootstrap(context, first))
  }

  /** The vote of this node among others. */
  vote(onFatal: (error: Error) => void): QuorumVote {
    const failed = (error: Error) => {
      const isLost = error instanceof KafkaError && error.error === 'NOT_CONTROLLER'
      if (!isLost) onFatal(error)
    }
    return {
      raft: this.raft,
      voters: () => this.voters,
      self: () => this.self(),
      ownEntry: () => this.ownEntry(),
      active: () => void this.takeOver().catch(failed),
      inactive: () => this.rest(),
    }
  }

  /** This node has come to be the active controller. */
  private async takeOver(): Promise<void> {
    const { epoch } = this.raft
    await this.bootstrap()
    // It may be over already.
    if (this.raft.isActive && this.raft.epoch === epoch) this.begin()
  }

  /** Begins to look after the cluster. */
  begin(): void {
    this.care.start()
    this.tokenExpiry?.start()
  }

  /** Another node may be the active controller now. */
  private rest(): void {
    this.tokenExpiry?.close()
    this.care.close()
  }

  close(): void {
    this.rest()
    this.voterChanges.close()
  }
}

/** Those that the configuration names. A node that names other controllers alone is none of them until the log says so (KIP-853). */
function votersOf({ voters, nodeId, hasOtherControllers }: BrokerConfig): number[] {
  if (voters.length > 0) return voters.map(({ id }) => id)
  return hasOtherControllers ? [] : [nodeId]
}
