import * as batch from '../../../protocol/records/batch.ts'
import { type Codec, codecOf, compress } from '../../../protocol/records/compression.ts'
import { varintSize, writeVarint } from '../../../std/varint.ts'
import type { RecordSpan, RecordSpans } from './record-spans.ts'

/**
 * The batch with fewer records, or with a delete horizon (KIP-534), in milliseconds: its base timestamp then. Offsets, sequence numbers and
 * codec stay as they were.
 */
export function rebuildBatch(b: Buffer, kept: RecordSpans, horizon: number | undefined): Buffer {
  const baseTimestamp = horizon ?? (kept.spans[0] as RecordSpan).timestamp
  const payload = encode(kept, baseTimestamp)
  const codec = codecOf(batch.codecId(b)) as Codec
  const packed = compress(codec, payload)
  const made = Buffer.allocUnsafe(batch.BATCH_HEADER + packed.length)
  packed.copy(made, batch.BATCH_HEADER)
  const flag = horizon === undefined ? 0 : batch.Attributes.deleteHorizon
  batch.writeHeader(made, 0, made.length, batch.attributes(b) | flag, batch.lastOffsetDelta(b), {
    baseOffset: batch.baseOffset(b),
    leaderEpoch: batch.leaderEpoch(b),
    baseTimestamp,
    maxTimestamp: batch.isLogAppendTime(b) ? batch.maxTimestamp(b) : latestOf(kept.spans),
    producerId: batch.producerId(b),
    producerEpoch: batch.producerEpoch(b),
    baseSequence: batch.baseSequence(b),
    recordCount: kept.spans.length,
  })
  return made
}

function encode({ payload, spans }: RecordSpans, baseTimestamp: number): Buffer {
  const bodySize = ({ timestamp, restStart, end }: RecordSpan) =>
    1 + varintSize(timestamp - baseTimestamp) + end - restStart
  let size = 0
  for (const span of spans) size += varintSize(bodySize(span)) + bodySize(span)
  const made = Buffer.allocUnsafe(size)
  let at = 0
  for (const span of spans) {
    at = writeVarint(made, at, bodySize(span))
    made[at++] = 0
    at = writeVarint(made, at, span.timestamp - baseTimestamp)
    at += payload.copy(made, at, span.restStart, span.end)
  }
  return made
}

const latestOf = (kept: readonly RecordSpan[]): number =>
  kept.reduce((latest, { timestamp }) => Math.max(latest, timestamp), -1)
