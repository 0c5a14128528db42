import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords } from '../../protocol/records/record.ts'
import type { Runtime } from '../../runtime/index.ts'
import { Log } from '../storage/log.ts'
import { defaultLogConfig } from '../storage/log-config.ts'
import { QuorumHistory } from './quorum-history.ts'
import { encodeSnapshot, listSnapshots, readSnapshot, type SnapshotId, snapshotName } from './snapshot-file.ts'

export const METADATA_TOPIC = '__cluster_metadata'
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

/** Committed values, in order: `offset` is that after the last of them. */
export interface Committed {
  readonly values: readonly Buffer[]
  readonly offset: number
  readonly epoch: number
}

export interface MetadataLogOptions {
  readonly runtime: Runtime
  /** The folder `__cluster_metadata-0`. */
  readonly dir: string
  readonly nodeId: number
  readonly segmentBytes: number
  /** How old a segment gets, by its first record; milliseconds. */
  readonly segmentMs: number
  /** How much there may be of log and snapshots, and how old a snapshot gets, before older ones go; below 0 for no limit. */
  readonly retention: { readonly bytes: number; readonly ms: number }
  /** A snapshot to begin from: all that was given before is replaced by it. */
  onSnapshot(contents: Committed): void
  onCommit(committed: Committed): void
  /** The disk under the metadata log failed: the node cannot go on. */
  onFailure(error: Error): void
}

/** How often is looked for what may go; milliseconds. */
const CLEANING_MS = 60_000

interface Pending {
  readonly offset: number
  resolve(): void
  reject(error: Error): void
}

/** The metadata log of a node with its snapshots, and what is committed of it: the same for who leads it and who follows. */
export abstract class MetadataLog {
  protected readonly log: Log
  protected readonly quorum = new QuorumHistory()
  protected closed = false
  /** Of the latest record that is known here. */
  protected lastTimestamp = 0
  protected bytesSinceSnapshot = 0
  /** Of the latest snapshot, or of the start; monotonic milliseconds. */
  private snapshotAt: number
  private cleanedAt: number
  protected readonly waiting: Pending[] = []
  /** Everything before it was given to `onCommit`. */
  protected delivered: number
  /** Leader epoch of the last record that the latest snapshot stands for. */
  protected snapshotEpoch: number

  constructor(protected readonly options: MetadataLogOptions) {
    const { runtime, dir, segmentBytes, segmentMs } = options
    this.snapshotAt = runtime.clock.monotonic()
    this.cleanedAt = this.snapshotAt
    const snapshot = this.loadSnapshot()
    this.delivered = snapshot?.endOffset ?? 0
    this.snapshotEpoch = snapshot?.epoch ?? 0
    this.log = Log.open({
      runtime,
      dir,
      topic: METADATA_TOPIC,
      partition: 0,
      topicId: METADATA_TOPIC_ID,
      config: { ...defaultLogConfig, segmentBytes, segmentMs, retentionMs: -1, retentionBytes: -1 },
      recoveryPoint: 0,
      logStartOffset: 0,
      clean: false,
    })
    // A log of older epochs is what a snapshot of the leader was to replace when this node stopped.
    const isBehind =
      this.log.logEndOffset < this.delivered || (this.log.latestEpoch ?? this.snapshotEpoch) < this.snapshotEpoch
    if (isBehind) this.log.truncateFullyAndStartAt(this.delivered)
    for (const { buffer } of this.log.readBatches(Math.max(this.delivered, this.log.logStartOffset)))
      this.noteQuorum(buffer)
  }

  /** Gives the latest snapshot to `onSnapshot`; undefined when there is none. */
  protected loadSnapshot(): SnapshotId | undefined {
    const { disk } = this.options.runtime
    const { dir } = this.options
    const id = listSnapshots(disk, dir).at(-1)
    const contents = id && readSnapshot(disk, `${dir}/${snapshotName(id)}`)
    if (!id || !contents) return undefined
    this.quorum.restart(contents, id.endOffset)
    this.options.onSnapshot({ values: contents.values, offset: id.endOffset, epoch: id.epoch })
    return id
  }

  protected noteQuorum(buffer: Buffer): void {
    this.lastTimestamp = batch.maxTimestamp(buffer)
    if (batch.isControl(buffer)) this.quorum.note(buffer, batch.baseOffset(buffer))
  }

  /** Whether the voters are in the log, by directory id (KIP-853). */
  get isDynamic(): boolean {
    return this.quorumLevel > 0
  }

  /** The level of the feature `kraft.version`. */
  get quorumLevel(): number {
    return this.quorum.latest.kraftVersion
  }

  get logEndOffset(): number {
    return this.log.logEndOffset
  }
  get logStartOffset(): number {
    return this.log.logStartOffset
  }

  /** Resolves when everything before `offset` is committed and was given to `onCommit`. */
  committed(offset: number): Promise<void> {
    if (this.delivered >= offset) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ offset, resolve, reject }))
  }

  protected deliver(highWatermark: number): void {
    this.log.advanceHighWatermark(highWatermark)
    for (const { buffer } of this.log.readBatches(this.delivered, highWatermark)) {
      const values = batch.isControl(buffer)
        ? []
        : [...decodeRecords(buffer)].flatMap(({ value }) => (value ? [value] : []))
      this.delivered = batch.lastOffset(buffer) + 1
      this.options.onCommit({ values, offset: this.delivered, epoch: batch.leaderEpoch(buffer) })
    }
    this.wake()
    const now = this.options.runtime.clock.monotonic()
    if (now - this.cleanedAt >= CLEANING_MS) this.clean(now)
  }

  protected wake(): void {
    while (this.waiting[0] && this.waiting[0].offset <= this.delivered) this.waiting.shift()?.resolve()
  }

  /** Bytes appended since the last snapshot of this run. */
  get logGrowth(): number {
    return this.bytesSinceSnapshot
  }

  /** Milliseconds since the last snapshot of this run. */
  get snapshotAge(): number {
    return this.options.runtime.clock.monotonic() - this.snapshotAt
  }

  /** Writes the snapshot that stands for all records before `offset`, then drops what is too much or too old. */
  writeSnapshot(values: Iterable<Buffer>, { endOffset, epoch }: SnapshotId): void {
    const { disk } = this.options.runtime
    const { dir } = this.options
    const bytes = encodeSnapshot(values, {
      epoch,
      timestamp: this.options.runtime.clock.now(),
      lastContainedTimestamp: this.lastTimestamp,
      quorum: this.quorum.recordsAt(endOffset),
    })
    disk.replaceFile(`${dir}/${snapshotName({ endOffset, epoch })}`, bytes)
    this.bytesSinceSnapshot = 0
    this.snapshotEpoch = epoch
    this.snapshotAt = this.options.runtime.clock.monotonic()
    this.clean(this.snapshotAt)
  }

  /** Drops the oldest snapshots, and the log before the next one, while there is too much, or they are too old. The last snapshot stays (KIP-630). */
  private clean(now: number): void {
    const { runtime, dir, retention } = this.options
    this.cleanedAt = now
    const kept = listSnapshots(runtime.disk, dir).map((id) => ({
      id,
      ...(runtime.disk.stat(`${dir}/${snapshotName(id)}`) ?? { size: 0, modified: 0 }),
    }))
    const isTooMuch = () =>
      retention.bytes >= 0 && this.log.size + kept.reduce((sum, { size }) => sum + size, 0) > retention.bytes
    for (let [oldest, next] = kept; oldest && next; [oldest, next] = kept) {
      const isTooOld = retention.ms >= 0 && runtime.clock.now() - oldest.modified > retention.ms
      if (!isTooOld && !isTooMuch()) return
      runtime.disk.remove(`${dir}/${snapshotName(oldest.id)}`)
      this.log.deleteRecordsBefore(next.id.endOffset)
      kept.shift()
    }
  }

  protected dropSnapshotsBefore(endOffset: number): void {
    const { disk } = this.options.runtime
    const { dir } = this.options
    for (const old of listSnapshots(disk, dir))
      if (old.endOffset < endOffset) disk.remove(`${dir}/${snapshotName(old)}`)
  }

  async close(): Promise<void> {
    this.closed = true
    for (const one of this.waiting.splice(0)) one.reject(new Error('the node is shutting down'))
    await this.log.flush()
    await this.log.close()
  }
}
