import { Errors, KafkaError } from '../../protocol/errors.ts'
import { Callbacks } from '../../std/callbacks.ts'
import { NO_LEADER, type PartitionImage } from '../metadata/image.ts'
import type { AppendOrigin, AppendResult, Log } from '../storage/log.ts'
import { CommitWaits } from './commit-waits.ts'
import { Leadership, type ReplicationContext } from './leadership.ts'
import type { FollowerFetch, RemoteReplica } from './remote-replica.ts'

export interface PartitionAppendOptions {
  readonly origin: AppendOrigin
  /** -1 asks for `minInSync` replicas, of which there are as many as the ISR has. */
  readonly requiredAcks: number
  readonly minInSync: number
  /** How long `written` may take with requiredAcks -1; for as long as it takes when left out. */
  readonly timeoutMs?: number
  readonly producedWith?: number
  /** The caller calls `writeOut` before it acknowledges. */
  readonly gather?: boolean
  /** Of a transaction marker. */
  readonly transactionVersion?: number
}

/** One partition on this broker: its log and its place in the cluster. */
export class Partition {
  private image: PartitionImage
  /** Those who wait for more to read. */
  private readonly readers = new Callbacks()
  /** Followers that wait for more to copy: they do not wait for it to be committed. */
  private readonly followers = new Callbacks()
  /** While this broker leads, and has other replicas to wait for. */
  private leadership: Leadership | undefined
  private waits: CommitWaits | undefined
  /** Why this broker has it no more. */
  private gone: KafkaError | undefined

  constructor(
    readonly topic: string,
    readonly index: number,
    readonly log: Log,
    image: PartitionImage,
    private readonly nodeId: number,
    private readonly replication?: ReplicationContext,
  ) {
    this.image = image
    this.takePlace()
  }

  get leaderEpoch(): number {
    return this.image.leaderEpoch
  }
  get leaderId(): number {
    return this.image.leader
  }
  get isLeader(): boolean {
    return this.image.leader === this.nodeId
  }
  /** Whether this broker leads, and others follow. */
  get isReplicated(): boolean {
    return this.leadership !== undefined
  }
  /** Where the leader's epoch began, when this is a leader with followers. */
  get epochStart(): number | undefined {
    return this.leadership?.epochStart
  }

  update(image: PartitionImage): void {
    if (image === this.image) return
    this.image = image
    this.takePlace()
    this.readers.callAll()
    this.followers.callAll()
  }

  private takePlace(): void {
    const { image } = this
    // No other replica can contradict what is here.
    if (image.replicas.length === 1) this.log.advanceHighWatermark(this.log.logEndOffset)
    this.noteEpoch()
    if (this.isLeader && image.replicas.length > 1 && this.replication) this.lead(image, this.replication)
    else this.resign()
  }

  private noteEpoch(): void {
    const { leaderEpoch } = this.image
    if (this.isLeader && leaderEpoch > (this.log.latestEpoch ?? -1))
      this.log.assignEpochStart(leaderEpoch, this.log.logEndOffset)
  }

  private lead(image: PartitionImage, context: ReplicationContext): void {
    const before = this.leadership
    if (before?.leaderEpoch !== image.leaderEpoch) {
      const { topic, index, log } = this
      const waits = (this.waits ??= new CommitWaits(context.clock))
      const onHighWatermark = () => this.readers.callAll()
      this.leadership = new Leadership({ topic, index, log, waits, onHighWatermark }, image, context)
      before?.end()
    }
    this.leadership?.update(image)
  }

  private resign(): void {
    const before = this.leadership
    if (!before) return
    this.leadership = undefined
    before.end()
    // The other replicas may have gone, and this one is enough now.
    if (this.isLeader) this.waits?.reached(this.log.highWatermark)
    this.waits?.fail(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
  }

  /** Checks the epoch that a client believes in (KIP-320); -1 asks for no check. Throws. */
  checkEpoch(currentLeaderEpoch: number): void {
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch < this.leaderEpoch) throw new KafkaError('FENCED_LEADER_EPOCH')
    if (currentLeaderEpoch > this.leaderEpoch) throw new KafkaError('UNKNOWN_LEADER_EPOCH')
  }

  /** The same, for what only the leader may do. Throws. */
  checkLeader(currentLeaderEpoch: number): void {
    this.checkEpoch(currentLeaderEpoch)
    if (!this.isLeader) throw this.notLeader
  }

  private get notLeader(): KafkaError {
    return this.gone ?? new KafkaError('NOT_LEADER_OR_FOLLOWER')
  }

  /**
   * Another replica of this partition, which this broker leads. Throws for one that is none, as far as is known here: with an epoch it asks again
   * until that is known.
   */
  follower(id: number, currentLeaderEpoch: number): RemoteReplica {
    this.checkLeader(currentLeaderEpoch)
    const replica = this.leadership?.follower(id)
    if (!replica) throw new KafkaError(currentLeaderEpoch >= 0 ? 'UNKNOWN_LEADER_EPOCH' : 'NOT_LEADER_OR_FOLLOWER')
    return replica
  }

  /** Whether the controller knows of a replica as one in sync. */
  isInSync(id: number): boolean {
    return this.leadership?.inSync.includes(id) === true
  }

  /** The replicas in sync, besides this one, that have an offset or end there. */
  followersAt(offset: number): RemoteReplica[] {
    return (this.leadership?.inSync ?? []).flatMap((id) => {
      const replica = this.leadership?.follower(id)
      return replica && replica.logStartOffset <= offset && replica.logEndOffset >= offset ? [replica] : []
    })
  }

  /** Notes how far a follower is. Throws NOT_LEADER_OR_FOLLOWER for one that has registered anew since. */
  noteFetch(replica: RemoteReplica, fetch: FollowerFetch): void {
    this.leadership?.fetched(replica, fetch)
  }

  /** Takes followers out of the ISR that lag behind. */
  shrinkIsr(): void {
    this.leadership?.shrink()
  }

  /**
   * Appends as leader. With one replica the high watermark moves at once; with several, `written` waits for it where requiredAcks is -1, and rejects
   * with NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS_AFTER_APPEND or REQUEST_TIMED_OUT. Throws `KafkaError`; then nothing was appended.
   */
  append(records: Buffer, options: PartitionAppendOptions): AppendResult {
    if (!this.isLeader) throw this.notLeader
    const { leadership } = this
    if (options.requiredAcks === -1) this.checkInSync(leadership, options.minInSync)
    const result = this.log.append(records, {
      leaderEpoch: this.leaderEpoch,
      origin: options.origin,
      producedWith: options.producedWith,
      gather: options.gather,
      transactionVersion: options.transactionVersion,
    })
    if (leadership) return this.appended(leadership, result, options)
    // What the disk must have first (`flush.messages`) is shown to nobody before.
    if (result.written) result.written.then(() => this.advance(result.lastOffset + 1)).catch(() => {})
    else if (!result.duplicate && !options.gather) this.advance(this.log.logEndOffset)
    return result
  }

  private checkInSync(leadership: Leadership | undefined, given: number): void {
    const isr = leadership ? leadership.inSync : this.image.isr
    const minimum = leadership && this.replication ? Math.max(given, this.replication.minInSync(this.topic)) : given
    if (isr.length >= minimum) return
    throw new KafkaError(
      Errors.NOT_ENOUGH_REPLICAS,
      `The size of the current ISR ${isr.length} is insufficient to satisfy the min.isr requirement of ${minimum} for partition ${this.topic}-${this.index}`,
    )
  }

  private appended(leadership: Leadership, result: AppendResult, options: PartitionAppendOptions): AppendResult {
    const end = result.lastOffset + 1
    const { written } = result
    if (written) written.then(() => this.shown(leadership, end)).catch(() => {})
    else if (!result.duplicate && !options.gather) this.shown(leadership, end)
    if (options.requiredAcks !== -1) return result
    const committed = this.committed(leadership, end, options.timeoutMs)
    return { ...result, written: written && committed ? Promise.all([written, committed]).then(() => {}) : committed }
  }

  /** Resolves when the records below `end` are committed; undefined when they are. Throws when they are, on too few replicas. */
  private committed(leadership: Leadership, end: number, timeoutMs: number | undefined): Promise<void> | undefined {
    if (end > this.log.highWatermark) return this.waits?.wait(end, timeoutMs)
    const { refusal } = leadership
    if (refusal) throw refusal
    return undefined
  }

  /** Hands over to the operating system what was appended, and shows it to readers. Throws `KafkaError`. */
  writeOut(): void {
    this.log.writeOut()
    if (this.leadership) this.shown(this.leadership, this.log.logEndOffset)
    else this.advance(this.log.logEndOffset)
  }

  private shown(leadership: Leadership, end: number): void {
    leadership.appended(end)
    this.followers.callAll()
  }

  /** The leader, which this replica follows, says how far records are committed. */
  followHighWatermark(offset: number): void {
    const before = this.log.highWatermark
    this.log.advanceHighWatermark(offset)
    if (this.log.highWatermark > before) this.readers.callAll()
  }

  private advance(highWatermark: number): void {
    // Whoever leads now says what is committed.
    if (!this.isLeader) return
    this.log.advanceHighWatermark(highWatermark)
    this.readers.callAll()
  }

  /** The lowest log start of all live replicas. */
  get lowWatermark(): number {
    return this.leadership?.lowWatermark ?? this.log.logStartOffset
  }

  /** Resolves when all that is in the log now is committed, and rejects like `written`; undefined when that is so already. */
  get allCommitted(): Promise<void> | undefined {
    const { logEndOffset, highWatermark } = this.log
    return this.leadership && logEndOffset > highWatermark ? this.waits?.wait(logEndOffset) : undefined
  }

  /** Calls back, once, when the low watermark may have moved, or when it will not. Gives what takes the call back. */
  onLowWatermark(callback: () => void): () => void {
    return this.leadership ? this.leadership.logStarts.add(callback) : this.readers.add(callback)
  }

  /** Calls back, once, when there may be more to read. Gives what takes the call back. */
  onProgress(callback: () => void): () => void {
    return this.readers.add(callback)
  }

  /** The same for a follower, which reads what is not committed. */
  onAppend(callback: () => void): () => void {
    return this.followers.add(callback)
  }

  /** The partition is going away: whoever waits shall find out why. */
  close(reason = new KafkaError('NOT_LEADER_OR_FOLLOWER')): void {
    // Whoever still holds it must not take it for one without followers.
    this.image = { ...this.image, leader: NO_LEADER }
    this.gone = reason
    const before = this.leadership
    this.leadership = undefined
    before?.end()
    this.waits?.fail(reason)
    this.readers.callAll()
    this.followers.callAll()
  }
}
