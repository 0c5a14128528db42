import { KafkaError } from '../../protocol/errors.ts'
import { encodeBatch } from '../../protocol/records/record.ts'
import { type Uuid, ZERO_UUID } from '../../std/uuid.ts'
import type { LogRead } from '../storage/log.ts'
import {
  type ControlRecord,
  controlBatch,
  kraftVersionRecord,
  leaderChange,
  type QuorumVoter,
  type StoredVoter,
  storedVoters,
  storedVotersRecord,
  votersIn,
} from './control-batch.ts'
import { initialState, type RaftEvent, type RaftState, step } from './core.ts'
import { HeardVoters } from './heard-voters.ts'
import type { MetadataLogOptions } from './metadata-log.ts'
import { type Leader, MetadataObserver } from './observer.ts'
import { Observers } from './observers.ts'
import { type QuorumState, readQuorumState, writeQuorumState } from './quorum-state.ts'
import { type QuorumTalk, silent, type VoteQuestion } from './quorum-talk.ts'
import { placeIn, type ReplicaPlace, type SnapshotPiece, snapshotPiece } from './replica-reads.ts'
import { listSnapshots, type SnapshotId } from './snapshot-file.ts'
import { differs, isOf, updated } from './voter-set.ts'

export interface RaftOptions extends MetadataLogOptions {
  /** Those that the configuration names; a dynamic quorum has its voters in the log. This node alone when left out. */
  readonly voters?: readonly number[]
  /** Of the directory that holds the log, by which a dynamic quorum tells this voter. */
  readonly directoryId?: Uuid
  /** What this node has to say of itself as a voter of one; undefined when nobody else can reach it. */
  ownEntry?(): StoredVoter | undefined
}

/** Drives the pure core with this node's disk: the metadata log, the vote file and the snapshots. */
export class RaftNode extends MetadataObserver {
  private state: RaftState
  private syncing = false
  private announced = false
  private talk: QuorumTalk = silent
  private readonly followers = new Set<() => void>()
  private readonly heard: HeardVoters
  /** Those who read the log from here. */
  readonly observers: Observers
  /** With their directories and addresses, where those are in the log (KIP-853). */
  dynamicVoters: readonly QuorumVoter[] = []

  private readonly raft: RaftOptions

  constructor(raft: RaftOptions) {
    super(raft)
    this.raft = raft
    const { runtime, dir, nodeId } = raft
    this.observers = new Observers(runtime.clock)
    this.heard = new HeardVoters(runtime.clock)
    const stored = readQuorumState(runtime.disk, dir)
    const { latest } = this.quorum
    if (latest.voters) this.dynamicVoters = votersIn(latest.voters)
    const voters = this.votersNow()
    if (!this.isDynamic && voters.length > 0 && !voters.includes(nodeId))
      throw new Error(
        `The quorum of ${dir} has the voters ${voters.join(', ')}, and this node (${nodeId}) is none of them`,
      )
    const epoch = Math.max(stored?.epoch ?? 0, this.log.latestEpoch ?? 0, this.snapshotEpoch)
    const isOfEpoch = stored?.epoch === epoch
    const known = isOfEpoch ? stored : { votedFor: -1, leaderId: -1, votedDirectory: ZERO_UUID }
    const first = initialState(nodeId, voters, epoch, known.votedFor, known.leaderId, known.votedDirectory)
    this.state = { ...first, hasVote: this.isVoter(nodeId, raft.directoryId), votersAt: latest.votersAt }
  }

  /** Has somebody carry to the other voters what this one has to say. */
  speakThrough(talk: QuorumTalk): void {
    this.talk = talk
  }

  /** Writes the voters, which the configuration has named so far, into the log: the quorum is dynamic from then on (KIP-853). */
  async makeDynamic(voters: readonly StoredVoter[]): Promise<void> {
    if (!this.leads) throw new KafkaError('NOT_CONTROLLER')
    await this.committed(this.appendQuorum([kraftVersionRecord(1), storedVotersRecord(voters)]))
  }

  /** Writes down other voters, at most one more or one less than there are: they count from here on. Gives the offset behind the record. */
  changeVoters(voters: readonly StoredVoter[]): number {
    return this.appendQuorum([storedVotersRecord(voters)])
  }

  private appendQuorum(records: readonly ControlRecord[]): number {
    const place = { baseOffset: this.log.logEndOffset, leaderEpoch: this.state.epoch, timestamp: this.now() }
    this.writeQuorum(controlBatch(records, place))
    return place.baseOffset + records.length
  }

  private writeQuorum(bytes: Buffer): void {
    this.write(bytes)
    this.noteQuorum(bytes)
    this.takeVoters()
  }

  private votersNow(): readonly number[] {
    if (this.quorum.latest.voters) return this.dynamicVoters.map(({ id }) => id)
    return this.raft.voters ?? [this.raft.nodeId]
  }

  /** Voters count from the moment at which they are in the log, committed or not (KIP-853). */
  private takeVoters(): void {
    const { voters: record, votersAt: at } = this.quorum.latest
    const before = this.state.voters
    this.dynamicVoters = record ? votersIn(record) : []
    const voters = this.votersNow()
    this.apply({ type: 'voters', voters, hasVote: this.isVoter(this.raft.nodeId, this.raft.directoryId), at })
    // Who has just come to be a voter has as long as all others to fetch.
    for (const id of voters) if (!before.includes(id)) this.voterHeard(id)
  }

  override appendFetched(records: Buffer): void {
    const before = this.quorum.latest
    super.appendFetched(records)
    if (this.quorum.latest !== before) this.takeVoters()
  }

  override truncateToLeader(epoch: number, endOffset: number): void {
    super.truncateToLeader(epoch, endOffset)
    this.takeVoters()
  }

  protected override install(id: SnapshotId): void {
    super.install(id)
    this.takeVoters()
  }

  /** Whether a node is one of the voters, with this directory where the log names one and the node does. */
  isVoter(id: number, directoryId: Uuid | undefined): boolean {
    const named = this.dynamicVoters.find((voter) => voter.id === id)
    return named ? directoryId === undefined || named.directoryId === directoryId : this.votersNow().includes(id)
  }

  /** Whether this node is one of the voters. */
  get hasVote(): boolean {
    return this.state.hasVote
  }

  /** The newest voters of the log with all that it says of them; nothing in a static quorum. */
  get storedVoters(): StoredVoter[] {
    const { voters } = this.quorum.latest
    return voters ? storedVoters(voters) : []
  }

  /** Offset of the newest record of voters; -1 when they are older than the log. */
  get votersAt(): number {
    return this.state.votersAt
  }

  get voters(): readonly number[] {
    return this.state.voters
  }
  get epoch(): number {
    return this.state.epoch
  }
  /** -1 when unknown; a leader that has resigned does not count as one. */
  get leaderId(): number {
    const { leaderId, nodeId } = this.state
    return leaderId === nodeId && !this.leads ? -1 : leaderId
  }
  override get leader(): Leader {
    return { leaderId: this.leaderId, epoch: this.state.epoch }
  }
  override get leads(): boolean {
    return this.state.role === 'leader' && !this.closed
  }
  /** Whether it leads, and has all that was ever committed. */
  get isActive(): boolean {
    return this.leads && this.state.highWatermark > this.state.epochStart
  }

  /** Stands for election, as the only voter; resolves when this node leads and all that its log held is committed. */
  async start(): Promise<void> {
    this.stand()
    await this.committed(this.log.logEndOffset)
  }

  /** No leader was heard of for too long. */
  stand(): void {
    const { voters } = this.quorum.before(this.delivered)
    const { nodeId: id, directoryId = ZERO_UUID } = this.raft
    const wasVoter = voters !== undefined && storedVoters(voters).some((voter) => isOf({ id, directoryId }, voter))
    this.apply({ type: 'election-timeout', wasVoter })
  }

  /** No majority was heard of for too long. */
  resign(): void {
    this.apply({ type: 'resign' })
  }

  /** The leader has answered, or made itself known. */
  leaderHeard(): void {
    this.apply({ type: 'leader-heard' })
  }

  /** The leader has said that it goes. */
  leaderLeft(): void {
    this.apply({ type: 'leader-left' })
  }

  override learn({ leaderId, epoch }: Leader): boolean {
    if (epoch < this.state.epoch) return false
    this.apply(leaderId < 0 ? { type: 'epoch', epoch } : { type: 'leader', leaderId, epoch })
    return this.state.leaderId === leaderId
  }

  /** Whether the leader is well is found out by the time that it is not heard. */
  override loseLeader(): void {}

  override settleFetched(): Promise<void> {
    return this.log.flush()
  }

  /** Whether a candidate gets this node's vote, which is on disk when this returns. */
  vote(from: number, { epoch, preVote, lastEpoch, lastOffset }: VoteQuestion, directory = ZERO_UUID): boolean {
    const { end } = this
    const logIsBehind = lastEpoch < end.lastEpoch || (lastEpoch === end.lastEpoch && lastOffset < end.offset)
    return this.apply({ type: 'vote-request', from, directory, epoch, logIsBehind, preVote })
  }

  /** What a voter said to a question. */
  voted(from: number, epoch: number, granted: boolean, preVote: boolean): void {
    this.apply({ type: 'vote-response', from, epoch, granted, preVote })
  }

  /** A node fetches from an offset: what is before it is there, and on the disk of a voter. */
  followed(id: number, directoryId: Uuid, offset: number): void {
    if (!this.leads) return
    this.observers.fetched(id, directoryId, offset, this.log.logEndOffset)
    if (!this.isVoter(id, directoryId)) return
    this.voterHeard(id)
    this.apply({ type: 'durable', voter: id, end: Math.min(offset, this.log.logEndOffset) })
  }

  /** Another voter takes this node for the leader, whatever it still lacks. */
  voterHeard(id: number): void {
    if (this.leads && this.state.voters.includes(id)) this.heard.note(id)
  }

  /** The other voters, those first who have most of the log. */
  get successors(): readonly number[] {
    const { voters, ends, nodeId } = this.state
    return voters.filter((id) => id !== nodeId).sort((a, b) => (ends[b] ?? 0) - (ends[a] ?? 0))
  }

  /** Other voters that have fetched since a monotonic time. */
  heardSince(time: number): number[] {
    return this.heard.since(time, this.state.voters)
  }

  /** Whether a majority has fetched since then. A leader that was removed does not count itself. */
  hasMajoritySince(time: number): boolean {
    const { voters, hasVote } = this.state
    return this.heardSince(time).length + (hasVote ? 1 : 0) > voters.length / 2
  }

  /** Applies an event; gives whether a vote was granted. */
  private apply(event: RaftEvent): boolean {
    const led = this.state.role === 'leader'
    const { state, effects } = step(this.state, event)
    this.state = state
    if (led && state.role !== 'leader') this.stepDown()
    let granted = false
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          this.persist(effect)
          break
        case 'lead':
          this.lead(effect.epoch, effect.grantedBy)
          break
        case 'commit':
          this.deliver(effect.highWatermark)
          this.tellFollowers()
          this.announce()
          break
        case 'request-votes': {
          const { offset: lastOffset, lastEpoch } = this.end
          const { epoch, preVote, from } = effect
          this.talk.askForVotes({ epoch, preVote, lastEpoch, lastOffset }, from)
          break
        }
        case 'answer-vote':
          granted = effect.granted
          break
        case 'follow':
          this.talk.follows(effect.leaderId)
          break
        case 'leave':
          this.talk.leaves()
          break
      }
    }
    return granted
  }

  private withOwnDirectory(state: QuorumState): QuorumState {
    const { nodeId } = this.state
    return state.votedFor === nodeId ? { ...state, votedDirectory: this.raft.directoryId ?? ZERO_UUID } : state
  }

  /** Throws what the disk does: a node that cannot keep a vote must not live on with it. */
  private persist(quorum: QuorumState): void {
    const { runtime, dir } = this.options
    try {
      writeQuorumState(runtime.disk, dir, this.withOwnDirectory(quorum), this.state.voters, this.quorumLevel)
    } catch (error) {
      this.options.onFailure(error as Error)
      throw error
    }
  }

  private lead(epoch: number, grantedBy: readonly number[]): void {
    const start = this.log.logEndOffset
    this.announced = false
    this.heard.forgetAll()
    this.observers.forgetAll()
    this.log.assignEpochStart(epoch, start)
    this.apply({ type: 'epoch-started', offset: start })
    const { nodeId, voters } = this.state
    const records = [leaderChange(nodeId, voters, grantedBy), ...this.firstVoters()]
    this.writeQuorum(controlBatch(records, { baseOffset: start, leaderEpoch: epoch, timestamp: this.now() }))
    this.talk.leads()
  }

  private announce(): void {
    if (this.announced || !this.isActive) return
    this.announced = true
    this.talk.active()
  }

  /** What was not committed may yet be, or not: whoever waits for it has to ask the next leader. */
  private stepDown(): void {
    for (const one of this.waiting.splice(0)) one.reject(new KafkaError('NOT_CONTROLLER'))
    this.tellFollowers()
    this.talk.resigned()
  }

  /** An epoch begins with the voters where no record names them, as formatting leaves them, and where this node has something else to say of itself. */
  private firstVoters(): ControlRecord[] {
    const { voters, votersAt, kraftVersion } = this.quorum.latest
    if (!voters || kraftVersion === 0) return []
    const all = storedVoters(voters)
    const own = this.raft.ownEntry?.()
    if (votersAt >= 0 && !(own && differs(all, own))) return []
    return [kraftVersionRecord(kraftVersion), own ? storedVotersRecord(updated(all, own)) : voters]
  }

  private now(): number {
    return (this.lastTimestamp = this.options.runtime.clock.now())
  }

  /** Appends values as one batch, which is kept or lost as a whole. Gives the offset of the first. */
  append(values: readonly Buffer[]): number {
    if (!this.leads) throw new KafkaError('NOT_CONTROLLER')
    const baseOffset = this.log.logEndOffset
    const timestamp = this.now()
    const records = values.map((value) => ({ key: null, value, timestamp }))
    this.write(encodeBatch(records, { baseOffset, leaderEpoch: this.state.epoch }))
    return baseOffset
  }

  private write(bytes: Buffer): void {
    try {
      this.bytesSinceSnapshot += bytes.length
      this.log.append(bytes, { leaderEpoch: this.state.epoch, origin: 'raft' })
    } catch (error) {
      this.options.onFailure(error as Error)
      throw error
    }
    this.tellFollowers()
    if (!this.syncing) void this.sync()
  }

  /** One fsync at a time; what is appended meanwhile shares the next one. */
  private async sync(): Promise<void> {
    this.syncing = true
    try {
      while (this.leads && (this.state.ends[this.state.nodeId] ?? 0) < this.log.logEndOffset) {
        const end = this.log.logEndOffset
        const { epoch } = this.state
        await this.log.flush()
        // Whoever has led another epoch meanwhile may have had its log cut.
        if (epoch === this.state.epoch) this.apply({ type: 'durable', voter: this.state.nodeId, end })
      }
    } catch (error) {
      for (const one of this.waiting.splice(0)) one.reject(error as Error)
      this.options.onFailure(error as Error)
    } finally {
      this.syncing = false
    }
  }

  private tellFollowers(): void {
    for (const follower of [...this.followers]) follower()
  }

  /** Calls back at each append and each commit. Gives what takes the call back. */
  onProgress(callback: () => void): () => void {
    this.followers.add(callback)
    return () => this.followers.delete(callback)
  }

  /** How a replica stands that wants to go on at `offset`, the record before it being of `epoch`. */
  placeOf(offset: number, epoch: number): ReplicaPlace {
    const { runtime, dir } = this.options
    return placeIn(this.log, listSnapshots(runtime.disk, dir), offset, epoch)
  }

  /** Whole batches from `offset` on, committed or not: replicas have them before they are. */
  read(offset: number, maxBytes: number): LogRead {
    return this.log.read(offset, maxBytes, this.log.logEndOffset, true)
  }

  /** Bytes of a snapshot, and how many it has; undefined when there is none of that name. */
  readSnapshot(id: SnapshotId, position: number, maxBytes: number): SnapshotPiece | undefined {
    const { runtime, dir } = this.options
    return snapshotPiece(runtime.disk, dir, id, position, maxBytes)
  }
}
