import { Errors, KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../../runtime/index.ts'
import { Callbacks } from '../../std/callbacks.ts'
import type { PartitionImage } from '../metadata/image.ts'
import type { Log } from '../storage/log.ts'
import type { CommitWaits } from './commit-waits.ts'
import type { IsrAnswer, IsrProposals } from './isr-proposals.ts'
import { type FollowerFetch, RemoteReplica } from './remote-replica.ts'

/** What partitions with several replicas need to know of their broker and of the cluster. */
export interface ReplicationContext {
  readonly nodeId: number
  readonly clock: Clock
  readonly lagTimeMaxMs: number
  readonly proposals: IsrProposals
  /** `min.insync.replicas` */
  minInSync(topic: string): number
  /** Of this broker's registration, -1 while there is none. */
  brokerEpoch(): number
  /** Of a registered broker that is not fenced. */
  liveEpoch(id: number): number | undefined
  /** Whether the controller would take a broker, in this epoch of its registration, into an ISR. */
  isEligible(id: number, brokerEpoch: number | undefined): boolean
  /** Whether a broker has its replica of a partition in a directory that is in use, as far as is known. */
  canServe(id: number, partition: PartitionImage): boolean
  log(line: string): void
}

/** The partition that is led. */
export interface Led {
  readonly topic: string
  readonly index: number
  readonly log: Log
  readonly waits: CommitWaits
  /** The high watermark has moved. */
  onHighWatermark(): void
}

/** A change of the ISR that the controller was asked for. Until it has answered, both the old members and the new ones count (KIP-497). */
interface PendingIsr {
  readonly maximal: ReadonlySet<number>
}

/**
 * The leader of a partition with several replicas, in one leader epoch: how far the others are, who of them is in sync, and so what is
 * committed. A fetch of an earlier epoch says nothing about this one, so each epoch begins with nothing known.
 */
export class Leadership {
  readonly leaderEpoch: number
  /** Where this epoch begins: whoever is not there may lack what an earlier one has committed. */
  readonly epochStart: number
  readonly logStarts = new Callbacks()
  #others = new Map<number, RemoteReplica>()
  #image: PartitionImage
  #isr: readonly number[]
  #partitionEpoch: number
  #pending: PendingIsr | undefined
  /** This replica has everything below it, on disk where that is asked for. */
  #ownEnd: number
  #over = false

  constructor(
    private readonly led: Led,
    image: PartitionImage,
    private readonly context: ReplicationContext,
  ) {
    this.leaderEpoch = image.leaderEpoch
    this.epochStart = led.log.logEndOffset
    this.#ownEnd = led.log.logEndOffset
    this.#image = image
    this.#isr = image.isr
    this.#partitionEpoch = image.partitionEpoch
    this.#place(image)
  }

  /** The members of the ISR that the controller knows of. */
  get inSync(): readonly number[] {
    return this.#isr
  }

  /** Follows the metadata, in which the controller's answer may have come earlier, or not yet. */
  update(image: PartitionImage): void {
    if (image.partitionEpoch > this.#partitionEpoch) {
      this.#partitionEpoch = image.partitionEpoch
      this.#isr = image.isr
      this.#pending = undefined
    }
    this.#place(image)
    this.advance()
  }

  #place(image: PartitionImage): void {
    const { nodeId, clock } = this.context
    this.#image = image
    const before = this.#others
    this.#others = new Map()
    for (const id of image.replicas) {
      if (id === nodeId) continue
      const fresh = () => new RemoteReplica(id, image.isr.includes(id), this.led.log.logEndOffset, clock.monotonic())
      this.#others.set(id, before.get(id) ?? fresh())
    }
  }

  /** The epoch is over: answers that come later are of no interest. */
  end(): void {
    this.#over = true
    this.logStarts.callAll()
  }

  follower(id: number): RemoteReplica | undefined {
    return this.#others.get(id)
  }

  /** Notes how far a follower is. Throws NOT_LEADER_OR_FOLLOWER for one that fetches as what it was before it registered again (KIP-903). */
  fetched(replica: RemoteReplica, fetch: FollowerFetch): void {
    const { liveEpoch, clock } = this.context
    if (fetch.brokerEpoch >= 0 && (liveEpoch(replica.id) ?? -1) > fetch.brokerEpoch)
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const { logEndOffset, logStartOffset } = replica
    replica.fetched(fetch, this.led.log.logEndOffset, clock.monotonic())
    this.#expandBy(replica)
    if (logEndOffset !== replica.logEndOffset) this.advance()
    if (logStartOffset !== replica.logStartOffset) this.logStarts.callAll()
  }

  /** This replica has everything that was appended. */
  appended(end = this.led.log.logEndOffset): void {
    if (end <= this.#ownEnd) return
    this.#ownEnd = end
    this.advance()
  }

  /** Brings the high watermark to where every member of the largest possible ISR is, and never back; it stays while there are too few (KIP-966). */
  advance(): void {
    const { log, waits, onHighWatermark } = this.led
    if (this.#over || this.#isr.length < this.#minInSync) return
    let next = this.#ownEnd
    for (const replica of this.#others.values())
      if (replica.logEndOffset < next && (this.#isMember(replica.id) || this.#isJoining(replica)))
        next = replica.logEndOffset
    if (next <= log.highWatermark) return
    log.advanceHighWatermark(next)
    waits.reached(log.highWatermark, () => this.refusal)
    onHighWatermark.call(this.led)
  }

  /** Why records that are committed may not be acknowledged as that. */
  get refusal(): KafkaError | undefined {
    const members = this.#pending?.maximal.size ?? this.#isr.length
    return members < this.#minInSync ? new KafkaError('NOT_ENOUGH_REPLICAS_AFTER_APPEND') : undefined
  }

  get #minInSync(): number {
    return Math.min(this.context.minInSync(this.led.topic), this.#others.size + 1)
  }

  #isMember(id: number): boolean {
    return this.#pending ? this.#pending.maximal.has(id) : this.#isr.includes(id)
  }

  /** One that is nearly there is waited for, or it would never be where the high watermark is. */
  #isJoining(replica: RemoteReplica): boolean {
    const { clock, lagTimeMaxMs } = this.context
    return replica.isCaughtUp(this.led.log.logEndOffset, clock.monotonic(), lagTimeMaxMs) && this.#isEligible(replica)
  }

  #isEligible({ id, brokerEpoch }: RemoteReplica): boolean {
    return this.context.isEligible(id, brokerEpoch) && this.context.canServe(id, this.#image)
  }

  /** The lowest start of all logs of live brokers: what lies below is gone everywhere. */
  get lowWatermark(): number {
    let lowest = this.led.log.logStartOffset
    for (const { id, logStartOffset } of this.#others.values())
      if (logStartOffset < lowest && this.context.liveEpoch(id) !== undefined) lowest = logStartOffset
    return lowest
  }

  #expandBy(replica: RemoteReplica): void {
    if (this.#pending || this.#isr.includes(replica.id)) return
    const { logEndOffset } = replica
    if (logEndOffset < this.led.log.highWatermark || logEndOffset < this.epochStart) return
    if (this.#isEligible(replica)) this.#propose([...this.#isr, replica.id])
  }

  /** Takes those out of the ISR that have not been caught up for too long. */
  shrink(): void {
    if (this.#pending) return
    const { nodeId, clock, lagTimeMaxMs } = this.context
    const { logEndOffset } = this.led.log
    const now = clock.monotonic()
    const isLagging = (id: number) =>
      id !== nodeId && this.#others.get(id)?.isCaughtUp(logEndOffset, now, lagTimeMaxMs) !== true
    if (this.#isr.some(isLagging)) this.#propose(this.#isr.filter((id) => !isLagging(id)))
    // One that was to join the ISR may be waited for no more.
    else this.advance()
  }

  #propose(isr: readonly number[]): void {
    const { context, led } = this
    const pending: PendingIsr = { maximal: new Set([...this.#isr, ...isr]) }
    this.#pending = pending
    const isWanted = () => !this.#over && this.#pending === pending
    context.proposals.submit({
      topicId: led.log.topicId,
      index: led.index,
      leaderEpoch: this.leaderEpoch,
      partitionEpoch: this.#partitionEpoch,
      isr: isr.map((id) => ({ brokerId: id, brokerEpoch: this.#brokerEpochOf(id) })),
      isWanted,
      settle: (answer) => isWanted() && this.#answered(answer),
    })
  }

  #brokerEpochOf(id: number): number {
    const { nodeId, brokerEpoch } = this.context
    return id === nodeId ? brokerEpoch() : (this.#others.get(id)?.brokerEpoch ?? -1)
  }

  /** Takes the controller's word; gives whether to ask again. */
  #answered({ errorCode, leaderEpoch, partitionEpoch, isr }: IsrAnswer): boolean {
    switch (errorCode) {
      case Errors.NONE:
        // What the metadata said meanwhile is newer.
        if (leaderEpoch !== this.leaderEpoch || partitionEpoch < this.#partitionEpoch) return false
        this.#partitionEpoch = partitionEpoch
        this.#isr = isr
        this.#pending = undefined
        this.advance()
        return false
      case Errors.INELIGIBLE_REPLICA:
      case Errors.OPERATION_NOT_ATTEMPTED:
        this.#pending = undefined
        this.advance()
        return false
      case Errors.UNKNOWN_TOPIC_OR_PARTITION:
      case Errors.UNKNOWN_TOPIC_ID:
      case Errors.FENCED_LEADER_EPOCH:
      case Errors.INVALID_UPDATE_VERSION:
      case Errors.INVALID_REQUEST:
      case Errors.NEW_LEADER_ELECTED:
        // Something has changed of which the metadata will tell. Until then the larger ISR counts.
        return false
      default:
        return true
    }
  }
}
