import type { NodeClient } from '../../client/node.ts'
import type { BrokerConfig } from '../../config/broker.ts'
import type { ControllerAddress, Voter } from '../../config/topology.ts'
import { ConnectionError } from '../../network/connection-error.ts'
import { Fetch } from '../../protocol/apis/index.ts'
import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { RequestInput, ResponseOf } from '../../protocol/schema/index.ts'
import type { Clock } from '../../runtime/index.ts'
import { Seldom } from '../../std/seldom.ts'
import type { Uuid } from '../../std/uuid.ts'
import { METADATA_TOPIC, METADATA_TOPIC_ID } from '../raft/metadata-log.ts'
import type { MetadataObserver } from '../raft/observer.ts'
import type { QuorumNodes } from './quorum-nodes.ts'
import { fetchSnapshot } from './snapshot-fetch.ts'

/** How long a leader keeps a fetch that finds nothing new; milliseconds, as Apache's nodes ask for it. */
const MAX_WAIT_MS = 500
/** The first version in which a replica is told from a consumer by more than its id (KIP-903). */
const NAMES_STATE = 15
/** Between two lines that say the same; milliseconds. */
const SAY_AGAIN_MS = 30_000

export interface MetadataFetcherOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly clusterId: string
  /** Of the directory that holds the metadata log here. */
  readonly directoryId: Uuid
  readonly observer: MetadataObserver
  readonly nodes: QuorumNodes
  /** Voters whose addresses are known. */
  voters(): readonly Voter[]
  log(line: string): void
  /** The leader has answered. */
  onHeard?(): void
  /** This node cannot go on. */
  onFatal(error: Error): void
}

/** The controller that leads, and where it is. */
export interface ActiveController extends ControllerAddress {
  readonly id: number
}

type Answer = ResponseOf<typeof Fetch>
type Part = Answer['responses'][number]['partitions'][number]

/**
 * Follows the metadata log as an observer (KIP-595): finds the controller that leads, by those that the configuration names, and fetches from it for
 * as long as it answers.
 */
export class MetadataFetcher {
  readonly #options: MetadataFetcherOptions
  #leader: ActiveController | undefined
  #nextBootstrap = 0
  #closed = false
  readonly #complaints: Seldom
  /** Whether the last that was said is that there is no controller. */
  #isLost = true
  readonly #waiting = new Set<() => void>()

  constructor(options: MetadataFetcherOptions) {
    this.#options = options
    this.#complaints = new Seldom(options.clock, SAY_AGAIN_MS)
  }

  start(): void {
    void this.#run()
  }

  close(): void {
    this.#closed = true
    this.#tell()
  }

  /** Undefined while no leader is known. */
  get leader(): ActiveController | undefined {
    return this.#leader
  }

  /** Goes on with this leader, which may be this node itself: then there is nothing to fetch. Without one it looks for one. */
  follow(leader: ActiveController | undefined): void {
    this.#leader = leader
    this.#tell()
  }

  /** Resolves when a leader becomes known, or after so many milliseconds. */
  async leaderOrTimeout(ms: number): Promise<void> {
    if (this.#leader || this.#closed) return
    const { clock } = this.#options
    await new Promise<void>((resolve) => {
      const done = () => {
        timer.cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const timer = clock.timer(ms, done)
      this.#waiting.add(done)
    })
  }

  /** A voter counts for what it says that it has, so that must be on its disk: also what it wrote as a leader, or before a crash. */
  async #settle(): Promise<void> {
    const { observer, onFatal } = this.#options
    try {
      await observer.settleFetched()
    } catch (error) {
      if (this.#closed) return
      this.#closed = true
      onFatal(error as Error)
    }
  }

  /** Resolves when this node follows somebody else, or nobody, or nothing more. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done)
        resolve()
      }
      this.#waiting.add(done)
    })
  }

  #tell(): void {
    for (const done of [...this.#waiting]) done()
  }

  async #run(): Promise<void> {
    const { clock, config } = this.#options
    for (;;) {
      await this.#settle()
      if (this.#closed) return
      if (this.#leader?.id === config.nodeId) {
        await this.#change()
        continue
      }
      const asked = this.#leader
      const node = this.#target()
      if (!node) {
        await this.#change()
        continue
      }
      try {
        const answer = await node.send(Fetch, (version) => this.#request(version), { withConnecting: true })
        if (!this.#closed) await this.#take(answer, node)
      } catch (error) {
        if (this.#closed) return
        this.#failed(error as Error, asked)
        await clock.sleep(config.get('controller.quorum.retry.backoff.ms'))
      }
    }
  }

  /** The leader, or the next of those that may know who leads; undefined while there is nobody else. */
  #target(): NodeClient | undefined {
    const { config, nodes, voters } = this.#options
    const others: ControllerAddress[] = voters().filter(({ id }) => id !== config.nodeId)
    const isNew = ({ host, port }: ControllerAddress) => !others.some((one) => one.host === host && one.port === port)
    // While this node was away all voters may have become others.
    const all = [...others, ...config.bootstrapControllers.filter(isNew)]
    const at = this.#leader ?? all[this.#nextBootstrap++ % all.length]
    return at && nodes.at(at, 'metadata')
  }

  #request(version: number): RequestInput<typeof Fetch> {
    const { config, clusterId, directoryId, observer } = this.#options
    const { offset, lastEpoch } = observer.end
    const maxBytes = config.get('controller.quorum.fetch.max.bytes')
    const partition = {
      partition: 0,
      currentLeaderEpoch: observer.leader.epoch,
      fetchOffset: offset,
      lastFetchedEpoch: lastEpoch,
      logStartOffset: -1,
      partitionMaxBytes: maxBytes,
      replicaDirectoryId: directoryId,
      highWatermark: observer.highWatermark,
    }
    return {
      clusterId,
      ...(version < NAMES_STATE
        ? { replicaId: config.nodeId }
        : { replicaState: { replicaId: config.nodeId, replicaEpoch: -1 } }),
      maxWaitMs: MAX_WAIT_MS,
      minBytes: 0,
      maxBytes,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic: METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
      forgottenTopicsData: [],
      rackId: '',
    }
  }

  async #take(answer: Answer, node: NodeClient): Promise<void> {
    if (answer.errorCode !== Errors.NONE) throw new KafkaError(answer.errorCode)
    const part = answer.responses[0]?.partitions[0]
    if (!part) throw new Error(`${node.host}:${node.port} answered a fetch of the metadata log without a partition`)
    const [asked, { epoch }] = [this.#leader, this.#options.observer.leader]
    const isCurrent = this.#learn(answer, part)
    switch (part.errorCode) {
      case Errors.NONE:
        if (isCurrent) await this.#accept(part, node)
        return
      case Errors.NOT_LEADER_OR_FOLLOWER:
      case Errors.FENCED_LEADER_EPOCH:
      case Errors.UNKNOWN_LEADER_EPOCH:
        // The answer says who leads, or in which epoch; without that, the next that is asked may know.
        if (this.#leader && (this.#leader !== asked || this.#options.observer.leader.epoch > epoch)) return
        throw new KafkaError('NOT_LEADER_OR_FOLLOWER', `${node.host}:${node.port} knows no leader of the quorum`)
      default:
        throw new KafkaError(part.errorCode)
    }
  }

  /** False when the answer is from before what is known already. */
  #learn({ nodeEndpoints }: Answer, { currentLeader, errorCode }: Part): boolean {
    const { observer, log } = this.#options
    const { leaderId, leaderEpoch } = currentLeader
    if (leaderEpoch < 0) return true
    // Somebody has not heard yet that this node has resigned.
    if (leaderId === this.#options.config.nodeId) return false
    const before = observer.leader
    if (!observer.learn({ leaderId, epoch: leaderEpoch })) return false
    const at = nodeEndpoints.find(({ nodeId }) => nodeId === leaderId) ?? this.#configured(leaderId)
    const known = this.#leader
    const isSame = known && known.id === leaderId && (!at || (known.host === at.host && known.port === at.port))
    if (!isSame) this.#leader = at && { id: leaderId, host: at.host, port: at.port }
    if (!this.#leader) return true
    if (errorCode === Errors.NONE) this.#options.onHeard?.()
    if (errorCode === Errors.NONE && (this.#isLost || before.epoch !== leaderEpoch)) {
      log(
        `Controller ${leaderId} at ${this.#leader.host}:${this.#leader.port} leads the quorum in epoch ${leaderEpoch}.`,
      )
      this.#isLost = false
      this.#complaints.reset()
    }
    this.#tell()
    return true
  }

  #configured(leaderId: number): ControllerAddress | undefined {
    return this.#options.voters().find(({ id }) => id === leaderId)
  }

  async #accept(part: Part, node: NodeClient): Promise<void> {
    const { observer, onFatal } = this.#options
    const { divergingEpoch, snapshotId, records, highWatermark } = part
    try {
      if (divergingEpoch.epoch >= 0) observer.truncateToLeader(divergingEpoch.epoch, divergingEpoch.endOffset)
      else if (snapshotId.endOffset >= 0) await fetchSnapshot(snapshotId, node, this.#options)
      else {
        if (records && records.length > 0) {
          observer.appendFetched(records)
        }
        observer.commitTo(highWatermark)
      }
    } catch (error) {
      // What the network or the leader could not do is tried again; what this node could not do is not.
      const isOfDisk = error instanceof KafkaError && error.error === 'KAFKA_STORAGE_ERROR'
      if (error instanceof ConnectionError || (error instanceof KafkaError && !isOfDisk)) throw error
      this.#closed = true
      onFatal(error as Error)
    }
  }

  #failed(error: Error, asked: ActiveController | undefined): void {
    const { observer, config, log, onFatal } = this.#options
    if (error instanceof KafkaError && error.error === 'INCONSISTENT_CLUSTER_ID') {
      this.#closed = true
      this.#tell()
      onFatal(
        new Error(
          `The controllers are those of another cluster than ${this.#options.clusterId} (INCONSISTENT_CLUSTER_ID).`,
        ),
      )
      return
    }
    if (this.#leader === asked) this.#leader = undefined
    observer.loseLeader()
    if (!this.#complaints.isTime()) return
    this.#isLost = true
    const all = config.bootstrapControllers.map(({ host, port }) => `${host}:${port}`).join(', ')
    log(`No active controller is found at ${all}, and the search goes on: ${error.message}`)
  }
}
