import type { Uuid } from '../../std/uuid.ts'
import type { Endpoint, MetadataImage } from '../metadata/image.ts'
import type { MetadataLogOptions } from '../raft/metadata-log.ts'
import { MetadataObserver } from '../raft/observer.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { RemoteLink } from './controller-link.ts'
import type { Elections } from './elections.ts'
import { QuorumMember, type QuorumMemberOptions, type QuorumVote } from './quorum-member.ts'

export interface ClusterMembershipOptions extends QuorumMemberOptions {
  readonly metadataLog: MetadataLogOptions
  /** This node's vote in the quorum, where it has one. */
  readonly voter?: QuorumVote | undefined
  /** Resolves when this broker knows of topics, or has waited for long enough. */
  topicsKnown(names: readonly string[]): Promise<void>
  onFatal(error: Error): void
}

/** What the controllers are told of a broker when it joins. */
export interface Joining {
  readonly endpoints: readonly Endpoint[]
  /** Ids of those that are in use. */
  logDirs(): readonly Uuid[]
  /** Ids of those in which nothing new is begun; null where the metadata cannot hold them. */
  cordonedLogDirs(): readonly Uuid[] | null
  /** -1 unless the last stop was a clean one. */
  readonly previousBrokerEpoch: number
  /** Offset of the last record of metadata that was applied. */
  metadataOffset(): number
}

/** How a broker belongs to a cluster of which it is not the only controller, or none. */
export class ClusterMembership {
  readonly observer: MetadataObserver
  readonly link: RemoteLink
  readonly #options: ClusterMembershipOptions
  readonly #member: QuorumMember
  #lifecycle: BrokerLifecycle | undefined
  #closed = false

  constructor(options: ClusterMembershipOptions) {
    const { config, voter } = options
    this.#options = options
    this.observer = voter?.raft ?? new MetadataObserver(options.metadataLog)
    this.#member = new QuorumMember(options, this.observer, voter, (error) => {
      this.#lifecycle?.abandon(error)
      options.onFatal(error)
    })
    this.link = new RemoteLink({
      ...{ config, channel: this.channel },
      epoch: () => this.epoch,
      topicsKnown: (names) => options.topicsKnown(names),
    })
  }

  /** Undefined for a node that is no controller. */
  get elections(): Elections | undefined {
    return this.#member.elections
  }

  get channel(): ControllerChannel {
    return this.#member.channel
  }

  /** See `QuorumMember`. */
  register(endpoints: readonly Endpoint[], image: () => MetadataImage): (image: MetadataImage) => void {
    return this.#member.register(endpoints, image)
  }

  /** Of this broker's registration; -1 before it. */
  get epoch(): number {
    return this.#lifecycle?.epoch ?? -1
  }

  /** Registers this broker, and resolves when it has read what was decided before; rejects when it is not registered in time. */
  async join(joining: Joining): Promise<void> {
    const { config, runtime, clusterId, log } = this.#options
    this.#lifecycle = new BrokerLifecycle({
      ...{ config, runtime, clusterId, log, channel: this.channel, onFatal: this.#options.onFatal },
      ...joining,
    })
    if (this.#closed) this.#lifecycle.close()
    else this.#member.start()
    await this.#lifecycle.join()
  }

  /** This broker can serve; resolves when the cluster knows it. */
  async unfence(): Promise<void> {
    await this.#lifecycle?.unfence()
  }

  /** See `BrokerLifecycle`. */
  registerAnew(): void {
    this.#lifecycle?.registerAnew()
  }

  /** A log directory is out of use: the controllers hear of it, at once once this broker is registered. */
  directoryFailed(id: Uuid): void {
    this.#lifecycle?.directoryFailed(id)
  }

  /** Other log directories are cordoned now: the controllers hear of it. */
  cordonedChanged(): void {
    this.#lifecycle?.cordonedChanged()
  }

  /** Asks leave to stop, and resolves when it is given or nobody can give it. */
  async leave(): Promise<void> {
    await this.#lifecycle?.shutDown()
  }

  /** Gives up the lead of the quorum, where this node has it. */
  async abdicate(): Promise<void> {
    await this.#member.abdicate()
  }

  /** Ends all talk at once. */
  close(): void {
    this.#closed = true
    this.#lifecycle?.close()
    this.#member.close()
  }
}
