import type { BrokerConfig } from '../../config/broker.ts'
import type { Voter } from '../../config/topology.ts'
import { BeginQuorumEpoch, EndQuorumEpoch, Vote } from '../../protocol/apis/index.ts'
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Clock, Random, Timer } from '../../runtime/index.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import { METADATA_TOPIC } from '../raft/metadata-log.ts'
import type { QuorumTalk, VoteQuestion } from '../raft/quorum-talk.ts'
import type { RaftNode } from '../raft/raft-node.ts'
import type { ActiveController } from './metadata-fetcher.ts'
import type { QuorumNodes } from './quorum-nodes.ts'

export interface ElectionsOptions {
  readonly raft: RaftNode
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  readonly nodes: QuorumNodes
  /** All voters. */
  voters(): readonly Voter[]
  /** Where this node is reached by the others. */
  self(): Voter
  readonly clusterId: string
  readonly directoryId: Uuid
  /** The metadata log is to be fetched from there, or led from here. */
  follow(leader: ActiveController | undefined): void
  /** This node decides about metadata from here on. */
  active(): void
  /** ... and not any more. */
  inactive(): void
  log(line: string): void
}

/** How long the leader waits for its last word to be heard; milliseconds. */
const FAREWELL_MS = 300

/** A voter among voters: it asks for votes when no leader is heard, makes itself known when it leads, and resigns when nobody follows (KIP-595). */
export class Elections implements QuorumTalk {
  readonly #options: ElectionsOptions
  #timer: Timer | undefined
  #closed = false
  #ledSince = 0

  constructor(options: ElectionsOptions) {
    this.#options = options
    options.raft.speakThrough(this)
  }

  start(): void {
    const { raft } = this.#options
    // An only voter has nobody to wait for.
    if (raft.hasVote && raft.voters.length === 1) this.#stand()
    else this.#wait()
  }

  /** Tries to be elected. Who has no vote looks again later: by then the log may say that it has one. */
  #stand(): void {
    const { raft } = this.#options
    raft.stand()
    if (!raft.hasVote) this.#wait()
  }

  /** The leader has answered, or made itself known. */
  heardLeader(): void {
    const { raft } = this.#options
    if (raft.leads || raft.leaderId < 0) return
    raft.leaderHeard()
    this.#watchLeader()
  }

  #watchLeader(): void {
    this.#arm(this.#options.config.get('controller.quorum.fetch.timeout.ms'))
  }

  /** A vote was given: whoever has it gets the time to win. */
  voted(): void {
    this.#wait()
  }

  /** The leader goes, and names who should follow, the best first. */
  leaderLeft(candidates: readonly number[]): void {
    const { raft, config, random } = this.#options
    raft.leaderLeft()
    const place = candidates.indexOf(config.nodeId)
    const backoff = config.get('controller.quorum.election.backoff.max.ms')
    if (place === 0) this.#stand()
    else this.#arm(random.int(backoff) + 1)
  }

  /** Tells the others that this node goes, where it leads. */
  async close(): Promise<void> {
    const { raft, clock } = this.#options
    this.#closed = true
    this.#timer?.cancel()
    if (raft.leads) await Promise.race([this.#sayFarewell(), clock.sleep(FAREWELL_MS)])
  }

  leaves(): void {
    const { log, config } = this.#options
    log(`Node ${config.nodeId} is no voter of the quorum any more, and leaves the lead to another.`)
    void this.#sayFarewell()
  }

  /** Resigns, and resolves when the others have heard of it or cannot. */
  async #sayFarewell(): Promise<void> {
    const { raft, config } = this.#options
    const candidates = raft.successors.map((id) => ({ candidateId: id, candidateDirectoryId: this.#directoryOf(id) }))
    const topics = [
      {
        topicName: METADATA_TOPIC,
        partitions: [
          {
            partitionIndex: 0,
            leaderId: config.nodeId,
            leaderEpoch: raft.epoch,
            preferredSuccessors: candidates.map(({ candidateId }) => candidateId),
            preferredCandidates: candidates,
          },
        ],
      },
    ]
    const request = { clusterId: this.#options.clusterId, topics, leaderEndpoints: this.#ownEndpoints() }
    raft.resign()
    await Promise.all(this.#others().map((voter) => this.#ask(voter, EndQuorumEpoch, request).catch(() => {})))
  }

  /** Ends it at once, as the end of the process would. */
  abandon(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  askForVotes(question: VoteQuestion, voters: readonly number[]): void {
    this.#wait()
    for (const voter of this.#others()) if (voters.includes(voter.id)) void this.#askForVote(voter, question)
  }

  leads(): void {
    const { raft, clock, log, config } = this.#options
    log(`Node ${config.nodeId} leads the quorum in epoch ${raft.epoch}.`)
    this.#ledSince = clock.monotonic()
    this.#options.follow(this.#options.self())
    this.#announce()
  }

  active(): void {
    this.#options.active()
  }

  resigned(): void {
    const { raft, log, config } = this.#options
    if (!this.#closed) log(`Node ${config.nodeId} does not lead the quorum any more; the epoch is ${raft.epoch}.`)
    this.#options.inactive()
    this.#options.follow(undefined)
    this.#wait()
  }

  follows(leaderId: number): void {
    const leader = this.#options.voters().find(({ id }) => id === leaderId)
    if (leader) this.#options.follow(leader)
    this.#watchLeader()
  }

  /** Until the next attempt to be elected. No two voters shall try at the same moment. */
  #wait(): void {
    const { config, random } = this.#options
    const ms = config.get('controller.quorum.election.timeout.ms')
    this.#arm(ms + random.int(ms))
  }

  #arm(ms: number): void {
    this.#timer?.cancel()
    if (!this.#closed) this.#timer = this.#options.clock.timer(ms, () => this.#stand())
  }

  /** Makes this leader known to those who have not fetched from it lately, and looks whether a majority has. */
  #announce(): void {
    const { raft, clock, config } = this.#options
    if (!raft.leads || this.#closed) return
    const fetchMs = config.get('controller.quorum.fetch.timeout.ms')
    const now = clock.monotonic()
    const followers = raft.heardSince(now - fetchMs)
    // As Apache's leaders: a majority has half as long again as a follower would wait.
    const isAlone = !raft.hasMajoritySince(now - 1.5 * fetchMs)
    if (isAlone && now - this.#ledSince > 1.5 * fetchMs) return raft.resign()
    for (const voter of this.#others()) if (!followers.includes(voter.id)) void this.#begin(voter)
    this.#timer?.cancel()
    this.#timer = clock.timer(fetchMs / 4, () => this.#announce())
  }

  async #begin(voter: Voter): Promise<void> {
    const { raft, config, clusterId } = this.#options
    const partition = { partitionIndex: 0, leaderId: config.nodeId, leaderEpoch: raft.epoch }
    try {
      const answer = await this.#ask(voter, BeginQuorumEpoch, {
        clusterId,
        voterId: voter.id,
        topics: [
          {
            topicName: METADATA_TOPIC,
            partitions: [{ ...partition, voterDirectoryId: this.#directoryOf(voter.id) }],
          },
        ],
        leaderEndpoints: this.#ownEndpoints(),
      })
      const found = answer.topics[0]?.partitions[0]
      if (found) this.#learn(found.leaderId, found.leaderEpoch)
    } catch {
      // It is not there, or will hear of it with the next.
    }
  }

  async #askForVote(voter: Voter, { epoch, preVote, lastEpoch, lastOffset }: VoteQuestion): Promise<void> {
    const { raft, config, clusterId, directoryId } = this.#options
    const partition = {
      partitionIndex: 0,
      replicaEpoch: epoch,
      replicaId: config.nodeId,
      replicaDirectoryId: directoryId,
      voterDirectoryId: this.#directoryOf(voter.id),
      lastOffsetEpoch: lastEpoch,
      lastOffset,
      preVote,
    }
    try {
      const topics = [{ topicName: METADATA_TOPIC, partitions: [partition] }]
      const answer = await this.#ask(voter, Vote, { clusterId, voterId: voter.id, topics })
      const found = answer.topics[0]?.partitions[0]
      if (!found || this.#closed) return
      this.#learn(found.leaderId, found.leaderEpoch)
      raft.voted(voter.id, found.leaderEpoch, found.voteGranted, preVote)
    } catch {
      // It is not there.
    }
  }

  /** What an answer says of who leads. */
  #learn(leaderId: number, epoch: number): void {
    const { raft, config } = this.#options
    if (!this.#closed && leaderId >= 0 && leaderId !== config.nodeId) raft.learn({ leaderId, epoch })
  }

  #ask<A extends Api>(voter: Voter, api: A, request: RequestInput<A>): Promise<ResponseOf<A>> {
    const timeoutMs = this.#options.config.get('controller.quorum.request.timeout.ms')
    return this.#options.nodes.at(voter, 'quorum').send(api, request, { timeoutMs })
  }

  #others(): Voter[] {
    return this.#options.voters().filter(({ id }) => id !== this.#options.config.nodeId)
  }

  #directoryOf(voter: number): Uuid {
    return this.#options.raft.dynamicVoters.find(({ id }) => id === voter)?.directoryId ?? ZERO_UUID
  }

  #ownEndpoints(): { name: string; host: string; port: number }[] {
    const { config, self } = this.#options
    const { host, port } = self()
    return config.controllerListeners.slice(0, 1).map(({ name }) => ({ name, host, port }))
  }
}
