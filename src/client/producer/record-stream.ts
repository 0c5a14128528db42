import type { ProducerBatch } from './batch.ts'

/** Bytes after which a stream lets the event loop turn, so that acknowledgements are read while more is written. */
const TURN = 64 * 1024

/** What a stream needs of its producer. */
export interface StreamOwner {
  /** Puts a value in a batch, or in line when that is not possible now; `admitted` resolves when it is taken in or has failed. */
  place(
    value: Uint8Array,
    timestamp: number,
  ): { readonly batch: ProducerBatch | undefined; readonly admitted: Promise<void> | undefined }
  /** A promise while more is waiting to be sent than is of any use, or for one turn of the event loop. */
  pace(): Promise<void>
  /** Tells of bytes that went into the last batch without `place`. */
  wrote(bytes: number): void
}

/**
 * Values without keys for one topic, written straight from the buffer they lie in: nothing is made for a single record. What becomes of
 * them is told batch by batch.
 */
export class RecordStream {
  /** The timestamp of the records that follow, in milliseconds; the writer sets it as often as it needs it to be exact. */
  timestamp = -1
  private batch: ProducerBatch | undefined
  private unreported = 0
  private sinceTurn = 0

  constructor(
    private readonly owner: StreamOwner,
    /** The largest value that surely fits in a request. */
    private readonly plainLimit: number,
  ) {}

  /**
   * Takes `source[start, start + length)`, of which the bytes may change afterwards. Undefined when more may follow at once; otherwise the
   * writer has to wait for the promise, which never rejects.
   */
  append(source: Buffer, start: number, length: number): Promise<void> | undefined {
    if (length <= this.plainLimit && this.batch?.appendValue(source, start, length, this.timestamp)) {
      this.unreported += length
      return undefined
    }
    return this.begin(source, start, length)
  }

  private begin(source: Buffer, start: number, length: number): Promise<void> | undefined {
    if (this.unreported > 0) this.owner.wrote(this.unreported)
    this.sinceTurn += this.unreported + length
    this.unreported = 0
    const { batch, admitted } = this.owner.place(source.subarray(start, start + length), this.timestamp)
    this.batch = batch
    if (admitted) return admitted
    if (this.sinceTurn < TURN) return undefined
    this.sinceTurn = 0
    return this.owner.pace()
  }
}
