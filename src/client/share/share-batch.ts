import { RecordCursor, type RecordSlice } from '../consumer/record-cursor.ts'
import { partitionKey } from '../types.ts'

/** Offsets that were acquired together, and how often their records have been delivered. */
interface AcquiredRange {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryCount: number
}

/** By partition key; the broker sends whole batches, of which other members may have some records. */
export type Acquired = ReadonlyMap<string, readonly AcquiredRange[]>

/** Walks the records that were acquired. */
export class ShareCursor extends RecordCursor {
  /** Of the current record; 1 for the first time. */
  deliveryCount = 0

  constructor(
    slices: readonly RecordSlice[],
    private readonly acquired: Acquired,
  ) {
    super(slices)
  }

  override next(): boolean {
    while (super.next()) {
      const ranges = this.acquired.get(partitionKey(this.topic, this.partition)) ?? []
      const range = ranges.find(
        ({ firstOffset, lastOffset }) => this.offset >= firstOffset && this.offset <= lastOffset,
      )
      if (!range) continue
      this.deliveryCount = range.deliveryCount
      return true
    }
    return false
  }
}

/** What one poll of a share consumer gave. */
export class ShareBatch {
  static readonly EMPTY = new ShareBatch([], new Map(), 0)

  constructor(
    private readonly slices: readonly RecordSlice[],
    private readonly acquired: Acquired,
    readonly count: number,
  ) {}

  cursor(): ShareCursor {
    return new ShareCursor(this.slices, this.acquired)
  }
}
