import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import { type AppendRules, checkCrc, checkFrame, validateBatch } from './append-validation.ts'
import { checkProducer } from './producer-checks.ts'
import type { BatchMetadata } from './producer-entry.ts'
import type { ProducerState } from './producer-state.ts'

/** Bytes that are ready to be written, with all that they carry. */
export interface AppendPlan {
  readonly bytes: Buffer
  readonly baseOffset: number
  readonly nextOffset: number
  readonly recordCount: number
}

/** Checks the batches of a request and gives them as they are to be appended, but for offsets and epoch. Throws `KafkaError`. */
export function validateBatches(records: Buffer, rules: AppendRules): Buffer[] {
  const { where } = rules
  if (records.length === 0) throw new KafkaError('INVALID_RECORD', `No records for ${where}`)
  const batches: Buffer[] = []
  for (let at = 0; at < records.length; ) {
    const size = checkFrame(records, at, where)
    if (rules.fromClient && size !== records.length)
      throw new KafkaError(
        'INVALID_RECORD',
        `Produce requests may hold one record batch for a partition, ${where} got more`,
      )
    batches.push(validateBatch(records, at, rules))
    at += size
  }
  return batches
}

/** The batch in the log that one of these repeats. Throws when a producer may not append one of them. */
export function findDuplicate(
  producers: ProducerState,
  batches: readonly Buffer[],
  { where, fromClient }: AppendRules,
  transactionVersion: number,
): BatchMetadata | undefined {
  for (const valid of batches) {
    if (batch.producerId(valid) < 0) continue
    const duplicate = checkProducer(producers, valid, 0, { where, fromClient, transactionVersion })
    if (duplicate !== undefined) return duplicate
  }
  return undefined
}

/** Gives batches their place in the log. */
export function assignOffsets(batches: readonly Buffer[], baseOffset: number, leaderEpoch: number): AppendPlan {
  let nextOffset = baseOffset
  for (const valid of batches) {
    batch.setBaseOffset(valid, 0, nextOffset)
    batch.setLeaderEpoch(valid, 0, leaderEpoch)
    nextOffset += batch.lastOffsetDelta(valid) + 1
  }
  const bytes = batches.length === 1 ? (batches[0] as Buffer) : Buffer.concat(batches)
  return { bytes, baseOffset, nextOffset, recordCount: nextOffset - baseOffset }
}

export interface GivenRules {
  /** The log's name, for messages. */
  readonly where: string
  readonly logEndOffset: number
  /** Epoch of the log's last batch, -1 when it has none. */
  readonly lastEpoch: number
  /** Epoch of the leader that the records were asked of; -1 sets no bound. */
  readonly leaderEpoch: number
}

/**
 * Checks what a leader sent, all of it before anything is changed: a follower must not keep the first half of a bad answer. A batch that
 * the answer's size cut off is left out. Undefined when nothing is left to append.
 */
export function planGiven(records: Buffer, rules: GivenRules): AppendPlan | undefined {
  const { where, leaderEpoch } = rules
  let nextOffset = rules.logEndOffset
  let epoch = rules.lastEpoch
  let recordCount = 0
  let at = 0
  while (records.length - at >= batch.BATCH_HEADER) {
    if (batch.batchSize(records, at) > records.length - at) break
    const size = checkFrame(records, at, where)
    const batchEpoch = batch.leaderEpoch(records, at)
    // From a leader that this replica does not know of yet; it will ask again when it does.
    if (leaderEpoch >= 0 && batchEpoch > leaderEpoch) break
    checkCrc(records, at, where)
    checkOrder(records, at, where, nextOffset, epoch)
    epoch = batchEpoch
    nextOffset = batch.lastOffset(records, at) + 1
    recordCount += batch.recordCount(records, at)
    at += size
  }
  if (at === 0) return undefined
  return { bytes: records.subarray(0, at), baseOffset: batch.baseOffset(records), nextOffset, recordCount }
}

function checkOrder(b: Buffer, at: number, where: string, nextOffset: number, epoch: number): void {
  const baseOffset = batch.baseOffset(b, at)
  const lastOffset = batch.lastOffset(b, at)
  if (baseOffset < nextOffset || lastOffset < baseOffset)
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `Out of order offsets found in append to ${where}: [${baseOffset}, ${lastOffset}] after ${nextOffset - 1}`,
    )
  if (batch.leaderEpoch(b, at) < epoch)
    throw new KafkaError(
      'CORRUPT_MESSAGE',
      `Batch of leader epoch ${batch.leaderEpoch(b, at)} after epoch ${epoch} in append to ${where}`,
    )
}
