import {
  batchPositions,
  batchSize,
  crcMatches,
  isControl,
  lastOffset,
  leaderEpoch,
  maxTimestamp,
} from '../../protocol/records/batch.ts'
import { decodeRecords } from '../../protocol/records/record.ts'
import type { Disk } from '../../runtime/index.ts'
import { MetadataDelta } from '../../server/metadata/delta.ts'
import { emptyImage, type MetadataImage } from '../../server/metadata/image.ts'
import { decodeMetadataRecord } from '../../server/metadata/records.ts'
import { listSnapshots, snapshotName } from '../../server/raft/snapshot-file.ts'

/** The cluster's metadata as a file holds it, and where its last record stands. */
export interface StoredMetadata {
  readonly image: MetadataImage
  readonly offset: number
  readonly epoch: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
}

/** Reads a snapshot, a segment of the metadata log, or their folder. Throws for what is none of these. */
export function readMetadata(disk: Disk, path: string): StoredMetadata {
  const paths = disk.stat(path)?.isDirectory ? filesOf(disk, path) : [path]
  const delta = new MetadataDelta(emptyImage)
  let last = { offset: -1, epoch: -1, timestamp: -1 }
  for (const one of paths) {
    const bytes = disk.readFile(one)
    if (!bytes) throw new Error(one)
    for (const at of batchPositions(bytes)) {
      if (!crcMatches(bytes, at)) throw new Error(`${one} is damaged at byte ${at}.`)
      const batch = bytes.subarray(at, at + batchSize(bytes, at))
      if (isControl(batch)) continue
      for (const { value } of decodeRecords(batch)) if (value) delta.replay(decodeMetadataRecord(value))
      last = { offset: lastOffset(batch), epoch: leaderEpoch(batch), timestamp: maxTimestamp(batch) }
    }
  }
  return { image: delta.apply(last.offset + 1, last.epoch), ...last }
}

/** The newest snapshot of a folder, and the segments that may go on after it. */
function filesOf(disk: Disk, dir: string): string[] {
  const snapshot = listSnapshots(disk, dir).at(-1)
  const logs = (disk.list(dir) ?? []).filter((name) => /^\d{20}\.log$/.test(name)).sort()
  const from = snapshot?.endOffset ?? 0
  const after = logs.filter((_, at) => Number.parseInt(logs[at + 1] ?? '9'.repeat(15), 10) > from)
  const names = [...(snapshot ? [snapshotName(snapshot)] : []), ...after]
  if (names.length === 0) throw new Error(`${dir} has neither snapshots nor a log of metadata.`)
  return names.map((name) => `${dir}/${name}`)
}
