import { type BatchOptions, encodeBatch, type NewRecord } from '../../protocol/records/record.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Journal } from '../machine/runner.ts'
import type { Partition } from '../replication/partition.ts'

/** The journal of a coordinator's shard: the records of one decision become one batch of the shard's partition. */
export const partitionJournal = <Rec>(
  partition: Partition,
  clock: Clock,
  encode: (record: Rec, timestamp: number) => NewRecord,
  options: BatchOptions = {},
): Journal<Rec> => ({
  append: (records) => {
    const timestamp = clock.now()
    const bytes = encodeBatch(
      records.map((record) => encode(record, timestamp)),
      options,
    )
    const { lastOffset, written } = partition.append(bytes, { origin: 'coordinator', requiredAcks: -1, minInSync: 1 })
    return { end: lastOffset + 1, committed: written }
  },
})
