import * as batch from '../../protocol/records/batch.ts'
import { Attributes } from '../../protocol/records/batch.ts'
import { codecs } from '../../protocol/records/compression.ts'
import { decodeRecords, type StoredRecord } from '../../protocol/records/record.ts'
import type { File } from '../../runtime/index.ts'
import { type ReadBatch, readBatches } from './batch-reader.ts'
import { controlText } from './control-text.ts'
import type { BatchEvent, DumpEvent, RecordEvent, TimestampType } from './events.ts'
import type { Findings } from './findings.ts'
import type { DecodeRecord } from './record-decoders.ts'

export interface LogOptions {
  /** Records too, not only batches. */
  readonly deep: boolean
  /** What turns records into text; undefined when their contents are not asked for. */
  readonly decode: DecodeRecord | undefined
  /** The most bytes of batches that are read; undefined for all. */
  readonly maxBytes: number | undefined
}

const NO_SEQUENCE = -1
const SEQUENCES = 2 ** 31
const codecNames = Object.keys(codecs)

const sequenceAfter = (base: number, delta: number): number =>
  base === NO_SEQUENCE ? NO_SEQUENCE : (base + delta) % SEQUENCES

/** Batches of a log file, or of a snapshot of the metadata log, and their records. */
export function* dumpLog(file: File, path: string, options: LogOptions, findings: Findings): Generator<DumpEvent> {
  const size = file.size()
  const end = Math.min(size, options.maxBytes ?? size)
  let validBytes = 0
  let previous = -1
  for (const read of readBatches(file, 0, end)) {
    yield batchEvent(read)
    validBytes += read.size
    if (!options.deep) continue
    for (const record of decodeRecords(read.buffer, read.at)) {
      if (record.offset !== previous + 1) findings.notConsecutive(path, previous, record.offset)
      previous = record.offset
      yield recordEvent(read, record, options.decode)
    }
  }
  if (size > validBytes && options.maxBytes === undefined) yield { kind: 'invalid-bytes', bytes: size - validBytes }
}

const timestampType = ({ buffer, at }: ReadBatch): TimestampType =>
  batch.isLogAppendTime(buffer, at) ? 'LogAppendTime' : 'CreateTime'

function batchEvent(read: ReadBatch): BatchEvent {
  const { buffer, at, position, size } = read
  const codec = codecNames[batch.codecId(buffer, at)]
  if (codec === undefined) throw new Error(`Unknown compression type id: ${batch.codecId(buffer, at)}`)
  const baseOffset = batch.baseOffset(buffer, at)
  const lastOffset = batch.lastOffset(buffer, at)
  const baseSequence = batch.baseSequence(buffer, at)
  const hasHorizon = (batch.attributes(buffer, at) & Attributes.deleteHorizon) !== 0
  return {
    kind: 'batch',
    baseOffset,
    lastOffset,
    count: batch.recordCount(buffer, at),
    baseSequence,
    lastSequence: sequenceAfter(baseSequence, lastOffset - baseOffset),
    producerId: batch.producerId(buffer, at),
    producerEpoch: batch.producerEpoch(buffer, at),
    partitionLeaderEpoch: batch.leaderEpoch(buffer, at),
    transactional: batch.isTransactional(buffer, at),
    control: batch.isControl(buffer, at),
    deleteHorizon: hasHorizon ? batch.baseTimestamp(buffer, at) : undefined,
    position,
    timestampType: timestampType(read),
    timestamp: batch.maxTimestamp(buffer, at),
    size,
    magic: batch.magic(buffer, at),
    codec,
    crc: batch.storedCrc(buffer, at),
    valid: batch.crcMatches(buffer, at),
  }
}

function recordEvent(read: ReadBatch, record: StoredRecord, decode: DecodeRecord | undefined): RecordEvent {
  const { buffer, at } = read
  const { offset, timestamp, key, value, headers } = record
  const control = batch.isControl(buffer, at)
  const base = batch.baseSequence(buffer, at)
  return {
    kind: 'record',
    offset,
    timestampType: timestampType(read),
    timestamp,
    keySize: key?.length ?? -1,
    valueSize: value?.length ?? -1,
    sequence: sequenceAfter(base, offset - batch.baseOffset(buffer, at)),
    headerKeys: headers.map((header) => header.key),
    control: control ? controlText(record) : undefined,
    contents: decode && !control ? decode(record) : undefined,
  }
}
