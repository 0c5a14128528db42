import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords, encodeBatch } from '../../protocol/records/record.ts'
import type { Runtime } from '../../runtime/index.ts'
import { Log } from '../storage/log.ts'
import { defaultLogConfig } from '../storage/log-config.ts'
import {
  type ControlRecord,
  controlBatch,
  kraftVersionRecord,
  leaderChange,
  type QuorumVoter,
  quorumRecords,
  voterIds,
  votersRecord,
} from './control-batch.ts'
import { initialState, type RaftEvent, type RaftState, step } from './core.ts'
import { readQuorumState, writeQuorumState } from './quorum-state.ts'
import { encodeSnapshot, listSnapshots, readSnapshot, type SnapshotId, snapshotName } from './snapshot-file.ts'

export const METADATA_TOPIC = '__cluster_metadata'
const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** Committed values, in order: `offset` is that after the last of them. */
export interface Committed {
  readonly values: readonly Buffer[]
  readonly offset: number
  readonly epoch: number
}

export interface RaftOptions {
  readonly runtime: Runtime
  /** The folder `__cluster_metadata-0`. */
  readonly dir: string
  readonly nodeId: number
  readonly segmentBytes: number
  /** A snapshot to begin from, before anything else is given. */
  onSnapshot(contents: { values: readonly Buffer[]; offset: number; epoch: number }): void
  onCommit(committed: Committed): void
  /** The disk under the metadata log failed: the node cannot go on. */
  onFailure(error: Error): void
}

interface Pending {
  readonly offset: number
  resolve(): void
  reject(error: Error): void
}

/** Drives the pure core with this node's disk: the metadata log, the vote file and the snapshots. */
export class RaftNode {
  private state: RaftState
  private kraftVersion = 0
  private voterRecord: ControlRecord | undefined
  private readonly log: Log
  private delivered: number
  private syncing = false
  private closed = false
  private readonly waiting: Pending[] = []
  private lastTimestamp = 0
  private bytesSinceSnapshot = 0

  constructor(private readonly options: RaftOptions) {
    const { runtime, dir, nodeId } = options
    const stored = readQuorumState(runtime.disk, dir)
    const snapshot = this.loadSnapshot()
    this.delivered = snapshot?.endOffset ?? 0
    this.log = Log.open({
      runtime,
      dir,
      topic: METADATA_TOPIC,
      partition: 0,
      topicId: METADATA_TOPIC_ID,
      config: { ...defaultLogConfig, segmentBytes: options.segmentBytes, retentionMs: -1, retentionBytes: -1 },
      recoveryPoint: 0,
      logStartOffset: 0,
      clean: false,
    })
    if (this.log.logEndOffset < this.delivered) this.log.truncateFullyAndStartAt(this.delivered)
    for (const { buffer } of this.log.readBatches(Math.max(this.delivered, this.log.logStartOffset)))
      this.noteQuorum(buffer)
    this.checkAlone()
    const epoch = Math.max(stored?.epoch ?? 0, this.log.latestEpoch ?? 0, snapshot?.epoch ?? 0)
    this.state = initialState(nodeId, [nodeId], epoch, stored?.votedFor ?? -1)
  }

  private loadSnapshot(): SnapshotId | undefined {
    const { disk } = this.options.runtime
    const { dir } = this.options
    const id = listSnapshots(disk, dir).at(-1)
    const contents = id && readSnapshot(disk, `${dir}/${snapshotName(id)}`)
    if (!id || !contents) return undefined
    this.kraftVersion = contents.kraftVersion
    this.voterRecord = contents.voters
    this.options.onSnapshot({ values: contents.values, offset: id.endOffset, epoch: id.epoch })
    return id
  }

  /** Leading a quorum of others without asking them would part the cluster in two. */
  private checkAlone(): void {
    const ids = this.voterRecord ? voterIds(this.voterRecord) : []
    if (ids.every((id) => id === this.options.nodeId)) return
    throw new Error(
      `The quorum of ${this.options.dir} has the voters ${ids.join(', ')}: only one that is this node (${this.options.nodeId}) is served so far`,
    )
  }

  private noteQuorum(buffer: Buffer): void {
    this.lastTimestamp = batch.maxTimestamp(buffer)
    if (!batch.isControl(buffer)) return
    const found = quorumRecords(buffer)
    this.kraftVersion = found.kraftVersion ?? this.kraftVersion
    this.voterRecord = found.voters ?? this.voterRecord
  }

  /** Whether the voters are in the log, by directory id (KIP-853). */
  get isDynamic(): boolean {
    return this.kraftVersion > 0
  }

  /** The level of the feature `kraft.version`. */
  get quorumLevel(): number {
    return this.kraftVersion
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
  get logEndOffset(): number {
    return this.log.logEndOffset
  }
  get logStartOffset(): number {
    return this.log.logStartOffset
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

  /** Resolves when everything before `offset` is committed and was given to `onCommit`. */
  committed(offset: number): Promise<void> {
    if (this.delivered >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ offset, resolve, reject }))
  }

  private deliver(highWatermark: number): void {
    this.log.advanceHighWatermark(highWatermark)
    for (const { buffer } of this.log.readBatches(this.delivered, highWatermark)) {
      const values = batch.isControl(buffer)
        ? []
        : [...decodeRecords(buffer)].flatMap(({ value }) => (value ? [value] : []))
      this.delivered = batch.lastOffset(buffer) + 1
      this.options.onCommit({ values, offset: this.delivered, epoch: batch.leaderEpoch(buffer) })
    }
    while (this.waiting[0] && this.waiting[0].offset <= this.delivered) this.waiting.shift()?.resolve()
  }

  /** Bytes appended since the last snapshot of this run. */
  get logGrowth(): number {
    return this.bytesSinceSnapshot
  }

  /** Writes the snapshot that stands for all records before `offset`, then drops older snapshots. */
  writeSnapshot(values: Iterable<Buffer>, { endOffset, epoch }: SnapshotId): void {
    const { disk } = this.options.runtime
    const { dir } = this.options
    const quorum =
      this.kraftVersion > 0 ? [kraftVersionRecord(this.kraftVersion), this.voterRecord].filter((r) => !!r) : []
    const bytes = encodeSnapshot(values, {
      epoch,
      timestamp: this.options.runtime.clock.now(),
      lastContainedTimestamp: this.lastTimestamp,
      quorum,
    })
    disk.replaceFile(`${dir}/${snapshotName({ endOffset, epoch })}`, bytes)
    this.bytesSinceSnapshot = 0
    for (const old of listSnapshots(disk, dir))
      if (old.endOffset < endOffset) disk.remove(`${dir}/${snapshotName(old)}`)
    this.log.deleteRecordsBefore(endOffset)
  }

  async close(): Promise<void> {
    this.closed = true
    for (const one of this.waiting.splice(0)) one.reject(new Error('the node is shutting down'))
    await this.log.flush()
    await this.log.close()
  }
}
