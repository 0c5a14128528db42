import { attributes, BATCH_HEADER, writeHeader } from '../../protocol/records/batch.ts'
import type { Codec } from '../../protocol/records/compression.ts'
import { decodeRecords, type NewRecord, sealBatch, writeRecord } from '../../protocol/records/record.ts'
import { RECORD_OVERHEAD, writeValue } from '../../protocol/records/values.ts'
import type { RecordMetadata } from '../types.ts'

export type OnDone = (error: Error | undefined, metadata: RecordMetadata | undefined) => void

/** What a stream's listener learns of records that were sent together; to be read before it returns. */
export interface SentRecords {
  readonly topic: string
  readonly partition: number
  readonly recordCount: number
  /** Bytes of all values. */
  readonly valueBytes: number
  /** Timestamp and number of records in turn, in the records' order; those given one after the other with one timestamp count together. */
  readonly timestamps: readonly number[]
  /** Bytes of each value, in order. */
  valueSizes(): Iterable<number>
}

/** Hears of a stream's records, a batch at a time, when they are acknowledged or have failed. */
export interface StreamListener {
  onSent(records: SentRecords, error: Error | undefined): void
}

/** Who is told of a record: a function of its own, the listener of a stream, or nobody. */
export type Listener = OnDone | StreamListener | undefined

export interface CompressionChoice {
  readonly codec: Codec
  readonly level: number | undefined
}

const NO_SEQUENCE = -1
/** The first buffer of a batch; it doubles until it holds `batch.size`. */
const FIRST_CAPACITY = 4096

/** Records of one partition, encoded one after the other into one buffer, that are sent and acknowledged together. */
export class ProducerBatch implements SentRecords {
  recordCount = 0
  valueBytes = 0
  /** Bytes of the largest record, as it is encoded. */
  largestRecord = 0
  readonly timestamps: number[] = []
  /** The place among the partition's batches: whole numbers as they were made, fractions for the parts of one that was split. */
  order = 0
  private span = 1
  /** Requests that carried it. */
  attempts = 0
  /** On the monotonic clock; not to be sent before. */
  retryAt = 0
  producerId = -1
  producerEpoch = -1
  sequence = NO_SEQUENCE
  /** Whether it was given another sequence after it had been sent. */
  resequenced = false
  /** Whether a request that carries it is under way. */
  onWire = false
  done = false
  /** No more records fit, or it was sent. */
  closed = false
  private end = BATCH_HEADER
  private baseTimestamp = -1
  private maxTimestamp = -1
  private sealed: Buffer | undefined
  private headerStale = false
  /** Who wants to know of each record's fate; undefined while nobody does. */
  private listeners: (OnDone | undefined)[] | undefined
  /** Set when the batch is a stream's: all of its records are. */
  private stream: StreamListener | undefined
  /** Where the buffer or the limit ends, for records after the first. */
  private room: number
  /** Three numbers for each record with a listener: timestamp, and the bytes of key and value, -1 for null. */
  private readonly details: number[] = []
  private waiters: (() => void)[] | undefined

  constructor(
    readonly topic: string,
    readonly partition: number,
    /** On the monotonic clock. */
    readonly createdAt: number,
    /** Bytes that the encoded records may take; a first record may be larger. */
    private readonly limit: number,
    private buffer: Buffer,
  ) {
    this.room = Math.min(limit, buffer.length)
  }

  static firstCapacity(limit: number, recordBound: number): number {
    return Math.max(BATCH_HEADER + recordBound, Math.min(limit, FIRST_CAPACITY))
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.buffer.length
  }

  /** Bytes of the batch as it stands, or as it was sealed. */
  get size(): number {
    return this.sealed?.length ?? this.end
  }

  get uncompressedSize(): number {
    return this.end
  }

  /**
   * Bytes by which the buffer must grow for a record of at most `bound` bytes; undefined when the batch is full, or when its records are
   * reported in another way than this one has to be.
   */
  growthFor(bound: number, listener: Listener): number | undefined {
    if (this.recordCount > 0 && this.stream !== streamOf(listener)) return undefined
    const needed = this.end + bound
    if (this.closed || (needed > this.limit && this.recordCount > 0)) return undefined
    if (needed <= this.buffer.length) return 0
    return Math.max(needed, Math.min(this.limit, this.buffer.length * 2)) - this.buffer.length
  }

  grow(by: number): void {
    const bigger = Buffer.allocUnsafeSlow(this.buffer.length + by)
    this.buffer.copy(bigger, 0, 0, this.end)
    this.buffer = bigger
    this.room = Math.min(this.limit, bigger.length)
  }

  append(record: NewRecord, listener: Listener): void {
    const { timestamp, key, value } = record
    if (this.recordCount === 0) this.baseTimestamp = timestamp
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    const at = this.end
    this.end = writeRecord(this.buffer, at, record, this.recordCount, timestamp - this.baseTimestamp)
    if (this.end - at > this.largestRecord) this.largestRecord = this.end - at
    if (typeof listener === 'object') {
      this.stream = listener
      this.note(timestamp, value === null ? 0 : value.length)
    } else if (listener) {
      this.listeners ??= new Array<OnDone | undefined>(this.recordCount).fill(undefined)
      this.listeners.push(listener)
      this.details.push(timestamp, key === null ? -1 : key.length, value === null ? -1 : value.length)
    } else this.listeners?.push(undefined)
    this.recordCount++
  }

  /** Takes one more value of the stream whose batch this is; false when there is no room without growing. */
  appendValue(source: Uint8Array, start: number, length: number, timestamp: number): boolean {
    const at = this.end
    if (this.closed || at + length + RECORD_OVERHEAD > this.room) return false
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.end = writeValue(this.buffer, at, source, start, length, this.recordCount, timestamp - this.baseTimestamp)
    this.note(timestamp, length)
    this.recordCount++
    return true
  }

  private note(timestamp: number, valueSize: number): void {
    const { timestamps } = this
    this.valueBytes += valueSize
    const last = timestamps.length - 1
    if (last > 0 && timestamps[last - 1] === timestamp) (timestamps[last] as number)++
    else timestamps.push(timestamp, 1)
  }

  *valueSizes(): Iterable<number> {
    const whole = this.sealed ?? this.seal({ codec: 'none', level: undefined })
    for (const { value } of decodeRecords(whole)) yield value?.length ?? 0
  }

  setProducer(producerId: number, producerEpoch: number, sequence: number): void {
    if (this.attempts > 0) this.resequenced = true
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.sequence = sequence
    this.headerStale = true
  }

  /** The batch as it goes out. The bytes stay the same until it is sealed again with another sequence. */
  seal(compression: CompressionChoice, transactional = false): Buffer {
    this.closed = true
    const { baseTimestamp, maxTimestamp, producerId, producerEpoch, sequence: baseSequence, recordCount } = this
    const fields = { baseTimestamp, maxTimestamp, producerId, producerEpoch, baseSequence, recordCount }
    const { codec, level } = compression
    if (!this.sealed) this.sealed = sealBatch(this.buffer, this.end, fields, { codec, level, transactional })
    else if (this.headerStale)
      writeHeader(this.sealed, 0, this.sealed.length, attributes(this.sealed), recordCount - 1, fields)
    this.headerStale = false
    return this.sealed
  }

  /** Two batches with half of the records each, for a broker that finds this one too large. */
  split(): [ProducerBatch, ProducerBatch] {
    const records = [...decodeRecords(this.sealed as Buffer)]
    const middle = Math.ceil(records.length / 2)
    const part = (from: number, to: number): ProducerBatch => {
      const half = new ProducerBatch(
        this.topic,
        this.partition,
        this.createdAt,
        this.limit,
        Buffer.allocUnsafeSlow(this.end),
      )
      for (let i = from; i < to; i++) half.append(records[i] as NewRecord, this.stream ?? this.listeners?.[i])
      half.closed = true
      half.attempts = this.attempts
      half.span = this.span / 2
      half.order = this.order + (from > 0 ? half.span : 0)
      return half
    }
    const halves: [ProducerBatch, ProducerBatch] = [part(0, middle), part(middle, records.length)]
    const { waiters } = this
    if (waiters)
      void Promise.all(halves.map((half) => half.finished())).then(() => {
        for (const waiter of waiters) waiter()
      })
    this.done = true
    return halves
  }

  /** Tells everybody who waits for a record; only the first call counts. */
  settle(error: Error | undefined, baseOffset: number, logAppendTime: number): void {
    if (this.done) return
    this.done = true
    this.closed = true
    const { listeners, stream } = this
    if (stream) notify((failure) => stream.onSent(this, failure), error, undefined)
    let at = 0
    for (let i = 0; listeners && i < listeners.length; i++) {
      const onDone = listeners[i]
      if (!onDone) continue
      if (error) notify(onDone, error, undefined)
      else notify(onDone, undefined, this.metadata(baseOffset < 0 ? -1 : baseOffset + i, logAppendTime, at))
      at += 3
    }
    for (const waiter of this.waiters ?? []) waiter()
  }

  private metadata(offset: number, logAppendTime: number, at: number): RecordMetadata {
    const { topic, partition, details } = this
    return {
      topic,
      partition,
      offset,
      timestamp: logAppendTime >= 0 ? logAppendTime : (details[at] as number),
      serializedKeySize: details[at + 1],
      serializedValueSize: details[at + 2],
    }
  }

  /** Whether nobody asked about at least one of the records. */
  get unobserved(): boolean {
    return this.stream === undefined && (this.listeners === undefined || this.listeners.includes(undefined))
  }

  /** Resolves when every record is acknowledged or has failed; never rejects. */
  finished(): Promise<void> {
    if (this.done) return Promise.resolve()
    return new Promise((resolve) => {
      this.waiters ??= []
      this.waiters.push(resolve)
    })
  }

  /** The buffer, to be used again; the batch must not be touched after it. */
  takeBuffer(): Buffer {
    return this.buffer
  }
}

const streamOf = (listener: Listener): StreamListener | undefined =>
  typeof listener === 'object' ? listener : undefined

/** An exception in a listener is the listener's: it must not keep others from hearing. */
function notify(onDone: OnDone, error: Error | undefined, metadata: RecordMetadata | undefined): void {
  try {
    onDone(error, metadata)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}
