import type { Admin, PartitionInfo } from '../../client/index.ts'
import { partitionKey, type TopicPartition } from '../../client/types.ts'
import type { Runtime } from '../../runtime/index.ts'
import { listOffsets } from '../groups/offsets.ts'
import type { Mismatch } from './compare.ts'
import { ReplicaVerification } from './verify.ts'

export interface VerifyOptions {
  /** Where to begin: at the oldest records, or at the first of this time in milliseconds. */
  readonly from: 'earliest' | { readonly timestamp: number }
  /** Milliseconds without progress after which what is left counts as behind. */
  readonly patienceMs: number
}

/** What the replicas of one partition have. */
export interface PartitionResult extends TopicPartition {
  readonly replicas: readonly number[]
  readonly from: number
  /** The offset after the last record that all of them have alike. */
  readonly verified: number
  /** Where the log ended when the comparison began. */
  readonly end: number
  readonly mismatch: Mismatch | undefined
}

/** Compares what all replicas have, up to where the logs end when it begins. Ends early when it is stopped, or when replicas do not answer. */
export async function verifyAll(
  admin: Admin,
  { clock }: Runtime,
  topics: readonly string[],
  { from, patienceMs }: VerifyOptions,
  stop: AbortSignal,
): Promise<PartitionResult[]> {
  const partitions = await admin.partitions(topics)
  const ends = await listOffsets(admin, partitions, 'latest')
  const starts = await startOffsets(admin, partitions, from, ends)
  const mismatches = new Map<string, Mismatch>()
  const fetch = { maxBytes: 1024 * 1024, maxWaitMs: 500 }
  const verification = new ReplicaVerification(admin, partitions, starts, fetch, (partition, mismatch) =>
    mismatches.set(partition, mismatch),
  )
  const results = (): PartitionResult[] =>
    Array.from(verification.progress, ([key, { topic, partition, replicas, offset }]) => {
      const [start, end] = [starts.get(key) ?? 0, ends.get(key) ?? 0]
      return { topic, partition, replicas, from: start, verified: offset, end, mismatch: mismatches.get(key) }
    })
  const isOpen = ({ verified, end, mismatch }: PartitionResult) => verified < end && !mismatch
  const total = () => results().reduce((sum, { verified }) => sum + verified, 0)
  let movedAt = clock.monotonic()
  while (!stop.aborted && results().some(isOpen) && clock.monotonic() - movedAt < patienceMs) {
    const before = total()
    await verification.round()
    if (total() > before) movedAt = clock.monotonic()
  }
  return results()
}

async function startOffsets(
  admin: Admin,
  partitions: readonly PartitionInfo[],
  from: VerifyOptions['from'],
  ends: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const found = await listOffsets(admin, partitions, from)
  return new Map(
    partitions.map(({ topic, partition }) => {
      const key = partitionKey(topic, partition)
      const start = found.get(key) ?? -1
      // No record is that young: there is nothing to compare.
      return [key, start < 0 ? (ends.get(key) ?? 0) : start]
    }),
  )
}
