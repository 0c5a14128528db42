import type { BrokerConfig } from '../../config/broker.ts'
import type { Voter } from '../../config/topology.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { Endpoint, MetadataImage } from '../metadata/image.ts'
import type { StoredVoter } from '../raft/control-batch.ts'
import type { MetadataObserver } from '../raft/observer.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { ControllerChannel } from './controller-channel.ts'
import { ControllerRegistrar } from './controller-registrar.ts'
import { Elections } from './elections.ts'
import { MetadataFetcher } from './metadata-fetcher.ts'
import { QuorumNodes } from './quorum-nodes.ts'
import { VoterEntry } from './voter-entry.ts'

/** A controller among others, with a vote or without one so far. */
export interface QuorumVote {
  readonly raft: RaftNode
  /** All voters with their addresses, as they are known by now. */
  voters(): readonly Voter[]
  /** Where this node is reached by the others. */
  self(): Voter
  /** What it has to say of itself as a voter. */
  ownEntry(): StoredVoter | undefined
  /** This node decides about metadata from here on. */
  active(): void
  /** ... and not any more. */
  inactive(): void
}

export interface QuorumMemberOptions {
  readonly config: BrokerConfig
  readonly runtime: Runtime
  readonly clusterId: string
  /** Of the directory that holds the metadata log here. */
  readonly metadataDirectoryId: Uuid
  readonly log: (line: string) => void
}

/** A node that follows the metadata log of others, and stands for election where it has a vote: a broker, a controller or both. */
export class QuorumMember {
  /** Requests to the active controller. */
  readonly channel: ControllerChannel
  readonly #options: QuorumMemberOptions
  readonly #nodes: QuorumNodes
  readonly #fetcher: MetadataFetcher
  #registrar: ControllerRegistrar | undefined
  readonly #entry: VoterEntry | undefined
  /** Undefined for a node that is no controller. */
  readonly elections: Elections | undefined

  constructor(
    options: QuorumMemberOptions,
    observer: MetadataObserver,
    voter: QuorumVote | undefined,
    onFatal: (error: Error) => void,
  ) {
    const { config, runtime, clusterId, metadataDirectoryId: directoryId, log } = options
    this.#options = options
    this.#nodes = new QuorumNodes(config, runtime)
    const shared = { config, clusterId, directoryId, log, clock: runtime.clock, nodes: this.#nodes }
    this.#fetcher = new MetadataFetcher({
      ...{ ...shared, observer, onFatal },
      voters: () => voter?.voters() ?? config.voters,
      onHeard: () => this.elections?.heardLeader(),
    })
    this.elections =
      voter &&
      new Elections({
        ...{ ...shared, ...voter, random: runtime.random },
        follow: (leader) => this.#fetcher.follow(leader),
      })
    this.#entry = voter && new VoterEntry({ ...shared, ...voter, finder: this.#fetcher })
    this.channel = new ControllerChannel({
      finder: this.#fetcher,
      nodes: this.#nodes,
      clock: runtime.clock,
      attemptMs: config.get('controller.socket.timeout.ms'),
    })
  }

  /** Has the metadata say where this controller is. Gives who wants to be told of changes. */
  register(endpoints: readonly Endpoint[], image: () => MetadataImage): (image: MetadataImage) => void {
    const { config, runtime, log } = this.#options
    const registrar = new ControllerRegistrar({ config, runtime, log, channel: this.channel, endpoints, image })
    this.#registrar = registrar
    return (changed) => registrar.publish(changed)
  }

  start(): void {
    this.#fetcher.start()
    this.elections?.start()
    this.#entry?.start()
  }

  /** Gives up the lead of the quorum, where this node has it, and stands for no election any more. */
  async abdicate(): Promise<void> {
    this.#registrar?.close()
    this.#entry?.close()
    await this.elections?.close()
  }

  /** Ends all talk at once. */
  close(): void {
    this.#registrar?.close()
    this.#entry?.close()
    this.elections?.abandon()
    this.#fetcher.close()
    this.channel.close()
    this.#nodes.close()
  }
}
