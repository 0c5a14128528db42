import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import { UsualRecord } from '../../protocol/records/usual-record.ts'
import { VarintCursor } from '../../std/varint.ts'

export interface RecordError {
  /** Place of the record in its batch. */
  readonly batchIndex: number
  readonly message: string
}

/** A batch that was refused for what is in its records (KIP-467). */
export class InvalidRecords extends KafkaError {
  constructor(
    error: ErrorName,
    message: string,
    readonly recordErrors: readonly RecordError[],
    options?: ErrorOptions,
  ) {
    super(error, message, options)
  }
}

export interface RecordRules {
  /** The log's name, for messages. */
  readonly where: string
  readonly needsKey: boolean
  /** Bounds for timestamps in milliseconds; records without one pass. */
  readonly earliest: number
  readonly latest: number
}

/** Errors that are listed one by one in an answer and in its message. */
const LISTED = 1000
const SHOWN = 3

/**
 * Goes through a batch's decompressed records without making an object of any, and checks that they follow the format and the rules.
 * Gives the largest timestamp. Throws `InvalidRecords`.
 */
export function walkRecords(payload: Buffer, header: Buffer, rules: RecordRules): number {
  const count = batch.recordCount(header)
  const baseTimestamp = batch.baseTimestamp(header)
  const cursor = new VarintCursor(payload, 0)
  const usual = new UsualRecord()
  const withoutKey: RecordError[] = []
  const outOfTime: RecordError[] = []
  let largest = -1
  try {
    for (let index = 0; index < count; index++) {
      if (!isPlain(usual, payload, cursor.position, index)) readAny(usual, cursor, index)
      cursor.position = usual.end
      const timestamp = baseTimestamp + usual.timestampDelta
      if (timestamp > largest) largest = timestamp
      if (rules.needsKey && usual.keyLength < 0 && withoutKey.length < LISTED)
        withoutKey.push({
          batchIndex: index,
          message: `Compacted topic cannot accept message without key in topic partition ${rules.where}`,
        })
      if (timestamp !== -1 && (timestamp < rules.earliest || timestamp > rules.latest) && outOfTime.length < LISTED)
        outOfTime.push({ batchIndex: index, message: timeMessage(timestamp, index, rules) })
    }
    if (cursor.position !== payload.length) throw new RangeError('bytes left after the last record')
  } catch (cause) {
    throw new InvalidRecords('INVALID_RECORD', `${(cause as Error).message} in topic partition ${rules.where}`, [], {
      cause,
    })
  }
  if (withoutKey.length > 0) throw new InvalidRecords('INVALID_RECORD', summary(withoutKey), withoutKey)
  if (outOfTime.length > 0)
    throw new InvalidRecords(
      'INVALID_TIMESTAMP',
      'One or more records have been rejected due to invalid timestamp',
      outOfTime,
    )
  return largest
}

/** Whether the record at `at` is one without headers that needs no second look. */
const isPlain = (record: UsualRecord, payload: Buffer, at: number, index: number): boolean =>
  record.read(payload, at) &&
  record.offsetDelta === index &&
  record.headersStart + 1 === record.end &&
  payload[record.headersStart] === 0

/** Reads a record of any kind; throws for one that breaks the format. */
function readAny(record: UsualRecord, cursor: VarintCursor, index: number): void {
  const length = cursor.varint()
  const end = cursor.position + length
  if (length < 0 || end > cursor.end) throw new RangeError(`record of ${length} bytes`)
  cursor.position++
  record.timestampDelta = cursor.varlong()
  if (cursor.varint() !== index) throw new RangeError('record with a wrong offset')
  record.keyLength = skipBytes(cursor, end)
  skipBytes(cursor, end)
  skipHeaders(cursor, end)
  if (cursor.position !== end) throw new RangeError('record with a wrong length')
  record.end = end
}

/** Steps over a key or value and gives its length, below 0 for null. */
function skipBytes(cursor: VarintCursor, end: number): number {
  const length = cursor.varint()
  if (length > 0) {
    if (length > end - cursor.position) throw new RangeError(`${length} bytes in a shorter record`)
    cursor.position += length
  }
  return length
}

function skipHeaders(cursor: VarintCursor, end: number): void {
  const count = cursor.varint()
  // Every header takes two bytes at least.
  if (count < 0 || count > (end - cursor.position) / 2) throw new RangeError(`record with ${count} headers`)
  for (let i = 0; i < count; i++) {
    if (skipBytes(cursor, end) < 0) throw new RangeError('header without a key')
    skipBytes(cursor, end)
  }
}

const timeMessage = (timestamp: number, index: number, { earliest, latest }: RecordRules): string =>
  `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${earliest}, ${latest}]`

const summary = (errors: readonly RecordError[]): string =>
  `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: ` +
  `[${errors
    .slice(0, SHOWN)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
    .join(', ')}]`
