import { stringifyData } from '../converters/json-writing.ts'
import type { PartitionOffset } from '../offsets/source-offsets.ts'
import type { SourceOffset, SourcePartition, SourceRecord } from '../records.ts'

/** A record on its way to the broker. */
export interface Submitted {
  readonly offset: SourceOffset
  acked: boolean
}

class Line {
  private records: Submitted[] = []
  private head = 0

  constructor(readonly partition: SourcePartition) {}

  add(record: Submitted): void {
    this.records.push(record)
  }

  /** The offset behind all records from the first on that are acknowledged, which are forgotten. */
  takeAcked(): SourceOffset | undefined {
    let last: Submitted | undefined
    while (this.records[this.head]?.acked) last = this.records[this.head++]
    if (this.head > 1000 || this.head === this.records.length) {
      this.records = this.records.slice(this.head)
      this.head = 0
    }
    return last?.offset
  }

  get isEmpty(): boolean {
    return this.records.length === 0
  }
}

/**
 * Records that were handed to the producer and whose offsets are not committed yet, by source partition. An offset may be committed when its
 * record and all before it of the same partition are acknowledged.
 */
export class SubmittedRecords {
  private readonly lines = new Map<string, Line>()

  submit({ sourcePartition, sourceOffset }: SourceRecord): Submitted {
    const key = stringifyData(sourcePartition)
    let line = this.lines.get(key)
    if (!line) this.lines.set(key, (line = new Line(sourcePartition)))
    const record = { offset: sourceOffset, acked: false }
    line.add(record)
    return record
  }

  /** The offsets that may be committed and were not given yet. */
  takeCommittable(): PartitionOffset[] {
    const offsets: PartitionOffset[] = []
    for (const [key, line] of this.lines) {
      const offset = line.takeAcked()
      if (offset) offsets.push({ partition: line.partition, offset })
      if (line.isEmpty) this.lines.delete(key)
    }
    return offsets
  }
}
