import type { File } from '../../runtime/index.ts'
import { MetadataLog, type MetadataLogOptions } from './metadata-log.ts'
import { readQuorumState, writeQuorumState } from './quorum-state.ts'
import { type SnapshotId, snapshotName } from './snapshot-file.ts'

/** Behind the name of a snapshot that is not complete. */
const PART = '.part'

/** Who leads the quorum, as far as is known. */
export interface Leader {
  /** -1 when nobody is known to lead in the epoch. */
  readonly leaderId: number
  readonly epoch: number
}

/** Where a log ends, as a fetch tells it to the leader (KIP-595). */
export interface LogEnd {
  readonly offset: number
  readonly lastEpoch: number
}

/** A node's copy of a metadata log that others lead: it is given what was fetched, and knows what of it is committed. Nobody asks it for a vote. */
export class MetadataObserver extends MetadataLog {
  private known: Leader

  constructor(options: MetadataLogOptions) {
    super(options)
    const { runtime, dir } = options
    const stored = readQuorumState(runtime.disk, dir)
    // Snapshots that were on their way when the last run ended.
    for (const name of runtime.disk.list(dir) ?? []) if (name.endsWith(PART)) runtime.disk.remove(`${dir}/${name}`)
    const epoch = Math.max(stored?.epoch ?? 0, this.log.latestEpoch ?? 0, this.snapshotEpoch)
    // Who led when this node was stopped is asked first by its address, if at all.
    this.known = { leaderId: -1, epoch }
  }

  get leader(): Leader {
    return this.known
  }

  get end(): LogEnd {
    return { offset: this.log.logEndOffset, lastEpoch: this.log.latestEpoch ?? this.snapshotEpoch }
  }

  /** Whether this node leads itself, which an observer never does. */
  get leads(): boolean {
    return false
  }

  get highWatermark(): number {
    return this.log.highWatermark
  }

  /** Takes over what a node said of the leader, which is durable when this returns. False for what is older than what is known. */
  learn({ leaderId, epoch }: Leader): boolean {
    const { known } = this
    if (epoch < known.epoch) return false
    // In one epoch there is one leader; whoever does not know it yet has nothing to tell.
    if (epoch === known.epoch && (leaderId < 0 || known.leaderId >= 0)) return leaderId === known.leaderId
    this.known = { leaderId, epoch }
    const { runtime, dir } = this.options
    writeQuorumState(runtime.disk, dir, { leaderId, epoch, votedFor: -1 }, [], this.quorumLevel)
    return true
  }

  /** The leader does not answer any more; in this epoch it may still be the one. */
  loseLeader(): void {
    this.known = { ...this.known, leaderId: -1 }
  }

  /** Appends what the leader of the known epoch gave, up to a batch that was cut off. Throws CORRUPT_MESSAGE, and appends nothing then. */
  appendFetched(records: Buffer): void {
    const { logEndOffset } = this.log
    const { lastOffset } = this.log.append(records, { leaderEpoch: this.leader.epoch, origin: 'raft' })
    if (lastOffset < logEndOffset) return
    this.bytesSinceSnapshot += records.length
    for (const { buffer } of this.log.readBatches(logEndOffset)) this.noteQuorum(buffer)
  }

  /** Resolves when what was appended may be told to the leader; undefined when that is so already: nobody counts on what an observer has. */
  settleFetched(): Promise<void> | undefined {
    return undefined
  }

  /** Hands out what is committed by now. */
  commitTo(highWatermark: number): void {
    const end = Math.min(highWatermark, this.log.logEndOffset)
    if (end > this.delivered) this.deliver(end)
  }

  /** Cuts off what the leader does not have: its log has `epoch` up to `endOffset`. */
  truncateToLeader(epoch: number, endOffset: number): void {
    const own = this.log.endOffsetForEpoch(epoch)
    const offset = own.endOffset < 0 ? endOffset : Math.min(endOffset, own.endOffset)
    if (offset < this.delivered)
      throw new Error(
        `The leader's metadata log ends at ${offset} in epoch ${epoch}, before ${this.delivered}, which was committed: it is not the log of this cluster, or has lost data`,
      )
    this.log.truncateTo(offset)
    this.quorum.truncate(offset)
  }

  /** A file for a snapshot that is on its way. */
  beginSnapshot(id: SnapshotId): SnapshotDownload {
    const { runtime, dir } = this.options
    const path = `${dir}/${snapshotName(id)}`
    const part = path + PART
    runtime.disk.remove(part)
    const file = runtime.disk.open(part, { create: true })
    return new SnapshotDownload(file, async () => {
      await file.sync()
      file.close()
      runtime.disk.rename(part, path)
      runtime.disk.syncDir(dir)
      this.install(id)
    })
  }

  /** Everything begins with the snapshot that has just come; the log goes on behind it. */
  protected install(id: SnapshotId): void {
    this.log.truncateFullyAndStartAt(id.endOffset)
    this.snapshotEpoch = id.epoch
    this.delivered = id.endOffset
    this.bytesSinceSnapshot = 0
    this.loadSnapshot()
    this.dropSnapshotsBefore(id.endOffset)
    this.wake()
  }
}

/** A snapshot of the leader that comes in pieces. */
export class SnapshotDownload {
  private written = 0

  constructor(
    private readonly file: File,
    /** All is there. */
    readonly finish: () => Promise<void>,
  ) {}

  get position(): number {
    return this.written
  }

  write(piece: Buffer): void {
    this.file.write(piece, this.written)
    this.written += piece.length
  }

  abandon(): void {
    this.file.close()
  }
}
