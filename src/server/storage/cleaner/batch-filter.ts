import * as batch from '../../../protocol/records/batch.ts'
import type { CleanedTransactions } from './cleaned-transactions.ts'
import type { OffsetMap } from './offset-map.ts'
import { rebuildBatch } from './rebuild-batch.ts'
import { keyOf, type RecordSpans, recordSpans } from './record-spans.ts'

/** Where a producer that the log still knows wrote last. */
export interface LastRecord {
  /** -1 when only a marker of it is known. */
  readonly lastDataOffset: number
  readonly producerEpoch: number
}

export interface FilterRules {
  /** Wall time of the cleaning. */
  readonly now: number
  readonly deleteRetentionMs: number
  /** The offset at which the cleaning ends: the last batch before it stays, so that no offset is given twice. */
  readonly endOffset: number
  /** The newest offset of each key. */
  readonly newest: Pick<OffsetMap, 'get' | 'latestOffset'>
  readonly transactions: Pick<CleanedTransactions, 'observe'>
  readonly lastRecords: ReadonlyMap<number, LastRecord>
}

/**
 * What stays of a whole batch: the batch itself, another one with the same offsets and sequence numbers, or nothing. Throws for one that
 * breaks the format.
 */
export function filterBatch(b: Buffer, rules: FilterRules): Buffer | undefined {
  const mayDiscard = rules.transactions.observe(b)
  const isControl = batch.isControl(b)
  const horizon = batch.deleteHorizon(b)
  const discards = mayDiscard && (!isControl || (horizon !== undefined && horizon <= rules.now))
  const { payload, spans: kept } = discards ? NOTHING : keptRecords(b, rules)
  if (kept.length === 0) return isNeeded(b, rules) ? emptyBatch(b) : undefined
  const isFirstCleaning = horizon === undefined && ((mayDiscard && isControl) || kept.some((span) => span.isTombstone))
  if (kept.length === batch.recordCount(b) && !isFirstCleaning) return b
  return rebuildBatch(b, { payload, spans: kept }, isFirstCleaning ? rules.now + rules.deleteRetentionMs : horizon)
}

const NOTHING: RecordSpans = { payload: Buffer.alloc(0), spans: [] }

function keptRecords(b: Buffer, { newest, now }: FilterRules): RecordSpans {
  const all = recordSpans(b)
  if (batch.isControl(b)) return all
  const { payload } = all
  const horizon = batch.deleteHorizon(b)
  const keepsTombstones = horizon === undefined || now < horizon
  const spans = all.spans.filter((span) => {
    if (span.offset > newest.latestOffset) return true
    const key = keyOf(payload, span)
    return key !== null && span.offset >= newest.get(key) && (!span.isTombstone || keepsTombstones)
  })
  return { payload, spans }
}

/** Whether a batch must stay though all of its records go: it has a producer's last sequence number or epoch, or the last offset. */
function isNeeded(b: Buffer, { lastRecords, endOffset }: FilterRules): boolean {
  if (batch.lastOffset(b) + 1 === endOffset) return true
  const last = lastRecords.get(batch.producerId(b))
  if (last === undefined) return false
  if (last.lastDataOffset >= 0) return batch.lastOffset(b) === last.lastDataOffset
  return batch.isControl(b) && batch.producerEpoch(b) === last.producerEpoch
}

/** A batch without records that keeps offsets, times, and what is known of its producer. */
function emptyBatch(b: Buffer): Buffer {
  const { logAppendTime, transactional, control } = batch.Attributes
  const attributes = batch.attributes(b) & (logAppendTime | transactional | control)
  const made = Buffer.alloc(batch.BATCH_HEADER)
  batch.writeHeader(made, 0, made.length, attributes, batch.lastOffsetDelta(b), {
    baseOffset: batch.baseOffset(b),
    leaderEpoch: batch.leaderEpoch(b),
    producerId: batch.producerId(b),
    producerEpoch: batch.producerEpoch(b),
    baseSequence: batch.baseSequence(b),
    baseTimestamp: -1,
    maxTimestamp: batch.maxTimestamp(b),
    recordCount: 0,
  })
  return made
}
