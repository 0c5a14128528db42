import { SOFTWARE } from '../../client/node.ts'
import type { BrokerConfig } from '../../config/broker.ts'
import { ApiVersions } from '../../protocol/apis/index.ts'
import { describeError, type ErrorName, Errors, KafkaError } from '../../protocol/errors.ts'
import type { Runtime } from '../../runtime/index.ts'
import { within } from '../../runtime/within.ts'
import type { StoredVoter } from '../raft/control-batch.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { keyOf, updated, type VoterKey, withoutVoter, withVoter } from '../raft/voter-set.ts'
import { QuorumNodes } from './quorum-nodes.ts'

const KRAFT_VERSION = 'kraft.version'

export interface VoterChangesOptions {
  readonly raft: RaftNode
  readonly config: BrokerConfig
  readonly runtime: Runtime
  /** What this controller has to say of itself, with some address where nobody reaches it. */
  ownVoter(): StoredVoter
  /** Whether this controller talks to no other: it was the only voter of a static quorum when it started, or has no listener for controllers. */
  readonly isAlone: boolean
}

export type VoterEndpoint = StoredVoter['endpoints'][number]

/** A change that is under way: it ends when it is committed, given up, or after `controller.quorum.request.timeout.ms`. */
interface Change {
  readonly epoch: number
  /** Monotonic time. */
  readonly until: number
}

/**
 * Changes the voters of a dynamic quorum where this controller leads it, one at a time, and makes a dynamic one of a static one (KIP-853). The sentences
 * are Apache's.
 */
export class VoterChanges {
  readonly #options: VoterChangesOptions
  #pending: Change | undefined
  /** What the other voters of a static quorum have said of themselves in an epoch of this leader. */
  #told: { readonly epoch: number; readonly voters: Map<number, StoredVoter> } = { epoch: -1, voters: new Map() }
  #nodes: QuorumNodes | undefined

  constructor(options: VoterChangesOptions) {
    this.#options = options
  }

  close(): void {
    this.#nodes?.close()
  }

  /**
   * Makes a voter of a controller that has read the log so far. Resolves when that is committed, or when it is written down. Rejects with
   * REQUEST_TIMED_OUT, UNSUPPORTED_VERSION, DUPLICATE_VOTER, INVALID_REQUEST, NOT_LEADER_OR_FOLLOWER.
   */
  async add(voter: VoterKey, endpoints: readonly VoterEndpoint[], ackWhenCommitted: boolean): Promise<void> {
    const { raft, isAlone } = this.#options
    const endpoint = endpoints.find(({ name }) => name.toUpperCase() === this.listener)
    if (!endpoint)
      throw new KafkaError(
        'INVALID_REQUEST',
        `Add voter request didn't include the endpoint (${endpointsText(endpoints)}) for the default listener ListenerName(${this.listener})`,
      )
    this.#check('adding')
    if (raft.voters.includes(voter.id))
      throw new KafkaError(
        'DUPLICATE_VOTER',
        `The voter id for ${textOf(voter)} is already part of the set of voters ${this.#set}.`,
      )
    if (isAlone)
      throw new KafkaError(
        'INVALID_REQUEST',
        'This controller has talked to no other since it was started: start it again with a listener in controller.listener.names, and it takes other voters.',
      )
    const change = this.#begin()
    try {
      const kRaftVersionFeature = await this.#rangeOf(voter, endpoint, change)
      this.#checkLeads(change)
      const seen = raft.observers.list().find((one) => textOf(one) === textOf(voter))
      if (!seen || seen.lastCaughtUpTimestamp <= 0)
        throw new KafkaError(
          'REQUEST_TIMED_OUT',
          `Aborted add voter operation for ${textOf(voter)} since it is lagging behind`,
        )
      const entry = { voterId: voter.id, voterDirectoryId: voter.directoryId, kRaftVersionFeature }
      const end = raft.changeVoters(withVoter(raft.storedVoters, { ...entry, endpoints: [...endpoints] }))
      const committed = this.#committed(end, change)
      if (ackWhenCommitted) await committed
      else committed.catch(() => {})
    } catch (error) {
      this.#end(change)
      throw error
    }
  }

  /** Takes a voter its vote. Resolves when that is committed. Rejects as `add` does, and with VOTER_NOT_FOUND; the last one stays. */
  async remove(voter: VoterKey): Promise<void> {
    const { raft } = this.#options
    this.#check('removing')
    const left = withoutVoter(raft.storedVoters, voter)
    if (!left)
      throw new KafkaError(
        'VOTER_NOT_FOUND',
        `Cannot remove voter ${textOf(voter)} from the set of voters ${this.#set}`,
      )
    const change = this.#begin()
    await this.#committed(raft.changeVoters(left), change)
  }

  /** Writes down what a voter says of itself. Gives what it is answered with. */
  update(voter: StoredVoter): ErrorName {
    const { raft } = this.#options
    if (this.#isBusy || !raft.isActive) return 'REQUEST_TIMED_OUT'
    // A static quorum has that in its properties, and writes nothing down before it is made a dynamic one.
    if (raft.isDynamic && raft.votersAt >= raft.highWatermark) return 'REQUEST_TIMED_OUT'
    const { minSupportedVersion: min, maxSupportedVersion: max } = voter.kRaftVersionFeature
    const isServed = min <= raft.quorumLevel && raft.quorumLevel <= max
    const isReachable = voter.endpoints.some(({ name }) => name.toUpperCase() === this.listener)
    if (!isServed || !isReachable) return 'INVALID_REQUEST'
    if (!raft.isVoter(voter.voterId, voter.voterDirectoryId)) return 'VOTER_NOT_FOUND'
    if (raft.isDynamic) raft.changeVoters(updated(raft.storedVoters, voter))
    else {
      if (this.#told.epoch !== raft.epoch) this.#told = { epoch: raft.epoch, voters: new Map() }
      this.#told.voters.set(voter.voterId, voter)
    }
    return 'NONE'
  }

  /** Why the voters of a static quorum cannot be written into its log; undefined when all are known, and can do a dynamic one. */
  get obstacle(): string | undefined {
    return this.#staticVoters
      ? undefined
      : `Invalid upgrade of ${KRAFT_VERSION} to KRAFT_VERSION_1 because not all of the voters support it`
  }

  /** Writes the voters that the properties name into the log: the quorum is dynamic from then on. Resolves when that is committed. */
  async makeDynamic(): Promise<void> {
    const voters = this.#staticVoters
    if (!voters) throw new KafkaError('INVALID_UPDATE_VERSION', this.obstacle)
    await this.#options.raft.makeDynamic(voters)
  }

  /** All of them, as they have said themselves; undefined while one has not, or cannot do it. */
  get #staticVoters(): StoredVoter[] | undefined {
    const { raft, config, ownVoter } = this.#options
    const told = this.#told.epoch === raft.epoch ? this.#told.voters : undefined
    const known = raft.voters.map((id) => (id === config.nodeId ? ownVoter() : told?.get(id)))
    return known.every(canBeDynamic) ? known : undefined
  }

  /** The listener by which controllers reach each other. */
  get listener(): string {
    const { config } = this.#options
    return (
      config.controllerListeners[0]?.name ??
      config.get('controller.listener.names')[0] ??
      'CONTROLLER'
    ).toUpperCase()
  }

  get #isBusy(): boolean {
    const { raft, runtime } = this.#options
    const pending = this.#pending
    return pending !== undefined && pending.epoch === raft.epoch && runtime.clock.monotonic() < pending.until
  }

  /** What may not be while voters change: what an earlier leader has changed could come back, and two changes at once could make two majorities. */
  #check(what: 'adding' | 'removing'): void {
    const { raft } = this.#options
    const late = (why: string) => new KafkaError('REQUEST_TIMED_OUT', `Request timed out waiting for ${why}`)
    if (this.#isBusy) throw late('leader to handle previous voter change request')
    if (!raft.isActive) throw late('leader to establish HWM and fence previous voter changes')
    if (!raft.isDynamic)
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        `Cluster doesn't support ${what} voter because the ${KRAFT_VERSION} feature is ${raft.quorumLevel}`,
      )
    const { votersAt, highWatermark } = raft
    if (votersAt >= highWatermark)
      throw late(`voters to commit the latest voter change at Optional[${votersAt}] with HWM ${highWatermark}`)
  }

  #begin(): Change {
    const { raft, config, runtime } = this.#options
    const until = runtime.clock.monotonic() + config.get('controller.quorum.request.timeout.ms')
    this.#pending = { epoch: raft.epoch, until }
    return this.#pending
  }

  #end(change: Change): void {
    if (this.#pending === change) this.#pending = undefined
  }

  #checkLeads({ epoch }: Change): void {
    const { raft } = this.#options
    if (!raft.leads || raft.epoch !== epoch) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  /** The levels of `kraft.version` that a controller can do, asked of itself. */
  async #rangeOf(voter: VoterKey, at: VoterEndpoint, { until }: Change) {
    const { config, runtime, raft } = this.#options
    this.#nodes ??= new QuorumNodes(config, runtime)
    const timeoutMs = Math.max(1, until - runtime.clock.monotonic())
    const failed = (name: string) =>
      new KafkaError(
        'REQUEST_TIMED_OUT',
        `Aborted add voter operation for since API_VERSIONS returned an error ${name}`,
      )
    const asked = this.#nodes.at(at, 'versions').send(ApiVersions, SOFTWARE, { timeoutMs })
    const answer = await this.#within(until, asked).catch((error: Error) => {
      throw error instanceof KafkaError && error.error === 'REQUEST_TIMED_OUT' ? error : failed('BROKER_NOT_AVAILABLE')
    })
    if (answer.errorCode !== Errors.NONE) throw failed(describeError(answer.errorCode).name)
    const range = answer.supportedFeatures.find(({ name }) => name === KRAFT_VERSION)
    const { quorumLevel } = raft
    if (range && range.minVersion <= quorumLevel && quorumLevel <= range.maxVersion)
      return { minSupportedVersion: range.minVersion, maxSupportedVersion: range.maxVersion }
    const text = range ? `(min: ${range.minVersion}, max: ${range.maxVersion}` : '(min: 0, max: 0)'
    throw new KafkaError(
      'INVALID_REQUEST',
      `Aborted add voter operation for ${textOf(voter)} since the ${KRAFT_VERSION} range ${text} doesn't support the finalized version ${quorumLevel}`,
    )
  }

  async #committed(end: number, change: Change): Promise<void> {
    try {
      await this.#within(change.until, this.#options.raft.committed(end))
    } catch (error) {
      const isLost = error instanceof KafkaError && error.error === 'NOT_CONTROLLER'
      throw isLost ? new KafkaError('NOT_LEADER_OR_FOLLOWER') : error
    } finally {
      this.#end(change)
    }
  }

  /** Rejects with REQUEST_TIMED_OUT when it is not done by a monotonic time. */
  #within<T>(until: number, work: Promise<T>): Promise<T> {
    const { clock } = this.#options.runtime
    return within(clock, Math.max(0, until - clock.monotonic()), work, () => {
      throw new KafkaError('REQUEST_TIMED_OUT')
    })
  }

  get #set(): string {
    return `[${this.#options.raft.storedVoters.map((voter) => textOf(keyOf(voter))).join(', ')}]`
  }
}

const canBeDynamic = (voter: StoredVoter | undefined): voter is StoredVoter =>
  voter !== undefined &&
  voter.kRaftVersionFeature.minSupportedVersion <= 1 &&
  voter.kRaftVersionFeature.maxSupportedVersion >= 1

type Key = VoterKey | { readonly replicaId: number; readonly replicaDirectoryId: string }

function textOf(key: Key): string {
  const [id, directoryId] = 'id' in key ? [key.id, key.directoryId] : [key.replicaId, key.replicaDirectoryId]
  return `ReplicaKey(id=${id}, directoryId=${directoryId})`
}

const endpointsText = (endpoints: readonly VoterEndpoint[]): string =>
  `Endpoints(endpoints={${endpoints.map(({ name, host, port }) => `ListenerName(${name.toUpperCase()})=${host}/<unresolved>:${port}`).join(', ')}})`
