import { type Admin, type CommitOffset, partitionKey } from '../../client/index.ts'
import type { Clock } from '../../runtime/index.ts'

/** Deletes records of repartition topics that were processed: nothing else makes those topics shorter. */
export class Purge {
  private readonly offsets = new Map<string, CommitOffset>()
  private purgedAt: number

  constructor(
    private readonly admin: Admin,
    private readonly clock: Clock,
    private readonly intervalMs: number,
  ) {
    this.purgedAt = clock.monotonic()
  }

  /** Takes offsets that were committed, and deletes what is before them when it is time. */
  async note(committed: readonly CommitOffset[]): Promise<void> {
    for (const offset of committed) this.offsets.set(partitionKey(offset.topic, offset.partition), offset)
    const now = this.clock.monotonic()
    if (this.offsets.size === 0 || now - this.purgedAt < this.intervalMs) return
    this.purgedAt = now
    const items = [...this.offsets.values()]
    this.offsets.clear()
    // What could not be deleted is the next time, with more.
    await this.admin.deleteRecords(items).catch(() => {})
  }
}
