import { returnFrame } from '../../network/frame-memory.ts'
import { KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import { batchPayload } from '../../protocol/records/record.ts'
import { readInt16 } from '../../std/big-endian.ts'
import type { IsolationLevel } from '../list-offsets.ts'
import type { TopicPartition } from '../types.ts'
import { PayloadReader, RecordSlice } from './record-cursor.ts'

export interface FetchRules {
  readonly isolationLevel: IsolationLevel
  readonly checkCrcs: boolean
}

interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

const ABORT_MARKER = 0

/** One answer's memory, which the fetches of several partitions may lie in. */
export class SharedFrame {
  private users = 0

  enter(): void {
    this.users++
  }

  /** The last one who leaves gives the memory back. */
  leave(part: Buffer): void {
    if (--this.users === 0) returnFrame(part)
  }
}

/** The batches of one partition in one answer, handed out a few records at a time. */
export class CompletedFetch {
  /** The offset after the last whole batch; `nextOffset` when there is none. */
  readonly endOffset: number
  /** Whether the answer holds bytes but no whole batch. */
  readonly cutOff: boolean
  /** In whole batches, markers and what was handed out before among them. */
  readonly recordCount: number
  leaderEpoch: number | undefined
  private at = 0
  /** A batch of which records are left. */
  private current: { readonly whole: RecordSlice; readonly reader: PayloadReader; left: number } | undefined
  private readonly aborted: AbortedTransaction[]
  private readonly abortedProducers = new Set<number>()

  constructor(
    readonly where: TopicPartition,
    private readonly records: Buffer,
    aborted: readonly AbortedTransaction[] | null,
    /** The first offset that was not handed out. */
    public nextOffset: number,
    private readonly rules: FetchRules,
    /** Where the records lie, when that memory is used again. */
    private readonly frame?: SharedFrame,
  ) {
    frame?.enter()
    this.aborted = [...(aborted ?? [])].sort((a, b) => a.firstOffset - b.firstOffset)
    let end = nextOffset
    let whole = 0
    let recordCount = 0
    for (const at of batch.batchPositions(records)) {
      end = batch.lastOffset(records, at) + 1
      recordCount += batch.recordCount(records, at)
      whole++
    }
    this.endOffset = Math.max(end, nextOffset)
    this.recordCount = recordCount
    this.cutOff = whole === 0 && records.length > 0
  }

  /** Moves at most `max` records into `slices` and gives their number; 0 when nothing is left. Throws for damaged batches. */
  take(max: number, slices: RecordSlice[]): number {
    let taken = 0
    while (taken < max) {
      if (!this.current && !this.nextBatch()) break
      taken += this.takeFromCurrent(max - taken, slices)
    }
    // Batches without records for us, at the end, are done with as well.
    if (!this.current && taken < max) this.nextOffset = this.endOffset
    return taken
  }

  /** Nobody looks at the records any more. */
  release(): void {
    this.frame?.leave(this.records)
  }

  /** Bytes of the batches. */
  get size(): number {
    return this.records.length
  }

  get drained(): boolean {
    return this.nextOffset >= this.endOffset
  }

  private takeFromCurrent(max: number, slices: RecordSlice[]): number {
    const current = this.current
    if (!current) return 0
    const { whole, reader, left } = current
    const count = Math.min(left, max)
    slices.push(count === whole.count ? whole : whole.part(reader.position, count))
    if (count === left) {
      this.current = undefined
      this.nextOffset = batch.lastOffset(this.records, this.at) + 1
      this.at += batch.batchSize(this.records, this.at)
      return count
    }
    for (let i = 0; i < count; i++) reader.skip()
    current.left -= count
    this.nextOffset = whole.baseOffset + reader.peekOffsetDelta()
    return count
  }

  /** Opens the next batch that has records for us; false when there is none. */
  private nextBatch(): boolean {
    const { records } = this
    for (;;) {
      const { at } = this
      if (records.length - at < batch.BATCH_HEADER || batch.batchSize(records, at) > records.length - at) return false
      this.check(at)
      if (batch.lastOffset(records, at) >= this.nextOffset && !this.isHidden(at)) {
        this.open(at)
        if (this.current) return true
      }
      this.nextOffset = Math.max(this.nextOffset, batch.lastOffset(records, at) + 1)
      this.at += batch.batchSize(records, at)
    }
  }

  private check(at: number): void {
    const { records } = this
    const place = () => `${this.where.topic}-${this.where.partition} at offset ${batch.baseOffset(records, at)}`
    if (batch.magic(records, at) !== batch.CURRENT_MAGIC)
      throw new KafkaError(
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        `Records of ${place()} are in message format ${batch.magic(records, at)}, which is not supported.`,
      )
    if (batch.batchSize(records, at) < batch.BATCH_HEADER || (this.rules.checkCrcs && !batch.crcMatches(records, at)))
      throw new KafkaError(
        'CORRUPT_MESSAGE',
        `Record batch for partition ${place()} is invalid: its checksum is wrong.`,
      )
  }

  /** Control batches are not for applications; those of aborted transactions are hidden from committed readers (KIP-98). */
  private isHidden(at: number): boolean {
    const { records } = this
    if (this.rules.isolationLevel === 'read_committed') {
      this.passAborted(batch.lastOffset(records, at))
      const producerId = batch.producerId(records, at)
      if (batch.isControl(records, at)) {
        if (isAbortMarker(records, at)) this.abortedProducers.delete(producerId)
      } else if (batch.isTransactional(records, at) && this.abortedProducers.has(producerId)) return true
    }
    return batch.isControl(records, at)
  }

  private passAborted(lastOffset: number): void {
    while (this.aborted.length > 0 && (this.aborted[0] as AbortedTransaction).firstOffset <= lastOffset)
      this.abortedProducers.add((this.aborted.shift() as AbortedTransaction).producerId)
  }

  private open(at: number): void {
    const { records } = this
    const logAppendTime = batch.isLogAppendTime(records, at)
    const leaderEpoch = batch.leaderEpoch(records, at)
    const baseOffset = batch.baseOffset(records, at)
    const payload = batchPayload(records, at)
    const reader = new PayloadReader(payload)
    let left = batch.recordCount(records, at)
    // A fetch gives whole batches: the first may begin before the offset that was asked for.
    if (baseOffset < this.nextOffset)
      for (; left > 0 && baseOffset + reader.peekOffsetDelta() < this.nextOffset; left--) reader.skip()
    this.leaderEpoch = leaderEpoch < 0 ? undefined : leaderEpoch
    const whole = new RecordSlice(
      this.where.topic,
      this.where.partition,
      payload,
      reader.position,
      left,
      baseOffset,
      batch.baseTimestamp(records, at),
      logAppendTime ? batch.maxTimestamp(records, at) : undefined,
      this.leaderEpoch,
    )
    this.current = left > 0 ? { whole, reader, left } : undefined
  }
}

/** The key of a control record is its version and its type. Compaction may leave a control batch without its record. */
function isAbortMarker(records: Buffer, at: number): boolean {
  if (batch.recordCount(records, at) === 0) return false
  const payload = batchPayload(records, at)
  const reader = new PayloadReader(payload)
  reader.varint()
  reader.position++
  reader.varlong()
  reader.varint()
  const keyLength = reader.checked(reader.varint())
  return keyLength >= 4 && readInt16(payload, reader.position + 2) === ABORT_MARKER
}
