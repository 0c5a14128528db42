import { encodeBatch } from '../../protocol/records/record.ts'
import type { EpochEnd } from '../storage/leader-epoch-cache.ts'
import type { LogRead } from '../storage/log.ts'
import {
  type ControlRecord,
  controlBatch,
  kraftVersionRecord,
  leaderChange,
  type QuorumVoter,
  voterIds,
  votersRecord,
} from './control-batch.ts'
import { initialState, type RaftEvent, type RaftState, step } from './core.ts'
import { MetadataLog, type MetadataLogOptions } from './metadata-log.ts'
import { Observers } from './observers.ts'
import { readQuorumState, writeQuorumState } from './quorum-state.ts'
import { listSnapshots, type SnapshotId, snapshotName } from './snapshot-file.ts'

/** How the log of a replica stands to the leader's: it goes on from there, or parts from it before, or needs a snapshot first. */
export type ReplicaPlace =
  | { readonly kind: 'valid' }
  | { readonly kind: 'diverging'; readonly end: EpochEnd }
  | { readonly kind: 'snapshot'; readonly id: SnapshotId }

/** Drives the pure core with this node's disk: the metadata log, the vote file and the snapshots. */
export class RaftNode extends MetadataLog {
  private state: RaftState
  private syncing = false
  private readonly followers = new Set<() => void>()
  /** Those who read the log from here. */
  readonly observers: Observers

  constructor(options: MetadataLogOptions) {
    super(options)
    const { runtime, dir, nodeId } = options
    this.observers = new Observers(runtime.clock)
    const stored = readQuorumState(runtime.disk, dir)
    this.checkAlone()
    const epoch = Math.max(stored?.epoch ?? 0, this.log.latestEpoch ?? 0, this.snapshotEpoch)
    this.state = initialState(nodeId, [nodeId], epoch, stored?.votedFor ?? -1)
  }

  /** Leading a quorum of others without asking them would part the cluster in two. */
  private checkAlone(): void {
    const ids = this.voterRecord ? voterIds(this.voterRecord) : []
    if (ids.every((id) => id === this.options.nodeId)) return
    throw new Error(
      `The quorum of ${this.options.dir} has the voters ${ids.join(', ')}: only one that is this node (${this.options.nodeId}) is served so far`,
    )
  }

  /** Writes the voters, which the configuration has named so far, into the log: the quorum is dynamic from then on (KIP-853). */
  async makeDynamic(voter: QuorumVoter): Promise<void> {
    const records = [kraftVersionRecord(1), votersRecord([voter])]
    const place = { baseOffset: this.log.logEndOffset, leaderEpoch: this.state.epoch, timestamp: this.now() }
    const bytes = controlBatch(records, place)
    this.write(bytes)
    this.noteQuorum(bytes)
    await this.committed(place.baseOffset + records.length)
  }

  get epoch(): number {
    return this.state.epoch
  }
  get leaderId(): number {
    return this.state.leaderId
  }
  /** Whether this node leads the quorum. */
  get leads(): boolean {
    return this.state.role === 'leader' && !this.closed
  }
  get highWatermark(): number {
    return this.state.highWatermark
  }

  /** Stands for election; resolves when this node leads and all that its log held is committed. */
  async start(): Promise<void> {
    this.apply({ type: 'election-timeout' })
    await this.committed(this.log.logEndOffset)
  }

  private apply(event: RaftEvent): void {
    const { state, effects } = step(this.state, event)
    this.state = state
    const { disk } = this.options.runtime
    for (const effect of effects) {
      switch (effect.type) {
        case 'persist':
          writeQuorumState(disk, this.options.dir, effect, state.voters, this.kraftVersion)
          break
        case 'lead': {
          const start = this.log.logEndOffset
          this.log.assignEpochStart(effect.epoch, start)
          this.apply({ type: 'epoch-started', offset: start })
          const records = [leaderChange(state.nodeId, state.voters, effect.grantedBy), ...this.firstVoters(start)]
          this.write(controlBatch(records, { baseOffset: start, leaderEpoch: effect.epoch, timestamp: this.now() }))
          break
        }
        case 'commit':
          this.deliver(effect.highWatermark)
          this.tellFollowers()
          break
        default:
          // Messages between voters: with one voter the core never asks for any.
          break
      }
    }
  }

  /** What formatting left of the voters is in no log: whoever follows learns it from the first records. */
  private firstVoters(start: number): ControlRecord[] {
    return start === 0 && this.voterRecord ? [kraftVersionRecord(this.kraftVersion), this.voterRecord] : []
  }

  private now(): number {
    return (this.lastTimestamp = this.options.runtime.clock.now())
  }

  /** Appends values as one batch, which is kept or lost as a whole. Gives the offset of the first. */
  append(values: readonly Buffer[]): number {
    if (this.state.role !== 'leader') throw new Error('this node does not lead the metadata quorum')
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
      while (!this.closed && (this.state.ends[this.state.nodeId] ?? 0) < this.log.logEndOffset) {
        const end = this.log.logEndOffset
        await this.log.flush()
        this.apply({ type: 'durable', voter: this.state.nodeId, end })
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

  /** How a replica stands that wants to go on at `offset`, the record before it being of `epoch` (KIP-595, KIP-630). */
  placeOf(offset: number, epoch: number): ReplicaPlace {
    const start = this.log.logStartOffset
    if (start === 0 && offset === 0 && epoch === 0) return { kind: 'valid' }
    const { runtime, dir } = this.options
    const snapshots = listSnapshots(runtime.disk, dir)
    const [first] = snapshots
    const atStart = offset === start && first?.endOffset === start && epoch !== first.epoch
    if (first && (offset < start || atStart || epoch < first.epoch))
      return { kind: 'snapshot', id: snapshots.at(-1) as SnapshotId }
    const known = this.log.endOffsetForEpoch(epoch)
    const end = known.epoch >= 0 ? known : { epoch: this.log.latestEpoch ?? 0, endOffset: this.log.logEndOffset }
    return end.epoch !== epoch || end.endOffset < offset ? { kind: 'diverging', end } : { kind: 'valid' }
  }

  /** Whole batches from `offset` on, committed or not: replicas have them before they are. */
  read(offset: number, maxBytes: number): LogRead {
    return this.log.read(offset, maxBytes, this.log.logEndOffset, true)
  }

  /** Bytes of a snapshot, and how many it has; undefined when there is none of that name. */
  readSnapshot(id: SnapshotId, position: number, maxBytes: number): { bytes: Buffer; size: number } | undefined {
    const { runtime, dir } = this.options
    const isKnown = listSnapshots(runtime.disk, dir).some(
      ({ endOffset, epoch }) => endOffset === id.endOffset && epoch === id.epoch,
    )
    if (!isKnown) return undefined
    const file = runtime.disk.open(`${dir}/${snapshotName(id)}`, { readOnly: true })
    try {
      const size = file.size()
      const bytes = Buffer.alloc(Math.max(0, Math.min(maxBytes, size - position)))
      return { bytes: bytes.subarray(0, file.read(bytes, 0, bytes.length, position)), size }
    } finally {
      file.close()
    }
  }
}
