import type { Disk } from '../../runtime/index.ts'
import type { EpochEnd } from '../storage/leader-epoch-cache.ts'
import type { Log } from '../storage/log.ts'
import { listSnapshots, type SnapshotId, snapshotName } from './snapshot-file.ts'

/** How the log of a replica stands to the leader's: it goes on from there, or parts from it before, or needs a snapshot first. */
export type ReplicaPlace =
  | { readonly kind: 'valid' }
  | { readonly kind: 'diverging'; readonly end: EpochEnd }
  | { readonly kind: 'snapshot'; readonly id: SnapshotId }

export interface SnapshotPiece {
  readonly bytes: Buffer
  /** Of the whole snapshot. */
  readonly size: number
}

/** How a replica stands that wants to go on at `offset`, the record before it being of `epoch` (KIP-595, KIP-630). */
export function placeIn(log: Log, snapshots: readonly SnapshotId[], offset: number, epoch: number): ReplicaPlace {
  const start = log.logStartOffset
  if (start === 0 && offset === 0 && epoch === 0) return { kind: 'valid' }
  const [first] = snapshots
  const atStart = offset === start && first?.endOffset === start && epoch !== first.epoch
  if (first && (offset < start || atStart || epoch < first.epoch))
    return { kind: 'snapshot', id: snapshots.at(-1) as SnapshotId }
  const known = log.endOffsetForEpoch(epoch)
  const end = known.epoch >= 0 ? known : { epoch: log.latestEpoch ?? 0, endOffset: log.logEndOffset }
  return end.epoch !== epoch || end.endOffset < offset ? { kind: 'diverging', end } : { kind: 'valid' }
}

/** Bytes of a snapshot from a position on; undefined when there is none of that name. */
export function snapshotPiece(
  disk: Disk,
  dir: string,
  id: SnapshotId,
  position: number,
  maxBytes: number,
): SnapshotPiece | undefined {
  const isKnown = listSnapshots(disk, dir).some(
    ({ endOffset, epoch }) => endOffset === id.endOffset && epoch === id.epoch,
  )
  if (!isKnown) return undefined
  const file = disk.open(`${dir}/${snapshotName(id)}`, { readOnly: true })
  try {
    const size = file.size()
    const bytes = Buffer.alloc(Math.max(0, Math.min(maxBytes, size - position)))
    return { bytes: bytes.subarray(0, file.read(bytes, 0, bytes.length, position)), size }
  } finally {
    file.close()
  }
}
