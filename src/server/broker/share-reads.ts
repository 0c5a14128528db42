import { Errors, KafkaError } from '../../protocol/errors.ts'
import * as batch from '../../protocol/records/batch.ts'
import type { Partition } from '../replication/partition.ts'
import type { AcquiredRange, AcquireRequest, ReadBatch } from '../replication/share/acquire.ts'
import type { SharePartition } from '../replication/share/share-partition.ts'
import { readMarker } from '../storage/producer-state.ts'
import type { BrokerServices } from './services.ts'
import type { SharedPartition } from './share-sessions.ts'

/** What was read of one partition for a share group, before any of it was acquired. */
export interface SharedRead {
  readonly wanted: SharedPartition
  readonly partition: SharePartition
  readonly size: number
  readonly error: KafkaError | undefined
  /** There is nothing to wait for now: the next request reads elsewhere. */
  readonly moved?: boolean
  release(): void
  /** Acquires what was read, and gives the batches in which it is. */
  acquire(request: Pick<AcquireRequest, 'memberId' | 'maxRecords' | 'strict' | 'batchSize'>): {
    readonly acquired: AcquiredRange[]
    readonly records: Buffer[]
  }
}

type Open = { readonly wanted: SharedPartition; readonly partition: SharePartition }

/** Reads from where each partition goes on; one in which nothing can be acquired now is left out. Every one gets the same share of `maxBytes`. */
export function readShared(
  broker: BrokerServices,
  groupId: string,
  open: readonly Open[],
  maxBytes: number,
): SharedRead[] {
  const committed = broker.readsCommitted(groupId)
  const ready = open.flatMap((one) => {
    const offset = one.partition.fetchOffset
    return offset === undefined ? [] : [{ ...one, offset }]
  })
  const each = Math.max(1, Math.floor(maxBytes / Math.max(1, ready.length)))
  return ready.map((one) => readOne(broker, one, { maxBytes: each, committed }))
}

function readOne(
  { replicas }: BrokerServices,
  { wanted, partition, offset }: Open & { readonly offset: number },
  { maxBytes, committed }: { readonly maxBytes: number; readonly committed: boolean },
): SharedRead {
  const nothing = { wanted, partition, size: 0, release: () => {}, acquire: () => ({ acquired: [], records: [] }) }
  try {
    if (!partition.isCurrent) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const { log } = replicas.get(replicas.topicName(wanted.topicId) ?? '', wanted.index)
    const read = log.read(offset, maxBytes, committed ? log.lastStableOffset : log.highWatermark, true)
    return {
      ...{ wanted, partition, size: read.size, error: undefined, release: read.release },
      acquire: (request) => {
        const batches = read.buffers.flatMap(batchesOf)
        const aborted = committed ? abortedAmong(log, offset, batches) : []
        const acquired = partition.acquire({ ...request, fetchOffset: offset, batches }, aborted)
        return { acquired, records: slice(batches, acquired) }
      },
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    if (error.code !== Errors.OFFSET_OUT_OF_RANGE) return { ...nothing, error }
    partition.moveToLogStart()
    return { ...nothing, error: undefined, moved: true }
  }
}

interface SentBatch extends ReadBatch {
  readonly bytes: Buffer
}

const batchesOf = (buffer: Buffer): SentBatch[] =>
  Array.from(batch.batchPositions(buffer), (at) => ({
    firstOffset: batch.baseOffset(buffer, at),
    lastOffset: batch.lastOffset(buffer, at),
    bytes: buffer.subarray(at, at + batch.batchSize(buffer, at)),
  }))

/** The batches from the one that holds the first acquired record to the one that holds the last. */
function slice(batches: readonly SentBatch[], acquired: readonly AcquiredRange[]): Buffer[] {
  const [first] = acquired
  const last = acquired.at(-1)
  if (!first || !last) return []
  return batches
    .filter(({ firstOffset, lastOffset }) => lastOffset >= first.firstOffset && firstOffset <= last.lastOffset)
    .map(({ bytes }) => bytes)
}

/** Batches of transactions that were aborted. */
function abortedAmong(log: Partition['log'], from: number, batches: readonly SentBatch[]): ReadBatch[] {
  const end = (batches.at(-1)?.lastOffset ?? -1) + 1
  const begun = log.abortedTransactions(from, end).sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  return batches.filter(({ bytes, lastOffset }) => {
    while (begun[0] && begun[0].firstOffset <= lastOffset)
      open.add((begun.shift() as { producerId: number }).producerId)
    const producerId = batch.producerId(bytes)
    if (batch.isControl(bytes)) {
      if (readMarker(bytes, 0)?.aborted) open.delete(producerId)
      return false
    }
    return batch.isTransactional(bytes) && open.has(producerId)
  })
}
