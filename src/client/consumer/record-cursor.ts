import { InvalidRecord } from '../../protocol/records/record.ts'
import { UsualRecord } from '../../protocol/records/usual-record.ts'
import { taken, takeValues } from '../../protocol/records/values.ts'
import { viewOf } from '../../std/bytes.ts'
import type { RecordHeader, TimestampType } from '../types.ts'

/** Records that lie one after the other in the decompressed bytes of one batch. */
export class RecordSlice {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly payload: Buffer,
    /** Where the first record begins. */
    readonly start: number,
    readonly count: number,
    readonly baseOffset: number,
    readonly baseTimestamp: number,
    /** The broker's time for all records; undefined when they carry their producer's. */
    readonly appendTime: number | undefined,
    readonly leaderEpoch: number | undefined,
  ) {}

  get timestampType(): TimestampType {
    return this.appendTime === undefined ? 'CreateTime' : 'LogAppendTime'
  }

  /** Some of the records of the same batch. */
  part(start: number, count: number): RecordSlice {
    const { topic, partition, payload, baseOffset, baseTimestamp, appendTime, leaderEpoch } = this
    return new RecordSlice(topic, partition, payload, start, count, baseOffset, baseTimestamp, appendTime, leaderEpoch)
  }
}

/** Reads the varints of one batch; a value that goes past the end throws `InvalidRecord`. */
export class PayloadReader {
  position: number

  constructor(
    readonly payload: Buffer,
    start = 0,
  ) {
    this.position = start
  }

  varint(): number {
    const { payload } = this
    let byte = payload[this.position++]
    if (byte === undefined) throw new InvalidRecord('record is cut off')
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      byte = payload[this.position++]
      if (byte === undefined) throw new InvalidRecord('record is cut off')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw new InvalidRecord('varint is too long')
  }

  /** Up to 64 bits, as the nearest double. */
  varlong(): number {
    const { payload } = this
    let scale = 1
    let value = 0
    for (let count = 0; count < 10; count++) {
      const byte = payload[this.position++]
      if (byte === undefined) throw new InvalidRecord('record is cut off')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
    throw new InvalidRecord('varlong is too long')
  }

  /** Steps over the next record without decoding it. */
  skip(): void {
    const length = this.varint()
    this.position += this.checked(length)
  }

  /** The offset delta of the record at the current position, which stays. */
  peekOffsetDelta(): number {
    const start = this.position
    this.varint()
    this.position++
    this.varlong()
    const delta = this.varint()
    this.position = start
    return delta
  }

  /** A length that lies within the payload; throws otherwise. */
  checked(length: number): number {
    if (length < 0 || length > this.payload.length - this.position)
      throw new InvalidRecord(`${length} bytes wanted, ${this.payload.length - this.position} left`)
    return length
  }
}

/**
 * Walks the records of a poll without making an object for each. After `next` gave true the fields describe the current record; key and
 * value are places in `payload`, with length -1 for null.
 */
export class RecordCursor {
  topic = ''
  partition = -1
  offset = -1
  timestamp = -1
  timestampType: TimestampType = 'CreateTime'
  leaderEpoch: number | undefined
  payload: Buffer = EMPTY
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  valuesEnd = 0
  private headersStart = 0
  private slice: RecordSlice | undefined
  private reader = new PayloadReader(EMPTY)
  private readonly usual = new UsualRecord()
  /** A record of this slice has to be looked at: each attempt to take values copies what is left, and most of the others are alike. */
  private isMixed = false
  private sliceIndex = 0
  private left = 0

  constructor(private readonly slices: readonly RecordSlice[]) {}

  /** Moves to the next record; false at the end. Throws `InvalidRecord` for a record that breaks the format. */
  next(): boolean {
    while (this.left === 0) if (!this.nextSlice()) return false
    this.left--
    const slice = this.slice as RecordSlice
    const { reader, usual } = this
    if (usual.read(reader.payload, reader.position)) {
      this.timestamp = slice.appendTime ?? slice.baseTimestamp + usual.timestampDelta
      this.offset = slice.baseOffset + usual.offsetDelta
      this.keyStart = usual.keyStart
      this.keyLength = usual.keyLength
      this.valueStart = usual.valueStart
      this.valueLength = usual.valueLength
      this.headersStart = usual.headersStart
      reader.position = usual.end
    } else this.readAny(slice, reader)
    return true
  }

  private readAny(slice: RecordSlice, reader: PayloadReader): void {
    const end = reader.checked(reader.varint()) + reader.position
    reader.position++
    const timestampDelta = reader.varlong()
    this.timestamp = slice.appendTime ?? slice.baseTimestamp + timestampDelta
    this.offset = slice.baseOffset + reader.varint()
    const keyLength = reader.varint()
    this.keyLength = keyLength
    this.keyStart = reader.position
    if (keyLength > 0) reader.position += reader.checked(keyLength)
    const valueLength = reader.varint()
    this.valueLength = valueLength
    this.valueStart = reader.position
    if (valueLength > 0) reader.position += reader.checked(valueLength)
    if (reader.position >= end) throw new InvalidRecord('record length is wrong')
    this.headersStart = reader.position
    reader.position = end
  }

  /**
   * Steps over at most `most` records whose values are copied to `target[at...]`, a separator after each, and gives how many: as many as can be
   * taken without looking at anything else, which may be none. `valuesEnd` is the end of what was written; there is no current record then.
   */
  takeValues(target: Buffer, at: number, most: number, separator: number): number {
    while (this.left === 0) if (!this.nextSlice()) return 0
    if (this.isMixed) return 0
    const { reader } = this
    const count = takeValues(reader.payload, reader.position, target, at, Math.min(most, this.left), separator)
    reader.position = taken.position
    this.valuesEnd = taken.end
    this.left -= count
    this.isMixed = count === 0
    return count
  }

  /** A view of the key. */
  key(): Buffer | null {
    return this.keyLength < 0 ? null : viewOf(this.payload, this.keyStart, this.keyStart + this.keyLength)
  }

  /** A view of the value. */
  value(): Buffer | null {
    return this.valueLength < 0 ? null : viewOf(this.payload, this.valueStart, this.valueStart + this.valueLength)
  }

  headers(): readonly RecordHeader[] {
    return readHeaders(this.payload, this.headersStart)
  }

  /** The current record as a value that stays when the cursor moves on. */
  record(): FetchedRecord {
    return new FetchedRecord(
      this.topic,
      this.partition,
      this.offset,
      this.timestamp,
      this.timestampType,
      this.leaderEpoch,
      this.payload,
      this.keyStart,
      this.keyLength,
      this.valueStart,
      this.valueLength,
      this.headersStart,
    )
  }

  private nextSlice(): boolean {
    const slice = this.slices[this.sliceIndex++]
    if (!slice) return false
    this.slice = slice
    this.isMixed = false
    this.left = slice.count
    this.reader = new PayloadReader(slice.payload, slice.start)
    this.payload = slice.payload
    this.topic = slice.topic
    this.partition = slice.partition
    this.leaderEpoch = slice.leaderEpoch
    this.timestampType = slice.timestampType
    return true
  }
}

const EMPTY = Buffer.alloc(0)
const NO_HEADERS: readonly RecordHeader[] = []

/** A record whose key, value and headers are made when they are asked for. */
export class FetchedRecord {
  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly timestamp: number,
    readonly timestampType: TimestampType,
    readonly leaderEpoch: number | undefined,
    private readonly payload: Buffer,
    private readonly keyStart: number,
    private readonly keyLength: number,
    private readonly valueStart: number,
    private readonly valueLength: number,
    private readonly headersStart: number,
  ) {}

  get key(): Buffer | null {
    return this.keyLength < 0 ? null : viewOf(this.payload, this.keyStart, this.keyStart + this.keyLength)
  }

  get value(): Buffer | null {
    return this.valueLength < 0 ? null : viewOf(this.payload, this.valueStart, this.valueStart + this.valueLength)
  }

  get headers(): readonly RecordHeader[] {
    return readHeaders(this.payload, this.headersStart)
  }
}

function readHeaders(payload: Buffer, start: number): readonly RecordHeader[] {
  const reader = new PayloadReader(payload, start)
  const count = reader.varint()
  if (count === 0) return NO_HEADERS
  // Every header takes two bytes at least.
  if (count < 0 || count > (payload.length - reader.position) / 2) throw new InvalidRecord(`${count} headers`)
  const headers: RecordHeader[] = []
  for (let i = 0; i < count; i++) {
    const keyLength = reader.checked(reader.varint())
    const key = payload.toString('utf8', reader.position, reader.position + keyLength)
    reader.position += keyLength
    const valueLength = reader.varint()
    if (valueLength < 0) {
      headers.push({ key, value: null })
      continue
    }
    const valueStart = reader.position
    reader.position += reader.checked(valueLength)
    headers.push({ key, value: viewOf(payload, valueStart, reader.position) })
  }
  return headers
}
