import * as batch from '../../../protocol/records/batch.ts'
import { decodeRecords } from '../../../protocol/records/record.ts'
import type { Decision } from '../../machine/runner.ts'
import type { Partition } from '../../replication/partition.ts'
import { coordinatorKey, type SharePartitionKey } from '../../replication/share/persister.ts'
import type { ShardPlace } from '../partition-journal.ts'
import { ShardJournal } from '../shard-journal.ts'
import { applyRecord, type KnownState } from './decisions.ts'
import { decodeShareRecord, encodeShareRecord, type ShareStateRecord } from './records.ts'

/** All share partitions whose key falls on one partition of `__share_group_state`: the fold of that partition's records. */
export class ShareShard {
  private readonly states = new Map<string, { key: SharePartitionKey; state: KnownState; snapshotOffset: number }>()
  private readonly journal: ShardJournal<ShareStateRecord>
  private lastTombstone = -1

  constructor(private readonly place: ShardPlace) {
    this.journal = new ShardJournal(place, encodeShareRecord, (records: readonly ShareStateRecord[], end) => {
      for (const [at, record] of records.entries()) this.replay(record, end - records.length + at)
    })
    this.load()
  }

  get partition(): Partition {
    return this.place.partition
  }

  get(key: SharePartitionKey): KnownState | undefined {
    return this.states.get(coordinatorKey(key))?.state
  }

  *all(): Generator<readonly [SharePartitionKey, KnownState]> {
    for (const { key, state } of this.states.values()) yield [key, state]
  }

  /** Runs one decision; its records count at once. Gives the reply when it, and what it looked at, are committed. */
  submit<Reply>(decide: () => Decision<ShareStateRecord, Reply>): Promise<Reply> {
    return this.journal.submit(decide)
  }

  private load(): void {
    const { log } = this.partition
    for (const { buffer } of log.readBatches(log.logStartOffset)) {
      if (batch.isControl(buffer)) continue
      for (const { key, value, offset } of decodeRecords(buffer)) {
        const record = key && decodeShareRecord(key, value)
        if (record) this.replay(record, offset)
      }
    }
  }

  private replay(record: ShareStateRecord, offset: number): void {
    const id = coordinatorKey(record.key)
    const known = this.states.get(id)
    const state = applyRecord(known?.state, record)
    if (!state) {
      this.states.delete(id)
      this.lastTombstone = offset
      return
    }
    const snapshotOffset = record.type === 'snapshot' ? offset : (known?.snapshotOffset ?? offset)
    this.states.set(id, { key: record.key, state, snapshotOffset })
  }

  /** Deletes the records that later snapshots stand for. */
  prune(): void {
    let first = Number.POSITIVE_INFINITY
    for (const { snapshotOffset } of this.states.values()) first = Math.min(first, snapshotOffset)
    if (this.states.size === 0) first = this.lastTombstone
    if (first > 0) this.partition.log.deleteRecordsBefore(first)
  }
}
