import { encodeBatch } from '../../protocol/records/record.ts'
import {
  controlBatch,
  kraftVersionRecord,
  leaderChange,
  type QuorumVoter,
  voterIds,
  votersRecord,
} from './control-batch.ts'
import { initialState, type RaftEvent, type RaftState, step } from './core.ts'
import { MetadataLog, type MetadataLogOptions } from './metadata-log.ts'
import { readQuorumState, writeQuorumState } from './quorum-state.ts'

/** Drives the pure core with this node's disk: the metadata log, the vote file and the snapshots. */
export class RaftNode extends MetadataLog {
  private state: RaftState
  private syncing = false

  constructor(options: MetadataLogOptions) {
    super(options)
    const { runtime, dir, nodeId } = options
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
          const message = leaderChange(state.nodeId, state.voters, effect.grantedBy)
          this.write(controlBatch([message], { baseOffset: start, leaderEpoch: effect.epoch, timestamp: this.now() }))
          break
        }
        case 'commit':
          this.deliver(effect.highWatermark)
          break
        default:
          // Messages between voters: with one voter the core never asks for any.
          break
      }
    }
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
}
