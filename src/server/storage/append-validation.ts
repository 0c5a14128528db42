import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import { type Codec, codecOf, codecs, compress, decompress } from '../../protocol/records/compression.ts'
import { readInt32 } from '../../std/big-endian.ts'
import { viewOf } from '../../std/bytes.ts'
import type { LogConfig } from './log-config.ts'
import { InvalidRecords, type RecordRules, walkRecords } from './record-walk.ts'

export interface AppendRules {
  /** The log's name, for messages. */
  readonly where: string
  readonly config: LogConfig
  readonly fromClient: boolean
  /** Wall time of the append. */
  readonly now: number
  /** Version of the Produce request; old clients do not know every codec. */
  readonly producedWith?: number
}

/** Bytes that a batch may give decompressed; a small one can claim gigabytes, and everybody else would wait for it. */
const MAX_DECOMPRESSED = 256 * 1024 * 1024
/** From this version on Produce may carry zstd (KIP-110). */
const PRODUCE_WITH_ZSTD = 7

/**
 * Checks that a whole batch of the one format there is stands at `at`, its checksum included, and gives its size. Before that, nothing
 * in the buffer is to be believed.
 */
export function checkFrame(b: Buffer, at: number, where: string): number {
  const left = b.length - at
  if (left < batch.LOG_OVERHEAD + 5) throw new KafkaError('INVALID_RECORD', `Record batch for ${where} is cut off`)
  const length = readInt32(b, at + 8)
  if (length < 14) throw corrupt(`Found record size ${length} smaller than minimum record overhead (14) for ${where}.`)
  const magic = batch.magic(b, at)
  if (magic === 0 || magic === 1)
    throw new KafkaError('INVALID_RECORD', `Message format ${magic} of a batch for ${where} is no longer supported`)
  if (magic !== batch.CURRENT_MAGIC) throw corrupt(`Invalid magic found in record: ${magic}`)
  const size = length + batch.LOG_OVERHEAD
  if (size > left) throw new KafkaError('INVALID_RECORD', `Record batch has no batches at all for ${where}`)
  if (size < batch.BATCH_HEADER) throw corrupt(`Record batch for ${where} of ${size} bytes is smaller than its header`)
  return size
}

export function checkCrc(b: Buffer, at: number, where: string): void {
  if (!batch.crcMatches(b, at))
    throw corrupt(`Record is corrupt (stored crc = ${batch.storedCrc(b, at)}) in topic partition ${where}.`)
}

const corrupt = (message: string): KafkaError => new KafkaError('CORRUPT_MESSAGE', message)

function checkSize(size: number, { config, where }: AppendRules): void {
  if (size > config.maxMessageBytes)
    throw new KafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${where} is ${size} bytes which exceeds the maximum configured value of ${config.maxMessageBytes}).`,
    )
}

/** Checks a leader's batch and gives the bytes to append: a view of `b`, patched if need be, or a batch with another codec. */
export function validateBatch(b: Buffer, at: number, rules: AppendRules): Buffer {
  const { where } = rules
  const size = checkFrame(b, at, where)
  checkSize(size, rules)
  checkCrc(b, at, where)
  if (rules.fromClient) checkClientHeader(b, at, where)
  checkCounts(b, at, where)
  checkCodec(b, at, rules)
  let valid = size === b.length ? b : viewOf(b, at, at + size)
  const payload = payloadOf(valid, where)
  const timestamp = walkRecords(payload, valid, recordRules(rules, valid))
  // Readers of committed data look into markers without asking for a codec.
  const target = batch.isControl(valid) ? codecs.none : targetCodec(rules.config, batch.codecId(valid))
  if (target !== batch.codecId(valid)) {
    valid = recompress(valid, payload, target, rules.config.compressionLevel)
    checkSize(valid.length, rules)
  }
  if (rules.config.messageTimestampType === 'LogAppendTime') batch.stampLogAppendTime(valid, 0, rules.now)
  else if (timestamp !== batch.maxTimestamp(valid)) repairMaxTimestamp(valid, timestamp)
  return valid
}

function checkClientHeader(b: Buffer, at: number, where: string): void {
  const attributes = batch.attributes(b, at)
  if (batch.baseOffset(b, at) !== 0)
    throw invalid(
      `The baseOffset of the record batch in the append to ${where} should be 0, but it is ${batch.baseOffset(b, at)}`,
    )
  if (attributes & batch.Attributes.control)
    throw invalid(`Clients are not allowed to write control records in topic partition ${where}`)
  if (attributes & batch.Attributes.deleteHorizon)
    throw invalid(`Clients are not allowed to set a delete horizon in topic partition ${where}`)
  if (attributes & batch.Attributes.logAppendTime)
    throw new KafkaError(
      'INVALID_TIMESTAMP',
      `Invalid timestamp type in a batch for ${where}. Producer should not set timestamp type to LogAppendTime.`,
    )
  const producerId = batch.producerId(b, at)
  const baseSequence = batch.baseSequence(b, at)
  if (producerId >= 0 && baseSequence < 0)
    throw invalid(
      `Invalid sequence number ${baseSequence} in record batch with producerId ${producerId} in topic partition ${where}`,
    )
}

function checkCounts(b: Buffer, at: number, where: string): void {
  const count = batch.recordCount(b, at)
  const delta = batch.lastOffsetDelta(b, at)
  const first = batch.baseOffset(b, at)
  if (delta < 0)
    throw invalid(`Batch has an invalid offset range: [${first}, ${first + delta}] in topic partition ${where}`)
  if (count <= 0) throw invalid(`Invalid reported count for record batch: ${count} in topic partition ${where}`)
  if (count !== delta + 1)
    throw invalid(
      `Inconsistent batch offset range [${first}, ${first + delta}] and count of records ${count} in topic partition ${where}`,
    )
}

function checkCodec(b: Buffer, at: number, { producedWith, where }: AppendRules): void {
  const codec = batch.codecId(b, at)
  if (codec > codecs.zstd)
    throw new KafkaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Unknown compression type id: ${codec} in topic partition ${where}`,
    )
  if (codec === codecs.zstd && producedWith !== undefined && producedWith < PRODUCE_WITH_ZSTD)
    throw new KafkaError(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Produce requests with version ${producedWith} are not allowed to use ZStandard compression`,
    )
}

const invalid = (message: string): KafkaError => new InvalidRecords('INVALID_RECORD', message, [])

function payloadOf(b: Buffer, where: string): Buffer {
  try {
    return decompress(batch.codecId(b), viewOf(b, batch.BATCH_HEADER, b.length), MAX_DECOMPRESSED)
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause
    throw new InvalidRecords('INVALID_RECORD', `${(cause as Error).message} in topic partition ${where}`, [], { cause })
  }
}

function recordRules({ config, fromClient, now, where }: AppendRules, b: Buffer): RecordRules {
  const checksTime = fromClient && config.messageTimestampType === 'CreateTime'
  return {
    where,
    needsKey: fromClient && config.cleanupPolicy.includes('compact') && !batch.isControl(b),
    earliest: checksTime ? now - config.messageTimestampBeforeMaxMs : Number.NEGATIVE_INFINITY,
    latest: checksTime ? now + config.messageTimestampAfterMaxMs : Number.POSITIVE_INFINITY,
  }
}

function targetCodec({ compressionType }: LogConfig, source: number): number {
  if (compressionType === 'producer') return source
  return compressionType === 'uncompressed' ? codecs.none : codecs[compressionType]
}

/** The same batch with its records packed another way. */
function recompress(b: Buffer, payload: Buffer, target: number, level: number | undefined): Buffer {
  const codec = codecOf(target) as Codec
  const packed = compress(codec, payload, level)
  const made = Buffer.allocUnsafe(batch.BATCH_HEADER + packed.length)
  b.copy(made, 0, 0, batch.BATCH_HEADER)
  packed.copy(made, batch.BATCH_HEADER)
  const attributes = (batch.attributes(b) & ~batch.Attributes.compressionMask) | target
  batch.writeHeader(made, 0, made.length, attributes, batch.lastOffsetDelta(b), {
    baseOffset: batch.baseOffset(b),
    baseTimestamp: batch.baseTimestamp(b),
    maxTimestamp: batch.maxTimestamp(b),
    producerId: batch.producerId(b),
    producerEpoch: batch.producerEpoch(b),
    baseSequence: batch.baseSequence(b),
    recordCount: batch.recordCount(b),
  })
  return made
}

/** The time index rests on this field, so that a producer's mistake in it must not stay. */
function repairMaxTimestamp(b: Buffer, timestamp: number): void {
  batch.writeHeader(b, 0, b.length, batch.attributes(b), batch.lastOffsetDelta(b), {
    baseOffset: batch.baseOffset(b),
    leaderEpoch: batch.leaderEpoch(b),
    baseTimestamp: batch.baseTimestamp(b),
    maxTimestamp: timestamp,
    producerId: batch.producerId(b),
    producerEpoch: batch.producerEpoch(b),
    baseSequence: batch.baseSequence(b),
    recordCount: batch.recordCount(b),
  })
}
