import * as batch from '../../protocol/records/batch.ts'
import { decodeRecords, encodeBatch } from '../../protocol/records/record.ts'
import type { Disk } from '../../runtime/index.ts'
import { type ControlRecord, controlBatch, quorumRecords, snapshotFooter, snapshotHeader } from './control-batch.ts'

/** A snapshot stands for all records before `endOffset`; `epoch` is that of the last of them. */
export interface SnapshotId {
  readonly endOffset: number
  readonly epoch: number
}

const RECORDS_PER_BATCH = 1000

export const snapshotName = ({ endOffset, epoch }: SnapshotId): string =>
  `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`

/** The snapshots in a folder, oldest first. Unfinished ones (`.part`) do not count. */
export function listSnapshots(disk: Disk, dir: string): SnapshotId[] {
  return (disk.list(dir) ?? []).flatMap((name) => {
    const match = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
    return match ? [{ endOffset: Number(match[1]), epoch: Number(match[2]) }] : []
  })
}

export interface SnapshotContents {
  readonly values: Buffer[]
  readonly kraftVersion: number
  readonly voters: ControlRecord | undefined
}

/** Reads a snapshot, or `bootstrap.checkpoint`, which has the same form. Throws for one that is damaged or cut off. */
export function readSnapshot(disk: Disk, path: string): SnapshotContents | undefined {
  const bytes = disk.readFile(path)
  if (!bytes) return undefined
  const values: Buffer[] = []
  let kraftVersion = 0
  let voters: ControlRecord | undefined
  let end = 0
  for (const at of batch.batchPositions(bytes)) {
    if (!batch.crcMatches(bytes, at)) throw new Error(`${path} is damaged at byte ${at}`)
    const one = bytes.subarray(at, (end = at + batch.batchSize(bytes, at)))
    if (batch.isControl(one)) {
      const found = quorumRecords(one)
      kraftVersion = found.kraftVersion ?? kraftVersion
      voters = found.voters ?? voters
    } else for (const { value } of decodeRecords(one)) if (value) values.push(value)
  }
  if (end !== bytes.length || end === 0) throw new Error(`${path} is cut off at byte ${end}`)
  return { values, kraftVersion, voters }
}

export interface SnapshotOptions {
  readonly epoch: number
  readonly timestamp: number
  /** Wall time of the last record that the snapshot stands for. */
  readonly lastContainedTimestamp: number
  readonly quorum?: readonly ControlRecord[]
}

/** The bytes of a snapshot: header, records, footer. */
export function encodeSnapshot(values: Iterable<Buffer>, options: SnapshotOptions): Buffer {
  const { epoch: leaderEpoch, timestamp } = options
  const parts: Buffer[] = []
  let baseOffset = 0
  const control = (records: readonly ControlRecord[]) => {
    parts.push(controlBatch(records, { baseOffset, leaderEpoch, timestamp }))
    baseOffset += records.length
  }
  control([snapshotHeader(options.lastContainedTimestamp), ...(options.quorum ?? [])])
  let pending: Buffer[] = []
  const flush = () => {
    if (pending.length === 0) return
    const records = pending.map((value) => ({ key: null, value, timestamp }))
    parts.push(encodeBatch(records, { baseOffset, leaderEpoch }))
    baseOffset += pending.length
    pending = []
  }
  for (const value of values) if (pending.push(value) === RECORDS_PER_BATCH) flush()
  flush()
  control([snapshotFooter()])
  return Buffer.concat(parts)
}
