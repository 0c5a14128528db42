import type { BrokerConfig } from '../../config/broker.ts'
import { AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter } from '../../protocol/apis/index.ts'
import { describeError, Errors } from '../../protocol/errors.ts'
import type { Clock, Timer } from '../../runtime/index.ts'
import type { Uuid } from '../../std/uuid.ts'
import type { StoredVoter } from '../raft/control-batch.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import { differs, keyOf } from '../raft/voter-set.ts'
import type { ControllerFinder } from './controller-channel.ts'
import type { QuorumNodes } from './quorum-nodes.ts'

export interface VoterEntryOptions {
  readonly raft: RaftNode
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly clusterId: Uuid
  readonly directoryId: Uuid
  readonly finder: ControllerFinder
  readonly nodes: QuorumNodes
  /** What this controller has to say of itself as a voter. */
  ownEntry(): StoredVoter | undefined
  log(line: string): void
}

/**
 * Sees to it that the voters of a dynamic quorum have this controller among them as it is (KIP-853): a voter tells the leader of a changed address, and
 * with `controller.quorum.auto.join.enable` one without a vote asks for it. A voter of the same id with another directory goes first: its disk is lost.
 * In a static quorum each voter tells each new leader of itself, which the properties do not, so that it can be made a dynamic one.
 */
export class VoterEntry {
  readonly #options: VoterEntryOptions
  #timer: Timer | undefined
  #closed = false
  #said = ''
  /** The epoch whose leader a static quorum's voter has told of itself. */
  #toldIn = -1

  constructor(options: VoterEntryOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, config } = this.#options
    if (this.#closed) return
    this.#timer = clock.timer(config.get('controller.quorum.fetch.timeout.ms'), () => {
      void this.#look().finally(() => this.start())
    })
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  async #look(): Promise<void> {
    const { raft, config } = this.#options
    const own = this.#options.ownEntry()
    if (!own || raft.leads) return
    if (!raft.isDynamic) return this.#tell(own)
    try {
      if (raft.hasVote) await this.#update(own)
      else if (config.get('controller.quorum.auto.join.enable')) await this.#join(own)
    } catch (error) {
      // The leader is asked again.
      this.#say((error as Error).message)
    }
  }

  async #update(own: StoredVoter): Promise<void> {
    if (!differs(this.#options.raft.storedVoters, own)) return
    const answer = await this.#describe(own)
    if (answer && answer.errorCode !== Errors.NONE) this.#say(describeError(answer.errorCode).sentence)
  }

  async #tell(own: StoredVoter): Promise<void> {
    const { epoch, hasVote } = this.#options.raft
    if (!hasVote || this.#toldIn === epoch) return
    // A leader of an older release may not know the request, and nobody needs it to.
    const answer = await this.#describe(own)?.catch(() => undefined)
    if (answer?.errorCode === Errors.NONE) this.#toldIn = epoch
  }

  #describe({ voterId, voterDirectoryId, endpoints: listeners, kRaftVersionFeature }: StoredVoter) {
    const { raft, clusterId } = this.#options
    const request = { clusterId, currentLeaderEpoch: raft.epoch, voterId, voterDirectoryId, listeners }
    return this.#leader()?.send(UpdateRaftVoter, { ...request, kRaftVersionFeature }, this.#limit)
  }

  async #join(own: StoredVoter): Promise<void> {
    const { raft, clusterId, config } = this.#options
    const former = raft.storedVoters.find(({ voterId }) => voterId === own.voterId)
    const answer = former ? await this.#remove(former) : await this.#add(own)
    if (!answer) return
    if (answer.errorCode !== Errors.NONE)
      return this.#say(answer.errorMessage ?? describeError(answer.errorCode).sentence)
    const { log } = this.#options
    if (former)
      log(`The voter ${config.nodeId} of directory ${keyOf(former).directoryId} is removed from ${clusterId}.`)
    else log(`Controller ${config.nodeId} is a voter of the quorum from here on.`)
  }

  #remove(former: StoredVoter) {
    const { voterId, voterDirectoryId } = former
    const { clusterId } = this.#options
    return this.#leader()?.send(RemoveRaftVoter, { clusterId, voterId, voterDirectoryId }, this.#limit)
  }

  /** Answered at once: this controller has to fetch what makes it a voter before that can be committed. */
  #add({ voterId, voterDirectoryId, endpoints: listeners }: StoredVoter) {
    const { clusterId, config } = this.#options
    const timeoutMs = config.get('controller.quorum.request.timeout.ms')
    const request = { clusterId, timeoutMs, voterId, voterDirectoryId, listeners, ackWhenCommitted: false }
    return this.#leader()?.send(AddRaftVoter, request, this.#limit)
  }

  #leader() {
    const { finder, nodes } = this.#options
    return finder.leader && nodes.at(finder.leader, 'voters')
  }

  get #limit() {
    return { timeoutMs: this.#options.config.get('controller.quorum.request.timeout.ms') }
  }

  #say(why: string): void {
    if (this.#closed || why === this.#said) return
    this.#said = why
    this.#options.log(
      `The quorum does not have controller ${this.#options.config.nodeId} as it is, and is asked again: ${why}`,
    )
  }
}
