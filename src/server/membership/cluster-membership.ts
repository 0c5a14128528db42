import type { BrokerConfig } from '../../config/broker.ts'
import type { Voter } from '../../config/topology.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Endpoint } from '../metadata/image.ts'
import type { MetadataLogOptions } from '../raft/metadata-log.ts'
import { MetadataObserver } from '../raft/observer.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import { ControllerChannel } from './controller-channel.ts'
import { RemoteLink } from './controller-link.ts'
import { Elections } from './elections.ts'
import { MetadataFetcher } from './metadata-fetcher.ts'
import { QuorumNodes } from './quorum-nodes.ts'

export interface ClusterMembershipOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: string
  /** Of the directory that holds the metadata log here. */
  readonly metadataDirectoryId: Uuid
  readonly metadataLog: MetadataLogOptions
  /** This node's vote in the quorum, where it has one. */
  readonly voter?: QuorumVote | undefined
  /** Resolves when this broker knows of topics, or has waited for long enough. */
  topicsKnown(names: readonly string[]): Promise<void>
  log(line: string): void
  onFatal(error: Error): void
}

/** What the controllers are told of a broker when it joins. */
export interface Joining {
  readonly endpoints: readonly Endpoint[]
  readonly logDirs: readonly Uuid[]
  /** -1 unless the last stop was a clean one. */
  readonly previousBrokerEpoch: number
  /** Offset of the last record of metadata that was applied. */
  metadataOffset(): number
}

/** A controller among others. */
export interface QuorumVote {
  readonly raft: RaftNode
  readonly voters: readonly Voter[]
  /** This node decides about metadata from here on. */
  active(): void
  /** ... and not any more. */
  inactive(): void
}

/** How a broker belongs to a cluster of which it is not the only controller, or none. */
export class ClusterMembership {
  readonly observer: MetadataObserver
  /** Undefined for a node without a vote. */
  readonly elections: Elections | undefined
  readonly channel: ControllerChannel
  readonly link: RemoteLink
  readonly #options: ClusterMembershipOptions
  readonly #nodes: QuorumNodes
  readonly #fetcher: MetadataFetcher
  #lifecycle: BrokerLifecycle | undefined
  #closed = false

  constructor(options: ClusterMembershipOptions) {
    const { config, runtime, clusterId, metadataDirectoryId: directoryId, log } = options
    this.#options = options
    this.#nodes = new QuorumNodes(config, runtime)
    const { voter } = options
    this.observer = voter?.raft ?? new MetadataObserver(options.metadataLog)
    this.#fetcher = new MetadataFetcher({
      ...{ config, clusterId, directoryId, log },
      clock: runtime.clock,
      observer: this.observer,
      nodes: this.#nodes,
      onHeard: () => this.elections?.heardLeader(),
      onFatal: (error) => {
        this.#lifecycle?.abandon(error)
        options.onFatal(error)
      },
    })
    this.elections =
      voter &&
      new Elections({
        ...{ config, clusterId, directoryId, log, ...voter },
        ...{ clock: runtime.clock, random: runtime.random, nodes: this.#nodes },
        follow: (leader) => this.#fetcher.follow(leader),
      })
    this.channel = new ControllerChannel({
      finder: this.#fetcher,
      nodes: this.#nodes,
      clock: runtime.clock,
      attemptMs: config.get('controller.socket.timeout.ms'),
    })
    this.link = new RemoteLink({
      ...{ config, channel: this.channel },
      epoch: () => this.epoch,
      topicsKnown: (names) => options.topicsKnown(names),
    })
  }

  /** Of this broker's registration; -1 before it. */
  get epoch(): number {
    return this.#lifecycle?.epoch ?? -1
  }

  /** Registers this broker, and resolves when it has read what was decided before; rejects when it is not registered in time. */
  async join(joining: Joining): Promise<void> {
    const { config, runtime, clusterId, log } = this.#options
    this.#lifecycle = new BrokerLifecycle({ config, runtime, clusterId, log, channel: this.channel, ...joining })
    if (this.#closed) this.#lifecycle.close()
    else {
      this.#fetcher.start()
      this.elections?.start()
    }
    await this.#lifecycle.join()
  }

  /** This broker can serve; resolves when the cluster knows it. */
  async unfence(): Promise<void> {
    await this.#lifecycle?.unfence()
  }

  /** Asks leave to stop, and resolves when it is given or nobody can give it. */
  async leave(): Promise<void> {
    await this.#lifecycle?.shutDown()
  }

  /** Gives up the lead of the quorum, where this node has it. */
  async abdicate(): Promise<void> {
    await this.elections?.close()
  }

  /** Ends all talk at once. */
  close(): void {
    this.#closed = true
    this.#lifecycle?.close()
    this.#fetcher.close()
    this.channel.close()
    this.#nodes.close()
  }
}
