import * as batch from '../../../protocol/records/batch.ts'
import type { Log } from '../../storage/log.ts'
import type { Partition } from '../partition.ts'

/** What a leader gives of a partition. */
export interface LeaderAnswer {
  readonly records: Buffer | null
  readonly highWatermark: number
  readonly logStartOffset: number
}

/**
 * Appends what the leader sent, and goes with its high watermark and log start. Gives a promise when the disk must have the records before the
 * leader may believe that they are here. Throws `KafkaError`; then nothing was appended.
 */
export function copyRecords(
  partition: Partition,
  answer: LeaderAnswer,
  leaderEpoch: number,
): Promise<void> | undefined {
  const { log } = partition
  let written: Promise<void> | undefined
  if (answer.records !== null && answer.records.length > 0) {
    alignEmptyLog(log, answer.records)
    written = log.append(answer.records, { leaderEpoch, origin: 'replication' }).written
  }
  partition.followHighWatermark(answer.highWatermark)
  if (answer.logStartOffset > log.logStartOffset && answer.logStartOffset <= log.highWatermark)
    log.deleteRecordsBefore(answer.logStartOffset)
  return written
}

/** The leader's log may begin inside a batch, after DeleteRecords; that batch comes whole, and an empty log begins with it. */
export function alignEmptyLog(log: Log, records: Buffer): void {
  if (log.logEndOffset !== log.logStartOffset || records.length < batch.BATCH_HEADER) return
  const first = batch.baseOffset(records)
  if (first < log.logEndOffset && batch.lastOffset(records) >= log.logEndOffset) log.truncateFullyAndStartAt(first)
}

/**
 * Where to cut a log that differs from the leader's, which says how far its own records of the newest epoch go that it may share with this log
 * (KIP-595). When this log has nothing of that epoch, the cut is only a step: the next fetch asks again.
 */
export function truncationOffset(log: Log, diverging: { readonly epoch: number; readonly endOffset: number }): number {
  const own = log.endOffsetForEpoch(diverging.epoch)
  if (own.epoch < 0) return Math.min(diverging.endOffset, log.logEndOffset)
  const end = Math.min(own.endOffset, log.logEndOffset)
  return own.epoch === diverging.epoch ? Math.min(end, diverging.endOffset) : end
}

/** Cuts the log off at an offset, and tells when that takes records which counted as committed. */
export function truncate({ log }: Partition, offset: number, say: (line: string) => void): void {
  if (offset < log.highWatermark)
    say(`Truncating ${log.name} to offset ${offset} below its high watermark ${log.highWatermark}`)
  log.truncateTo(offset)
}

/** Where the leader's log begins and ends. */
export interface LeaderBounds {
  readonly start: number
  readonly end: number
}

/** The leader has nothing at the end of this log: cuts off what is above its end, or begins anew where it begins. */
export function moveInto(partition: Partition, { start, end }: LeaderBounds, say: (line: string) => void): void {
  const { log } = partition
  if (end < log.logEndOffset) return truncate(partition, end, say)
  if (start <= log.logEndOffset) return
  say(`Emptying ${log.name}, which ends at ${log.logEndOffset}: the leader's log begins at ${start}`)
  log.truncateFullyAndStartAt(start)
}
