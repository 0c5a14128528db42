import { type ErrorName, KafkaError } from '../../protocol/errors.ts'
import type { Codec } from '../../protocol/records/compression.ts'
import { type BatchOptions, encodeBatch, type NewRecord } from '../../protocol/records/record.ts'
import type { Clock } from '../../runtime/index.ts'
import type { Journal } from '../machine/runner.ts'
import type { Partition } from '../replication/partition.ts'

/** The partition behind a shard, and how many replicas must have what is written there. */
export interface ShardPlace {
  readonly partition: Partition
  readonly clock: Clock
  /** What batches are compressed with; not at all when left out. */
  readonly codec?: Codec
  minInSync(): number
}

/**
 * The journal of a coordinator's shard: the records of one decision become one batch of the shard's partition. Fails with NOT_COORDINATOR or
 * COORDINATOR_NOT_AVAILABLE, after which clients look for their coordinator.
 */
export const partitionJournal = <Rec>(
  { partition, clock, codec, minInSync }: ShardPlace,
  encode: (record: Rec, timestamp: number) => NewRecord,
  options: BatchOptions = {},
): Journal<Rec> => ({
  append: (records) => {
    const timestamp = clock.now()
    const bytes = encodeBatch(
      records.map((record) => encode(record, timestamp)),
      { codec, ...options },
    )
    const { lastOffset, written } = told(() =>
      partition.append(bytes, { origin: 'coordinator', requiredAcks: -1, minInSync: minInSync() }),
    )
    return { end: lastOffset + 1, committed: written?.catch((error) => Promise.reject(asMembersSee(error))) }
  },
})

/** Resolves when what the leader before has left is committed: it may yet be lost with this one. Undefined when it is; rejects as appends do. */
export const inherited = ({ partition }: ShardPlace): Promise<void> | undefined =>
  partition.allCommitted?.catch((error) => Promise.reject(asMembersSee(error)))

function told<T>(append: () => T): T {
  try {
    return append()
  } catch (error) {
    throw asMembersSee(error)
  }
}

/** Errors of the partition that stands behind a coordinator, as those who talk to the coordinator are told them. */
const translations: Partial<Record<ErrorName, ErrorName>> = {
  NOT_LEADER_OR_FOLLOWER: 'NOT_COORDINATOR',
  KAFKA_STORAGE_ERROR: 'NOT_COORDINATOR',
  UNKNOWN_TOPIC_OR_PARTITION: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS: 'COORDINATOR_NOT_AVAILABLE',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'COORDINATOR_NOT_AVAILABLE',
  REQUEST_TIMED_OUT: 'COORDINATOR_NOT_AVAILABLE',
}

function asMembersSee(error: unknown): unknown {
  const name = error instanceof KafkaError ? translations[error.error] : undefined
  return name === undefined ? error : new KafkaError(name, (error as Error).message, { cause: error })
}
